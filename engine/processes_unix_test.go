//go:build unix

package engine

import (
	"math/rand/v2"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/enginetest"
)

// TestProcesses is the short form.
func TestProcesses(t *testing.T) {
	t.Parallel()
	processesTest(t, 800, 5*time.Second)
}

// company are the processes that share a database.
type company struct {
	*shop
	random *rand.Rand
	alive  []*exec.Cmd
	open   map[string]bool // addresses whose mail was in the air when its process was killed or frozen

	kills, ends, freezes int
	takeover, drained    time.Duration // the slowest
}

// processesTest lets two to four processes send at once, and kills, ends or freezes one of them again and again. No
// tick is left out, nobody is entered twice, and no mail is repeated but those which were in the air.
func processesTest(t *testing.T, mails int, span time.Duration) {
	s := newShopWith(t, enginetest.Database(t), enginetest.SMTPConfig{Brief: true}, nil)
	s.now = time.Now().Truncate(time.Microsecond)
	begun := s.now
	s.customers(mails*10/8, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout, d.Schedule = 0.2, "* * * * *"; oneMail(d) })
	toSend := s.planOnly("winback").Plans[0].ToSend()
	s.suppressEvery(50)
	// So slow that there is mail for the whole time.
	s.smtp.Script(enginetest.AtDot, enginetest.SMTPStep{Delay: span * time.Duration(3*s.Connections) / time.Duration(mails), Sticky: true})
	c := &company{shop: s, random: rand.New(rand.NewPCG(7, 3)), open: map[string]bool{}}
	c.join(3)
	for time.Since(begun) < span {
		c.accident()
	}
	for len(c.alive) > 0 {
		c.end()
	}
	s.smtp.Forget(enginetest.AtDot) // what is left may go fast
	ended := time.Now()
	s.now = ended.Add(time.Minute)
	s.waitForLeases()
	for range 4 {
		s.dispatch()
		s.pass(time.Hour)
	}
	t.Logf("%d mails, %d kills, %d ends, %d freezes: %d repeats of %d in the air; slowest takeover %v, slowest end %v; states %v",
		toSend, c.kills, c.ends, c.freezes, s.repeats(), len(c.open), c.takeover.Round(time.Millisecond), c.drained.Round(time.Millisecond), s.states("winback"))
	c.checkRepeats()
	c.checkTicks(begun, ended)
	s.checkEnd(toSend)
}

// join starts processes.
func (c *company) join(n int) {
	c.t.Helper()
	for range n {
		c.alive = append(c.alive, c.serving())
	}
	before := c.smtp.Taken()
	c.waitForMails(before + 1)
}

// leave takes a random process out of the company.
func (c *company) leave() *exec.Cmd {
	i := c.random.IntN(len(c.alive))
	p := c.alive[i]
	c.alive = slices.Delete(c.alive, i, i+1)
	return p
}

// accident lets something happen to one process, after a moment.
func (c *company) accident() {
	c.t.Helper()
	c.waitForMails(c.smtp.Taken() + c.random.IntN(100))
	switch {
	case len(c.alive) < 2 || len(c.alive) < 4 && c.random.IntN(3) == 0:
		c.join(1)
	case c.random.IntN(3) == 0:
		c.end()
	case c.random.IntN(2) == 0:
		c.freeze()
	default:
		c.kill()
	}
}

// note remembers whose mails are in the air.
func (c *company) note(p *exec.Cmd) {
	c.t.Helper()
	air := c.inTheAir(p.Process.Pid)
	if len(air) > c.Connections {
		c.t.Errorf("%d mails in the air with %d connections", len(air), c.Connections)
	}
	for _, email := range air {
		c.open[email] = true
	}
}

// kill kills a process and waits until another has taken its mails over.
func (c *company) kill() {
	c.t.Helper()
	p := c.leave()
	c.must(p.Process.Kill())
	_ = p.Wait() // ends by the signal
	begun := time.Now()
	c.note(p)
	c.kills++
	c.await("a takeover", func() bool {
		return one[int](c.shop, `SELECT count(*) FROM outbox WHERE worker LIKE $1`, workersOf(p.Process.Pid)) == 0
	})
	c.takeover = max(c.takeover, time.Since(begun))
}

// end tells a process to end: it ends its mails first.
func (c *company) end() {
	c.t.Helper()
	p := c.leave()
	begun := time.Now()
	c.must(p.Process.Signal(syscall.SIGTERM))
	if err := p.Wait(); err != nil {
		c.t.Errorf("a process that was told to end: %v", err)
	}
	c.drained = max(c.drained, time.Since(begun))
	c.ends++
	if air := c.inTheAir(p.Process.Pid); len(air) > 0 {
		c.t.Errorf("%d mails are in the air of a process that ended in order", len(air))
	}
}

// freeze stops a process until its lease is over and others have done its work.
func (c *company) freeze() {
	c.t.Helper()
	p := c.alive[c.random.IntN(len(c.alive))]
	c.must(p.Process.Signal(syscall.SIGSTOP))
	c.note(p)
	c.freezes++
	thaw := time.NewTimer(2 * serveLease)
	<-thaw.C
	c.must(p.Process.Signal(syscall.SIGCONT))
}

// checkRepeats: only what was in the air has come twice.
func (c *company) checkRepeats() {
	c.t.Helper()
	seen := map[string]bool{}
	for _, m := range c.smtp.Mails() {
		if seen[m.To] && !c.open[m.To] {
			c.t.Errorf("%s got two mails, and neither was in the air of a process that died", m.To)
		}
		seen[m.To] = true
	}
}

// checkTicks: every minute was run by one of the processes, and nobody entered twice.
func (c *company) checkTicks(from, to time.Time) {
	c.t.Helper()
	minutes := 0
	for at := from.Truncate(time.Minute).Add(time.Minute); !at.After(to.Add(-3 * serveLease)); at = at.Add(time.Minute) {
		minutes++
	}
	ran := one[int](c.shop, `SELECT count(DISTINCT scheduled_for) FROM ticks WHERE schedule = 'winback' AND outcome = 'ran' AND scheduled_for > $1`, from)
	if ran < minutes || ran > minutes+1 {
		c.t.Errorf("%d ticks ran in %d minutes", ran, minutes)
	}
	same(c.t, "entered twice", one[int](c.shop, `SELECT count(*) FROM entries WHERE entry > 1`), 0)
}
