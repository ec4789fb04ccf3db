// Package localpg runs a private Postgres for the demo, the first steps and the tests.
//
// The first process to call [Start] on a folder starts the server, later ones attach to it, and the last one to leave
// stops it, however it leaves: on Unix the clients hold the write end of a FIFO whose end of file is the order to stop,
// so even kill -9 of everybody ends the server. On Windows only Close does.
//
// Postgres refuses to run as root. Started by root, the server runs as the user postgres, else nobody. That user must
// reach the cluster: if a folder above Config.Dir keeps him out, the cluster is kept under /var/lib/treue (a durable one)
// or the temporary folder, and the file "location" in Config.Dir names the place.
package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// pollEvery is the pause between two looks at something another process does.
const pollEvery = 5 * time.Millisecond

// stopPatience bounds how long Close waits for the server's shutdown checkpoint.
const stopPatience = 60 * time.Second

// Config says where a private Postgres lives and how careful it is with its data.
type Config struct {
	// Dir is the cluster's folder; it is created. Different folders are different servers.
	Dir string
	// Durable keeps what is committed through a crash of the machine, as a user's data needs it. False turns fsync,
	// synchronous_commit and full_page_writes off: faster, for the demo and the tests. The process that starts the server
	// decides; those that attach take it as it is.
	Durable bool
	// BinDir is the folder with initdb and postgres, version 14 or newer; empty means that they are searched, and
	// downloaded once if the machine has none.
	BinDir string
	// Buffers is the size of the server's cache of pages as Postgres writes it, "4GB"; empty means an eighth of the
	// memory, at least 128 MB and at most 1 GB. The process that starts the server decides that, too.
	Buffers string
	// CacheDir keeps a fresh cluster to copy from and downloaded programs; empty means "treue" in the user's cache folder.
	CacheDir string
}

// Validate reports what is wrong with the configuration.
func (c Config) Validate() error {
	if c.Dir == "" {
		return errors.New("start the private Postgres: no folder is named for it")
	}
	return nil
}

// Server is this process's hold on a running private Postgres. Its methods may be called from several goroutines.
type Server struct {
	url     string
	place   place
	clients *flock.Flock
	reins   reins

	leave    sync.Once
	leaveErr error
}

// Start starts the server of c.Dir, or attaches to the one that another process, or another call, has started there. The
// server accepts connections when Start returns. An error carries the last lines of the server's log if it has written any.
func Start(ctx context.Context, c Config) (*Server, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s, err := start(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("start the private Postgres in %s: %w", c.Dir, err)
	}
	return s, nil
}

func start(ctx context.Context, c Config) (*Server, error) {
	dir, err := ensureDir(c.Dir)
	if err != nil {
		return nil, err
	}
	acct, err := serverAccount()
	if err != nil {
		return nil, err
	}
	starters := flock.New(filepath.Join(dir, startLock))
	if _, err := starters.TryLockContext(ctx, pollEvery); err != nil {
		return nil, fmt.Errorf("wait for another start: %w", err)
	}
	defer starters.Close()

	at, err := settle(dir, acct, c.Durable)
	if err != nil {
		return nil, err
	}
	// The shared lock comes before the reins: who can lock the file alone knows that nobody holds or takes the reins.
	s := &Server{place: at, clients: flock.New(filepath.Join(at.base, clientsLock))}
	if _, err := s.clients.TryRLockContext(ctx, pollEvery); err != nil {
		return nil, fmt.Errorf("wait for the server to stop: %w", err)
	}
	if err := s.join(ctx, c, acct); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func ensureDir(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return "", err
	}
	// Only the real path tells which folders the server's user has to pass.
	return filepath.EvalSymlinks(abs)
}

// URL is the connection string for pgx: database and superuser are both "treue".
func (s *Server) URL() string { return s.url }

// Close lets go of the server. If nobody else holds it, the server stops, and Close waits until it has: the folder may be
// deleted then. Otherwise Close returns at once. Calling it again does nothing and returns the first result.
func (s *Server) Close() error {
	s.leave.Do(func() { s.leaveErr = s.letGo() })
	return s.leaveErr
}

func (s *Server) letGo() error {
	if err := errors.Join(s.reins.drop(), s.clients.Unlock()); err != nil {
		return fmt.Errorf("leave the private Postgres in %s: %w", s.place.base, err)
	}
	alone := flock.New(s.clients.Path())
	last, err := alone.TryLock()
	if errors.Is(err, os.ErrNotExist) {
		return nil // The folder was deleted under us, so nobody can come after us.
	}
	if err != nil {
		return fmt.Errorf("leave the private Postgres in %s: %w", s.place.base, err)
	}
	if !last {
		return nil
	}
	defer alone.Close()
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	if err := s.reins.awaitStop(ctx, s.place); err != nil {
		return fmt.Errorf("stop the private Postgres in %s: %w", s.place.base, err)
	}
	if s.place.sock != s.place.run {
		_ = os.Remove(s.place.sock) // Empty now; if it is not, the next server uses it again.
	}
	return nil
}
