//go:build unix

package localpg

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// overTCP says how clients reach the server: here by a socket in a folder that only its owner enters.
const overTCP = false

// supervisor is the shell script between the clients and the server. Its arguments are the folder for acknowledgements and
// the server's command line; descriptor 3 is the read end of the clients' FIFO, 4 the server's lock, which every process
// of the server inherits and nobody releases before the last of them has ended.
//
// A client that joins writes a name and waits for the file ack.<name>: only that proves that the loop has not already seen
// the end of file. When the server ends by itself the reader is killed, so that a FIFO without a reader always means: no
// server. "quit" ends a reader that has outlived both.
const supervisor = `
acks=$1; shift; umask 077
"$@" 3<&- & server=$!
( while read -r name && [ "$name" != quit ]; do : >"$acks/ack.$name"; done; kill -INT "$server" ) <&3 3<&- & reader=$!
exec 3<&-
wait "$server"
kill "$reader" 2>/dev/null
rm -f "$acks"/ack.*
`

// reins are a client's hold on the server: the write end of the FIFO. The kernel closes it with the process.
type reins struct {
	fifo  *os.File
	ended chan struct{} // closed when the supervisor that this process started has ended; nil if another process did
}

func (r *reins) drop() error {
	if r.fifo == nil {
		return nil
	}
	return r.fifo.Close()
}

// awaitStop returns when no process of the server is left.
func (r *reins) awaitStop(ctx context.Context, at place) error {
	lock, err := seize(ctx, at, func() error { return nil })
	if err != nil {
		return err
	}
	if r.ended != nil {
		<-r.ended
	}
	return lock.Close()
}

// join attaches to the running server, or starts one. The caller holds the lock of the starters.
func (s *Server) join(ctx context.Context, c Config, acct account) error {
	s.url = socketURL(s.place.sock)
	if err := unix.Mkfifo(s.place.path(clientsFIFO), 0o600); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make %s: %w", s.place.path(clientsFIFO), err)
	}
	// One round is enough: with the lock of the starters nobody else can start a server, and seize waits for the end of
	// one that is stopping.
	attached, err := s.attach(ctx)
	if attached || err != nil {
		return err
	}
	lock, err := seize(ctx, s.place, func() error { return interrupt(s.place) })
	if err != nil {
		return fmt.Errorf("wait for the previous server to end: %w", err)
	}
	err = s.launch(ctx, c, acct, lock)
	if err := errors.Join(err, lock.Close()); err != nil {
		return err
	}
	return s.ready(ctx)
}

// attach joins the clients of a running server; false means that there is none any more.
func (s *Server) attach(ctx context.Context) (bool, error) {
	fifo, err := openWriter(s.place)
	if errors.Is(err, unix.ENXIO) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	s.reins.fifo = fifo
	err = s.acknowledged(ctx)
	if err == nil {
		err = s.ready(ctx)
	}
	if errors.Is(err, errServerEnded) {
		return false, s.reins.drop()
	}
	return err == nil, err
}

// acknowledged waits until the supervisor has taken notice of this client: from then on it does not stop the server
// before the client lets go.
func (s *Server) acknowledged(ctx context.Context) error {
	name := rand.Text()
	if _, err := s.reins.fifo.WriteString(name + "\n"); err != nil {
		return errServerEnded // The reader has gone between opening and writing.
	}
	ack := filepath.Join(s.place.run, "ack."+name)
	return poll(ctx, func() (bool, error) {
		if err := os.Remove(ack); !errors.Is(err, fs.ErrNotExist) {
			return true, err
		}
		return false, s.supervised()
	})
}

// supervised is errServerEnded if nobody reads the FIFO.
func (s *Server) supervised() error {
	probe, err := openWriter(s.place)
	if errors.Is(err, unix.ENXIO) {
		return errServerEnded
	}
	if err != nil {
		return err
	}
	return probe.Close()
}

