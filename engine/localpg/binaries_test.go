package localpg

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// install puts a fake installation into a folder: programs that tell a version and can do nothing else.
func install(t *testing.T, dir, version string, programs ...string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range programs {
		script := fmt.Sprintf("#!/bin/sh\necho '%s (PostgreSQL) %s'\n", name, version)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSearchOrder(t *testing.T) {
	t.Parallel()
	const both = "initdb postgres"
	type fake struct{ dir, version, programs string }
	tests := []struct {
		name   string
		goos   string
		path   string // relative to the fake machine's root
		fakes  []fake
		links  map[string]string
		wanted int
		want   string // folder, or what the error says if it starts with "error: "
	}{
		{"newest of Debian's", "linux", "/usr/bin", []fake{{"/usr/lib/postgresql/9.6/bin", "9.6.24", both}, {"/usr/lib/postgresql/15/bin", "15.8", both}, {"/usr/lib/postgresql/17/bin", "17.2", both}}, nil, 0, "/usr/lib/postgresql/17/bin"},
		{"PATH goes first", "linux", "/opt/pg/bin", []fake{{"/opt/pg/bin", "14.1", both}, {"/usr/lib/postgresql/17/bin", "17.2", both}}, nil, 0, "/opt/pg/bin"},
		{"links in PATH are followed", "linux", "/usr/local/bin", []fake{{"/usr/lib/postgresql/15/bin", "15.8", both}}, map[string]string{"/usr/local/bin/postgres": "/usr/lib/postgresql/15/bin/postgres", "/usr/local/bin/initdb": "/usr/lib/postgresql/15/bin/initdb"}, 0, "/usr/lib/postgresql/15/bin"},
		{"a link whose target has no initdb", "linux", "/usr/local/bin", []fake{{"/usr/local/bin", "16.1", "initdb"}, {"/opt/server", "16.1", "postgres"}}, map[string]string{"/usr/local/bin/postgres": "/opt/server/postgres"}, 0, "/usr/local/bin"},
		{"too old in PATH", "linux", "/old/bin", []fake{{"/old/bin", "13.9", both}, {"/usr/lib/postgresql/14/bin", "14.1", both}}, nil, 0, "/usr/lib/postgresql/14/bin"},
		{"client programs alone do not count", "linux", "/usr/bin", []fake{{"/usr/bin", "17.1", "psql pg_dump"}}, nil, 0, "error: no Postgres found"},
		{"a program that says something else", "linux", "/usr/bin", []fake{{"/usr/bin", "17.1'; echo 'oops", "initdb"}, {"/usr/bin", "beta", "postgres"}}, nil, 0, "error: no Postgres found"},
		{"the version of the cluster", "linux", "", []fake{{"/usr/lib/postgresql/15/bin", "15.8", both}, {"/usr/lib/postgresql/17/bin", "17.2", both}}, nil, 15, "/usr/lib/postgresql/15/bin"},
		{"the version of the cluster is gone", "linux", "", []fake{{"/usr/lib/postgresql/17/bin", "17.2", both}}, nil, 15, "error: the cluster was made by Postgres 15, and there is only 17 in "},
		{"Red Hat", "linux", "", []fake{{"/usr/pgsql-16/bin", "16.4", both}, {"/usr/pgsql-14/bin", "14.4", both}}, nil, 0, "/usr/pgsql-16/bin"},
		{"Homebrew, Apple silicon", "darwin", "", []fake{{"/opt/homebrew/opt/postgresql@14/bin", "14.4", both}, {"/opt/homebrew/opt/postgresql@17/bin", "17.4", both}, {"/opt/homebrew/opt/postgresql/bin", "14.4", both}}, nil, 0, "/opt/homebrew/opt/postgresql@17/bin"},
		{"Homebrew, Intel", "darwin", "", []fake{{"/usr/local/opt/postgresql@16/bin", "16.4", both}}, nil, 0, "/usr/local/opt/postgresql@16/bin"},
		{"Postgres.app", "darwin", "", []fake{{"/Applications/Postgres.app/Contents/Versions/16/bin", "16.4", both}, {"/Applications/Postgres.app/Contents/Versions/latest/bin", "17.0", both}}, nil, 0, "/Applications/Postgres.app/Contents/Versions/16/bin"},
		{"an earlier download", "linux", "/usr/bin", []fake{{"/cache/" + downloadName + "/bin", "17.5", both}}, nil, 0, "/cache/" + downloadName + "/bin"},
		{"Linux places are not searched on macOS", "darwin", "", []fake{{"/usr/lib/postgresql/17/bin", "17.2", both}}, nil, 0, "error: no Postgres found"},
		{"nothing", "linux", "/usr/bin", nil, nil, 0, "error: no Postgres found"},
	}
	if runtime.GOOS == "windows" {
		t.Skip("the fake programs are shell scripts")
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			root := folder(t)
			for _, f := range tt.fakes {
				install(t, filepath.Join(root, f.dir), f.version, strings.Fields(f.programs)...)
			}
			for link, target := range tt.links {
				if err := os.MkdirAll(filepath.Dir(filepath.Join(root, link)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(filepath.Join(root, target), filepath.Join(root, link)); err != nil {
					t.Fatal(err)
				}
			}
			m := machine{goos: tt.goos, root: root, cache: filepath.Join(root, "cache"), path: []string{filepath.Join(root, tt.path), "relative"}}
			acct, err := serverAccount()
			if err != nil {
				t.Fatal(err)
			}
			b, err := m.find(t.Context(), acct, tt.wanted)
			got := strings.TrimPrefix(b.dir, root)
			if err != nil {
				got = "error: " + err.Error()
			}
			if got != tt.want && (!strings.HasPrefix(tt.want, "error: ") || !strings.HasPrefix(got, tt.want)) {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}

func TestThisMachineHasPostgresThatWorks(t *testing.T) {
	t.Parallel()
	acct, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	b, err := locate(limit(t), Config{}, acct, cacheDir("", acct), 0)
	if err != nil {
		t.Fatal(err)
	}
	if b.major < oldestMajor || !strings.Contains(b.version, fmt.Sprint(b.major)) {
		t.Errorf("%s: version %d from %q", b.dir, b.major, b.version)
	}
	named, err := locate(limit(t), Config{BinDir: b.dir}, acct, "", b.major)
	if err != nil || named != b {
		t.Errorf("named by its folder: %v (%v), want %v", named, err, b)
	}
	if _, err := locate(limit(t), Config{BinDir: b.dir}, acct, "", b.major+1); err == nil {
		t.Error("an installation of the wrong version was taken")
	}
}

func TestNewestFirst(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		versions := rapid.SliceOfDistinct(rapid.IntRange(1, 40), rapid.ID[int]).Draw(t, "versions")
		pattern := rapid.SampledFrom([]string{"/usr/lib/postgresql/%d/bin", "/usr/pgsql-%d/bin", "/opt/homebrew/opt/postgresql@%d/bin", `C:\Program Files\PostgreSQL\%d\bin`}).Draw(t, "pattern")
		var dirs, want []string
		for _, v := range versions {
			dirs = append(dirs, fmt.Sprintf(pattern, v))
		}
		slices.SortFunc(versions, func(a, b int) int { return b - a })
		for _, v := range versions {
			want = append(want, fmt.Sprintf(pattern, v))
		}
		slices.SortStableFunc(dirs, newestFirst)
		if !slices.Equal(dirs, want) {
			t.Fatalf("order %v, want %v", dirs, want)
		}
	})
}

func TestErrorSaysWhatToInstall(t *testing.T) {
	t.Parallel()
	tests := []struct {
		goos   string
		wanted int
		want   string
	}{
		{"linux", 0, "no Postgres found: install it (Debian/Ubuntu: `apt-get install postgresql`; Fedora: `dnf install postgresql-server`; Alpine: `apk add postgresql17`) or name one with --database"},
		{"darwin", 0, "no Postgres found: install it (`brew install postgresql@17`) or name one with --database"},
		{"darwin", 15, "no Postgres found: install it (`brew install postgresql@15`) or name one with --database"},
		{"windows", 0, "no Postgres found: install it (`winget install PostgreSQL.PostgreSQL.17`) or name one with --database"},
		{"freebsd", 0, "no Postgres found: install it (version 14 or newer) or name one with --database"},
	}
	for _, tt := range tests {
		if got := noPostgres(tt.goos, tt.wanted).Error(); got != tt.want {
			t.Errorf("%s, version %d: %q, want %q", tt.goos, tt.wanted, got, tt.want)
		}
	}
}

func TestNoDownloadWithoutPlaceOrVersion(t *testing.T) {
	t.Parallel()
	const unreachable = "http://127.0.0.1:0"
	for name, call := range map[string]struct {
		cache  string
		wanted int
	}{"no cache": {"", 0}, "another version": {folder(t), 15}} {
		_, err := download(context.Background(), unreachable, call.cache, account{}, call.wanted)
		if err == nil || err.Error() != noPostgres(runtime.GOOS, call.wanted).Error() {
			t.Errorf("%s: error %v, want the sentence that says what to install", name, err)
		}
	}
}
