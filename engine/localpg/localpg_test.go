package localpg

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

func TestStartGivesAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		durable bool
		want    map[string]string
	}{
		{"ephemeral", false, map[string]string{
			"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "wal_segment_size": "1MB",
		}},
		{"durable", true, map[string]string{
			"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "wal_segment_size": "16MB",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := mustStart(t, Config{Dir: folder(t), Durable: tt.durable})
			tt.want["TimeZone"], tt.want["server_encoding"], tt.want["jit"] = "UTC", "UTF8", "off"
			tt.want["lc_collate"], tt.want["max_connections"] = "C", "100"
			for setting, want := range tt.want {
				const show = "SELECT CASE WHEN '%[1]s' = 'lc_collate' THEN (SELECT datcollate FROM pg_database WHERE datname = current_database()) ELSE current_setting('%[1]s') END"
				if got := ask(t, s, fmt.Sprintf(show, setting)); got != want {
					t.Errorf("%s = %s, want %s", setting, got, want)
				}
			}
			if got, want := ask(t, s, "SELECT pg_size_bytes(current_setting('shared_buffers')) / 1048576 || 'MB'"), sharedBuffers(os.ReadFile); got != want {
				t.Errorf("shared_buffers = %s, want %s", got, want)
			}
			if got := ask(t, s, "SELECT current_database() || ' ' || current_user || ' ' || usesuper FROM pg_user WHERE usename = current_user"); got != "treue treue true" {
				t.Errorf("database, user and rights are %q", got)
			}
			ask(t, s, "CREATE DATABASE another")
			if got := ask(t, s, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"); got != "0" {
				t.Errorf("%s tables in a fresh database", got)
			}
		})
	}
}

func TestOthersAttachAndTheLastOneOutStops(t *testing.T) {
	t.Parallel()
	c := Config{Dir: folder(t), Durable: true}
	first := mustStart(t, c)
	ask(t, first, "CREATE TABLE kept (n int)")
	ask(t, first, "INSERT INTO kept VALUES (42)")
	second, third := mustStart(t, c), mustStart(t, c)
	run := identity(t, first)
	for _, s := range []*Server{second, third} {
		if got := identity(t, s); got != run {
			t.Fatalf("attached to a server started at %s, want the one started at %s", got, run)
		}
	}
	mustClose(t, first)
	mustClose(t, third)
	if got := identity(t, second); got != run {
		t.Fatalf("the server was started again at %s", got)
	}
	mustClose(t, second)
	if !stopped(second.place) {
		t.Fatal("the server runs although everybody has left")
	}
	again := mustStart(t, c)
	if got := ask(t, again, "SELECT n FROM kept"); got != "42" {
		t.Fatalf("kept %q, want 42", got)
	}
	if identity(t, again) == run {
		t.Fatal("the server was never stopped")
	}
}

func TestCloseTwice(t *testing.T) {
	t.Parallel()
	s := mustStart(t, Config{Dir: folder(t)})
	other := mustStart(t, Config{Dir: s.place.base})
	mustClose(t, s)
	mustClose(t, s)
	ask(t, other, "SELECT 1")
}

func TestFolderMayBeRemovedAfterTheLastClose(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), "cluster")
	s := mustStart(t, Config{Dir: dir})
	mustClose(t, s)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	fresh := mustStart(t, Config{Dir: dir})
	ask(t, fresh, "CREATE TABLE empty_again ()")
}

func TestClustersAreSeparate(t *testing.T) {
	t.Parallel()
	one, two := mustStart(t, Config{Dir: folder(t)}), mustStart(t, Config{Dir: folder(t)})
	ask(t, one, "CREATE TABLE mine ()")
	if got := ask(t, two, "SELECT count(*) FROM pg_tables WHERE tablename = 'mine'"); got != "0" {
		t.Fatal("a table of one cluster is seen in another")
	}
	mustClose(t, one)
	ask(t, two, "SELECT 1")
}

