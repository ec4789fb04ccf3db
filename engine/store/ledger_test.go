package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns"
	"treue/engine/store"
)

// ledger opens a ledger of the worker.
func (b *campaignBench) ledger() *store.Ledger {
	g := b.OpenLedger(b.ctx(), b.worker, noon, 2)
	b.Cleanup(g.Close)
	return g
}

// claimed are the first mails of treated customers who consent, in the worker's hand.
func (b *campaignBench) claimed(who ...string) []store.Claim {
	b.Helper()
	b.consenting(who...)
	b.enter(noon, "treated", who...)
	return b.claim(b.worker, noon)
}

// TestAPageIsOneTransaction begins and ends mails together: each row tells the transaction that wrote it.
func TestAPageIsOneTransaction(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	g := b.ledger()
	who := []string{"c1", "c2", "gone", "c3"}
	b.consenting(who...)
	b.enter(noon, "treated", who...)
	b.declare("gone", "withdraw", noon)
	claims := b.claim(b.worker, noon)
	states, errs := g.BeginTogether(b.ctx(), claims, b.verdict(noon))
	var keys []store.SendKey
	for i, c := range claims {
		want := campaigns.Sending
		if c.CustomerID == id("gone") {
			want = campaigns.Suppressed
		} else {
			keys = append(keys, c.SendKey)
		}
		if errs[i] != nil || states[i] != want {
			t.Errorf("%d: %s, %v; want %s", c.CustomerID, states[i], errs[i], want)
		}
	}
	const transactions = `SELECT count(DISTINCT xmin::text) FROM sends WHERE step_no = 1 AND state = ANY($1)`
	if n := value[int64](b.bench, transactions, []string{"sending", "suppressed"}); n != 1 {
		t.Errorf("begun in %d transactions", n)
	}
	if err := errors.Join(g.SettleTogether(b.ctx(), keys, store.Settled{State: campaigns.Accepted, Code: 250})...); err != nil {
		t.Error(err)
	}
	if n := value[int64](b.bench, transactions, []string{"accepted"}); n != 1 {
		t.Errorf("ended in %d transactions", n)
	}
	for _, w := range []string{"c1", "c2", "c3"} {
		b.expect(w, w, "accepted gone")
	}
}

// TestOnlyTheLockedOneWaits keeps one of three customers locked.
func TestOnlyTheLockedOneWaits(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	g := b.ledger()
	claims := b.claimed("c1", "c2", "c3")
	var states []campaigns.State
	lock := fmt.Sprintf(`SELECT FROM pressure WHERE customer_id = %d FOR UPDATE`, id("c1"))
	b.whileLocked(lock, func() error {
		var errs []error
		states, errs = g.BeginTogether(b.ctx(), claims, b.verdict(noon))
		return errors.Join(errs...)
	}, func(pgx.Tx) {
		for value[int64](b.bench, `SELECT count(*) FROM sends WHERE state = 'sending'`) != 2 {
		}
		b.expect("locked", "c1", "planned claimed")
	})
	if want := []campaigns.State{campaigns.Sending, campaigns.Sending, campaigns.Sending}; !slices.Equal(states, want) {
		t.Errorf("in the end %v", states)
	}
}

// TestWhatCannotBeRecordedSpoilsNothing puts an attempt on a page that the table refuses: a control customer's.
func TestWhatCannotBeRecordedSpoilsNothing(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	g := b.ledger()
	b.consenting("c1", "c2", "c3")
	b.enter(noon, "treated", "c1", "c3")
	b.enter(noon, "control", "c2")
	claims := b.claim(b.worker, noon)
	for i := range claims {
		claims[i].Arm = "treated"
	}
	_, errs := g.BeginTogether(b.ctx(), claims, b.verdict(noon))
	for i, c := range claims {
		if (errs[i] != nil) != (c.CustomerID == id("c2")) {
			t.Errorf("%d: %v", c.CustomerID, errs[i])
		}
	}
	b.expect("control", "c2", "planned claimed")
	b.expect("another", "c1", "sending claimed")
	b.expect("the third", "c3", "sending claimed")
}

// TestAPageOfAllSorts has a ghost begin among mails, and a mail end for good among others that do not.
func TestAPageOfAllSorts(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	g := b.ledger()
	b.consenting("ghost", "c1", "c2", "c3")
	b.enter(noon, "control", "ghost")
	b.enter(noon, "treated", "c1", "c2", "c3")
	_, errs := g.BeginTogether(b.ctx(), b.claim(b.worker, noon), b.verdict(noon))
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	b.expect("a ghost among mails", "ghost", "ghost gone")
	var keys []store.SendKey
	for _, w := range []string{"c1", "c2", "c3"} {
		b.expect(w+" begun", w, "sending claimed")
		keys = append(keys, store.SendKey{CustomerID: id(w), CampaignKey: "winback", Entry: 1, StepKey: "first"})
	}
	accepted, later := store.Settled{State: campaigns.Accepted}, store.Settled{State: campaigns.Deferred, RetryAt: noon.Add(time.Hour)}
	if err := errors.Join(g.SettleTogether(b.ctx(), keys, accepted, later, store.Settled{State: campaigns.Held})...); err != nil {
		t.Error(err)
	}
	b.expect("ended for good", "c1", "accepted gone")
	b.expect("put off", "c2", "deferred in 60")
	b.expect("stopped", "c3", "held never")
}

