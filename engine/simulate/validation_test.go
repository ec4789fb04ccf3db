package simulate

import (
	"context"
	"flag"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns"
	"treue/campaigns/lift"
	"treue/engine"
	"treue/engine/enginetest"
	"treue/engine/store"
	"treue/templates"
)

// The validations run campaigns of an invented shop through the whole engine: rules, gates, ghost sends, mail, frozen
// outcomes and their sums in SQL. The short form runs with every test; the full form gives the published figures:
//
//	go test ./engine/simulate -run Validation -v -timeout 2h -args -simulate.full
var full = flag.Bool("simulate.full", false, "run the validations at full size")

// sized is how many of something a form takes.
func sized(short, long int) int {
	if *full {
		return long
	}
	return short
}

// world is one invented shop over a database of its own.
type world struct {
	*simulation
	t   testing.TB
	url string
}

// newWorld opens a shop of so many customers that runs these campaigns for some days. On 5 January 2026, a Monday, it has
// a year of history.
func newWorld(t testing.TB, seed uint64, customers, days int, change func(*engine.Config), program ...Campaign) *world {
	t.Helper()
	zone, ctx := berlin(t), context.Background()
	w := &world{t: t, url: enginetest.Database(t)}
	s, err := store.Open(ctx, direct(w.url))
	w.must(err)
	t.Cleanup(s.Close) // a validation of many worlds closes each when it is over
	_, err = s.Migrate(ctx)
	w.must(err)
	set, err := templates.Starters()
	w.must(err)
	c := engine.Config{Zone: zone, GlobalHoldout: "0%", Cap7d: 99, Cap30d: 99, MaxDataAge: -1}
	if change != nil {
		change(&c)
	}
	e, err := engine.New(c, s, &Postbox{}, set, engine.NewKeys())
	w.must(err)
	shop := Config{
		Customers: customers, History: 365, Days: days, Seed: seed, Start: time.Date(2026, 1, 5, 0, 0, 0, 0, zone), Zone: zone, Currency: "EUR",
		Wholesale: 0.01, Program: program,
	}.WithDefaults()
	w.must(shop.Validate())
	w.simulation, err = newSimulation(e, NewShop(shop), func(Progress) {})
	w.must(err)
	w.must(w.open(ctx))
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// until lives to the hour of the run on a day and brings in all that is known by then.
func (w *world) until(day int) {
	w.t.Helper()
	w.must(w.liveUntil(context.Background(), w.calendar.run(day)))
}

// reports measures as of the run of a day.
func (w *world) reports(day int) []engine.Report {
	w.t.Helper()
	reports, err := w.engine.MeasureReports(context.Background(), w.calendar.run(day), nil)
	w.must(err)
	return reports
}

// rows reads from the database as it is.
func rows[T any](w *world, sql string, args ...any) []T {
	w.t.Helper()
	db, err := pgx.Connect(context.Background(), w.url)
	w.must(err)
	defer db.Close(context.Background())
	all, err := collect[T](context.Background(), db, sql, args...)
	w.must(err)
	return all
}

// number reads one.
func (w *world) number(sql string) int {
	w.t.Helper()
	return rows[struct{ N int }](w, sql)[0].N
}

// sql runs a statement past the engine.
func (w *world) sql(statement string) {
	w.t.Helper()
	db, err := pgx.Connect(context.Background(), w.url)
	w.must(err)
	defer db.Close(context.Background())
	_, err = db.Exec(context.Background(), statement)
	w.must(err)
}

// campaign is one that everybody with an order enters on the given days of January 2026, with one mail.
func campaign(key, january string, effect Effect, change func(*campaigns.Definition)) Campaign {
	cost := 0.02
	d := campaigns.Definition{
		Key: key, Kind: campaigns.Winback, Name: key, LegalBasis: campaigns.Consent, Audience: "orders >= 1", Schedule: "0 9 " + january + " 1 *",
		Timezone: "Europe/Berlin", Holdout: 0.5, Measure: 28, Reads: []campaigns.Days{28}, Grace: 7, Priority: 50, Missed: campaigns.Skip,
		LatestStart: 2 * time.Hour, Expires: 24 * time.Hour, CostPerMail: &cost, Steps: []campaigns.Step{{Key: "one", Template: "loyalty-thanks"}},
	}
	if change != nil {
		change(&d)
	}
	return Campaign{d, effect}
}

// tally collects how estimates stand to the truth.
type tally struct {
	z          lift.Sums // errors in standard errors
	held, over int       // intervals that hold the truth; those above it
	bias       lift.Sums // errors, money per customer
}

func (c *tally) add(e lift.Estimate, truth float64) {
	c.z.Add((e.Diff - truth) / math.Max(e.SEPooled, e.SEWelch))
	c.bias.Add(e.Diff - truth)
	switch {
	case e.PrintLow > truth:
		c.over++
	case e.PrintHigh >= truth:
		c.held++
	}
}

// mean error in standard errors of one estimate, and its Monte-Carlo error.
func (c *tally) mean() (z, noise float64) { return c.z.Mean(), 1 / math.Sqrt(float64(c.z.N)) }

func (c *tally) coverage() float64 { return float64(c.held) / float64(c.z.N) }

func (c *tally) String() string {
	z, noise := c.mean()
	return fmt.Sprintf("%d estimates, mean error %+.2f SE (Monte Carlo %.2f), covered %.1f %%", c.z.N, z, noise, 100*c.coverage())
}

// unbiased fails if the errors do not centre on 0, or too few intervals hold the truth: 96 % are promised, 94 % wanted.
func (c *tally) unbiased(t *testing.T, what string) {
	t.Helper()
	if z, noise := c.mean(); math.Abs(z) > 3*noise {
		t.Errorf("%s: %s", what, c)
	}
	if least := 0.94 - 3*math.Sqrt(0.94*0.06/float64(c.z.N)); c.coverage() < least {
		t.Errorf("%s covers less than %.1f %%: %s", what, 100*least, c)
	}
}

// truthOf is what a campaign's mails were truly worth per treated customer on its first read.
func (w *world) truthOf(r *engine.Report, day int) float64 {
	c := &r.Campaign.Definition
	return w.truth(w.mails, c.Key, verdict(c), day, r.Arms[1].Matured)
}

// ledger are all orders of the shop as they came to be, by customer.
func (w *world) ledger() map[int64][]Order {
	orders := map[int64][]Order{}
	add := func(all []Order) {
		for _, o := range all {
			orders[o.CustomerID] = append(orders[o.CustomerID], o)
		}
	}
	for _, o := range w.Orders {
		if !w.gone[o.ID] {
			add([]Order{o})
		}
	}
	for i := range w.mails {
		add(w.caused(&w.mails[i]))
		add(w.mails[i].change.came)
	}
	return orders
}

// oracle adds up both arms of a campaign from the ledger: of those who have matured on a day, what a window of so many days
// brought, less the cost of mail. The order of arms is that of a report.
func (w *world) oracle(c *campaigns.Definition, orders map[int64][]Order, day int) (sums [2]lift.Sums, assignedTo [2]int64) {
	at := verdict(c)
	mails := map[int64]float64{}
	for i := range w.mails {
		if m := &w.mails[i]; m.CampaignKey == c.Key && m.sent < m.assigned+at.days {
			mails[m.CustomerID]++
		}
	}
	for _, a := range rows[assigned](w, `SELECT customer_id, campaign_key, arm, assigned_at FROM assignments WHERE campaign_key = $1`, c.Key) {
		from, arm := w.day(a.At), 0
		if a.Arm != "control" {
			arm = 1
		}
		if from > day {
			continue
		}
		assignedTo[arm]++
		if from+at.days+at.grace <= day {
			sums[arm].Add(w.brought(orders[a.Customer], from, at) - at.costPerMail*mails[a.Customer])
		}
	}
	return sums, assignedTo
}

// brought is the margin of the orders in a window that opened on a day, with refunds made until it matured; major units.
func (w *world) brought(orders []Order, from int, at span) (sum float64) {
	opens, closes, matures := w.calendar.run(from), w.calendar.run(from+at.days), w.calendar.run(from+at.days+at.grace)
	for i := range orders {
		o := &orders[i]
		if o.OrderedAt.Before(opens) || !o.OrderedAt.Before(closes) {
			continue
		}
		margin := float64(o.Total - *o.Tax - *o.Shipping - *o.Cost)
		if o.Refund > 0 && !o.RefundedAt.After(matures) {
			margin *= 1 - float64(o.Refund)/float64(o.Total)
		}
		sum += margin / 100
	}
	return sum
}

// agrees fails unless a report's sums are those of the oracle to a hundredth of a cent per customer.
func agrees(t *testing.T, r *engine.Report, want [2]lift.Sums, assignedTo [2]int64) {
	t.Helper()
	for i := range r.Arms {
		a := &r.Arms[i]
		if a.Assigned != assignedTo[i] || a.Matured != want[i].N || math.Abs(a.Sums.Y-want[i].Y) > 0.005 || math.Abs(a.Sums.Y2-want[i].Y2) > 1e-6*want[i].Y2+0.01 {
			t.Errorf("%s, %s: %d assigned, %d matured, sums %.4f and %.4f; the ledger has %d, %+v", r.Campaign.Key, a.Arm, a.Assigned, a.Matured, a.Sums.Y,
				a.Sums.Y2, assignedTo[i], want[i])
		}
	}
}
