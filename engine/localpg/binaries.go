package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// oldestMajor is the first Postgres version that the schema and the settings work with.
const oldestMajor = 14

// binaries are the programs of one Postgres installation.
type binaries struct {
	dir     string
	version string // what postgres --version prints
	major   int
}

// program is the path of one of the programs.
func (b binaries) program(name string) string {
	return filepath.Join(b.dir, executable(runtime.GOOS, name))
}

// executable is the file name of a program.
func executable(goos, name string) string {
	if goos == "windows" {
		return name + ".exe"
	}
	return name
}

// machine is where programs are searched; root is empty except in tests.
type machine struct {
	goos  string
	root  string
	path  []string // the folders of PATH
	cache string
}

// thisMachine is the real one; cache may hold an earlier download.
func thisMachine(cache string) machine {
	return machine{goos: runtime.GOOS, path: filepath.SplitList(os.Getenv("PATH")), cache: cache}
}

// folders lists where Postgres may be, in the order in which it is tried: what the user has put into PATH on purpose, what
// the system's packages install, what an earlier run has downloaded.
func (m machine) folders() []string {
	var found []string
	for _, dir := range m.path {
		if filepath.IsAbs(dir) {
			found = append(found, m.installationOf(dir)...)
		}
	}
	for _, pattern := range m.patterns() {
		matches, _ := filepath.Glob(filepath.Join(m.root, pattern))
		slices.SortStableFunc(matches, newestFirst)
		found = append(found, matches...)
	}
	if m.cache != "" {
		found = append(found, filepath.Join(m.cache, downloadName, "bin"))
	}
	return found
}

// installationOf follows a link to postgres in a PATH folder: initdb looks for its files beside the real program.
func (m machine) installationOf(dir string) []string {
	link := filepath.Join(dir, executable(m.goos, "postgres"))
	program, err := filepath.EvalSymlinks(link)
	if err != nil {
		return nil
	}
	return slices.Compact([]string{filepath.Dir(program), dir})
}

// patterns are the folders of the usual packages: Debian, Red Hat, a build from source, Alpine, Homebrew, Postgres.app and
// the installer for Windows. Few of them put the server's programs into PATH.
func (m machine) patterns() []string {
	switch m.goos {
	case "windows":
		return []string{`C:\Program Files\PostgreSQL\*\bin`}
	case "darwin":
		return []string{
			"/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin",
			"/Applications/Postgres.app/Contents/Versions/*/bin",
		}
	}
	return []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin", "/usr/libexec/postgresql*",
		"/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
	}
}

var lastNumber = regexp.MustCompile(`(\d+)(?:\.(\d+))?\D*$`)

// newestFirst orders folders by the version in their names, so that 17 comes before 9.6; names without one come last.
func newestFirst(a, b string) int {
	return slices.Compare(versionIn(b), versionIn(a))
}

// versionIn reads the version in the name of an installation's folder, which is the one above bin.
func versionIn(path string) []int {
	m := lastNumber.FindStringSubmatch(filepath.Base(strings.TrimSuffix(path, string(filepath.Separator)+"bin")))
	if m == nil {
		return nil
	}
	major, _ := strconv.Atoi(m[1])
	minor, _ := strconv.Atoi(m[2])
	return []int{major, minor}
}

// errNoPostgres means that the machine has no Postgres that would do.
var errNoPostgres = errors.New("no Postgres found")

// find picks the first installation that works; wanted is the major version of an existing cluster, or 0.
func (m machine) find(ctx context.Context, acct account, wanted int) (binaries, error) {
	var others []string
	for _, dir := range m.folders() {
		b, err := inspect(ctx, dir, acct)
		switch {
		case err != nil: // Not an installation, or not one that the server's user can run.
		case wanted != 0 && b.major != wanted:
			others = append(others, fmt.Sprintf("%d in %s", b.major, dir))
		case b.major >= oldestMajor:
			return b, nil
		}
	}
	if wanted != 0 && len(others) > 0 {
		return binaries{}, fmt.Errorf("the cluster was made by Postgres %d, and there is only %s: install version %d or name its programs' folder",
			wanted, strings.Join(others, ", "), wanted)
	}
	return binaries{}, errNoPostgres
}

var versionLine = regexp.MustCompile(`^postgres \(PostgreSQL\) (\d+)`)

// inspect runs postgres --version as the account, which also shows that it may.
func inspect(ctx context.Context, dir string, acct account) (binaries, error) {
	b := binaries{dir: dir}
	for _, name := range programs(runtime.GOOS) {
		if _, err := exec.LookPath(b.program(name)); err != nil {
			return b, fmt.Errorf("look for %s: %w", name, err)
		}
	}
	out, err := command(ctx, acct, b.program("postgres"), "--version").Output()
	if err != nil {
		return b, fmt.Errorf("%s --version: %w", b.program("postgres"), err)
	}
	m := versionLine.FindSubmatch(out)
	if m == nil {
		return b, fmt.Errorf("%s says %q instead of its version", b.program("postgres"), out)
	}
	b.version = strings.TrimSpace(string(out))
	b.major, err = strconv.Atoi(string(m[1]))
	return b, err
}

// programs are what a folder must hold; the server of Windows is started and stopped by pg_ctl.
func programs(goos string) []string {
	if goos == "windows" {
		return []string{"initdb", "postgres", "pg_ctl"}
	}
	return []string{"initdb", "postgres"}
}

// command prepares a Postgres program to run as the account.
func command(ctx context.Context, acct account, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	// The account may be kept out of our own working folder, but not out of the program's.
	cmd.Dir = filepath.Dir(program)
	// PGDATA, PGPORT and the like belong to another server.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PG") })
	acct.runs(cmd)
	return cmd
}

// locate finds the programs for a cluster, and downloads them if the machine has none.
func locate(ctx context.Context, c Config, acct account, cache string, wanted int) (binaries, error) {
	if c.BinDir != "" {
		b, err := inspect(ctx, c.BinDir, acct)
		if err != nil {
			return b, fmt.Errorf("no Postgres in %s: %w", c.BinDir, err)
		}
		if b.major < oldestMajor || wanted != 0 && b.major != wanted {
			return b, fmt.Errorf("%s holds Postgres %d, needed is %s", c.BinDir, b.major, neededVersion(wanted))
		}
		return b, nil
	}
	b, err := thisMachine(cache).find(ctx, acct, wanted)
	if errors.Is(err, errNoPostgres) {
		return download(ctx, mavenCentral, cache, acct, wanted)
	}
	return b, err
}

// neededVersion names it for a message; 0 stands for any that is new enough.
func neededVersion(wanted int) string {
	if wanted != 0 {
		return strconv.Itoa(wanted)
	}
	return fmt.Sprintf("%d or newer", oldestMajor)
}

// noPostgres is the one sentence for a machine without Postgres and without a way to get it.
func noPostgres(goos string, wanted int) error {
	how := map[string]string{
		"darwin":  "`brew install postgresql@%d`",
		"windows": "`winget install PostgreSQL.PostgreSQL.%d`",
		"linux":   "Debian/Ubuntu: `apt-get install postgresql`; Fedora: `dnf install postgresql-server`; Alpine: `apk add postgresql%d`",
	}[goos]
	version := wanted
	if version == 0 {
		version = 17
	}
	if strings.Contains(how, "%d") {
		how = fmt.Sprintf(how, version)
	} else {
		how = "version " + neededVersion(wanted)
	}
	return fmt.Errorf("%w: install it (%s) or name one with --database", errNoPostgres, how)
}