// TestAPageMarksOnlyOurs takes one of two mails over before it begins, and one of two before it ends.
func TestAPageMarksOnlyOurs(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	g := b.ledger()
	claims := b.claimed("c1", "c2", "c3")
	b.exec(`UPDATE outbox SET worker = 'other' WHERE customer_id = $1 AND worker IS NOT NULL`, id("c1"))
	_, errs := g.BeginTogether(b.ctx(), claims, b.verdict(noon))
	b.exec(`UPDATE sends SET worker = 'other' WHERE customer_id = $1 AND step_no = 1`, id("c2"))
	var keys []store.SendKey
	for _, c := range claims {
		keys = append(keys, c.SendKey)
	}
	ends := g.SettleTogether(b.ctx(), keys, store.Settled{State: campaigns.Accepted})
	for i, c := range claims {
		if errors.Is(errs[i], store.ErrNotOurs) != (c.CustomerID == id("c1")) || errors.Is(ends[i], store.ErrNotOurs) != (c.CustomerID != id("c3")) {
			t.Errorf("%d: begun %v, ended %v", c.CustomerID, errs[i], ends[i])
		}
	}
	b.expect("taken over before", "c1", "planned claimed")
	b.expect("taken over after", "c2", "sending claimed")
	b.expect("ours", "c3", "accepted gone")
}

// TestALedgerOutlivesNoLease begins under a lease that is over.
func TestALedgerOutlivesNoLease(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	g := b.ledger()
	claims := b.claimed("c1", "c2")
	b.expire(b.worker)
	_, errs := g.BeginTogether(b.ctx(), claims, b.verdict(noon))
	for i := range claims {
		if !errors.Is(errs[i], store.ErrLeaseHeld) {
			t.Errorf("%d: %v", claims[i].CustomerID, errs[i])
		}
	}
	b.expect("first", "c1", "planned claimed")
	b.expect("second", "c2", "planned claimed")
}

func TestTwoCampaignsCannotBothPassTheCap(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]func(*campaignBench, []store.Claim) ([]campaigns.State, []error){
		"alone": func(b *campaignBench, all []store.Claim) ([]campaigns.State, []error) {
			return atOnce(all, func(c store.Claim) (campaigns.State, error) { return b.begin(b.worker, c, noon) })
		},
		"in a ledger": func(b *campaignBench, all []store.Claim) ([]campaigns.State, []error) {
			g := b.ledger()
			return atOnce(all, func(c store.Claim) (campaigns.State, error) { return g.Begin(b.ctx(), c, nil, b.verdict(noon))() })
		},
		"together": func(b *campaignBench, all []store.Claim) ([]campaigns.State, []error) {
			return b.ledger().BeginTogether(b.ctx(), all, b.verdict(noon))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newCampaignBench(t)
			all := b.oneMoreMail()
			states, errs := begin(b, all)
			sending := 0
			for _, s := range states {
				if s == campaigns.Sending {
					sending++
				}
			}
			if err := errors.Join(errs...); err != nil || sending != 1 || len(all) != 4 {
				t.Errorf("%d of %d mails left beside the one of yesterday, want 1: %v, %v", sending, len(all), states, err)
			}
		})
	}
}

// oneMoreMail claims the mails of four campaigns to a customer who may get one more.
func (b *campaignBench) oneMoreMail() []store.Claim {
	b.Helper()
	b.consenting("c1")
	b.enter(noon, "treated", "c1")
	b.exec(`INSERT INTO foreign_mails VALUES ($1, $2, 'newsletter')`, id("c1"), noon.AddDate(0, 0, -1))
	all := b.claim(b.worker, noon)
	for i := range 3 {
		key := fmt.Sprint("other-", i)
		other := b.start(key)
		batch := store.Batch{Campaign: other, RunNo: 1, Now: noon, Admissions: []store.Admission{admission(other, "c1", "treated", noon)}}
		if err := b.CommitBatch(b.ctx(), b.planner, batch); err != nil {
			b.Fatal(err)
		}
		claims, err := b.Claim(b.ctx(), b.worker, []string{key}, noon, store.Pace{At: noon}, 10)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, claims...)
	}
	return all
}

// atOnce begins every claim in a goroutine of its own.
func atOnce(all []store.Claim, begin func(store.Claim) (campaigns.State, error)) ([]campaigns.State, []error) {
	var wg sync.WaitGroup
	states, errs := make([]campaigns.State, len(all)), make([]error, len(all))
	for i, c := range all {
		wg.Go(func() { states[i], errs[i] = begin(c) })
	}
	wg.Wait()
	return states, errs
}

// TestNothingBeginsBeforeTheLastHasEnded: an attempt waits until it is on record how the worker's last mail ended, and
// does not begin if that cannot be recorded. Another worker's mail in the meantime is no obstacle.
func TestNothingBeginsBeforeTheLastHasEnded(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	g := b.ledger()
	claims := b.claimed("c1", "c2", "c3")
	recorded := make(chan struct{})
	ends := []func() error{
		func() error { <-recorded; return nil },
		func() error { return errors.New("no space left") },
		func() error { return store.ErrNotOurs },
	}
	var waits []func() (campaigns.State, error)
	for i, c := range claims {
		waits = append(waits, g.Begin(b.ctx(), c, ends[i], b.verdict(noon)))
	}
	if n := value[int64](b.bench, `SELECT count(*) FROM sends WHERE state = 'sending' AND customer_id = $1`, claims[0].CustomerID); n != 0 {
		t.Error("the first one has begun before the last mail has ended")
	}
	close(recorded)
	for i, want := range []campaigns.State{campaigns.Sending, "", campaigns.Sending} {
		if state, err := waits[i](); state != want || (err != nil) != (want == "") {
			t.Errorf("%d: %s, %v; want %q", i, state, err, want)
		}
	}
	if n := value[int64](b.bench, `SELECT count(*) FROM sends WHERE state = 'sending'`); n != 2 {
		t.Errorf("%d have begun", n)
	}
}
