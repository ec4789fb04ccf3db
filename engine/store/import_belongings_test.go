package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/engine/store"
	"treue/rules/customer"
)

func feedback(id, who string, at time.Time, score float64, comment string) customer.Feedback {
	return customer.Feedback{
		ID: customer.NewID("shop", id), CustomerID: customer.NewID("shop", who), Source: "shop", ExternalID: id, CustomerExternalID: who,
		GivenAt: at, Score: score, Comment: comment,
	}
}

func lot(id, who string, points int64, earned, expires *time.Time) customer.PointLot {
	return customer.PointLot{
		ID: customer.NewID("shop", id), CustomerID: customer.NewID("shop", who), Source: "shop", ExternalID: id, CustomerExternalID: who,
		Points: points, EarnedAt: earned, ExpiresAt: expires,
	}
}

func (b *bench) feedback(what string, want counts, records ...customer.Feedback) []string {
	b.Helper()
	c, err := b.ImportFeedback(b.ctx(), file("feedback", noon), lines(records...))
	b.check(what, c, err, want)
	return reasons(c.Rejects)
}

func (b *bench) points(what string, want counts, records ...customer.PointLot) []string {
	b.Helper()
	c, err := b.ImportPoints(b.ctx(), file("points", noon), lines(records...))
	b.check(what, c, err, want)
	return reasons(c.Rejects)
}

// reasons writes rejects as line and reason.
func reasons(rejects []store.RowReject) (texts []string) {
	for _, r := range rejects {
		texts = append(texts, fmt.Sprintf("%d: %s", r.Line, r.Reason))
	}
	return texts
}

// all reads a table's rows as text, in the order of the shop's ids.
func (b *bench) all(sql string) string {
	b.Helper()
	rows, err := b.db.Query(b.ctx(), sql)
	if err != nil {
		b.Fatal(err)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		b.Fatal(err)
	}
	return strings.Join(texts, ", ")
}

const allFeedback = `SELECT concat_ws(' ', f.external_id, c.external_id, date_part('day', given_at), score, comment)
	FROM feedback f JOIN customers c USING (customer_id) ORDER BY f.external_id`

const allPoints = `SELECT concat_ws(' ', p.external_id, c.external_id, points, date_part('day', earned_at), date_part('day', expires_at))
	FROM points p JOIN customers c USING (customer_id) ORDER BY p.external_id`

func TestImportFeedback(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.customers("customers", noon, counts{inserted: 2}, person("k1", ""), person("k2", ""))
	one, two := feedback("f1", "k1", noon, 9.5, "good"), feedback("f2", "k2", noon, 0, "")
	b.feedback("first", counts{inserted: 2}, one, two)
	b.feedback("again", counts{unchanged: 2}, one, two)
	b.feedback("an empty comment clears none", counts{unchanged: 1}, feedback("f1", "k1", noon, 9.5, ""))
	b.feedback("the last row wins", counts{updated: 1, unchanged: 1}, feedback("f1", "k1", noon, 1, "bad"), feedback("f1", "k1", noon.AddDate(0, 0, 2), 6, ""))
	if got, want := b.all(allFeedback), "f1 k1 6 6 good, f2 k2 4 0"; got != want {
		t.Errorf("feedback = %s, want %s", got, want)
	}
	b.feedback("under another customer", counts{updated: 1}, feedback("f1", "k2", noon, 7, ""))
	b.feedback("and again", counts{unchanged: 1}, feedback("f1", "k2", noon, 7, ""))
	if got, want := b.all(allFeedback), "f1 k2 4 7 good, f2 k2 4 0"; got != want {
		t.Errorf("feedback = %s, want %s", got, want)
	}
	b.feedback("an empty file", counts{})
}

