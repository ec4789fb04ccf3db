//go:build unix

package engine

import (
	"syscall"
	"testing"

	"treue/campaigns"
)

// TestZombie freezes a sender for longer than its lease lasts, lets another finish its work and wakes it up: it ends
// the mails it had begun, marks none of them, and what it had only claimed it leaves alone.
func TestZombie(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(150, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0.2; oneMail(d) })
	toSend := s.planOnly("winback").Plans[0].ToSend()
	zombie := s.dispatching()
	s.waitForMails(10)
	s.must(zombie.Process.Signal(syscall.SIGSTOP))
	s.waitForLeases()
	s.dispatch()
	open := s.states("winback")[campaigns.Unknown]
	same(t, "nothing is left to send", s.states("winback")[campaigns.Accepted]+open, toSend)
	s.must(zombie.Process.Signal(syscall.SIGCONT))
	_ = zombie.Wait() // with a fault if it was frozen inside a transaction, which the database has ended meanwhile
	same(t, "the zombie marked nothing", s.states("winback")[campaigns.Unknown], open)
	for s.states("winback")[campaigns.Unknown] > 0 {
		s.days(1)
		s.dispatch()
	}
	if n := s.repeats(); n > s.Connections {
		t.Errorf("%d repeats with %d connections", n, s.Connections)
	}
	s.checkCopies(toSend, s.states("winback")[campaigns.Held])
}
