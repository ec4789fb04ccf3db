package store_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/store"
)

func TestLease(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first := b.lease("planner", "a", time.Hour)
	if _, err := b.Acquire(b.ctx(), "planner", "b", time.Hour); !errors.Is(err, store.ErrLeaseHeld) {
		t.Errorf("a second holder: %v", err)
	}
	if other := b.lease("other", "b", time.Hour); other.Term != 1 {
		t.Errorf("another lease: %+v", other)
	}
	again := b.lease("planner", "a", time.Hour)
	if again.Term != first.Term+1 {
		t.Errorf("taken again: %+v", again)
	}
	if err := b.Renew(b.ctx(), first, time.Hour); !errors.Is(err, store.ErrLeaseHeld) {
		t.Errorf("renew an old term: %v", err)
	}
	if err := b.Renew(b.ctx(), again, time.Hour); err != nil {
		t.Error(err)
	}
	b.expire(again)
	if err := b.Renew(b.ctx(), again, time.Hour); !errors.Is(err, store.ErrLeaseHeld) {
		t.Errorf("renew what is over: %v", err)
	}
	second := b.lease("planner", "b", time.Hour)
	if second.Term != again.Term+1 {
		t.Errorf("term %d after %d", second.Term, again.Term)
	}
	if err := b.Release(b.ctx(), again); err != nil { // not its own any more: must do nothing
		t.Error(err)
	}
	if _, err := b.Acquire(b.ctx(), "planner", "c", time.Hour); !errors.Is(err, store.ErrLeaseHeld) {
		t.Errorf("released by somebody else: %v", err)
	}
	if err := b.Release(b.ctx(), second); err != nil {
		t.Error(err)
	}
	if third := b.lease("planner", "c", time.Hour); third.Term != second.Term+1 {
		t.Errorf("term %d after %d", third.Term, second.Term)
	}
}

func TestLeaseIsHeldByOne(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var wg sync.WaitGroup
	var got atomic.Int64
	for i := range 8 {
		wg.Go(func() {
			_, err := b.Acquire(b.ctx(), "planner", fmt.Sprint("h", i), time.Hour)
			switch {
			case err == nil:
				got.Add(1)
			case !errors.Is(err, store.ErrLeaseHeld):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got.Load() != 1 {
		t.Errorf("%d holders", got.Load())
	}
}

func TestDeadWorkersAreForgotten(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	dead, planner := b.work("dead", time.Hour), b.lease("planner", "p", time.Hour)
	b.exec(`UPDATE leases SET expires_at = clock_timestamp() - interval '2 hours'`)
	alive := b.work("alive", time.Hour)
	if _, err := b.Reclaim(b.ctx(), noon, campaigns.Retries{}); err != nil {
		t.Fatal(err)
	}
	if got := value[string](b, `SELECT string_agg(name, ' ' ORDER BY name) FROM leases`); got != planner.Name+" "+alive.Name {
		t.Errorf("leases: %s; %s should be gone", got, dead.Name)
	}
}

func TestTicks(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if last, err := b.LastTicks(b.ctx(), []string{"winback", "other"}); err != nil || len(last) != 0 {
		t.Errorf("last = %v, %v", last, err)
	}
	var wg sync.WaitGroup
	taken := make([]atomic.Int64, 5)
	for i := range 8 {
		wg.Go(func() {
			for j := range taken {
				ok, err := b.TakeTick(b.ctx(), "winback", noon.Add(time.Duration(j)*time.Hour), fmt.Sprint("h", i), noon)
				if err != nil {
					t.Error(err)
				}
				if ok {
					taken[j].Add(1)
				}
			}
		})
	}
	wg.Wait()
	for j := range taken {
		if got := taken[j].Load(); got != 1 {
			t.Errorf("tick %d was taken %d times", j, got)
		}
	}
	if ok, err := b.TakeTick(b.ctx(), "other", noon, "h", noon); !ok || err != nil {
		t.Errorf("another schedule's tick: %v, %v", ok, err)
	}
	if last, err := b.LastTicks(b.ctx(), []string{"winback", "other"}); err != nil || len(last) != 0 {
		t.Errorf("last = %v, %v; none was finished", last, err)
	}
	for at, want := range map[time.Time]bool{noon: true, noon.Add(9 * time.Hour): false} {
		if again, err := b.RetakeTick(b.ctx(), "winback", at, "heir", noon); again != want || err != nil {
			t.Errorf("take %v over: %v, %v", at, again, err)
		}
	}
	if err := b.FinishTick(b.ctx(), "winback", noon, noon.Add(time.Minute), "ran"); err != nil {
		t.Fatal(err)
	}
	if got := value[int64](b, `SELECT count(*) FROM ticks WHERE outcome = 'ran' AND finished_at = $1`, noon.Add(time.Minute)); got != 1 {
		t.Errorf("%d ticks ran", got)
	}
	if again, err := b.RetakeTick(b.ctx(), "winback", noon, "heir", noon); again || err != nil {
		t.Errorf("take a finished tick over: %v, %v", again, err)
	}
	if last, err := b.LastTicks(b.ctx(), []string{"winback", "other"}); err != nil || len(last) != 1 || !last["winback"].Equal(noon) {
		t.Errorf("last = %v, %v", last, err)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var wg sync.WaitGroup
	var ours atomic.Int64
	for i := range 4 {
		wg.Go(func() {
			err := b.RegisterKey(b.ctx(), fmt.Sprint("key", i), noon)
			switch {
			case err == nil:
				ours.Add(1)
			case !errors.Is(err, store.ErrOtherKeys):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if ours.Load() != 1 {
		t.Errorf("%d installations own the database", ours.Load())
	}
	own := value[string](b, `SELECT key_id FROM key_ids`)
	if err := b.RegisterKey(b.ctx(), own, noon); err != nil {
		t.Errorf("at the second start: %v", err)
	}
}

func TestCaughtMail(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i, m := range []store.CaughtMail{
		{MessageID: "1@x", CaughtAt: noon, Recipient: "a@x.example", Sender: "s", Subject: "one", Raw: []byte("raw1")},
		{MessageID: "2@x", CaughtAt: noon.Add(time.Hour), Recipient: "b@x.example", Sender: "s", Subject: "two", Raw: []byte("raw2")},
		{MessageID: "1@x", CaughtAt: noon.Add(time.Minute), Recipient: "a@x.example", Sender: "s", Subject: "again", Raw: []byte("raw3")},
	} {
		if err := b.KeepCaught(b.ctx(), m); err != nil {
			t.Fatal(i, err)
		}
	}
	mails, total, err := b.CaughtMails(b.ctx(), 1, 1)
	if err != nil || total != 2 || len(mails) != 1 || mails[0].Subject != "again" || mails[0].Raw != nil {
		t.Fatalf("second page: %+v of %d, %v", mails, total, err)
	}
	got, err := b.CaughtMail(b.ctx(), mails[0].ID)
	if err != nil || string(got.Raw) != "raw3" || got.Recipient != "a@x.example" {
		t.Errorf("mail = %+v, %v", got, err)
	}
	if _, err := b.CaughtMail(b.ctx(), 404); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("unknown mail: %v", err)
	}
}
