package localpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// overTCP says how clients reach the server: here by a port of the loopback interface, which needs a password.
const overTCP = true

// reins are a client's hold on the server: the programs that stop it. Windows has no FIFO that outlives its writers, so the
// last client to call Close stops the server, and one that is killed leaves it to the next.
type reins struct {
	bin  binaries
	acct account
}

func (*reins) drop() error { return nil }

// awaitStop stops the server and returns when it has ended.
func (r *reins) awaitStop(ctx context.Context, at place) error {
	if r.bin.dir == "" || stopped(at) {
		return nil
	}
	return run(command(ctx, r.acct, r.bin.program("pg_ctl"), "stop", "-w", "-m", "fast", "-D", at.data))
}

// join attaches to the running server, or starts one. The caller holds the lock of the starters.
func (s *Server) join(ctx context.Context, c Config, acct account) error {
	b, err := prepare(ctx, c, s.place, acct)
	if err != nil {
		return err
	}
	s.reins = reins{bin: b, acct: acct}
	if s.url, err = portURL(s.place); err == nil && connect(ctx, s.url) == nil {
		return nil
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	options := []string{fmt.Sprintf("-p %d", port)}
	for _, setting := range append(settings(s.place, c), "listen_addresses=127.0.0.1") {
		if !strings.HasPrefix(setting, "unix_socket") {
			options = append(options, "-c "+setting)
		}
	}
	log, err := openLog(s.place)
	if err != nil {
		return err
	}
	// pg_ctl gives the server a restricted token, which Postgres asks of administrators.
	start := command(ctx, acct, b.program("pg_ctl"), "start", "-w", "-D", s.place.data, "-l", log.Name(), "-o", strings.Join(options, " "))
	if err := errors.Join(log.Close(), run(start)); err != nil {
		return withLog(s.place, err)
	}
	s.url, err = portURL(s.place)
	return err
}

// portURL reads the port of the running server from line 4 of postmaster.pid.
func portURL(at place) (string, error) {
	text, err := os.ReadFile(filepath.Join(at.data, "postmaster.pid"))
	if err != nil {
		return "", err
	}
	password, err := os.ReadFile(filepath.Join(at.data, passwordFile))
	if err != nil {
		return "", err
	}
	lines := bytes.Split(text, []byte("\n"))
	if len(lines) < 4 {
		return "", errServerEnded
	}
	port, err := strconv.Atoi(string(bytes.TrimSpace(lines[3])))
	if err != nil {
		return "", fmt.Errorf("read the port in %s: %w", filepath.Join(at.data, "postmaster.pid"), err)
	}
	u := url.URL{Scheme: "postgres", User: url.UserPassword(superuser, string(password)), Path: "/" + database}
	u.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	u.RawQuery = "sslmode=disable"
	return u.String(), nil
}

// stopped reports whether the server has removed its process file, as it does when it ends.
func stopped(at place) bool {
	_, err := os.Stat(filepath.Join(at.data, "postmaster.pid"))
	return errors.Is(err, fs.ErrNotExist)
}
