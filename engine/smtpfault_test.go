package engine

import (
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/delivery"
	"treue/engine/enginetest"
	"treue/rules/customer"
)

// Customers of a shop whose mail server fails in a scripted way: the first four are at the provider with the trouble,
// the others at two more, of which one has a rate.
const (
	victims  = 4
	healthy  = 20
	perSec   = 10
	troubled = "troubled.example"
)

// smtpFault is one misbehaviour of a mail server and what has to become of the mail, the customer and everybody else's.
type smtpFault struct {
	name  string
	at    enginetest.SMTPStage
	step  enginetest.SMTPStep
	offer func(*enginetest.SMTPConfig) // what the server offers; nil: plain
	query string                       // of the mail URL
	trust *x509.CertPool
	hit   int    // how many of the victims; 0: one
	all   bool   // it happens to the mails of everybody
	away  bool   // the server does not run
	to    string // local part of the first victim; "": an ordinary one

	state  campaigns.State
	reason string        // how the recorded reason begins
	wait   time.Duration // until the next attempt; 0: there is none
	dead   bool          // the address is suppressed
	group  campaigns.RateKind
	pauses bool // everything waits, since the fault is ours
	stops  bool // the campaign waits for a person
}

// faultyShop is a shop in which one fault after the other is tried on the mails of one plan.
type faultyShop struct {
	*shop

	watch *testWatch
}

func newFaultyShop(t *testing.T) *faultyShop {
	t.Helper()
	f := &faultyShop{}
	f.shop = newShop(t, func(c *Config) {
		c.Cap7d, c.Cap30d, c.Connections = 1000, 1000, 4
		c.PerHour = map[string]int{"gmail": 3600 * perSec}
		c.Stopwatch = func() Stopwatch { f.watch = &testWatch{}; return f.watch }
	})
	f.home("")
	f.start(func(d *campaigns.Definition) { oneMail(d); d.Holdout = 0 })
	f.planOnly("winback")
	f.sql(`CREATE TABLE kept AS SELECT * FROM outbox`)
	return f
}

// home says where the customers are at home.
func (f *faultyShop) home(first string) {
	f.t.Helper()
	f.customers(victims+healthy, func(i int, c *customer.Customer) {
		switch {
		case i == 0 && first != "":
			c.Email = first + "@" + troubled
		case i < victims:
			c.Email = name(i) + "@" + troubled
		case i%2 == 0:
			c.Email = name(i) + "@gmail.com"
		default:
			c.Email = name(i) + "@healthy.example"
		}
	})
}

// result is what one run with a fault came to.
type result struct {
	err     error
	others  int           // mails taken for the healthy
	elapsed time.Duration // of the simulated clock
}

// perSecond is the rate of the healthy.
func (r result) perSecond() float64 { return float64(r.others) / max(r.elapsed, time.Second).Seconds() }

// run dispatches the plan once, over servers of which the first has the fault.
func (f *faultyShop) run(c *smtpFault, twin bool) result {
	f.t.Helper()
	var config enginetest.SMTPConfig
	if c.offer != nil {
		c.offer(&config)
	}
	server := enginetest.StartSMTPWith(f.t, config)
	f.script(server, c)
	url, servers := server.URL()+c.query, []*enginetest.SMTPServer{server}
	if twin {
		other := enginetest.StartSMTPWith(f.t, enginetest.SMTPConfig{Stepwise: true}) // both forms at once
		url, servers = url+" "+other.URL(), append(servers, other)
	}
	f.serve(url, c)
	if c.to != "" {
		f.home(c.to)
		defer f.home("")
	}
	if c.away {
		server.Stop()
	}
	var r result
	_, r.err = f.Dispatch(f.t.Context(), f.now, nil)
	r.elapsed = f.watch.Elapsed()
	for _, s := range servers {
		for _, m := range s.Mails() {
			if domainOf(m.To) != troubled {
				r.others++
			}
		}
	}
	return r
}

// script lets the fault happen to the victims, or, before a recipient is named, to whoever comes.
func (f *faultyShop) script(server *enginetest.SMTPServer, c *smtpFault) {
	switch {
	case c.at == "":
	case c.all:
		step := c.step
		step.Sticky = true
		server.Script(c.at, step)
	case c.at == enginetest.AtMail:
		server.Script(c.at, c.step)
	case !slices.Contains([]enginetest.SMTPStage{enginetest.AtRcpt, enginetest.AtData, enginetest.AtDot}, c.at):
		step := c.step
		step.Sticky = true
		server.Script(c.at, step)
	default:
		for i := range max(c.hit, 1) {
			server.ScriptTo(name(i)+"@"+troubled, c.at, c.step)
		}
	}
}

// serve lets mail leave by the servers. Only tests of silence wait for a short time.
func (f *faultyShop) serve(url string, c *smtpFault) {
	f.t.Helper()
	limit := 20 * time.Second
	if strings.Contains(c.reason, "no answer in time") {
		limit = 700 * time.Millisecond
	}
	sender, err := delivery.Parse(url, delivery.Options{
		Hello: "shop.example", RootCAs: c.trust, Timeouts: delivery.Timeouts{Connect: limit, Command: limit, Dot: limit},
	})
	f.must(err)
	f.sender = sender
}

