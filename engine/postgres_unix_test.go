//go:build unix

package engine

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/enginetest"
	"treue/engine/localpg"
)

// TestPostgresStops is the short form.
func TestPostgresStops(t *testing.T) {
	t.Parallel()
	postgresTest(t, 600, 3)
}

// frailServer is a Postgres that a test may stop.
type frailServer struct {
	t      *testing.T
	config localpg.Config
	url    string
}

func newFrailServer(t *testing.T) *frailServer {
	f := &frailServer{t: t, config: localpg.Config{Dir: filepath.Join(t.TempDir(), "pg"), Durable: true}}
	f.start()
	return f
}

// start starts the server, or starts it again.
func (f *frailServer) start() {
	f.t.Helper()
	server, err := localpg.Start(f.t.Context(), f.config)
	if err != nil {
		f.t.Fatal(err)
	}
	f.url = server.URL()
	f.t.Cleanup(func() { _ = server.Close() })
}

// stop is an immediate shutdown: every connection breaks, and the next start recovers from the log.
func (f *frailServer) stop(s *shop) {
	f.t.Helper()
	file := filepath.Join(one[string](s, `SHOW data_directory`), "postmaster.pid")
	text, err := os.ReadFile(file)
	s.must(err)
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	s.must(err)
	s.must(syscall.Kill(pid, syscall.SIGQUIT))
	s.await("an end of Postgres", func() bool { _, err := os.Stat(file); return err != nil })
}

// postgresTest stops the database under a process that sends by the clock. The process goes on by itself as soon as the
// database is back; nothing is lost, and what is repeated is bounded by the connections.
func postgresTest(t *testing.T, mails, stops int) {
	pg := newFrailServer(t)
	s := newShopWith(t, pg.url, enginetest.SMTPConfig{Brief: true}, nil)
	s.now = time.Now().Truncate(time.Microsecond)
	s.customers(mails*10/8, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0.2; oneMail(d) })
	toSend := s.planOnly("winback").Plans[0].ToSend()
	s.suppressEvery(50)
	// Two milliseconds a mail and connection: a server far away.
	s.smtp.Script(enginetest.AtDot, enginetest.SMTPStep{Delay: 2 * time.Millisecond, Sticky: true})
	sender := s.serving()
	ended := make(chan error, 1)
	go func() { ended <- sender.Wait() }()
	random := rand.New(rand.NewPCG(7, 2))
	var ends []int
	slowest := time.Duration(0)
	for stop := range stops {
		s.waitForMails(s.smtp.Taken() + 1 + random.IntN(mails*8/10/stops))
		pg.stop(s)
		pg.start()
		back, before := time.Now(), s.smtp.Taken()
		ends = append(ends, before)
		s.waitForMails(before + 1)
		slowest = max(slowest, time.Since(back))
		select {
		case err := <-ended:
			t.Fatalf("stop %d ended the process: %v", stop+1, err)
		default:
		}
	}
	s.must(sender.Process.Signal(syscall.SIGTERM))
	s.must(<-ended)
	s.waitForLeases()
	for range 4 {
		s.dispatch()
		s.pass(time.Hour)
	}
	perStop := s.repeatsBy(ends)
	t.Logf("%d mails, %d stops: %d repeats, at most %d for one stop; slowest next mail after the database was back %v; states %v",
		toSend, stops, s.repeats(), slices.Max(perStop), slowest.Round(time.Millisecond), s.states("winback"))
	if n := slices.Max(perStop); n > s.Connections {
		t.Errorf("%d repeats for one stop with %d connections", n, s.Connections)
	}
	s.checkEnd(toSend)
}
