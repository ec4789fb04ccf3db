package delivery

import (
	"encoding/base64"
	"net"
	"strings"
	"time"
)

// maxReply bounds what a server may say in one phase, TLS handshake included.
const maxReply = 256 << 10

// wire is the TCP connection below go-mail's client (and below TLS). It bounds
// replies and knows whether bytes have left, which the client does not tell.
type wire struct {
	net.Conn
	budget int // bytes the server may still send in this phase
	sent   int // bytes handed to the network since the connection began
}

// Read fails once the phase's budget is spent.
func (w *wire) Read(p []byte) (int, error) {
	if w.budget <= 0 {
		return 0, errReplyTooLong
	}
	n, err := w.Conn.Read(p[:min(len(p), w.budget)])
	w.budget -= n
	return n, err
}

// Write counts what left.
func (w *wire) Write(p []byte) (int, error) {
	n, err := w.Conn.Write(p)
	w.sent += n
	return n, err
}

// interrupt ends every read and write at once, from another goroutine.
func (w *wire) interrupt() { _ = w.Conn.SetDeadline(time.Unix(1, 0)) }

// scrubber returns a function that strikes a secret out of a server's words,
// also in the forms in which AUTH sends it.
func scrubber(user, secret string) func(string) string {
	encode := base64.StdEncoding.EncodeToString
	replace := strings.NewReplacer(
		encode([]byte("\x00"+user+"\x00"+secret)), "***",
		encode([]byte(secret)), "***",
		secret, "***",
	)
	return replace.Replace
}