func TestManyStartsAtOnce(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	servers := make([]*Server, 8)
	var group sync.WaitGroup
	for i := range servers {
		group.Go(func() {
			s, err := Start(limit(t), Config{Dir: dir})
			if err != nil {
				t.Error(err)
				return
			}
			servers[i] = s
		})
	}
	group.Wait()
	if t.Failed() {
		return
	}
	run := identity(t, servers[0])
	for _, s := range servers {
		if got := identity(t, s); got != run {
			t.Errorf("a server of its own, started at %s beside %s", got, run)
		}
		group.Go(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if !stopped(servers[0].place) {
		t.Error("the server runs although everybody has left")
	}
}

func TestStartsAndClosesInterleaved(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 10 {
				s, err := Start(limit(t), Config{Dir: dir})
				if err != nil {
					t.Error(err)
					return
				}
				if err := connect(limit(t), s.URL()); err != nil {
					t.Error(err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if !stopped(place{base: dir, data: filepath.Join(dir, dataDir)}) {
		t.Error("the server runs although everybody has left")
	}
}

func TestStartHeedsItsContext(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	other := flock.New(filepath.Join(dir, startLock))
	if ok, err := other.TryLock(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := Start(ctx, Config{Dir: dir}); err == nil || ctx.Err() == nil {
		t.Fatalf("start while another one is under way: %v, context: %v", err, ctx.Err())
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	mustStart(t, Config{Dir: dir})
}

func TestStartNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	file := filepath.Join(folder(t), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		c    Config
		want string
	}{
		{"no folder", Config{}, "no folder is named"},
		{"a file", Config{Dir: file}, file},
		{"no programs", Config{Dir: folder(t), BinDir: file}, "no Postgres in " + file},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Start(limit(t), tt.c)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want one that contains %q", err, tt.want)
			}
		})
	}
}

func TestErrorSaysWhyTheServerDoesNotServe(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, file, add, want string }{
		{"wrong setting", "postgresql.conf", "no_such_setting = 1\n", `"no_such_setting"`},
		{"nobody let in", "pg_hba.conf", "local all all reject\n", "the server refuses us"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := Config{Dir: folder(t)}
			s := mustStart(t, c)
			mustClose(t, s)
			conf := filepath.Join(s.place.data, tt.file)
			good, err := os.ReadFile(conf)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(conf, append([]byte(tt.add), good...), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = Start(limit(t), c)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want one that contains %s", err, tt.want)
			}
			if !stopped(s.place) {
				t.Error("a server is left that nobody uses")
			}
			if err := os.WriteFile(conf, good, 0o600); err != nil {
				t.Fatal(err)
			}
			mustStart(t, c)
		})
	}
}

func TestHalfMadeFilesAreMadeAnew(t *testing.T) {
	t.Parallel()
	dir, cache := folder(t), folder(t)
	leftovers := []string{filepath.Join(dir, unfinished), filepath.Join(cache, "making-1")}
	for _, leftover := range leftovers {
		if err := os.MkdirAll(leftover, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(leftover, "PG_VERSION"), []byte("1"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := mustStart(t, Config{Dir: dir, CacheDir: cache})
	ask(t, s, "SELECT 1")
	for _, leftover := range leftovers {
		if _, err := os.Stat(leftover); err == nil {
			t.Errorf("%s is still there", leftover)
		}
	}
	templates, err := filepath.Glob(filepath.Join(cache, "template-*-*"))
	if err != nil || len(templates) != 1 {
		t.Errorf("templates %v (%v), want one", templates, err)
	}
}

func TestStartWithoutCache(t *testing.T) {
	t.Parallel()
	acct, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	b, err := thisMachine("").find(limit(t), acct, 0)
	if err != nil {
		t.Fatal(err)
	}
	at, err := settle(folder(t), acct, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := ensureCluster(limit(t), at, b, recipe{}, acct, ""); err != nil {
		t.Fatal(err)
	}
	s := mustStart(t, Config{Dir: at.base})
	ask(t, s, "SELECT 1")
}
