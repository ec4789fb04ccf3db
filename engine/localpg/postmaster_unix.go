//go:build unix

package localpg

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// postmaster is the process that postmaster.pid names, if it runs and is the server of this cluster; else 0. The number
// alone proves nothing: after a restart of the machine it may be any program's, even another of our servers.
func postmaster(at place) int {
	text, err := os.ReadFile(pidFile(at))
	if err != nil {
		return 0
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	pid, err := strconv.Atoi(string(bytes.TrimSpace(line)))
	if err != nil || pid <= 1 || !bytes.Contains(commandLine(pid), []byte(at.data)) {
		return 0
	}
	return pid
}

func pidFile(at place) string { return filepath.Join(at.data, "postmaster.pid") }

// commandLine is empty for a process that has ended.
func commandLine(pid int) []byte {
	if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err == nil || !noProc() {
		return text
	}
	text, _ := exec.Command("ps", "-ww", "-o", "args=", "-p", strconv.Itoa(pid)).Output()
	return text
}

// noProc is true on systems without Linux's /proc.
func noProc() bool {
	_, err := os.Stat("/proc/self/cmdline")
	return err != nil
}

// interrupt asks a server that nobody supervises for a fast shutdown; asking again changes nothing.
func interrupt(at place) error {
	pid := postmaster(at)
	if pid == 0 {
		return nil // Its last processes end by themselves when they notice.
	}
	if err := unix.Kill(pid, unix.SIGINT); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("stop the server without supervisor (process %d): %w", pid, err)
	}
	return nil
}

// dropStalePID removes the process files that a killed server left, its own and its socket's: Postgres would refuse to
// start if their number has become that of another process of this user. The caller holds the server's lock, so none that we started runs; a server that somebody
// started by hand in this folder is recognised and left alone.
func dropStalePID(at place) error {
	if postmaster(at) != 0 {
		return fmt.Errorf("a Postgres that was not started by treue runs in %s: stop it first", at.data)
	}
	for _, file := range []string{pidFile(at), filepath.Join(at.sock, ".s.PGSQL.5432.lock")} {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
