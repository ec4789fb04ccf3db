package store_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/store"
	"treue/rules/customer"
)

// campaignBench is a bench with one active campaign, a planner and a worker.
type campaignBench struct {
	*bench
	campaign *campaigns.Campaign
	planner  store.Lease
	worker   store.Lease
}

func newCampaignBench(t *testing.T) *campaignBench {
	t.Helper()
	b := &campaignBench{bench: newBench(t)}
	b.campaign = b.start("winback")
	b.planner, b.worker = b.lease("planner", "p", time.Hour), b.work("w", time.Hour)
	return b
}

// start applies and activates a campaign.
func (b *bench) start(key string) *campaigns.Campaign {
	b.Helper()
	c := b.apply(definition(key), "created")
	if err := b.SetStatus(b.ctx(), key, campaigns.Active, noon); err != nil {
		b.Fatal(err)
	}
	return c
}

func (b *bench) lease(name, holder string, d time.Duration) store.Lease {
	b.Helper()
	l, err := b.Acquire(b.ctx(), name, holder, d)
	if err != nil {
		b.Fatal(err)
	}
	return l
}

func (b *bench) work(worker string, d time.Duration) store.Lease {
	b.Helper()
	l, err := b.AcquireWorker(b.ctx(), worker, d)
	if err != nil {
		b.Fatal(err)
	}
	return l
}

// expire ends a lease as if nobody had renewed it.
func (b *bench) expire(l store.Lease) {
	b.Helper()
	b.exec(`UPDATE leases SET expires_at = clock_timestamp() - interval '1 second' WHERE name = $1`, l.Name)
}

// consenting imports customers who may be mailed.
func (b *bench) consenting(who ...string) {
	b.Helper()
	people := make([]customer.Customer, len(who))
	for i, w := range who {
		people[i] = says(person(w, w+"@shop.example"), true, noon.AddDate(0, 0, -30), "form")
	}
	b.customers("people", noon.AddDate(0, 0, -30), counts{inserted: int64(len(who))}, people...)
}

// admission is an entry of a customer at a time into an arm, with both mails.
func admission(c *campaigns.Campaign, who, arm string, at time.Time) store.Admission {
	candidate := campaigns.Candidate{CustomerID: id(who), Facts: campaigns.Facts{PredictedCLV: math.NaN()}}
	a := store.Admission{Admission: campaigns.Admit(c, &candidate, at), Provider: "shop.example", Evidence: "form"}
	a.Arm = arm
	for _, s := range a.Sends {
		a.MessageIDs = append(a.MessageIDs, fmt.Sprintf("%s-%s-%d-%s", c.Key, who, a.No, s.StepKey))
		code := ""
		if arm != "control" && s.ValidUntil != nil {
			code = "code-" + c.Key + "-" + who
		}
		a.Coupons = append(a.Coupons, code)
	}
	return a
}

// enter commits entries of customers in one batch of run 1.
func (b *campaignBench) enter(at time.Time, arm string, who ...string) {
	b.Helper()
	batch := store.Batch{Campaign: b.campaign, RunNo: 1, Now: at}
	for _, w := range who {
		batch.Decisions = append(batch.Decisions, campaigns.Decision{CustomerID: id(w), Outcome: campaigns.Outcome(arm)})
		batch.Admissions = append(batch.Admissions, admission(b.campaign, w, arm, at))
	}
	if err := b.CommitBatch(b.ctx(), b.planner, batch); err != nil {
		b.Fatal(err)
	}
}

// claim takes everything that is due at a time for a worker.
func (b *campaignBench) claim(l store.Lease, at time.Time) []store.Claim {
	b.Helper()
	claims, err := b.Claim(b.ctx(), l, []string{b.campaign.Key}, at, store.Pace{At: at}, 100)
	if err != nil {
		b.Fatal(err)
	}
	return claims
}

// check is the real last word before a mail, with caps of two and four.
func (b *campaignBench) verdict(at time.Time) func(*campaigns.Due) campaigns.Check {
	settings := campaigns.Settings{Cap7d: 2, Cap30d: 4}
	return func(d *campaigns.Due) campaigns.Check { return b.campaign.Check(d, at, settings) }
}

func (b *campaignBench) begin(l store.Lease, c store.Claim, at time.Time) (campaigns.State, error) {
	return b.Begin(b.ctx(), l, c, at, b.verdict(at))
}

// mustBegin begins a claim and expects a state.
func (b *campaignBench) mustBegin(l store.Lease, c store.Claim, at time.Time, want campaigns.State) {
	b.Helper()
	if got, err := b.begin(l, c, at); err != nil || got != want {
		b.Fatalf("begin: %s, %v; want %s", got, err, want)
	}
}

// state is where a customer's first mail stands, with its reason, and whether and when it is in the outbox.
func (b *campaignBench) state(who string) string {
	b.Helper()
	return value[string](b.bench, `SELECT concat_ws(' ', s.state, nullif(s.reason, ''), CASE WHEN o.customer_id IS NULL THEN 'gone'
			WHEN o.worker IS NOT NULL THEN 'claimed' WHEN o.due_at = 'infinity' THEN 'never' ELSE 'in ' || round(extract(epoch FROM o.due_at - $2) / 60) END)
		FROM sends s LEFT JOIN outbox o USING (customer_id, campaign_key, entry, step_key) WHERE s.customer_id = $1 AND s.step_no = 1`, id(who), noon)
}

func (b *campaignBench) expect(what, who, want string) {
	b.Helper()
	if got := b.state(who); got != want {
		b.Errorf("%s: %q, want %q", what, got, want)
	}
}