// victim is the send that met the fault: for one that any mail may meet, the one that did.
func (f *faultyShop) check(t *testing.T, c *smtpFault, r result) {
	t.Helper()
	const met = ` FROM sends s LEFT JOIN outbox o USING (customer_id, campaign_key, entry, step_key) WHERE starts_with(s.reason, $1)`
	state := one[string](f.shop, `SELECT coalesce(min(s.state), 'nothing: ' || (SELECT string_agg(DISTINCT state || ' ' || reason, ', ') FROM sends))`+met, c.reason)
	if state != string(c.state) {
		t.Fatalf("a send whose reason begins with %q is %s, want %s", c.reason, state, c.state)
	}
	wait := time.Duration(one[int64](f.shop, `SELECT coalesce(min(extract(epoch FROM o.due_at - $2) * 1e9), 0)::bigint`+met, c.reason, f.now))
	same(t, "next attempt in", wait, c.wait)
	same(t, "suppressed", f.suppressed() != "", c.dead)
	all, err := f.Troubles(t.Context())
	f.must(err)
	fault := slices.ContainsFunc(all, func(r rateOf) bool { return r.Kind == campaigns.RateFault })
	same(t, "alarm", fault, c.pauses)
	if !c.pauses {
		same(t, "rate of the provider", f.trouble(troubled).Kind, c.group)
	}
	same(t, "gmail's rate", f.trouble("gmail").Kind == campaigns.RateFine || c.pauses, true)
	stopped, err := f.Stopped(t.Context())
	f.must(err)
	same(t, "stopped", len(stopped), map[bool]int{true: 1}[c.stops])
	if c.pauses && !errors.Is(r.err, ErrSenderFault) {
		t.Errorf("error: %v, want %v", r.err, ErrSenderFault)
	}
	same(t, "in no worker's hand", one[int](f.shop, `SELECT count(*) FROM outbox WHERE worker IS NOT NULL`), 0)
}

// forget undoes what a fault has changed: the plan is as new.
func (f *faultyShop) forget() {
	f.t.Helper()
	for _, statement := range []string{
		`UPDATE sends SET state = 'planned', reason = '', code = NULL, response = NULL, attempts = 0, unknowns = 0, first_attempt_at = NULL,
			last_attempt_at = NULL, finished_at = NULL, worker = NULL, term = NULL`,
		`DELETE FROM outbox`, `INSERT INTO outbox SELECT * FROM kept`, `UPDATE campaigns SET status = 'active', stopped = NULL`,
		`DELETE FROM suppressions`, `DELETE FROM provider_rates`, `DELETE FROM provider_minutes`,
	} {
		f.sql(statement)
	}
}

// TestSMTPFaults holds the promise that a mail server's every misbehaviour ends in the state of the table, and that the
// mails of everybody else go on at nine tenths of their rate or more, unless the fault is one of ours.
func TestSMTPFaults(t *testing.T) {
	t.Parallel()
	for kind, faults := range map[string][]smtpFault{
		"connection": connectionFaults(), "encryption": tlsFaults(t), "refusals": refusedMails(), "breaks": brokenMails(),
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			f := newFaultyShop(t)
			usual := f.run(&smtpFault{}, false)
			f.must(usual.err)
			same(t, "mails without a fault", usual.others, healthy)
			f.forget()
			for _, c := range faults {
				t.Run(c.name, func(t *testing.T) {
					f.shop.t = t
					defer f.forget()
					r := f.run(&c, false)
					f.check(t, &c, r)
					if r.err != nil && !c.pauses { // the only server is away: what counts is the run with another one
						f.forget()
						r = f.run(&c, true)
						f.must(r.err)
					}
					share := r.perSecond() / usual.perSecond()
					t.Logf("| %s | %s | %s | %v | %d of %d | %.0f %% |", c.name, c.state, c.reason, c.wait, r.others, healthy, 100*share)
					switch {
					case c.pauses || c.stops:
						f.mended(t, &c)
					case share < 0.9:
						t.Errorf("others had %.2f of %.2f mails a second", r.perSecond(), usual.perSecond())
					}
				})
			}
		})
	}
}

// mended ends a fault of ours as a person would and sees that everybody gets their mail then.
func (f *faultyShop) mended(t *testing.T, c *smtpFault) {
	t.Helper()
	back := enginetest.StartSMTP(t)
	f.serve(back.URL(), &smtpFault{})
	f.must(f.Store().SetStatus(t.Context(), "winback", campaigns.Active, f.now))
	f.must(f.Store().Resume(t.Context()))
	_, err := f.Dispatch(t.Context(), f.now.Add(24*time.Hour), nil)
	f.must(err)
	left := one[int](f.shop, `SELECT count(*) FROM sends WHERE state NOT IN ('accepted', 'failed')`)
	same(t, c.name+": left when mended", left, 0)
}
