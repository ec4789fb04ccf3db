//go:build unix

package localpg

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestPasswordKeepsStrangersOut runs the recipe of systems without sockets in private folders.
func TestPasswordKeepsStrangersOut(t *testing.T) {
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
	if err := ensureCluster(limit(t), at, b, recipe{password: true}, acct, cacheDir("", acct)); err != nil {
		t.Fatal(err)
	}
	password, err := os.ReadFile(filepath.Join(at.data, passwordFile))
	if err != nil {
		t.Fatal(err)
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	server := command(t.Context(), acct, b.program("postgres"), "-D", at.data, "-k", "", "-p", fmt.Sprint(port), "-c", "listen_addresses=127.0.0.1")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = server.Process.Signal(unix.SIGINT)
		_ = server.Wait()
	}()
	url := func(password string) string {
		return fmt.Sprintf("postgres://treue:%s@127.0.0.1:%d/treue?sslmode=disable", password, port)
	}
	if err := poll(limit(t), func() (bool, error) { return connect(t.Context(), url(string(password))) == nil, nil }); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"", "treue"} {
		if ok, err := accepts(t.Context(), url(wrong)); ok || err == nil {
			t.Errorf("the password %q opens the database", wrong)
		}
	}
}

func TestTemplateNameFollowsTheRecipe(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, b := range []binaries{
		{"/a", "postgres (PostgreSQL) 17.1", 17},
		{"/a", "postgres (PostgreSQL) 17.2", 17},
		{"/b", "postgres (PostgreSQL) 17.1", 17},
	} {
		for _, r := range []recipe{{}, {durable: true}, {password: true}} {
			name, what := r.templateName(b), fmt.Sprintf("%v %v", b, r)
			if other, ok := seen[name]; ok {
				t.Errorf("%s and %s share a template", what, other)
			}
			seen[name] = what
		}
	}
}

func TestCopyIsExact(t *testing.T) {
	t.Parallel()
	from, to := folder(t), filepath.Join(folder(t), "copy")
	files := map[string]string{"a": "one", "deep/er/b": "two", "empty": ""}
	for name, text := range files {
		path := filepath.Join(from, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	acct, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	if err := copyTree(t.Context(), from, to, acct); err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		info, err := os.Stat(filepath.Join(to, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(to, name))
		if err != nil || string(got) != want || info.Mode().Perm() != 0o600 || ownerOf(info) != acct.uid {
			t.Errorf("%s: %q (%v), mode %v, owner %d; want %q, 0600, %d", name, got, err, info.Mode(), ownerOf(info), want, acct.uid)
		}
	}
	if err := copyTree(t.Context(), from, to, acct); err == nil {
		t.Error("a copy over a cluster succeeded")
	}
}
