package localpg

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// childDir is the variable that turns the test binary into a client which starts a server and waits to be killed.
const childDir = "LOCALPG_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		beChild(dir)
	}
	os.Exit(m.Run())
}

func beChild(dir string) {
	s, err := Start(context.Background(), Config{Dir: dir})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.URL())
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	os.Exit(0) // Without Close, as a killed client would leave.
}

// folder is an empty folder that a server's user may enter, whoever runs the tests.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "localpg-") //nolint:usetesting // a folder of t lies in one that no other user may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	resolved, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

// limit is far beyond what anything here takes; it only keeps a broken server from hanging the tests.
func limit(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func mustStart(t testing.TB, c Config) *Server {
	t.Helper()
	s, err := Start(limit(t), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func mustClose(t testing.TB, s *Server) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// ask runs one statement over a connection of its own and returns the first column of the last row.
func ask(t testing.TB, s *Server, sql string) string {
	t.Helper()
	ctx := limit(t)
	conn, err := pgx.Connect(ctx, s.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, sql)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := pgx.CollectRows(rows, pgx.RowTo[any])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if len(answers) == 0 {
		return ""
	}
	return fmt.Sprint(answers[len(answers)-1])
}

// identity tells one run of a server from the next.
func identity(t testing.TB, s *Server) string {
	t.Helper()
	return ask(t, s, "SELECT pg_postmaster_start_time()::text")
}
