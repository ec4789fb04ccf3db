package simulate

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/campaigns"
	"treue/campaigns/lift"
	"treue/engine"
)

// assigned is one row of the ledger of arms.
type assigned struct {
	Customer int64
	Campaign string
	Arm      string
	At       time.Time
}

// A short run of the real cycle. What the engine measured is added up again from the shop's own list of orders.
func TestRunAgainstTheShop(t *testing.T) { //nolint:tparallel // the parts share one connection
	t.Parallel()
	ctx := context.Background()
	url := database(t)
	e := started(t, url)
	stages := map[string]bool{}
	s, err := newSimulation(e, NewShop(shop(t, 1500, 40, 5)), func(p Progress) { stages[p.Stage] = p.Done <= p.Total && p.Note != "" })
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Program {
		c := &s.Program[i]
		c.Measure, c.Reads, c.Grace = 14, []campaigns.Days{14}, 12
	}
	result, err := s.run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if !stages["import"] || !stages["run"] || !stages["report"] {
		t.Errorf("progress told of %v", stages)
	}
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(ctx)
	ledger, err := collect[assigned](ctx, db, `SELECT customer_id, campaign_key, arm, assigned_at FROM assignments`)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("ledger", func(t *testing.T) { checkLedger(t, db, s) })
	t.Run("sums", func(t *testing.T) { checkSums(t, s, result, ledger) })
	t.Run("truth", func(t *testing.T) { checkTruth(t, s, result) })
	t.Run("as known", func(t *testing.T) { checkFeed(t, db, s, result.End) })
}

func collect[T any](ctx context.Context, db *pgx.Conn, sql string, args ...any) ([]T, error) {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[T])
}

