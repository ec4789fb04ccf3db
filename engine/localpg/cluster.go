package localpg

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// The names in every private cluster.
const (
	database     = "treue"
	superuser    = "treue"
	passwordFile = "treue.password"
)

// recipe is how a cluster is made; clusters of one recipe and one installation are copies of one template.
type recipe struct {
	durable  bool
	password bool // false: the socket's folder is the protection
}

// flags are initdb's. An ephemeral cluster writes its log in files of 1 MB: there is less to copy.
func (r recipe) flags() []string {
	flags := []string{"--username=" + superuser, "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"}
	if !r.durable {
		flags = append(flags, "--wal-segsize=1")
	}
	if r.password {
		return append(flags, "--auth=scram-sha-256")
	}
	return append(flags, "--auth=trust")
}

// statements turn what initdb made into a private cluster, one per line. The first database is renamed instead of a second
// one created, and an ephemeral cluster does without the pristine template0: both save a third of the files to copy.
func (r recipe) statements() string {
	rename := "ALTER DATABASE postgres RENAME TO " + database + "\n"
	if r.durable {
		return rename
	}
	return rename + "ALTER DATABASE template0 IS_TEMPLATE false\nDROP DATABASE template0\n"
}

// templateName changes with everything that a cluster's files depend on.
func (r recipe) templateName(b binaries) string {
	sum := sha256.Sum256([]byte(strings.Join(append(r.flags(), r.statements(), b.version, b.dir), "\x00")))
	return fmt.Sprintf("template-%d-%x", b.major, sum[:6])
}

// ensureCluster makes the cluster in at.data unless it is there. It becomes visible in one rename: what a killed process left
// half done is made anew.
func ensureCluster(ctx context.Context, at place, b binaries, r recipe, acct account, cache string) error {
	if _, err := os.Stat(at.data); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	fresh := at.path(unfinished)
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := makeCluster(ctx, fresh, b, r, acct, cache); err != nil {
		return fmt.Errorf("create the cluster: %w", err)
	}
	// The template was written without fsync, and the copy, too.
	if r.durable {
		if err := run(command(ctx, acct, b.program("initdb"), "--sync-only", "-D", fresh)); err != nil {
			return err
		}
	}
	return os.Rename(fresh, at.data)
}

// makeCluster fills dir by a copy of the template, or by initdb where nothing can be kept: that takes a second instead of a
// tenth.
func makeCluster(ctx context.Context, dir string, b binaries, r recipe, acct account, cache string) error {
	if cache == "" {
		return initialise(ctx, dir, b, r, acct)
	}
	template, err := ensureTemplate(ctx, cache, b, r, acct)
	if err != nil {
		return err
	}
	return copyTree(ctx, template, dir, acct)
}

// ensureTemplate is the cached cluster of a recipe. One process makes it, the others wait.
func ensureTemplate(ctx context.Context, cache string, b binaries, r recipe, acct account) (string, error) {
	template := filepath.Join(cache, r.templateName(b))
	if _, err := os.Stat(template); err == nil {
		return template, nil
	}
	lock := flock.New(filepath.Join(cache, "template.lock"))
	if _, err := lock.TryLockContext(ctx, pollEvery); err != nil {
		return "", fmt.Errorf("wait for the template cluster: %w", err)
	}
	defer lock.Close()
	if _, err := os.Stat(template); err == nil {
		return template, nil
	}
	removeAll(filepath.Join(cache, "making-*")) // Left by processes that were killed.
	work, err := os.MkdirTemp(cache, "making-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	if err := os.Chmod(work, acct.enterable()); err != nil {
		return "", err
	}
	// Made under another name and renamed: a process that is killed here leaves no half template.
	fresh := filepath.Join(work, dataDir)
	if err := initialise(ctx, fresh, b, r, acct); err != nil {
		return "", err
	}
	return template, os.Rename(fresh, template)
}

// removeAll clears up behind others; what it cannot remove does no harm.
func removeAll(pattern string) {
	matches, _ := filepath.Glob(pattern)
	for _, match := range matches {
		_ = os.RemoveAll(match)
	}
}

// initialise makes a cluster by initdb.
func initialise(ctx context.Context, dir string, b binaries, r recipe, acct account) error {
	if err := acct.mkdir(dir); err != nil {
		return err
	}
	flags := append(r.flags(), "-D", dir)
	// The password goes into the cluster, and so with every copy; the folder is as private as the data.
	password := filepath.Join(filepath.Dir(dir), passwordFile)
	if r.password {
		if err := errors.Join(os.WriteFile(password, []byte(rand.Text()), 0o600), acct.own(password)); err != nil {
			return err
		}
		flags = append(flags, "--pwfile="+password)
	}
	if err := run(command(ctx, acct, b.program("initdb"), flags...)); err != nil {
		return err
	}
	if r.password {
		if err := os.Rename(password, filepath.Join(dir, passwordFile)); err != nil {
			return err
		}
	}
	single := command(ctx, acct, b.program("postgres"), "--single", "-F", "-D", dir, "template1")
	single.Stdin = strings.NewReader(r.statements())
	return run(single)
}

// run runs a program that says nothing of interest unless it fails. Postgres in single-user mode tells of a failed
// statement only in its output.
func run(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err == nil && strings.Contains(string(out), "ERROR:") {
		err = errors.New("a statement failed")
	}
	if err != nil {
		return fmt.Errorf("%s failed (%w): %s", filepath.Base(cmd.Path), err, lastLines(string(out)))
	}
	return nil
}

// clusterMajor is the Postgres version that made the cluster, 0 if there is none yet.
func clusterMajor(at place) (int, error) {
	text, err := os.ReadFile(filepath.Join(at.data, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("read the version of the cluster in %s: %w", at.data, err)
	}
	return major, nil
}

// prepare finds the programs and makes the cluster, so that the server can be launched.
func prepare(ctx context.Context, c Config, at place, acct account) (binaries, error) {
	wanted, err := clusterMajor(at)
	if err != nil {
		return binaries{}, err
	}
	cache := cacheDir(c.CacheDir, acct)
	b, err := locate(ctx, c, acct, cache, wanted)
	if err != nil {
		return b, err
	}
	return b, ensureCluster(ctx, at, b, recipe{durable: c.Durable, password: overTCP}, acct, cache)
}
