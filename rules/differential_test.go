package rules_test

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
	"pgregory.net/rapid"

	"treue/rules"
	"treue/rules/features"
)

// drawSnapshot returns a customer of whom everything is known or, with gaps, each thing may be unknown.
func drawSnapshot(t *rapid.T, gaps bool) *features.Snapshot {
	missing := func() bool { return gaps && rapid.IntRange(0, 2).Draw(t, "missing") == 0 }
	number := func(most int) float64 {
		if missing() {
			return math.NaN()
		}
		return float64(rapid.IntRange(0, 8*most).Draw(t, "number")) / 8
	}
	on := func() features.Day {
		if missing() {
			return features.NoDay
		}
		return features.Day(rapid.IntRange(19000, 20779).Draw(t, "on"))
	}
	word := func(words ...string) string {
		if missing() {
			return ""
		}
		return pick(t, words)
	}
	s := &features.Snapshot{
		Country: word("DE", "AT", "CH"), Language: word("de", "en"), Channel: word("ads", "google_ads", "Kaffee"),
		Tier: word("a", "b", "c", "d"), Segment: word("loyal", "new"), LastCategory: word("Kaffee", "Mühlen"),
		Tags:       rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"abo", "b2b", "vip"}), 0, 3, rapid.ID).Draw(t, "tags"),
		SignedUpOn: on(), FirstOrderOn: on(), LastOrderOn: on(), LastMailOn: on(),
		Orders: int64(rapid.IntRange(1, 60).Draw(t, "orders")), Revenue: float64(rapid.IntRange(0, 4000).Draw(t, "revenue")) / 8,
		Margin: number(200), PAlive: number(1), ExpectedOrders: number(9), CLVHistoric: number(200), CLVPredicted: number(200),
		CLVPercentile: number(1), Mails30d: int64(rapid.IntRange(0, 9).Draw(t, "mails")), Consent: rapid.Bool().Draw(t, "consent"),
	}
	if missing() {
		s.Orders = 0
	}
	return s
}

// reference tells a snapshot's values without the accessors that evaluation uses.
func reference(s *features.Snapshot, at features.Day) map[string]any {
	age := func(d features.Day) any {
		if d == features.NoDay {
			return nil
		}
		return at.Date().Sub(d.Date()).Hours() / 24
	}
	number := func(v float64) any {
		if math.IsNaN(v) {
			return nil
		}
		return v
	}
	text := func(v string) any {
		if v == "" {
			return nil
		}
		return v
	}
	date := func(d features.Day) any {
		if d == features.NoDay {
			return nil
		}
		return d.Date()
	}
	values := map[string]any{
		"orders": float64(s.Orders), "revenue": s.Revenue, "margin": number(s.Margin), "average_order_value": nil,
		"days_since_first_order": age(s.FirstOrderOn), "days_since_last_order": age(s.LastOrderOn), "account_age_days": age(s.SignedUpOn),
		"expected_orders": number(s.ExpectedOrders), "p_alive": number(s.PAlive), "clv": number(s.CLVHistoric + s.CLVPredicted),
		"clv_percentile": number(s.CLVPercentile), "mails_30d": float64(s.Mails30d), "days_since_last_mail": age(s.LastMailOn),
		"country": text(s.Country), "language": text(s.Language), "channel": text(s.Channel), "tier": text(s.Tier),
		"segment": text(s.Segment), "last_category": text(s.LastCategory), "tags": s.Tags,
		"first_order_at": date(s.FirstOrderOn), "last_order_at": date(s.LastOrderOn), "signed_up_at": date(s.SignedUpOn),
	}
	if s.Orders > 0 {
		values["average_order_value"] = s.Revenue / float64(s.Orders)
	}
	return values
}

// rulesPerCheck makes a few thousand rules of rapid's hundred checks.
const rulesPerCheck = 20

// TestEvaluationEqualsReference compares evaluation with the naive meaning, unknown values included.
func TestEvaluationEqualsReference(t *testing.T) {
	t.Parallel()
	var matched, total int
	rapid.Check(t, func(t *rapid.T) {
		for range rulesPerCheck {
			rule := drawTruth(t, 3)
			compiled := drawn(t, rule)
			for range 5 {
				s := drawSnapshot(t, true)
				want := rule.value(reference(s, evaluated())).(bool)
				if compiled != nil && compiled.Match(s, evaluated()) != want {
					t.Fatalf("%s\n want %v for %+v", rule.text, want, *s)
				}
				if total++; want {
					matched++
				}
			}
		}
	})
	if share := float64(matched) / float64(total); share < 0.1 || share > 0.9 {
		t.Errorf("%.0f %% of %d evaluations matched: the test sees too little of one side", 100*share, total)
	}
}