func count(t *testing.T, db *pgx.Conn, sql string, args ...any) int {
	t.Helper()
	var n int
	if err := db.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// checkLedger: no mail to a control group, nobody without a proven consent, every send that was due is final, and what
// the ledger calls accepted was caught once.
func checkLedger(t *testing.T, db *pgx.Conn, s *simulation) {
	for what, sql := range map[string]string{
		"mails to control":           `SELECT count(*) FROM sends WHERE arm = 'control' AND state NOT IN ('ghost', 'cancelled', 'planned')`,
		"ghosts in a treated arm":    `SELECT count(*) FROM sends WHERE arm <> 'control' AND state = 'ghost'`,
		"due sends that are open":    `SELECT count(*) FROM outbox WHERE due_at < (SELECT max(as_of) FROM runs)`,
		"sends in hand":              `SELECT count(*) FROM sends WHERE state IN ('claimed', 'sending', 'unknown', 'held', 'failed', 'bounced')`,
		"entries without an arm":     `SELECT count(*) FROM entries e WHERE NOT EXISTS (SELECT FROM assignments a WHERE a.customer_id = e.customer_id AND a.campaign_key = e.campaign_key AND a.arm = e.arm)`,
		"mails without consent":      `SELECT count(*) FROM sends WHERE state = 'accepted' AND NOT EXISTS (SELECT FROM consents c WHERE c.customer_id = sends.customer_id AND kind = 'grant' AND proven)`,
		"mails after a withdrawal":   `SELECT count(*) FROM sends WHERE state = 'accepted' AND EXISTS (SELECT FROM consents c WHERE c.customer_id = sends.customer_id AND kind = 'withdraw')`,
		"mails that were not caught": `SELECT count(*) FROM sends s WHERE state = 'accepted' AND NOT EXISTS (SELECT FROM caught_mails m WHERE m.message_id = s.message_id)`,
		"mails out of office hours":  `SELECT count(*) FROM sends WHERE state = 'accepted' AND extract(isodow FROM last_attempt_at AT TIME ZONE 'Europe/Berlin') > 5`,
		"runs that were held":        `SELECT count(*) FROM runs WHERE state <> 'finished'`,
	} {
		if n := count(t, db, sql); n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
	if states, err := collect[sendState](context.Background(), db, `SELECT arm, state, reason, count(*) FROM sends GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`); err != nil {
		t.Error(err)
	} else {
		t.Log(states)
	}
	accepted := count(t, db, `SELECT count(*) FROM sends WHERE state = 'accepted'`)
	if accepted != len(s.mails) || accepted != count(t, db, `SELECT count(*) FROM caught_mails`) || accepted < 50 {
		t.Errorf("the ledger has %d mails, the simulation saw %d", accepted, len(s.mails))
	}
}

type sendState struct {
	Arm, State, Reason string
	N                  int
}

// checkSums adds up every arm from the orders that the shop invented.
func checkSums(t *testing.T, s *simulation, result Result, ledger []assigned) {
	orders := map[int64][]Order{}
	for _, o := range s.Orders {
		orders[o.CustomerID] = append(orders[o.CustomerID], o)
	}
	type key struct {
		customer int64
		campaign string
	}
	mails := map[key]float64{}
	for i := range s.mails {
		m := &s.mails[i]
		for _, o := range s.Shop.caused(m) {
			orders[o.CustomerID] = append(orders[o.CustomerID], o)
		}
		mails[key{m.CustomerID, m.CampaignKey}]++
	}
	if len(result.Reports) != 3 {
		t.Fatalf("%d reports, want 3", len(result.Reports))
	}
	end := s.day(result.End)
	for i := range result.Reports {
		r := &result.Reports[i]
		c := &r.Campaign.Definition
		want := map[string]*lift.Sums{"control": {}, "treated": {}}
		seen := map[string]int64{}
		for _, a := range ledger {
			day := s.day(a.At)
			if a.Campaign != c.Key {
				continue
			}
			seen[a.Arm]++
			if day+int(c.Measure+c.Grace) <= end {
				want[a.Arm].Add(s.outcome(orders[a.Customer], day, c) - *c.CostPerMail*mails[key{a.Customer, c.Key}])
			}
		}
		checkArms(t, r, want, seen)
	}
}

func checkArms(t *testing.T, r *engine.Report, want map[string]*lift.Sums, seen map[string]int64) {
	t.Helper()
	if r.Basis != "margin" || r.WindowDays != 14 {
		t.Errorf("%s is measured in %s over %d days", r.Campaign.Key, r.Basis, r.WindowDays)
	}
	if r.Verdict.Reason == lift.NotReconciled || !r.SRMOK {
		t.Errorf("%s does not reconcile: %s", r.Campaign.Key, r.Verdict.Reason)
	}
	for _, a := range r.Arms {
		w := want[a.Arm]
		if a.Assigned != seen[a.Arm] || a.Matured != w.N || a.Matured == 0 || a.Pending() != a.Assigned-a.Matured {
			t.Errorf("%s, %s: %d assigned, %d matured, want %d and %d", r.Campaign.Key, a.Arm, a.Assigned, a.Matured, seen[a.Arm], w.N)
		}
		if math.Abs(a.Sums.Y-w.Y) > 0.01 || math.Abs(a.Sums.Y2-w.Y2) > 1e-6*w.Y2+0.01 {
			t.Errorf("%s, %s: outcomes add up to %.4f (squares %.4f), in the shop to %.4f (%.4f)", r.Campaign.Key, a.Arm, a.Sums.Y, a.Sums.Y2, w.Y, w.Y2)
		}
	}
}

func checkTruth(t *testing.T, s *simulation, result Result) {
	if len(result.Truth) != 3 || result.Mails == 0 || len(result.Story) == 0 {
		t.Fatalf("the result is %+v", result)
	}
	for key, truth := range result.Truth {
		if effect := s.effects[key].Extra > 0; effect != (truth > 0) || math.IsNaN(truth) || truth > 20 {
			t.Errorf("%s: true effect %.3f", key, truth)
		}
	}
}

// checkFeed: the database holds what the shop knows at the end and nothing of the future.
func checkFeed(t *testing.T, db *pgx.Conn, s *simulation, end time.Time) {
	joined := slices.IndexFunc(s.People, func(p Person) bool { return !p.SignedUpAt.Before(end) })
	if joined < 0 {
		joined = len(s.People)
	}
	if n := count(t, db, `SELECT count(*) FROM customers`); n != joined {
		t.Errorf("%d customers, want %d", n, joined)
	}
	if n := count(t, db, `SELECT count(*) FROM orders`); n != s.counted {
		t.Errorf("%d orders, want %d", n, s.counted)
	}
	if n := count(t, db, `SELECT count(*) FROM orders WHERE ordered_at >= $1`, end); n != 0 {
		t.Errorf("%d orders of the future", n)
	}
	if n := count(t, db, `SELECT count(*) FROM order_events WHERE effective_at >= $1`, end); n != 0 {
		t.Errorf("%d refunds of the future", n)
	}
	refunds := 0
	for i := range s.Orders {
		if o := &s.Orders[i]; o.placedBefore(end) && o.Refund > 0 && o.RefundedAt.Before(end) {
			refunds++
		}
	}
	if n := count(t, db, `SELECT count(*) FROM order_events e JOIN orders o USING (customer_id, order_id) WHERE o.external_id LIKE '%-B%'`); n != refunds {
		t.Errorf("%d refunds of organic orders, want %d", n, refunds)
	}
}

func TestRunNeedsAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	e := started(t, database(t))
	c := shop(t, 60, 1, 1)
	if _, err := Run(context.Background(), e, c, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), e, c, nil); err == nil || !strings.Contains(err.Error(), "empty database") {
		t.Errorf("a second shop in one database: %v", err)
	}
	c.Start = time.Time{}
	if _, err := Run(context.Background(), e, c, nil); err == nil || !strings.Contains(err.Error(), "first day") {
		t.Errorf("a run without a start: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, started(t, database(t)), shop(t, 60, 1, 1), nil); err == nil {
		t.Error("a cancelled run succeeded")
	}
}
