package store_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"treue/engine/enginetest"
	"treue/rules"
	"treue/rules/features"
	"treue/rules/pushdown"
)

// differentialRules is how many random rules both evaluators are compared on; TREUE_DIFFERENTIAL asks for more.
func differentialRules(t *testing.T) int {
	t.Helper()
	const usual = 5000
	text := os.Getenv("TREUE_DIFFERENTIAL")
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("TREUE_DIFFERENTIAL: %v", err)
	}
	return n
}

// rulesPerStatement is how many rules one pass over the snapshots answers.
const rulesPerStatement = 40

// moment is a point in time that tries calendars: the day of evaluation and those before have odd beginnings.
type moment struct {
	zone string
	now  time.Time
}

func moments() []moment {
	return []moment{
		{"Europe/Berlin", time.Date(2026, 3, 29, 22, 30, 0, 0, time.UTC)}, // half past midnight after clocks went forward
		{"Europe/Berlin", time.Date(2028, 2, 29, 12, 0, 0, 123456000, time.UTC)},
		{"America/Havana", time.Date(2026, 3, 8, 15, 0, 0, 0, time.UTC)},   // a day without midnight
		{"America/St_Johns", time.Date(2010, 11, 8, 3, 0, 0, 0, time.UTC)}, // clocks went back over midnight
	}
}

// TestPushdownEqualsEvaluation compares both evaluators of the rule language on random rules and customers.
func TestPushdownEqualsEvaluation(t *testing.T) {
	t.Parallel()
	n := differentialRules(t) / len(moments())
	for i, m := range moments() {
		t.Run(fmt.Sprintf("%s %s", strings.ReplaceAll(m.zone, "/", " "), m.now.Format(time.DateOnly)), func(t *testing.T) {
			t.Parallel()
			d := newDifferential(t, m, uint64(i))
			d.run(n)
		})
	}
}

// differential is a shop with its snapshots in memory and in the database.
type differential struct {
	*bench
	env       pushdown.Env
	snapshots []*features.Snapshot // ordered by customer
	maker     *enginetest.RuleMaker
	segments  map[string]string
	tally     tally
}

// tally counts what a run saw, so that an empty one does not pass for a good one.
type tally struct{ rules, refused, full, partial, none, compared, matched int }

func (d *differential) run(n int) {
	for d.tally.rules < n {
		var batch []*rules.Rule
		for len(batch) < rulesPerStatement {
			d.tally.rules++
			rule, err := rules.CompileWith(d.maker.Rule(), rules.Options{Segments: d.segments})
			if err != nil {
				d.tally.refused++
				continue
			}
			batch = append(batch, rule)
		}
		d.compare(batch)
		if d.Failed() {
			return
		}
	}
	c := d.tally
	d.Logf("%+v", c)
	if c.refused > c.rules/2 || c.full < c.rules/4 || c.partial == 0 || c.none == 0 {
		d.Errorf("the test sees too little of the language: %+v", c)
	}
	if share := float64(c.matched) / float64(c.compared); share < 0.1 || share > 0.9 {
		d.Errorf("%.0f %% of the evaluations matched: the test sees too little of one side", 100*share)
	}
}

// compare evaluates the rules both ways.
func (d *differential) compare(batch []*rules.Rule) {
	builder := pushdown.New(d.env, "differential")
	splits := make([]pushdown.Split, len(batch))
	predicates := make([]string, len(batch))
	for i, rule := range batch {
		splits[i] = builder.Rule(rule)
		predicates[i] = "(" + splits[i].Predicate + ") IS TRUE"
		d.tally.count(splits[i].Extent)
	}
	sql := "SELECT s.customer_id, ARRAY[" + strings.Join(predicates, ",\n") + "] FROM " + builder.From() + " ORDER BY s.customer_id"
	got := d.rows(sql, builder.Args(), batch)
	for i, rule := range batch {
		for j, s := range d.snapshots {
			want := d.holds(rule, splits[i], s)
			d.tally.compared++
			if want {
				d.tally.matched++
			}
			if got != nil && got[j][i] != want {
				d.Errorf("%s\nmemory says %v, Postgres the contrary, for %s\n%s\n%v", rule.Source(), want, describe(rule, s, d.env.Day), splits[i].Predicate, builder.Args())
				break
			}
		}
	}
}

func (c *tally) count(e pushdown.Extent) {
	switch e {
	case pushdown.Full:
		c.full++
	case pushdown.Partial:
		c.partial++
	case pushdown.None:
		c.none++
	}
}

func (d *differential) rows(sql string, args []any, batch []*rules.Rule) [][]bool {
	rows, err := d.db.Query(d.ctx(), sql, append([]any{pgx.QueryExecModeDescribeExec}, args...)...)
	if err != nil {
		d.Fatalf("%v\n%s", err, sql)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) ([]bool, error) {
		var id int64
		var holds []bool
		return holds, row.Scan(&id, &holds)
	})
	if err != nil {
		var sources []string
		for _, r := range batch {
			sources = append(sources, r.Source())
		}
		d.Fatalf("%v\n%s\n%s", err, strings.Join(sources, "\n"), sql)
	}
	if len(all) != len(d.snapshots) {
		d.Fatalf("%d customers became %d", len(d.snapshots), len(all))
	}
	return all
}

// holds evaluates the pushed terms of a rule in memory.
func (d *differential) holds(rule *rules.Rule, split pushdown.Split, s *features.Snapshot) bool {
	if split.Extent == pushdown.Full {
		return rule.Match(s, d.env.Day)
	}
	for i, v := range rule.Explain(s, d.env.Day) {
		if !slices.Contains(split.Rest, i) && !v.Matched {
			return false
		}
	}
	return true
}

func describe(rule *rules.Rule, s *features.Snapshot, at features.Day) string {
	text := fmt.Sprintf("customer %d", s.CustomerID)
	for _, v := range rule.Explain(s, at) {
		text += "\n  " + v.String()
	}
	return text
}

// TestRuleMakerSpeaksTheWholeLanguage guards the test above against new words that it would not try.
func TestRuleMakerSpeaksTheWholeLanguage(t *testing.T) {
	t.Parallel()
	maker := enginetest.NewRuleMaker(1, differentialWords())
	var all strings.Builder
	for range 5000 {
		all.WriteString(maker.Rule() + "\n")
	}
	text := all.String()
	for _, f := range rules.Functions() {
		if !strings.Contains(text, f.Name+"(") {
			t.Errorf("no rule calls %s", f.Name)
		}
	}
	for _, f := range rules.Fields() {
		if !strings.Contains(text, f.Name) {
			t.Errorf("no rule reads %s", f.Name)
		}
	}
	for operator := range strings.FieldsSeq("== != < <= > >= + - * / % && || ! not ? in .. contains startsWith endsWith matches") {
		if !strings.Contains(text, operator) {
			t.Errorf("no rule has %s", operator)
		}
	}
}
