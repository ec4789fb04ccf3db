package localpg

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"
)

// settings are what the server is started with; the cluster's own configuration file stays as initdb wrote it. They fit a
// laptop: a small part of its memory, no compiler at run time (it costs more than it gains on short queries), a quiet log. Without
// durability, replication is off as well, since COPY into a new table then skips the write-ahead log.
func settings(at place, c Config) []string {
	s := []string{
		"unix_socket_directories=" + at.sock,
		"unix_socket_permissions=0700",
		"shared_buffers=" + cmp.Or(c.Buffers, sharedBuffers(os.ReadFile)),
		"max_connections=100",
		"jit=off",
		"random_page_cost=1.1", // no disk that turns: a page by its key costs hardly more than the next one
		"autovacuum=on",
		"timezone=UTC",
		"log_timezone=UTC",
		"log_checkpoints=off",
		"min_wal_size=80MB",
		"max_wal_size=1GB",
	}
	if c.Durable {
		return append(s, "fsync=on", "synchronous_commit=on", "full_page_writes=on")
	}
	return append(s, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0")
}

// openLog opens an empty log for a server that is about to start, and keeps that of the one before.
func openLog(at place) (*os.File, error) {
	err := os.Rename(at.path(serverLog), at.path(previousLog))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(at.path(serverLog), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
}

// errServerEnded means that the server ended while it was waited for: its log says why.
var errServerEnded = errors.New("the server ended")

// withLog adds the end of the server's log to an error that the log may explain.
func withLog(at place, err error) error {
	text, readErr := os.ReadFile(at.path(serverLog))
	if readErr != nil || len(text) == 0 {
		return err
	}
	return fmt.Errorf("%w; the end of %s:\n%s", err, at.path(serverLog), lastLines(string(text)))
}

// lastLines is the part of a log that is worth an error message.
func lastLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-10):], "\n")
}