func TestImportPoints(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.customers("customers", noon, counts{inserted: 2}, person("k1", ""), person("k2", ""))
	earned, expires := noon.AddDate(0, 0, -1), noon.AddDate(0, 0, 10)
	b.points("first", counts{inserted: 3}, lot("l1", "k1", 120500, &earned, &expires), lot("l2", "k1", 1, nil, nil), lot("l3", "k2", 0, nil, nil))
	b.points("again", counts{unchanged: 1}, lot("l1", "k1", 120500, &earned, &expires))
	b.points("an empty cell clears no time", counts{updated: 1}, lot("l1", "k1", 20000, nil, nil))
	b.points("a time that was missing", counts{updated: 1}, lot("l2", "k1", 1, nil, &expires))
	b.points("the last row wins", counts{inserted: 1, unchanged: 1}, lot("l4", "k2", 5, nil, nil), lot("l4", "k2", 7, nil, nil))
	if got, want := b.all(allPoints), "l1 k1 20000 3 14, l2 k1 1 14, l3 k2 0, l4 k2 7"; got != want {
		t.Errorf("points = %s, want %s", got, want)
	}
	b.points("the last row wins across customers", counts{updated: 1, unchanged: 1}, lot("l1", "k1", 9, nil, nil), lot("l1", "k2", 8, nil, nil))
	if got, want := b.all(allPoints), "l1 k2 8 3 14, l2 k1 1 14, l3 k2 0, l4 k2 7"; got != want {
		t.Errorf("points = %s, want %s", got, want)
	}
}

func TestBelongingsFollowTheirCustomer(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.customers("one person, two accounts", noon, counts{inserted: 3}, person("k1", "a@shop.example"), person("k1b", "a@shop.example"), person("gone", ""))
	b.exec(`UPDATE customers SET erased_at = $1 WHERE external_id = 'gone'`, noon)

	got := b.feedback("feedback", counts{inserted: 1, unchanged: 1, rejected: 1},
		feedback("f1", "k1b", noon, 5, ""), feedback("f2", "nobody", noon, 5, ""), feedback("f3", "gone", noon, 5, "secret"))
	got = append(got, b.points("points", counts{inserted: 1, unchanged: 1, rejected: 1},
		lot("l1", "k1b", 5, nil, nil), lot("l2", "gone", 5, nil, nil), lot("l3", "nobody", 5, nil, nil))...)
	const unknown = "customer nobody is unknown: import the customers first"
	if want := []string{"3: " + unknown, "4: " + unknown}; strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("rejects = %q, want %q", got, want)
	}
	if got, want := b.all(allFeedback)+"; "+b.all(allPoints), "f1 k1 4 5; l1 k1 5"; got != want {
		t.Errorf("stored = %s, want %s", got, want)
	}
	b.feedback("the first account", counts{unchanged: 1}, feedback("f1", "k1", noon, 5, ""))
	if kinds := b.all(`SELECT concat_ws(' ', kind, inserted, unchanged, rejected) FROM imports WHERE kind IN ('feedback', 'points') ORDER BY import_id`); kinds != "feedback 1 1 1, points 1 1 1, feedback 0 1 0" {
		t.Errorf("imports = %s", kinds)
	}
}

// TestImpossibleScoresAreRefused holds that the schema keeps out what a caller other than the reader of files may bring,
// and that then nothing of the import stays.
func TestImpossibleScoresAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.customers("customers", noon, counts{inserted: 1}, person("k1", ""))
	if _, err := b.ImportFeedback(b.ctx(), file("feedback", noon), lines(feedback("f1", "k1", noon, 5, ""), feedback("f2", "k1", noon, 10.5, ""))); err == nil {
		t.Error("a score of 10.5 is stored")
	}
	if _, err := b.ImportPoints(b.ctx(), file("points", noon), lines(lot("l1", "k1", 5, nil, nil), lot("l2", "k1", -1, nil, nil))); err == nil {
		t.Error("a debt of points is stored")
	}
	if got := value[int64](b, `SELECT (SELECT count(*) FROM feedback) + (SELECT count(*) FROM points)`); got != 0 {
		t.Errorf("%d rows of failed imports stay", got)
	}
}

// TestManyBelongings takes the way of bulk imports, on which the planner's figures are refreshed.
func TestManyBelongings(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.customers("customers", noon, counts{inserted: 1}, person("k1", ""))
	answers, lots := make([]customer.Feedback, 10_000), make([]customer.PointLot, 10_000)
	for i := range answers {
		answers[i], lots[i] = feedback(fmt.Sprint(i), "k1", noon, float64(i%11), ""), lot(fmt.Sprint(i), "k1", int64(i), nil, nil)
	}
	b.feedback("many", counts{inserted: 10_000}, answers...)
	b.points("many", counts{inserted: 10_000}, lots...)
	if got := value[float32](b, `SELECT min(reltuples) FROM pg_class WHERE oid IN ('feedback'::regclass, 'points'::regclass)`); got != 10_000 {
		t.Errorf("the planner knows of %v rows", got)
	}
}
