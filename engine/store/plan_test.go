package store_test

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/store"
	"treue/rules/customer"
)

// facts reads the facts of customers for the bench's campaign at noon.
func (b *campaignBench) facts(ids ...int64) map[int64]store.Fact {
	b.Helper()
	facts := map[int64]store.Fact{}
	if err := b.Facts(b.ctx(), ids, noon, facts); err != nil {
		b.Fatal(err)
	}
	members := map[int64]store.Membership{}
	err := b.Memberships(b.ctx(), b.campaign, ids, noon, members)
	if err != nil {
		b.Fatal(err)
	}
	passing, err := b.Passing(b.ctx(), noon, noon.Add(-10*time.Hour))
	if err != nil {
		b.Fatal(err)
	}
	for id, f := range facts {
		f.Facts = f.In(b.campaign.Key, members[id], &passing)
		facts[id] = f
	}
	return facts
}

func (b *campaignBench) fact(who string) store.Fact {
	b.Helper()
	return b.facts(id(who))[id(who)]
}

func TestFactsOfEveryGate(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	ago := func(days int) time.Time { return noon.AddDate(0, 0, -days) }
	singly := map[int64]store.Fact{}
	mail := func(who string, at time.Time) {
		b.exec(`INSERT INTO foreign_mails VALUES ($1, $2, 'newsletter')`, id(who), at)
	}
	for name, test := range map[string]struct {
		arrange func(who string)
		want    func(store.Fact) bool
	}{
		"bare": {func(string) {}, func(f store.Fact) bool {
			return f.HasAddress && f.Email == "bare@shop.example" && f.Consent.Valid() && !f.Suppressed && f.Contacts30d == 0 && f.Entries == 0 && f.Arm == "" && f.LastEntryAt == nil && !f.BasisOrder
		}},
		"suppressed": {func(who string) {
			if err := b.Suppress(b.ctx(), customer.AddressHash(pepper, who+"@shop.example"), "bounce", ago(1)); err != nil {
				t.Error(err)
			}
		}, func(f store.Fact) bool { return f.Suppressed }},
		"objected": {func(who string) { b.declare(who, customer.ConsentObjectProfiling, ago(1)) }, func(f store.Fact) bool { return f.Consent.ObjectedToProfiling() }},
		"basis": {func(who string) {
			b.exec(`UPDATE customers SET notice_at = $2, basis_order_id = 'o', language = 'en' WHERE customer_id = $1`, id(who), ago(3))
		}, func(f store.Fact) bool { return f.BasisOrder && f.NoticeAt.Equal(ago(3)) && f.Language == "en" }},
		"mails of others": {func(who string) {
			for _, days := range []int{0, 6, 7, 29, 30, -1} {
				mail(who, ago(days))
			}
		}, func(f store.Fact) bool { return f.Contacts7d == 2 && f.Contacts30d == 4 }},
		"due and not attempted": {func(who string) { b.enter(ago(1), "treated", who) }, func(f store.Fact) bool {
			return f.Contacts7d == 1 && f.Contacts30d == 1 && f.Entries == 1 && f.EntryOpen && f.Arm == "treated" && f.LastEntryAt.Equal(ago(1)) && f.EnteredToday == ""
		}},
		"ghost": {func(who string) {
			b.enter(ago(3), "control", who)
			b.exec(`UPDATE sends SET state = 'ghost', attempts = 1, first_attempt_at = $2, finished_at = $2 WHERE customer_id = $1 AND step_no = 1`, id(who), ago(2))
		}, func(f store.Fact) bool { return f.Contacts7d == 1 && f.Arm == "control" && f.EntryOpen }},
		"cancelled unsent": {func(who string) {
			b.enter(ago(8), "treated", who)
			b.exec(`UPDATE sends SET state = 'cancelled', finished_at = $2 WHERE customer_id = $1`, id(who), ago(2))
		}, func(f store.Fact) bool { return f.Contacts30d == 0 && !f.EntryOpen && f.Entries == 1 }},
		"bounced counts": {func(who string) {
			b.enter(ago(8), "treated", who)
			b.exec(`UPDATE sends SET state = 'bounced', attempts = 1, first_attempt_at = $2, finished_at = $2 WHERE customer_id = $1`, id(who), ago(8))
		}, func(f store.Fact) bool { return f.Contacts7d == 0 && f.Contacts30d == 2 }},
		"entered today": {func(who string) {
			other := b.start("other")
			batch := store.Batch{Campaign: other, RunNo: 1, Now: noon.Add(-10 * time.Hour), Admissions: []store.Admission{admission(other, who, "treated", noon.Add(-10*time.Hour))}}
			if err := b.CommitBatch(b.ctx(), b.planner, batch); err != nil {
				t.Error(err)
			}
		}, func(f store.Fact) bool { return f.EnteredToday == "other" && f.Entries == 0 && f.Arm == "" }},
		"other split": {func(who string) {
			b.exec(`INSERT INTO campaign_splits VALUES ('winback', 9, 0.5, $1)`, ago(9))
			b.exec(`INSERT INTO assignments VALUES ($1, 'winback', 9, 1, 'control', 0.1, 0.5, $2, 1, NULL, false)`, id(who), ago(363))
		}, func(f store.Fact) bool { return f.OtherSplit && f.Arm == "" }},
		"released split": {func(who string) {
			b.exec(`INSERT INTO campaign_splits VALUES ('winback', 8, 0.5, $1)`, ago(400))
			b.exec(`INSERT INTO assignments VALUES ($1, 'winback', 8, 1, 'control', 0.1, 0.5, $2, 1, NULL, false)`, id(who), ago(364)) // the last read
		}, func(f store.Fact) bool { return !f.OtherSplit }},
		"tomorrow's objection": {func(who string) { b.declare(who, customer.ConsentWithdraw, ago(-1)) }, func(f store.Fact) bool { return f.Consent.Valid() }},
	} {
		b.consenting(name)
		test.arrange(name)
		singly[id(name)] = b.fact(name)
		if f := singly[id(name)]; !test.want(f) {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if together := b.facts(slices.Collect(maps.Keys(singly))...); !reflect.DeepEqual(together, singly) {
		t.Errorf("together %+v, singly %+v", together, singly)
	}
	b.exec(`UPDATE customers SET email = NULL, address_hash = NULL, erased_at = $1 WHERE external_id = 'bare'`, noon)
	nobody := map[int64]store.Fact{}
	if err := b.Facts(b.ctx(), []int64{id("bare"), 404}, noon, nobody); len(nobody) != 0 || err != nil {
		t.Errorf("facts of nobody: %v, %v", nobody, err)
	}
}

func TestSpent(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	b.consenting("c1", "c2", "c3")
	b.enter(noon.AddDate(0, 0, -2), "treated", "c1")
	b.enter(noon, "treated", "c2")
	b.enter(noon, "control", "c3")
	b.exec(`UPDATE sends SET state = 'cancelled', finished_at = $1 WHERE customer_id = $2 AND step_no = 2`, noon, id("c2"))
	for _, test := range []struct {
		period time.Time
		want   campaigns.Spent
	}{{noon.AddDate(0, 0, -9), campaigns.Spent{Mails: map[string]int{"first": 2, "second": 1}, EntriesToday: 2}}, {noon, campaigns.Spent{Mails: map[string]int{"first": 1}, EntriesToday: 2}}, {time.Time{}, campaigns.Spent{Mails: map[string]int{}, EntriesToday: 2}}} {
		if got, err := b.Spent(b.ctx(), "winback", test.period, noon); !reflect.DeepEqual(got, test.want) || err != nil {
			t.Errorf("spent since %v: %+v, %v; want %+v", test.period, got, err, test.want)
		}
	}
}

// decided is a customer's decisions as intervals of runs.
func (b *campaignBench) decided(who string) string {
	b.Helper()
	return value[string](b.bench, `SELECT coalesce(string_agg(concat_ws(' ', run_from || '-' || coalesce(run_to::text, ''), outcome, nullif(detail, '')), ', ' ORDER BY run_from), '')
		FROM decisions WHERE customer_id = $1`, id(who))
}

func TestDecisionsAreIntervals(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	b.consenting("c1", "c2")
	run := func(no int, outcome campaigns.Outcome, detail string, who ...string) {
		t.Helper()
		batch := store.Batch{Campaign: b.campaign, RunNo: no, Now: noon}
		for _, w := range who {
			batch.Decisions = append(batch.Decisions, campaigns.Decision{CustomerID: id(w), Outcome: outcome, Detail: detail})
		}
		if err := b.CommitBatch(b.ctx(), b.planner, batch); err != nil {
			t.Fatal(err)
		}
	}
	run(1, campaigns.GateConsent, "none", "c1", "c2")
	run(4, campaigns.OutcomeLeft, "", "c1")
	run(5, campaigns.GateSuppressed, "bounced", "c1")
	if got := b.decided("c1"); got != "1-3 consent none, 4-4 left, 5- suppressed bounced" {
		t.Errorf("c1: %s", got)
	}
	if got := b.decided("c2"); got != "1- consent none" {
		t.Errorf("c2: %s", got)
	}
	open, err := b.Standings(b.ctx(), "winback")
	if err != nil || len(open) != 2 || open[id("c1")] != (store.Standing{Outcome: campaigns.GateSuppressed, Detail: "bounced"}) {
		t.Errorf("standing: %v, %v", open, err)
	}
	batch := store.Batch{Campaign: b.campaign, RunNo: 4, Now: noon, Decisions: []campaigns.Decision{{CustomerID: id("c1"), Outcome: campaigns.OutcomeLeft}}}
	if err := b.CommitBatch(b.ctx(), b.planner, batch); err == nil {
		t.Error("an earlier run overwrote a later one")
	}
}

func TestABatchIsWholeOrNothing(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	b.consenting("c1", "c2")
	traces := func() int64 {
		return value[int64](b.bench, `SELECT (SELECT count(*) FROM decisions) + (SELECT count(*) FROM assignments) + (SELECT count(*) FROM entries)
			+ (SELECT count(*) FROM sends) + (SELECT count(*) FROM outbox) + (SELECT count(*) FROM coupons) + (SELECT count(*) FROM pressure)`)
	}
	batch := store.Batch{
		Campaign: b.campaign, RunNo: 1, Now: noon,
		Decisions:  []campaigns.Decision{{CustomerID: id("c1"), Outcome: campaigns.OutcomeTreated}, {CustomerID: id("c2"), Outcome: campaigns.OutcomeTreated}},
		Admissions: []store.Admission{admission(b.campaign, "c1", "treated", noon), admission(b.campaign, "c2", "treated", noon)},
	}
	batch.Admissions[1].Coupons[1] = batch.Admissions[0].Coupons[1]
	batch.Admissions[1].CustomerID = 404 // nobody
	if err := b.CommitBatch(b.ctx(), b.planner, batch); err == nil || traces() != 0 {
		t.Errorf("a broken batch: %v, %d rows", err, traces())
	}
	batch.Admissions[1] = admission(b.campaign, "c2", "treated", noon)
	b.expire(b.planner)
	if err := b.CommitBatch(b.ctx(), b.planner, batch); !errors.Is(err, store.ErrLeaseHeld) || traces() != 0 {
		t.Errorf("without the lease: %v, %d rows", err, traces())
	}
	next := b.lease("planner", "next", time.Hour)
	if err := b.CommitBatch(b.ctx(), b.planner, batch); !errors.Is(err, store.ErrLeaseHeld) || traces() != 0 {
		t.Errorf("after somebody took over: %v, %d rows", err, traces())
	}
	if err := b.CommitBatch(b.ctx(), next, batch); err != nil {
		t.Fatal(err)
	}
	// For each of two: decision, assignment, entry, two sends, two in the outbox, a coupon, a pressure row.
	if got := traces(); got != 2*9 {
		t.Errorf("%d rows, want 18", got)
	}
	if counted := value[float64](b.bench, `SELECT reltuples::float8 FROM pg_class WHERE oid = 'assignments'::regclass`); counted != 2 {
		t.Errorf("a planner expects %g assignments, want 2", counted)
	}
	if err := b.CommitBatch(b.ctx(), next, batch); err == nil || traces() != 18 {
		t.Errorf("the same batch again: %v, %d rows", err, traces())
	}
	if got := value[string](b.bench, `SELECT concat_ws(' ', a.arm, a.share, a.u BETWEEN 0 AND 1, a.clv_predicted IS NULL, s.basis, s.evidence, s.state, s.due_at = $2)
		FROM assignments a JOIN sends s USING (customer_id, campaign_key) WHERE a.customer_id = $1 AND s.step_no = 1`, id("c1"), noon); got != "treated 0.33 t t consent form planned t" {
		t.Errorf("assignment and send: %s", got)
	}
}

func TestASecondEntryKeepsTheArm(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	b.consenting("c1")
	b.enter(noon.AddDate(0, 0, -100), "control", "c1")
	f := b.fact("c1")
	a := admission(b.campaign, "c1", f.Arm, noon)
	a.No, a.Assigned = f.Entries+1, f.Arm != ""
	for i := range a.MessageIDs {
		a.MessageIDs[i] += "-again"
	}
	if err := b.CommitBatch(b.ctx(), b.planner, store.Batch{Campaign: b.campaign, RunNo: 2, Now: noon, Admissions: []store.Admission{a}}); err != nil {
		t.Fatal(err)
	}
	if got := value[string](b.bench, `SELECT concat_ws(' ', count(*), min(entry), max(entry), min(arm), max(arm), (SELECT count(*) FROM assignments)) FROM entries`); got != "2 1 2 control control 1" {
		t.Errorf("entries: %s", got)
	}
}

func TestRuns(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	for i := range 3 {
		r, err := b.BeginRun(b.ctx(), b.campaign, noon.AddDate(0, 0, i))
		if err != nil || r.No != i+1 {
			t.Fatal(r, err)
		}
		r.State, r.Reason, r.Matched, r.Control, r.ToSend = "finished", fmt.Sprint("r", i), 9, 3, int64(i)
		r.Decisions = map[campaigns.Outcome]int{campaigns.GateConsent: 4}
		if err := b.FinishRun(b.ctx(), r, noon.AddDate(0, 0, i)); err != nil {
			t.Fatal(err)
		}
	}
	runs, err := b.Runs(b.ctx(), "winback", 2)
	if err != nil || len(runs) != 2 || runs[0].No != 3 || runs[0].ToSend != 2 || runs[0].Decisions[campaigns.GateConsent] != 4 || runs[1].FinishedAt == nil || runs[1].Reason != "r1" {
		t.Errorf("runs = %+v, %v", runs, err)
	}
}
