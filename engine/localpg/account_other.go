//go:build !unix

package localpg

import (
	"io/fs"
	"os"
	"os/exec"
)

// account is the user that the server runs as: here always the caller.
type account struct {
	name     string
	switched bool
}

func serverAccount() (account, error) { return account{}, nil }

func (account) runs(*exec.Cmd) {}

func (account) own(string) error { return nil }

func (account) enterable() fs.FileMode { return 0o700 }

func (account) mkdir(path string) error { return os.MkdirAll(path, 0o700) }

func (account) reaches(string) bool { return true }

func ownDir(path string, mode fs.FileMode) error { return os.MkdirAll(path, mode) }
