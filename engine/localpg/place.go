package localpg

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Names inside a cluster's folder.
const (
	startLock    = "start.lock"   // held by whoever starts or attaches
	clientsLock  = "clients.lock" // shared by everybody who uses the server
	serverLock   = "server.lock"  // held by the server's processes themselves
	clientsFIFO  = "clients.fifo"
	serverLog    = "postgres.log"
	previousLog  = "postgres.log.old"
	dataDir      = "data"
	unfinished   = "data.new"
	runDir       = "run"
	locationFile = "location" // in Config.Dir: where the cluster really is
	originFile   = "origin"   // there: the Config.Dir it belongs to
)

// place is where one cluster lives: the locks and the log in base, Postgres's files in data, the server's own small files in
// run, its socket in sock.
type place struct {
	base, data, run, sock string
}

// path names a file in the cluster's folder.
func (p place) path(name string) string { return filepath.Join(p.base, name) }

// settle finds or makes the folders of the cluster that belongs to dir. Only one process at a time may call it for a dir.
func settle(dir string, acct account, durable bool) (place, error) {
	base, err := findBase(dir, acct, durable)
	if err != nil {
		return place{}, err
	}
	p := place{base: base, data: filepath.Join(base, dataDir), run: filepath.Join(base, runDir)}
	// The server's user writes his acknowledgements and his socket here; base itself stays with the caller, so that
	// nobody else can replace the locks.
	if err := acct.mkdir(p.run); err != nil {
		return place{}, err
	}
	p.sock, err = socketDir(p.run, acct)
	return p, err
}

// findBase decides where the cluster is: where the pointer says, in dir, or on a shelf. The pointer goes first, since the
// permissions above dir may have changed after the cluster was made.
func findBase(dir string, acct account, durable bool) (string, error) {
	pointer := filepath.Join(dir, locationFile)
	if target, err := os.ReadFile(pointer); err == nil {
		base := string(target)
		if _, err := os.Stat(base); durable && err != nil {
			return "", fmt.Errorf("its cluster was kept in %s: restore that folder, or remove %s to begin anew: %w", base, pointer, err)
		}
		return base, os.MkdirAll(base, 0o711)
	}
	if acct.reaches(dir) {
		return dir, nil
	}
	if acct.reaches(filepath.Dir(dir)) && holdsOnlyOurs(dir) {
		return dir, os.Chmod(dir, 0o711)
	}
	return relocate(dir, acct, durable)
}

// holdsOnlyOurs guards against opening a folder with somebody's files to the server's user.
func holdsOnlyOurs(dir string) bool {
	ours := []string{startLock, clientsLock, serverLock, clientsFIFO, serverLog, previousLog, dataDir, unfinished, runDir}
	entries, err := os.ReadDir(dir)
	return err == nil && !slices.ContainsFunc(entries, func(e os.DirEntry) bool { return !slices.Contains(ours, e.Name()) })
}

// relocate makes a folder that the server's user reaches, and links it with dir in both directions.
func relocate(dir string, acct account, durable bool) (string, error) {
	shelf, err := shelfFor(acct, durable)
	if err != nil {
		return "", fmt.Errorf("user %s may not enter %s, and there is no other place: %w", acct.name, dir, err)
	}
	if !durable {
		sweep(shelf)
	}
	base, err := os.MkdirTemp(shelf, "cluster-")
	if err != nil {
		return "", err
	}
	return base, errors.Join(
		os.Chmod(base, 0o711),
		// In this order: sweep takes a folder with an origin that does not point back for an orphan.
		os.WriteFile(filepath.Join(dir, locationFile), []byte(base), 0o600),
		os.WriteFile(filepath.Join(base, originFile), []byte(dir), 0o600),
	)
}

// shelfFor is the folder of relocated clusters. What must last does not belong into a folder that a reboot empties, so a
// durable cluster has no second choice.
func shelfFor(acct account, durable bool) (string, error) {
	shelves := []string{filepath.Join(os.TempDir(), "treue-root"), "/tmp/treue-root"}
	if durable {
		shelves = []string{"/var/lib/treue"}
	}
	var errs error
	for _, shelf := range shelves {
		err := ownDir(shelf, 0o711)
		if err == nil && acct.reaches(shelf) {
			return shelf, nil
		}
		errs = errors.Join(errs, err)
	}
	return "", errors.Join(errs, fmt.Errorf("user %s may not enter %s", acct.name, strings.Join(shelves, ", ")))
}

// sweep removes relocated clusters whose Config.Dir was deleted: whoever deleted it could not know of them. It is never
// called for durable ones. What it cannot remove, the next call tries again.
func sweep(shelf string) {
	clusters, _ := filepath.Glob(filepath.Join(shelf, "cluster-*"))
	for _, base := range clusters {
		dir, err := os.ReadFile(filepath.Join(base, originFile))
		if err != nil {
			continue
		}
		target, err := os.ReadFile(filepath.Join(string(dir), locationFile))
		if (err == nil && string(target) == base) || !stopped(place{base: base}) {
			continue
		}
		_ = os.RemoveAll(base)
	}
}

// maxSocketDir keeps "<dir>/.s.PGSQL.5432" within the 104 bytes that macOS allows for a socket's path.
const maxSocketDir = 100 - len("/.s.PGSQL.5432")

// socketDir is run itself if a socket's path may be so long, else a short folder whose name follows from it.
func socketDir(run string, acct account) (string, error) {
	// Postgres splits the setting at commas and reads double quotes.
	if len(run) <= maxSocketDir && !strings.ContainsAny(run, `,"`) {
		return run, nil
	}
	sum := sha256.Sum256([]byte(run))
	name := "treue-" + hex.EncodeToString(sum[:5])
	var errs error
	for _, tmp := range []string{os.TempDir(), "/tmp"} {
		dir := filepath.Join(tmp, name)
		if len(dir) > maxSocketDir || !acct.reaches(tmp) {
			continue
		}
		err := acct.mkdir(dir)
		if err == nil {
			return dir, nil
		}
		errs = errors.Join(errs, err)
	}
	return "", errors.Join(fmt.Errorf("no folder with a short path for the socket of %s", run), errs)
}

// cacheDir is the first folder for templates and programs that works; empty means that nothing is kept.
func cacheDir(wish string, acct account) string {
	dirs := []string{wish}
	if user, err := os.UserCacheDir(); wish == "" && err == nil {
		dirs = []string{filepath.Join(user, "treue")}
	}
	// Root's own cache folder is closed to the server's user, who has to run what was downloaded.
	if acct.switched {
		dirs = append(dirs, "/var/cache/treue")
	}
	dirs = append(dirs, filepath.Join(os.TempDir(), fmt.Sprintf("treue-cache-%d", os.Getuid())))
	for _, dir := range dirs {
		if dir, err := filepath.Abs(dir); err == nil && ownDir(dir, acct.enterable()) == nil && acct.reaches(dir) {
			return dir
		}
	}
	return ""
}
