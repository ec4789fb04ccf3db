package delivery

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

func prepared(t *testing.T, to, id string) Prepared {
	t.Helper()
	m := sample()
	m.To, m.MessageID, m.Unsubscribe = to, id, "http://localhost:8080/u/1"
	p, err := Prepare(m)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func opened(t *testing.T, spec string, o Options) Conn {
	t.Helper()
	sender, err := Parse(spec, o)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := sender.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func wantOutcome(t *testing.T, got Outcome, kind Kind, reason Reason) {
	t.Helper()
	if got.Kind != kind || got.Reason != reason {
		t.Errorf("got %v [%s], want %s: %s", got, got.Text, kind, reason)
	}
}

func TestCatcher(t *testing.T) {
	t.Parallel()
	kept := keeper{}
	conn := opened(t, "catch:", Options{Keeper: kept})
	p := prepared(t, "anna@shop.example", "1@shop.example")
	for range 2 { // a retry replaces its copy
		wantOutcome(t, conn.Send(t.Context(), p), Accepted, ReasonAccepted)
	}
	got := kept["1@shop.example"]
	if len(kept) != 1 || got.To != p.To || got.From != p.From || !bytes.Equal(got.Raw, p.Raw) {
		t.Errorf("kept %d mails, %+v", len(kept), got)
	}
	failed := conn.Send(t.Context(), prepared(t, "full@shop.example", "2@shop.example"))
	wantOutcome(t, failed, Deferred, ReasonStorage)
	if failed.Text != "disk full�" {
		t.Errorf("text %q", failed.Text)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantOutcome(t, conn.Send(ctx, p), Deferred, ReasonCancelled)
}

func TestEML(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "b c")
	conn := opened(t, "eml:"+dir, Options{})
	hostile := "../../../x/y@shop.example"
	ids := []string{"1@shop.example", "2@shop.example", "1@shop.example"}
	var last Prepared
	for _, id := range ids {
		last = prepared(t, "anna@shop.example", id)
		wantOutcome(t, conn.Send(t.Context(), last), Accepted, ReasonAccepted)
	}
	odd := last
	odd.MessageID = hostile
	wantOutcome(t, conn.Send(t.Context(), odd), Accepted, ReasonAccepted)
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 3 {
		t.Fatalf("%d files (%v), want 3: one per Message-ID, no leftovers", len(files), err)
	}
	name := regexp.MustCompile(`^[0-9a-f]{32}\.eml$`)
	for _, f := range files {
		info, err := f.Info()
		if err != nil || !name.MatchString(f.Name()) || info.Mode().Perm() != 0o600 {
			t.Errorf("file %s, mode %v (%v)", f.Name(), info.Mode(), err)
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, emlName("1@shop.example")))
	if err != nil || !bytes.Equal(raw, last.Raw) {
		t.Errorf("file differs from the mail (%v)", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantOutcome(t, conn.Send(ctx, last), Deferred, ReasonCancelled)
}

// A directory that cannot be written defers the mail and leaves nothing behind.
func TestEMLFailures(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	sender, err := Parse("eml:"+file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sender.Open(t.Context()); err == nil {
		t.Error("a file was opened as a directory")
	}
	dir := filepath.Join(t.TempDir(), "gone")
	conn := opened(t, "eml:"+dir, Options{})
	p := prepared(t, "anna@shop.example", "1@shop.example")
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, conn.Send(t.Context(), p), Deferred, ReasonStorage)
	if err := os.MkdirAll(filepath.Join(dir, emlName(p.MessageID)), 0o700); err != nil { // the rename must fail
		t.Fatal(err)
	}
	wantOutcome(t, conn.Send(t.Context(), p), Deferred, ReasonStorage)
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("%d entries are left, want the obstacle only", len(left))
	}
}
