package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/store"
)

func TestEveryOutcomeOfAnAttempt(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	minute := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }
	tests := map[string]struct {
		settled store.Settled
		want    string
	}{
		"accepted": {store.Settled{State: campaigns.Accepted}, "accepted gone"},
		"bounced":  {store.Settled{State: campaigns.Bounced, Reason: "550", Code: 550, Response: "no such user"}, "bounced 550 gone"},
		"failed":   {store.Settled{State: campaigns.Failed, Reason: "policy"}, "failed policy gone"},
		"deferred": {store.Settled{State: campaigns.Deferred, Reason: "451", RetryAt: minute(7)}, "deferred 451 in 7"},
		"unknown":  {store.Settled{State: campaigns.Unknown, Reason: "lost", RetryAt: minute(15), Unknown: true}, "unknown lost in 15"},
		"held":     {store.Settled{State: campaigns.Held, Reason: "ask"}, "held ask never"},
	}
	var who []string
	for name := range tests {
		who = append(who, name)
	}
	b.consenting(append(who, "ghost")...)
	b.enter(noon, "treated", who...)
	claims := b.claim(b.worker, noon)
	if len(claims) != len(who) {
		t.Fatalf("%d claims, want the first mails of %d", len(claims), len(who))
	}
	for _, c := range claims {
		b.mustBegin(b.worker, c, noon, campaigns.Sending)
		test := tests[c.Customer.ExternalID]
		b.expect("while sending", c.Customer.ExternalID, "sending claimed")
		if err := b.Settle(b.ctx(), b.worker, c.SendKey, test.settled, minute(1)); err != nil {
			t.Fatal(err)
		}
		b.expect("settled", c.Customer.ExternalID, test.want)
		if err := b.Settle(b.ctx(), b.worker, c.SendKey, test.settled, minute(1)); !errors.Is(err, store.ErrNotOurs) {
			t.Errorf("settled twice: %v", err)
		}
	}
	if got := value[string](b.bench, `SELECT concat_ws(' ', code, response, attempts, worker, first_attempt_at = $1, finished_at = $2) FROM sends WHERE state = 'bounced'`, noon, minute(1)); got != "550 no such user 1 w t t" {
		t.Errorf("bounced: %s", got)
	}
	states, err := b.SendStates(b.ctx(), b.campaign.Key)
	if err != nil || states[campaigns.Planned] != len(who) || states[campaigns.Accepted] != 1 {
		t.Errorf("states = %v, %v", states, err)
	}
	if got := b.claim(b.worker, minute(6)); len(got) != 0 {
		t.Errorf("%d claims before anything is due again", len(got))
	}
	again := b.claim(b.worker, minute(16))
	if len(again) != 2 || again[0].Attempts != 1 || again[0].FirstAttempt == nil {
		t.Errorf("due again: %+v", again)
	}
	since, err := b.AcceptedSince(b.ctx(), noon)
	if err != nil || len(since) != 1 || !since[0].AcceptedAt.Equal(minute(1)) || !since[0].AssignedAt.Equal(noon) {
		t.Errorf("accepted since: %+v, %v", since, err)
	}
}

