package enginetest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"treue/engine/localpg"
	"treue/engine/store"
)

// Database starts or joins the tests' private Postgres and returns the address of a schema of the test's own, which is
// empty and vanishes with the test. The test binaries of one machine share the server; the last one out stops it.
func Database(t testing.TB) string {
	t.Helper()
	ctx := context.Background()
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("treue-tests-%d", os.Getuid()))
	pg, err := localpg.Start(ctx, localpg.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pg.Close() })
	schema := "t" + strings.ToLower(rand.Text()) // a killed test leaves its own behind, and numbers of processes come back
	execute(t, pg.URL(), "CREATE SCHEMA "+schema)
	t.Cleanup(func() { execute(t, pg.URL(), "DROP SCHEMA "+schema+" CASCADE") })
	separator := "?"
	if strings.Contains(pg.URL(), "?") {
		separator = "&"
	}
	return pg.URL() + separator + url.Values{"search_path": {schema}}.Encode()
}

func execute(t testing.TB, address, sql string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), sql); err != nil {
		t.Fatal(err)
	}
}

// Store opens a migrated store on a schema of the test's own.
func Store(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), Database(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if _, err := s.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s
}
