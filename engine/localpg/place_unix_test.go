//go:build unix

package localpg

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// privateFolder is what os.MkdirTemp and most homes are: closed to everybody but its owner.
func privateFolder(t *testing.T) string {
	t.Helper()
	dir := folder(t)
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestClusterBelowAPrivateFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(privateFolder(t), "cluster")
	s := mustStart(t, Config{Dir: dir})
	ask(t, s, "CREATE TABLE kept AS SELECT 42 AS n")
	mustClose(t, s)
	if root := os.Geteuid() == 0; (s.place.base != dir) != root {
		t.Errorf("the cluster of %s is in %s, with us as root: %v", dir, s.place.base, root)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(s.place.base); err != nil {
			t.Error(err)
		}
	})
	again := mustStart(t, Config{Dir: dir})
	if got := ask(t, again, "SELECT n FROM kept"); got != "42" {
		t.Errorf("kept %q, want 42", got)
	}
	if again.place != s.place {
		t.Errorf("first in %v, then in %v", s.place, again.place)
	}
}

func TestPrivateFolderItselfIsOpenedIfItIsEmpty(t *testing.T) {
	t.Parallel()
	dir := privateFolder(t)
	s := mustStart(t, Config{Dir: dir})
	if s.place.base != dir {
		t.Errorf("the cluster of %s is in %s", dir, s.place.base)
	}
}

func TestLostClusterIsNotReplacedSilently(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	gone := filepath.Join(folder(t), "cluster-1")
	if err := os.WriteFile(filepath.Join(dir, locationFile), []byte(gone), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(limit(t), Config{Dir: dir, Durable: true}); err == nil || !strings.Contains(err.Error(), gone) {
		t.Errorf("error %v, want one that names %s", err, gone)
	}
	s := mustStart(t, Config{Dir: dir})
	if s.place.base != gone {
		t.Errorf("an ephemeral cluster is in %s, want %s", s.place.base, gone)
	}
}

func TestRelocatedClusterGoesWithItsFolder(t *testing.T) {
	t.Parallel()
	shelf, parent := folder(t), folder(t)
	base := filepath.Join(shelf, "cluster-1")
	kept := filepath.Join(shelf, "cluster-2")
	for cluster, dir := range map[string]string{base: filepath.Join(parent, "gone"), kept: parent} {
		if err := os.MkdirAll(filepath.Join(cluster, dataDir), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(cluster, originFile), []byte(dir), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(parent, locationFile), []byte(kept), 0o600); err != nil {
		t.Fatal(err)
	}
	sweep(shelf)
	if _, err := os.Stat(base); !os.IsNotExist(err) {
		t.Errorf("the cluster of a deleted folder is still there: %v", err)
	}
	if _, err := os.Stat(kept); err != nil {
		t.Errorf("a cluster in use was removed: %v", err)
	}
}

func TestLongPaths(t *testing.T) {
	t.Parallel()
	for _, name := range []string{strings.Repeat("long", 30), `with "quotes", commas and spaces`, "with spaces", "ümläut", "a&b=c+d%20e"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(folder(t), name)
			s := mustStart(t, Config{Dir: dir})
			ask(t, s, "SELECT 1")
			if len(s.place.sock) > maxSocketDir {
				t.Errorf("socket in %s", s.place.sock)
			}
			mustClose(t, s)
			if _, err := os.Stat(s.place.sock); err == nil && s.place.sock != s.place.run {
				t.Errorf("%s is left", s.place.sock)
			}
		})
	}
}

func TestFoldersOfOthersAreNotTaken(t *testing.T) {
	t.Parallel()
	acct, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder(t), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := acct.mkdir(file); err == nil {
		t.Error("a file was taken for a folder")
	}
	if err := ownDir(file, 0o700); err == nil {
		t.Error("a file was taken for a folder of ours")
	}
	link := filepath.Join(folder(t), "link")
	if err := os.Symlink(folder(t), link); err != nil {
		t.Fatal(err)
	}
	if err := ownDir(link, 0o700); err == nil {
		t.Error("a link was followed, as anybody may put one into a temporary folder")
	}
	stranger := account{uid: 4711, gid: 4711, switched: false}
	dir := folder(t)
	if err := stranger.mkdir(dir); err == nil || !strings.Contains(err.Error(), "another user") {
		t.Errorf("a folder of another user: error %v", err)
	}
}

func TestReaches(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), "a", "b")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	stranger := account{name: "stranger", uid: 4711, gid: 4711, switched: true}
	if !stranger.reaches(dir) {
		t.Errorf("%s is open to everybody", dir)
	}
	if err := os.Chmod(filepath.Dir(dir), 0o750); err != nil {
		t.Fatal(err)
	}
	if stranger.reaches(dir) {
		t.Errorf("%s is closed to strangers", filepath.Dir(dir))
	}
	owner := account{name: "owner", uid: os.Geteuid(), gid: 4711, switched: true}
	member := account{name: "member", uid: 4711, gid: os.Getegid(), switched: true}
	if !owner.reaches(dir) || !member.reaches(dir) {
		t.Errorf("%s is open to its owner (%v) and group (%v)", dir, owner.reaches(dir), member.reaches(dir))
	}
	if stranger.reaches(filepath.Join(dir, "none")) {
		t.Error("a folder that does not exist is reached")
	}
}
