package engine

import (
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"treue/campaigns"
	"treue/engine/enginetest"
)

// TestHangingServerHoldsUpNobody: a mail that no server answers keeps its connection busy, and nothing else: even with
// one connection all others leave meanwhile, but for those of the same provider.
func TestHangingServerHoldsUpNobody(t *testing.T) {
	t.Parallel()
	s := paced(t, 40, func(i int) string {
		if i < 4 {
			return "a-hanging.example" // taken first
		}
		return "other.example"
	}, nil)
	s.relief = 20 * time.Millisecond
	reached, release := make(chan struct{}), make(chan struct{})
	first := one[string](s, `SELECT external_id FROM outbox JOIN customers USING (customer_id) WHERE provider = 'a-hanging.example' ORDER BY due_at, customer_id LIMIT 1`)
	for i := range 4 {
		step := enginetest.SMTPStep{Until: release}
		if name(i) == first {
			step.Reached = reached
		}
		s.smtp.ScriptTo(name(i)+"@a-hanging.example", enginetest.AtDot, step)
	}
	var g errgroup.Group
	g.Go(func() error { _, err := s.Dispatch(t.Context(), s.now, nil); return err })
	for waited := 0; len(s.smtp.Mails()) < 36+1; waited++ { // the hanging one has arrived, its answer has not
		if waited > 2000 {
			t.Fatalf("%d mails arrived while one hangs", len(s.smtp.Mails()))
		}
		<-time.After(10 * time.Millisecond)
	}
	close(release)
	s.must(g.Wait())
	s.pass(time.Minute)
	s.dispatch()
	same(t, "in the end", s.states("winback"), states{campaigns.Accepted: 40})
	same(t, "connections at most", s.smtp.Connections() <= 4, true)
}

// TestReliefEnds: of many hanging mails only as many get a stand-in as there are connections.
func TestReliefEnds(t *testing.T) {
	t.Parallel()
	var started []*worker
	d := &dispatch{
		Engine: &Engine{Config: Config{Connections: 2}.WithDefaults()}, hangs: map[string]int{}, start: func(w *worker) { started = append(started, w) },
	}
	workers := make([]*worker, 3)
	for i := range workers {
		workers[i] = &worker{dispatch: d}
		workers[i].relieve("hanging")
	}
	same(t, "stand-ins", len(started), 2)
	same(t, "those relieved", []bool{workers[0].relieved, workers[1].relieved, workers[2].relieved}, []bool{true, true, false})
	same(t, "hanging", d.hanging(), []string{"hanging"})
	for range workers {
		d.answered("hanging")
	}
	same(t, "no longer", len(d.hanging()), 0)
}
