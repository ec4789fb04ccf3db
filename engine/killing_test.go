package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"treue/campaigns"
	"treue/engine/store"
)

// childOf names the variables by which a parent tells a copy of this test binary to send mail.
const (
	childDatabase = "TREUE_TEST_CHILD_DATABASE"
	childMail     = "TREUE_TEST_CHILD_MAIL"
	childNow      = "TREUE_TEST_CHILD_NOW"
)

func TestMain(m *testing.M) {
	if os.Getenv(childDatabase) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		if err := sendAsChild(ctx); err != nil && ctx.Err() == nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("treue/engine/localpg.reap")) // the tests' Postgres outlives its first client
}

// killLease is short, so that a successor soon takes over.
const killLease = 300 * time.Millisecond

func killConfig(zone *time.Location) Config {
	c := testConfig(zone)
	c.Lease, c.Connections = killLease, 4
	return c
}

// sendAsChild empties the outbox once.
func sendAsChild(ctx context.Context) error {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return err
	}
	now, err := time.Parse(time.RFC3339Nano, os.Getenv(childNow))
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, os.Getenv(childDatabase))
	if err != nil {
		return err
	}
	defer db.Close()
	e, err := testEngine(db, killConfig(zone), os.Getenv(childMail))
	if err != nil {
		return err
	}
	for {
		// On a busy machine a lease as short as this may be lost to a hiccup; then the worker begins again.
		if _, err := e.Dispatch(ctx, now, nil); !errors.Is(err, store.ErrLeaseHeld) {
			return err
		}
	}
}

// TestKill is the short form of the torture test.
func TestKill(t *testing.T) {
	t.Parallel()
	killTest(t, 200, 2)
}

// killTest sends from a child process that is killed with SIGKILL at random moments. Nothing is lost, what is repeated
// is bounded by the connections, and a repeat has the Message-ID of the first copy.
func killTest(t *testing.T, mails, kills int) {
	s := newShop(t, nil)
	s.customers(mails*10/8, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0.2; oneMail(d) })
	toSend := s.planOnly("winback").Plans[0].ToSend()
	random := rand.New(rand.NewPCG(7, 1))
	repeated := 0
	for kill := range kills {
		victim := s.child()
		s.waitForMails(len(s.smtp.Mails()) + 1 + random.IntN(mails*8/10/kills)) // some are left for every kill
		s.must(victim.Process.Kill())
		_ = victim.Wait() // ends by the signal
		repeats := s.repeats()
		if repeats-repeated > s.Connections {
			t.Errorf("kill %d: %d repeats, more than the %d connections", kill+1, repeats-repeated, s.Connections)
		}
		repeated = repeats
		s.waitForLeases()
	}
	// Nobody is killed any more: what was in the air is unknown, waits its quarter of an hour, and is tried again.
	inTheAir := 0
	for range 4 {
		states := s.dispatch()
		inTheAir = max(inTheAir, s.states("winback")[campaigns.Unknown])
		t.Logf("a survivor's dispatch: %v", states)
		s.pass(time.Hour)
	}
	got := s.states("winback")
	t.Logf("%d mails, %d kills: %d repeats, %d unknown at a time, states %v", toSend, kills, s.repeats(), inTheAir, got)
	if inTheAir > kills*s.Connections {
		t.Errorf("%d unknown after %d kills with %d connections", inTheAir, kills, s.Connections)
	}
	same(t, "everything ended", got[campaigns.Accepted]+got[campaigns.Held], toSend)
	s.checkCopies(toSend, got[campaigns.Held])
}

// child starts a copy of this binary that sends.
func (s *shop) child() *exec.Cmd {
	s.t.Helper()
	self, err := os.Executable()
	s.must(err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childDatabase+"="+s.url, childMail+"="+s.smtp.URL(), childNow+"="+s.now.Format(time.RFC3339Nano))
	cmd.Stderr = os.Stderr
	s.must(cmd.Start())
	s.t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd
}

// waitForMails returns once the server has so many, or the time is up.
func (s *shop) waitForMails(n int) {
	s.t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	poll := time.NewTicker(time.Millisecond)
	defer poll.Stop()
	for len(s.smtp.Mails()) < n {
		select {
		case <-poll.C:
		case <-deadline.C:
			s.t.Fatalf("%d mails after 30 s, want %d", len(s.smtp.Mails()), n)
		}
	}
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
	conn := s.openStore()
	for i := range one[int](s, `SELECT count(*) FROM customers`) {
		arm, err := conn.ArmOf(s.t.Context(), "winback", 1, id(i))
		s.must(err)
		if arm == "control" && copies[address(i)] > 0 {
			s.t.Errorf("control customer %d got mail", i)
		}
	}
}
