//go:build unix

package localpg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the user that the server runs as. If switched is false, that is the caller.
type account struct {
	name     string
	uid, gid int
	switched bool
}

// serverAccount is the caller, unless he is root: then Postgres's usual user, or the one without rights.
func serverAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		// macOS writes nobody as -2.
		uid, uidErr := strconv.ParseInt(u.Uid, 10, 64)
		gid, gidErr := strconv.ParseInt(u.Gid, 10, 64)
		if uidErr == nil && gidErr == nil && uid != 0 {
			return account{name: name, uid: int(uint32(uid)), gid: int(uint32(gid)), switched: true}, nil
		}
	}
	return account{}, errors.New("there is no user postgres or nobody, and Postgres refuses to run as root: run treue as an ordinary user or name a database with --database")
}

// runs makes cmd run as the account.
func (a account) runs(cmd *exec.Cmd) {
	if !a.switched {
		return
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}}
}

// own gives a file or folder to the account.
func (a account) own(path string) error {
	if !a.switched {
		return nil
	}
	return os.Lchown(path, a.uid, a.gid)
}

// enterable is the mode of a folder of the caller's that the account must pass.
func (a account) enterable() fs.FileMode {
	if a.switched {
		return 0o711
	}
	return 0o700
}

// mkdir makes a folder that belongs to the account alone, or finds it made.
func (a account) mkdir(path string) error {
	err := os.Mkdir(path, 0o700)
	if err == nil {
		return a.own(path)
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	switch owner := ownerOf(info); {
	case owner == a.uid:
		return requireDir(path, info)
	case a.switched && owner == os.Geteuid() && info.IsDir():
		return a.own(path) // Root died between making the folder and giving it away.
	}
	return fmt.Errorf("%s belongs to another user: run treue as that user or choose another folder", path)
}

// reaches reports whether the account may enter dir. Access control lists are not read: a folder that only they open
// counts as closed.
func (a account) reaches(dir string) bool {
	if !a.switched {
		return true
	}
	for {
		info, err := os.Stat(dir)
		if err != nil || !a.mayEnter(info) {
			return false
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return true
		}
		dir = parent
	}
}

// mayEnter reads the permission as the kernel does: the first class that fits decides, even if a later one would allow more.
// The account has no supplementary groups.
func (a account) mayEnter(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	switch {
	case int(st.Uid) == a.uid:
		return info.Mode()&0o100 != 0
	case int(st.Gid) == a.gid:
		return info.Mode()&0o010 != 0
	}
	return info.Mode()&0o001 != 0
}

// ownDir makes a folder of the caller's, and refuses one that somebody else has put there: names in a temporary folder can
// be guessed.
func ownDir(path string, mode fs.FileMode) error {
	if err := os.MkdirAll(path, mode); err != nil {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if ownerOf(info) != os.Geteuid() {
		return fmt.Errorf("%s belongs to somebody else", path)
	}
	return requireDir(path, info)
}

func requireDir(path string, info fs.FileInfo) error {
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder: remove it", path)
	}
	return nil
}

// ownerOf is the user id of a file's owner, -1 if the system has none.
func ownerOf(info fs.FileInfo) int {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Uid)
	}
	return -1
}
