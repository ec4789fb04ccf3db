//go:build unix

package engine

import (
	"syscall"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/enginetest"
)

// TestTerminated asks a sender to end while mails are under way: it finishes those, records what became of them, gives
// back the others, and nothing is ever sent twice.
func TestTerminated(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(150, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0.2; oneMail(d) })
	toSend := s.planOnly("winback").Plans[0].ToSend()
	release := make(chan struct{})
	for range s.Connections {
		s.smtp.Script(enginetest.AtDot, enginetest.SMTPStep{Until: release})
	}
	child := s.child(time.Minute, childNow+"="+s.now.Format(time.RFC3339Nano)) // on a busy machine a short lease may end with it
	s.waitForMails(s.Connections)                                              // each connection has one whose answer is still to come
	s.must(child.Process.Signal(syscall.SIGTERM))
	close(release)
	s.must(child.Wait())
	sent := s.states("winback")
	same(t, "what was under way is on record", sent[campaigns.Accepted], len(s.smtp.Mails()))
	same(t, "nothing is unknown", sent[campaigns.Unknown]+sent[campaigns.Sending], 0)
	same(t, "nothing is in a dead worker's hand", one[int](s, `SELECT count(*) FROM outbox WHERE worker IS NOT NULL`), 0)
	if sent[campaigns.Accepted] == toSend {
		t.Error("it went on to the end")
	}
	s.dispatch()
	same(t, "all of them", s.states("winback")[campaigns.Accepted], toSend)
	same(t, "repeats", s.repeats(), 0)
}