// openWriter opens the write end of the clients' FIFO; ENXIO means that nobody reads it. Go sets O_CLOEXEC on every file,
// so programs that the client starts do not hold it.
func openWriter(at place) (*os.File, error) {
	return os.OpenFile(at.path(clientsFIFO), os.O_WRONLY|unix.O_NONBLOCK, 0)
}

// launch starts the supervisor with the server. This process is its first client before it runs: if we are killed at
// any moment, it finds the end of file.
func (s *Server) launch(ctx context.Context, c Config, acct account, lock *os.File) error {
	b, err := prepare(ctx, c, s.place, acct)
	if err != nil {
		return err
	}
	if err := dropStalePID(s.place); err != nil {
		return err
	}
	fd, err := unix.Open(s.place.path(clientsFIFO), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open %s: %w", s.place.path(clientsFIFO), err)
	}
	reader := os.NewFile(uintptr(fd), clientsFIFO)
	defer reader.Close()
	if s.reins.fifo, err = openWriter(s.place); err != nil {
		return err
	}
	if err := unix.SetNonblock(fd, false); err != nil { // The shell expects to wait in read.
		return err
	}
	log, err := openLog(s.place)
	if err != nil {
		return err
	}
	defer log.Close()
	args := []string{"-c", supervisor, "treue-postgres", s.place.run, b.program("postgres"), "-D", s.place.data}
	for _, setting := range append(settings(s.place, c), "listen_addresses=", "port=5432") {
		args = append(args, "-c", setting)
	}
	// The server outlives the call, and maybe this process.
	cmd := command(context.WithoutCancel(ctx), acct, "/bin/sh", args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{reader, lock}
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run the supervisor: %w", err)
	}
	s.reins.ended = make(chan struct{})
	go reap(cmd, s.reins.ended)
	return nil
}

// reap waits for the supervisor, since not every container has a first process that would. How it ended says nothing: the
// server's lock and log do.
func reap(cmd *exec.Cmd, ended chan<- struct{}) {
	_ = cmd.Wait()
	close(ended)
}

// detach gives the command a session of its own: Ctrl-C in the terminal is meant for the client.
func detach(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setsid = true
}

// absence is how long an acknowledging supervisor may be without a server before it counts as lost.
const absence = 2 * time.Second

// ready waits until the server accepts connections.
func (s *Server) ready(ctx context.Context) error {
	missing := time.Now()
	err := poll(ctx, func() (bool, error) {
		if ok, err := accepts(ctx, s.url); ok || err != nil {
			return ok, err
		}
		if postmaster(s.place) != 0 {
			missing = time.Now()
		} else if time.Since(missing) > absence {
			_, err := s.reins.fifo.WriteString("quit\n")
			return false, errors.Join(errServerEnded, err)
		}
		return false, s.supervised()
	})
	if err != nil {
		return withLog(s.place, err)
	}
	return nil
}

// seize takes the server's lock, which is free when none of its processes runs: the kernel knows that better than any file
// with a process number. meanwhile is called while it is not.
func seize(ctx context.Context, at place, meanwhile func() error) (*os.File, error) {
	lock, err := os.OpenFile(at.path(serverLock), os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the folder was removed: %w", err)
	}
	if err != nil {
		return nil, err
	}
	err = poll(ctx, func() (bool, error) {
		err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if errors.Is(err, unix.EWOULDBLOCK) {
			return false, meanwhile()
		}
		return err == nil, err
	})
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// stopped reports whether no process of the server runs.
func stopped(at place) bool {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	lock, err := seize(ctx, at, func() error { return nil })
	if err != nil {
		return false
	}
	return lock.Close() == nil
}

func socketURL(sock string) string {
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/" + database}
	// Postgres's own URLs know no "+" for a space.
	u.RawQuery = "host=" + strings.ReplaceAll(url.QueryEscape(sock), "+", "%20") + "&port=5432&sslmode=disable"
	return u.String()
}
