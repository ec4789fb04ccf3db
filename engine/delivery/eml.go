package delivery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

// emlDir is a Sender that writes each mail to a file, for rehearsals.
type emlDir struct{ dir string }

// Open makes the directory.
func (e emlDir) Open(ctx context.Context) (Conn, error) {
	if err := os.MkdirAll(e.dir, 0o700); err != nil {
		return nil, &OpenError{Outcome: stored(ctx, e.dir, err), Err: err}
	}
	return e, nil
}

// Loopback is true: a file stays on this machine.
func (e emlDir) Loopback() bool { return true }

// Send writes the mail to <hash of its Message-ID>.eml. A retry replaces its
// own earlier copy, and a reader never sees half a file.
func (e emlDir) Send(ctx context.Context, mail Prepared) Outcome {
	err := ctx.Err()
	if err == nil {
		err = e.write(emlName(mail.MessageID), mail.Raw)
	}
	return stored(ctx, e.dir, err)
}

// Close has nothing to free.
func (e emlDir) Close() error { return nil }

// write goes by a temporary file and a rename. It does not sync: a rehearsal
// that a power failure spoils is simply repeated.
func (e emlDir) write(name string, raw []byte) (err error) {
	f, err := os.CreateTemp(e.dir, "."+name+".*")
	if err != nil {
		return fmt.Errorf("write mail file: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(raw); err != nil {
		_ = f.Close()
		return fmt.Errorf("write mail file: %w", err)
	}
	if err = f.Close(); err != nil {
		return fmt.Errorf("write mail file: %w", err)
	}
	if err = os.Rename(f.Name(), filepath.Join(e.dir, name)); err != nil {
		return fmt.Errorf("write mail file: %w", err)
	}
	return nil
}

// emlName hashes, since a Message-ID may hold characters a file name must not.
func emlName(messageID string) string {
	sum := sha256.Sum256([]byte(messageID))
	return hex.EncodeToString(sum[:16]) + ".eml"
}
