package campaigns

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestFinal(t *testing.T) {
	t.Parallel()
	for state, want := range map[State]bool{
		Planned: false, Claimed: false, Sending: false, Deferred: false, Unknown: false, Held: false,
		Accepted: true, Bounced: true, Suppressed: true, Cancelled: true, Expired: true, Failed: true, Ghost: true,
	} {
		same(t, string(state), state.Final(), want)
	}
}

func TestAfter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		result             Result
		attempts, unknowns int
		state              State
		wait               time.Duration
	}{
		{ResultAccepted, 1, 0, Accepted, 0},
		{ResultBounced, 1, 0, Bounced, 0},
		{ResultFailed, 3, 1, Failed, 0},
		{ResultSenderFault, 1, 0, Deferred, time.Hour},
		{ResultDeferred, 0, 0, Deferred, time.Minute},
		{ResultDeferred, 1, 0, Deferred, time.Minute},
		{ResultDeferred, 2, 0, Deferred, 5 * time.Minute},
		{ResultDeferred, 3, 0, Deferred, 15 * time.Minute},
		{ResultDeferred, 4, 0, Deferred, time.Hour},
		{ResultDeferred, 99, 0, Deferred, time.Hour},
		{ResultUnknown, 1, 1, Unknown, 15 * time.Minute},
		{ResultUnknown, 2, 2, Unknown, time.Hour},
		{ResultUnknown, 3, 3, Held, 0},
		{ResultUnknown, 9, 4, Held, 0},
	} {
		state, retry := Retries{}.After(c.result, Attempt{Attempts: c.attempts, Unknowns: c.unknowns}, noon)
		same(t, string(c.result), state, c.state)
		same(t, string(c.result)+": wait", retry.Sub(noon), c.wait)
	}
}

// TestHourlyRetriesSpread: the pauses that a retry plan names are kept, those after them are stretched.
func TestHourlyRetriesSpread(t *testing.T) {
	t.Parallel()
	for attempts, want := range map[int]time.Duration{1: time.Minute, 4: time.Hour, 5: 75 * time.Minute, 20: 75 * time.Minute} {
		_, retry := Retries{}.After(ResultDeferred, Attempt{Attempts: attempts, Spread: 1.25}, noon)
		same(t, "wait", retry.Sub(noon), want)
	}
}

// TestUnknownIsHeld: a shop that would rather lose a mail than send it twice decides itself.
func TestUnknownIsHeld(t *testing.T) {
	t.Parallel()
	state, _ := Retries{HoldUnknown: true}.After(ResultUnknown, Attempt{Attempts: 1, Unknowns: 1}, noon)
	same(t, "state", state, Held)
	state, _ = Retries{HoldUnknown: true}.After(ResultDeferred, Attempt{Attempts: 1}, noon)
	same(t, "a refusal", state, Deferred)
}

// sendMachine is one send from its plan to its end, with every result a server can give.
type sendMachine struct {
	state   State
	attempt Attempt
	now     time.Time
	retry   time.Time
	copies  int // mails that may lie in the customer's mailbox
}

func (m *sendMachine) try(t *rapid.T, r Result, delivered int) {
	if m.state.Final() || m.state == Held || m.now.Before(m.retry) {
		t.Skip("nothing to send")
	}
	m.attempt.Attempts++
	m.copies += delivered
	if r == ResultUnknown {
		m.attempt.Unknowns++
	}
	m.state, m.retry = Retries{}.After(r, m.attempt, m.now)
}

func (m *sendMachine) Accepted(t *rapid.T)    { m.try(t, ResultAccepted, 1) }
func (m *sendMachine) Unknown(t *rapid.T)     { m.try(t, ResultUnknown, 1) }
func (m *sendMachine) Deferred(t *rapid.T)    { m.try(t, ResultDeferred, 0) }
func (m *sendMachine) Bounced(t *rapid.T)     { m.try(t, ResultBounced, 0) }
func (m *sendMachine) Failed(t *rapid.T)      { m.try(t, ResultFailed, 0) }
func (m *sendMachine) SenderFault(t *rapid.T) { m.try(t, ResultSenderFault, 0) }
func (m *sendMachine) Wait(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 180).Draw(t, "minutes")) * time.Minute)
}

// Check holds after every step: at most three copies, at most three attempts without an answer, and an open send
// that no person holds is tried again later, never at once.
func (m *sendMachine) Check(t *rapid.T) {
	if m.copies > 3 || m.attempt.Unknowns > 3 {
		t.Fatalf("%d copies, %d attempts without an answer", m.copies, m.attempt.Unknowns)
	}
	if m.attempt.Unknowns == 3 && m.state == Unknown {
		t.Fatal("a fourth copy would follow")
	}
	switch m.state {
	case Planned, Deferred, Unknown, Held, Accepted, Bounced, Failed:
	default:
		t.Fatalf("an attempt cannot end as %s", m.state)
	}
}

func TestSendMachine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := &sendMachine{state: Planned, now: noon}
		t.Repeat(rapid.StateMachineActions(m))
	})
}

// TestOpenStatesWaitLonger checks that every open state is retried strictly later, so that no dispatch can loop.
func TestOpenStatesWaitLonger(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rapid.SampledFrom([]Result{ResultAccepted, ResultDeferred, ResultUnknown, ResultBounced, ResultFailed, ResultSenderFault}).Draw(t, "result")
		a := Attempt{Attempts: rapid.IntRange(1, 100).Draw(t, "attempts")}
		a.Unknowns = rapid.IntRange(0, a.Attempts).Draw(t, "unknowns")
		state, retry := Retries{}.After(r, a, noon)
		if !state.Final() && state != Held && !retry.After(noon) {
			t.Fatalf("%s is tried again at once", state)
		}
	})
}