func TestClaimsDoNotOverlap(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	var who []string
	for i := range 60 {
		who = append(who, fmt.Sprint("c", i))
	}
	b.consenting(who...)
	b.enter(noon, "treated", who...)
	var wg sync.WaitGroup
	var mu sync.Mutex
	taken := map[store.SendKey]int{}
	for i := range 4 {
		l := b.work(fmt.Sprint("w", i), time.Hour)
		wg.Go(func() {
			for {
				claims, err := b.Claim(b.ctx(), l, []string{"winback"}, noon, store.Pace{At: noon}, 7)
				if err != nil {
					t.Error(err)
				}
				if len(claims) == 0 {
					return
				}
				mu.Lock()
				for _, c := range claims {
					taken[c.SendKey]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for k, n := range taken {
		if n > 1 {
			t.Errorf("%v was claimed %d times", k, n)
		}
	}
	if len(taken) != len(who) {
		t.Errorf("%d of %d were claimed", len(taken), len(who))
	}
}

func TestClaimChoosesWhatIsDue(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	b.consenting("c1", "c2")
	b.enter(noon, "treated", "c1", "c2")
	if got := b.claim(b.worker, noon.Add(-time.Second)); len(got) != 0 {
		t.Errorf("%d claims too early", len(got))
	}
	if claims, err := b.Claim(b.ctx(), b.worker, []string{"other"}, noon, store.Pace{At: noon}, 10); err != nil || len(claims) != 0 {
		t.Errorf("another campaign's: %v, %v", claims, err)
	}
	treated, ghost, err := b.DueCount(b.ctx(), "winback", noon)
	if err != nil || treated != 2 || ghost != 0 {
		t.Errorf("due: %d and %d, %v", treated, ghost, err)
	}
	b.exec(`INSERT INTO provider_rates (provider, paused_until, reason, kind, next_at, warm_days, warm_sent) VALUES ('shop.example', $1, '421', 'rate', '-infinity', 0, 0)`, noon.Add(time.Minute))
	if got := b.claim(b.worker, noon); len(got) != 0 {
		t.Errorf("%d claims while the provider is paused", len(got))
	}
	got := b.claim(b.worker, noon.Add(time.Minute))
	if len(got) != 2 {
		t.Fatalf("%d claims after the pause", len(got))
	}
	if c := got[0]; c.Step != 1 || c.StepKey != "first" || c.Version != 1 || c.Arm != "treated" || !c.EnteredAt.Equal(noon) || c.MessageID != "winback-"+c.Customer.ExternalID+"-1-first" || c.FirstAttempt != nil {
		t.Errorf("claim = %+v", c)
	}
	b.mustBegin(b.worker, got[0], noon, campaigns.Sending)
	if err := b.Unclaim(b.ctx(), b.worker); err != nil {
		t.Fatal(err)
	}
	if again := b.claim(b.worker, noon.Add(time.Minute)); len(again) != 1 || again[0].SendKey != got[1].SendKey {
		t.Errorf("after giving back: %+v, want only what was not begun", again)
	}
	second := b.claim(b.worker, noon.AddDate(0, 0, 7))
	if len(second) != 2 || second[0].StepKey != "second" || second[0].CouponCode == "" || second[0].ValidUntil == nil {
		t.Errorf("a week later: %+v", second)
	}
}

func TestDeadWorkersSendsAreTakenOver(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	b.consenting("claimed", "sending", "alive")
	b.enter(noon, "treated", "claimed", "sending")
	zombie := b.work("zombie", time.Hour)
	var begun, held store.Claim
	for _, c := range b.claim(zombie, noon) {
		if c.Customer.ExternalID == "sending" {
			b.mustBegin(zombie, c, noon, campaigns.Sending)
			begun = c
		} else {
			held = c
		}
	}
	if n, err := b.Reclaim(b.ctx(), noon, campaigns.Retries{}); n != 0 || err != nil {
		t.Fatalf("took %d from a living worker, %v", n, err)
	}
	b.expire(zombie)
	b.enter(noon, "treated", "alive")
	b.claim(b.worker, noon)
	var wg sync.WaitGroup
	lost := make([]int, 3)
	for i := range lost {
		wg.Go(func() {
			var err error
			if lost[i], err = b.Reclaim(b.ctx(), noon, campaigns.Retries{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if lost[0]+lost[1]+lost[2] != 1 {
		t.Errorf("unknown: %v, want one in all", lost)
	}
	b.expect("only claimed", "claimed", "planned in 0")
	b.expect("sending", "sending", "unknown the process died while sending in 15")
	b.expect("of the living", "alive", "planned claimed")

	// The zombie wakes up.
	if err := b.Settle(b.ctx(), zombie, begun.SendKey, store.Settled{State: campaigns.Accepted}, noon); !errors.Is(err, store.ErrNotOurs) {
		t.Errorf("the zombie marked something: %v", err)
	}
	if _, err := b.begin(zombie, held, noon); !errors.Is(err, store.ErrLeaseHeld) {
		t.Errorf("the zombie began: %v", err)
	}
	if err := b.Renew(b.ctx(), zombie, time.Hour); !errors.Is(err, store.ErrLeaseHeld) {
		t.Errorf("the zombie renewed: %v", err)
	}
	b.expect("after the zombie", "sending", "unknown the process died while sending in 15")
	fresh := b.work("fresh", time.Hour)
	claims := b.claim(fresh, noon)
	if len(claims) != 1 || claims[0].SendKey != held.SendKey {
		t.Fatalf("claims = %+v", claims)
	}
	if _, err := b.begin(b.worker, claims[0], noon); !errors.Is(err, store.ErrNotOurs) {
		t.Errorf("another worker began what is claimed: %v", err)
	}
	b.mustBegin(fresh, claims[0], noon, campaigns.Sending)
	if err := b.Hold(b.ctx(), held.SendKey, "late", noon); !errors.Is(err, store.ErrNotOurs) {
		t.Errorf("a send under way was held: %v", err)
	}
	if err := b.Defer(b.ctx(), held.SendKey, "late", noon); err != nil {
		t.Error(err)
	}
	b.expect("under way", "claimed", "sending claimed")
}

func TestThreeUnknownsAreHeld(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	b.consenting("c1")
	b.enter(noon, "treated", "c1")
	at := noon
	for _, want := range []string{"unknown the process died while sending in 15", "unknown the process died while sending in 75", "held the process died while sending never"} {
		l := b.work(fmt.Sprint("w", at.Unix()), time.Hour)
		claims := b.claim(l, at)
		if len(claims) != 1 {
			t.Fatalf("%d claims", len(claims))
		}
		b.mustBegin(l, claims[0], at, campaigns.Sending)
		b.expire(l)
		if n, err := b.Reclaim(b.ctx(), at, campaigns.Retries{}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		b.expect("after the crash", "c1", want)
		at = at.Add(time.Duration(claims[0].Unknowns*45+15) * time.Minute)
	}
	if got := b.claim(b.worker, noon.AddDate(0, 0, 6)); len(got) != 0 {
		t.Errorf("a held send was claimed: %+v", got)
	}
}

func TestDeferAndHold(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	b.consenting("c1", "c2", "c3")
	b.enter(noon, "treated", "c1", "c2", "c3")
	for _, c := range b.claim(b.worker, noon) {
		var err error
		switch c.Customer.ExternalID {
		case "c1":
			err = b.Defer(b.ctx(), c.SendKey, "no server", noon.Add(time.Minute))
		case "c2":
			err = b.Hold(b.ctx(), c.SendKey, "no template", noon)
		case "c3":
			b.exec(`UPDATE sends SET state = 'unknown', attempts = 1, unknowns = 1, first_attempt_at = $2 WHERE customer_id = $1 AND step_no = 1`, id("c3"), noon)
			err = b.Defer(b.ctx(), c.SendKey, "no server", noon.Add(time.Minute))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	b.expect("deferred", "c1", "deferred no server in 1")
	b.expect("held", "c2", "held no template never")
	b.expect("unknown", "c3", "unknown no server in 1")
}

func TestArchivingCancelsWhatIsOpen(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	b.consenting("c1", "c2")
	b.enter(noon, "treated", "c1", "c2")
	var under store.Claim
	claims := b.claim(b.worker, noon)
	for _, c := range claims {
		if c.Customer.ExternalID == "c1" {
			b.mustBegin(b.worker, c, noon, campaigns.Sending)
			under = c
		}
	}
	if err := b.SetStatus(b.ctx(), "winback", campaigns.Archived, noon); err != nil {
		t.Fatal(err)
	}
	b.expect("under way", "c1", "sending claimed")
	b.expect("claimed", "c2", "cancelled campaign archived gone")
	for _, c := range claims {
		if c.Customer.ExternalID == "c2" {
			if _, err := b.begin(b.worker, c, noon); !errors.Is(err, store.ErrNotOurs) {
				t.Errorf("began a cancelled send: %v", err)
			}
		}
	}
	if err := b.Settle(b.ctx(), b.worker, under.SendKey, store.Settled{State: campaigns.Accepted}, noon); err != nil {
		t.Error(err)
	}
	if got := value[int64](b.bench, `SELECT count(*) FROM outbox`); got != 0 {
		t.Errorf("%d rows left in the outbox", got)
	}
}

// TestProvidersTakeTurns claims from the provider on whose turn it is, and once around.
func TestProvidersTakeTurns(t *testing.T) {
	t.Parallel()
	b := newCampaignBench(t)
	b.waiting(4)
	for i, provider := range []string{"a", "b", "b", "c"} {
		b.exec(`UPDATE outbox SET provider = $2 WHERE customer_id = $1`, id(fmt.Sprint("w", i)), provider)
	}
	for _, test := range []struct {
		after string
		limit int
		want  string
	}{
		{"", 1, "a"},
		{"a", 1, "b"},
		{"b", 1, "c"},
		{"c", 1, "a"},
		{"bb", 1, "c"},
		{"z", 1, "a"},
		{"b", 2, "a c"},
		{"a", 2, "b c"},
		{"c", 3, "a b c"},
		{"b", 8, "a b b c"},
	} {
		claims, err := b.Claim(b.ctx(), b.worker, []string{"winback"}, noon, store.Pace{At: noon, After: test.after}, test.limit)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range claims {
			got = append(got, c.Provider)
			if !c.At.Equal(noon) {
				t.Errorf("claimed at %v", c.At)
			}
		}
		slices.Sort(got)
		if strings.Join(got, " ") != test.want {
			t.Errorf("%d after %q: %v, want %s", test.limit, test.after, got, test.want)
		}
		if err := b.Unclaim(b.ctx(), b.worker); err != nil {
			t.Fatal(err)
		}
	}
}