// drawn compiles a random rule; it is nil where the rule is rightly refused.
func drawn(t *rapid.T, rule sample) *rules.Rule {
	compiled, err := rules.Compile(rule.text)
	if err != nil && !refusable(err) {
		t.Fatalf("compile %s: %v", rule.text, err)
	}
	return compiled
}

// refusable reports whether a random rule may be refused: it can exceed the bounds, compare a share with 20, or
// be true of nobody.
func refusable(err error) bool {
	for _, reason := range []string{"more than", "bytes", "deeper", "is a share", "no customer satisfies"} {
		if strings.Contains(err.Error(), reason) {
			return true
		}
	}
	return false
}

// TestEvaluationEqualsExpr compares evaluation with expr's own machine on customers without unknown values.
func TestEvaluationEqualsExpr(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		for range rulesPerCheck {
			rule := drawTruth(t, 3)
			compiled := drawn(t, rule)
			if compiled == nil {
				continue
			}
			program := exprProgram(t, rule.text, exprValues(regular(), evaluated()))
			for range 3 {
				s := drawSnapshot(t, false)
				want, err := vm.Run(program, exprValues(s, evaluated()))
				if err != nil {
					t.Fatalf("run %s: %v", rule.text, err)
				}
				if got := compiled.Match(s, evaluated()); got != want {
					t.Fatalf("%s\n got %v, expr says %v for %+v", rule.text, got, want, *s)
				}
			}
		}
	})
}

// exprValues fills the environment of expr's machine: whole fields as int, dates as time.Time.
func exprValues(s *features.Snapshot, at features.Day) map[string]any {
	values := make(map[string]any)
	for _, f := range rules.Fields() {
		value := f.Value(s, at)
		switch {
		case f.Type == features.Date:
			value = features.Day(f.Number(s, at)).Date()
		case f.Whole:
			value = int(f.Number(s, at))
		}
		values[f.Name] = value
	}
	return values
}

// exprProgram compiles a rule for expr's machine, with functions written on its own terms.
func exprProgram(t interface{ Fatalf(string, ...any) }, rule string, env map[string]any) *vm.Program {
	number := func(x any) float64 { return reflect.ValueOf(x).Convert(reflect.TypeFor[float64]()).Float() }
	round := func(name string, of func(float64) float64) expr.Option {
		return expr.Function(name, func(x ...any) (any, error) { return of(number(x[0])), nil }, new(func(any) float64))
	}
	extreme := func(name string, of func(a, b float64) float64) expr.Option {
		return expr.Function(name, func(x ...any) (any, error) { return of(number(x[0]), number(x[1])), nil }, new(func(a, b any) float64))
	}
	program, err := expr.Compile(rule, expr.Env(env), expr.AsBool(), expr.DisableAllBuiltins(),
		round("abs", math.Abs), round("round", math.Round), round("floor", math.Floor), round("ceil", math.Ceil),
		extreme("min", math.Min), extreme("max", math.Max),
		expr.Function("known", func(...any) (any, error) { return true, nil }, new(func(any) bool)),
		expr.Function("lower", func(x ...any) (any, error) { return strings.ToLower(x[0].(string)), nil }, new(func(string) string)),
		expr.Function("has_tag", func(x ...any) (any, error) {
			return slices.ContainsFunc(env["tags"].([]string), func(tag string) bool { return strings.EqualFold(tag, x[0].(string)) }), nil
		}, new(func(string) bool)),
		expr.Function("bought", func(x ...any) (any, error) {
			return slices.ContainsFunc(env["categories"].([]string), func(c string) bool {
				return len(c) >= len(x[0].(string)) && strings.EqualFold(c[:len(x[0].(string))], x[0].(string))
			}), nil
		}, new(func(string) bool)),
		expr.Function("days_since", func(x ...any) (any, error) {
			return int(evaluated().Date().Sub(x[0].(time.Time)).Hours() / 24), nil
		}, new(func(time.Time) int)),
		expr.Function("month", func(x ...any) (any, error) { return int(x[0].(time.Time).Month()), nil }, new(func(time.Time) int)),
		expr.Function("date", func(x ...any) (any, error) { return time.Parse(time.DateOnly, x[0].(string)) }, new(func(string) time.Time)),
	)
	if err != nil {
		t.Fatalf("expr refuses %s: %v", rule, err)
	}
	return program
}
