package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/enginetest"
	"treue/rules/customer"
)

// TestKill is the short form of the torture test.
func TestKill(t *testing.T) {
	t.Parallel()
	killTest(t, 1000, 20)
}

// killTest sends from child processes that are killed with SIGKILL at random moments, one after the other, while time
// goes on, so that what was in the air is tried again and may be killed again. Nothing is lost, nobody who must not be
// written to is, what is repeated is bounded by the connections, and a repeat has the Message-ID of the first copy. How many are
// repeated below that bound is a matter of time: of how much of it the database takes to note an answer.
func killTest(t *testing.T, mails, kills int) (repeats int) {
	s := newShopWith(t, enginetest.Database(t), enginetest.SMTPConfig{Brief: true}, nil)
	s.customers(mails*10/8, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0.2; oneMail(d) })
	toSend := s.planOnly("winback").Plans[0].ToSend()
	s.suppressEvery(50)
	random := rand.New(rand.NewPCG(7, 1))
	var ends []int // mails taken by the end of each child
	slowest := time.Duration(0)
	for kill := range kills {
		before, begun := s.smtp.Taken(), time.Now()
		victim := s.dispatching()
		s.waitForMails(before + 1)
		slowest = max(slowest, time.Since(begun))
		s.waitForMails(before + 1 + random.IntN(max(1, mails*8/10/kills))) // some are left for every kill
		s.must(victim.Process.Kill())
		_ = victim.Wait() // ends by the signal
		ends = append(ends, s.smtp.Taken())
		if n := len(s.inTheAir(victim.Process.Pid)); n > s.Connections {
			t.Errorf("kill %d: %d mails in the air with %d connections", kill+1, n, s.Connections)
		}
		s.waitForLeases()
		s.pass(3 * time.Minute)
	}
	// Nobody is killed any more: what was in the air is unknown, waits its quarter of an hour, and is tried again.
	for range 4 {
		s.dispatch()
		s.pass(time.Hour)
	}
	perKill := s.repeatsBy(ends)
	t.Logf("%d mails, %d kills: %d repeats, at most %d for one kill; slowest first mail after a start %v; states %v",
		toSend, kills, s.repeats(), slices.Max(perKill), slowest.Round(time.Millisecond), s.states("winback"))
	if n := slices.Max(perKill); n > s.Connections {
		t.Errorf("%d repeats for one kill with %d connections", n, s.Connections)
	}
	s.checkEnd(toSend)
	return s.repeats()
}

// suppressEvery blocks every nth customer's address after the plan: none of them may be written to.
func (s *shop) suppressEvery(n int) {
	s.t.Helper()
	for i := range one[int](s, `SELECT count(*) FROM customers`) {
		if i%n == 0 {
			s.must(s.Store().Suppress(s.t.Context(), customer.AddressHash(testKeys().Pepper, address(i)), "manual", s.now))
		}
	}
}

// repeatsBy counts the repeats by the child that sent the copy before: its death is the cause. The last number is that
// of the survivor.
func (s *shop) repeatsBy(ends []int) []int {
	by := make([]int, len(ends)+1)
	newest := map[string]int{}
	for i, m := range s.smtp.Mails() {
		if before, again := newest[m.To]; again {
			child, _ := slices.BinarySearch(ends, before+1)
			by[child]++
		}
		newest[m.To] = i
	}
	return by
}

// checkEnd: every mail has ended in a state that may end it, and what the database counts is what the server took.
func (s *shop) checkEnd(toSend int) {
	s.t.Helper()
	got := s.states("winback")
	held, blocked := got[campaigns.Held], one[int](s, `SELECT count(*) FROM sends WHERE state = 'suppressed' AND arm <> 'control'`)
	same(s.t, "everything ended", got[campaigns.Accepted]+held+blocked, toSend)
	if held > 5 {
		s.t.Errorf("%d held, want at most 5", held)
	}
	same(s.t, "nothing waits", one[int](s, `SELECT count(*) FROM outbox WHERE due_at < 'infinity'`), held)
	s.checkCopies(toSend-blocked, held)
}

// waitForMails returns once the server has so many.
func (s *shop) waitForMails(n int) {
	s.t.Helper()
	s.await(fmt.Sprintf("%d mails", n), func() bool { return s.smtp.Taken() >= n })
}

// waitForLeases returns once no worker's lease is alive by the database's clock.
func (s *shop) waitForLeases() {
	s.t.Helper()
	s.sql(`SELECT pg_sleep(greatest(0, extract(epoch FROM max(expires_at) - clock_timestamp()))) FROM leases
		WHERE name LIKE 'worker:%' AND expires_at > clock_timestamp()`)
}

// repeats counts the mails beyond the first to each customer.
func (s *shop) repeats() int {
	seen := map[string]bool{}
	repeats := 0
	for _, m := range s.smtp.Mails() {
		if seen[m.To] {
			repeats++
		}
		seen[m.To] = true
	}
	return repeats
}

// checkCopies: every treated customer has at least one copy and at most three, all with one Message-ID; nobody else
// has any.
func (s *shop) checkCopies(toSend, held int) {
	s.t.Helper()
	copies, ids := map[string]int{}, map[string]string{}
	for _, m := range s.smtp.Mails() {
		copies[m.To]++
		if first, known := ids[m.To]; known && first != m.MessageID {
			s.t.Errorf("%s got %s and %s", m.To, first, m.MessageID)
		}
		ids[m.To] = m.MessageID
		if copies[m.To] > 3 {
			s.t.Errorf("%s got %d copies", m.To, copies[m.To])
		}
	}
	if len(copies) < toSend-held || len(copies) > toSend {
		s.t.Errorf("%d customers got mail, want %d of whom %d may be held", len(copies), toSend, held)
	}
	for _, email := range s.unwanted() {
		if copies[email] > 0 {
			s.t.Errorf("%s must not get mail and got %d", email, copies[email])
		}
	}
}

// unwanted are the addresses of the control group and of those whose address is blocked.
func (s *shop) unwanted() []string {
	s.t.Helper()
	return all[string](s, `SELECT c.email FROM customers c JOIN assignments a USING (customer_id) WHERE a.arm = 'control'
		UNION SELECT c.email FROM customers c JOIN suppressions USING (address_hash)`)
}
