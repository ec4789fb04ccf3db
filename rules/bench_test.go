package rules_test

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/expr-lang/expr/vm"

	"treue/rules"
)

// realistic returns twenty rules as marketers write them.
func realistic() []string {
	return []string{
		`orders >= 2 && days_since_last_order > 90`,
		`clv_percentile >= 0.9 && p_alive < 0.5`,
		`orders == 1 && days_since_last_order in 21..56`,
		`bought("Kaffee") && !bought("Tee")`,
		`orders == 5 && days_since_last_order <= 7`,
		`orders == 1 && month(first_order_at) in [11, 12]`,
		`!(days_since_last_mail <= 14)`,
		`!(country == "CH")`,
		`mails_30d < 3 && consent`,
		`!has_tag("abo") && orders > 0`,
		`segment in ["at_risk", "cant_lose"] && clv > 100`,
		`tier == "a" && days_since_last_order > 60`,
		`country in ["DE", "AT", "CH"] && language == "de"`,
		`average_order_value >= 40 && orders >= 3`,
		`expected_orders < 0.5 && clv_historic > 100 && p_alive > 0.1`,
		`channel == "google_ads" && revenue < 50`,
		`"vip" in tags || revenue > 1000`,
		`days_since_last_order > 2 * days_between_orders && orders >= 3`,
		`last_category startsWith "Kaffee" && days_since_last_order > 30`,
		`days_since_first_order in 355..375 && consent && mails_30d == 0`,
	}
}

// BenchmarkMatch evaluates twenty rules for one customer.
func BenchmarkMatch(b *testing.B) {
	compiled := make([]*rules.Rule, 0, len(realistic()))
	for _, source := range realistic() {
		compiled = append(compiled, compile(b, source))
	}
	s, at := regular(), evaluated()
	b.ReportAllocs()
	for b.Loop() {
		for _, rule := range compiled {
			rule.Match(s, at)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(compiled)), "ns/rule")
}

// BenchmarkEach evaluates each rule on its own.
func BenchmarkEach(b *testing.B) {
	s, at := regular(), evaluated()
	for _, source := range realistic() {
		rule := compile(b, source)
		b.Run(source, func(b *testing.B) {
			for b.Loop() {
				rule.Match(s, at)
			}
		})
	}
}

// BenchmarkAgainstExpr evaluates twenty rules with ours and with expr's machine in turns and compares the fastest
// rounds, which the machine's other load disturbs least. The machine is reused and its environment filled once: what
// a real run would pay to fill it for every customer is left out.
func BenchmarkAgainstExpr(b *testing.B) {
	values := exprValues(regular(), evaluated())
	var compiled []*rules.Rule
	var programs []*vm.Program
	for _, source := range realistic() {
		compiled = append(compiled, compile(b, source))
		programs = append(programs, exprProgram(b, source, values))
	}
	var machine vm.VM
	s, at := regular(), evaluated()
	ours, theirs := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
	const repeats = 50
	for b.Loop() {
		start := time.Now()
		for range repeats {
			for _, rule := range compiled {
				rule.Match(s, at)
			}
		}
		between := time.Now()
		for range repeats {
			for _, program := range programs {
				if _, err := machine.Run(program, values); err != nil {
					b.Fatal(err)
				}
			}
		}
		ours, theirs = min(ours, between.Sub(start)), min(theirs, time.Since(between))
	}
	evaluations := float64(repeats * len(compiled))
	b.ReportMetric(float64(ours.Nanoseconds())/evaluations, "ns/rule")
	b.ReportMetric(float64(theirs.Nanoseconds())/evaluations, "expr-ns/rule")
	b.ReportMetric(float64(theirs)/float64(ours), "ratio")
}

func BenchmarkCompile(b *testing.B) {
	sources := realistic()
	b.ReportAllocs()
	for b.Loop() {
		for _, source := range sources {
			if _, err := rules.Compile(source); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(sources)), "ns/rule")
}

// BenchmarkHostile compiles the texts that were written to cost much, evaluates those that compile, and reports the
// one that takes longest: the least of its rounds, which other load of the machine disturbs least.
func BenchmarkHostile(b *testing.B) {
	texts := hostile()
	maps.Copy(texts, lawful())
	least := make(map[string]time.Duration)
	s, at := busy(), evaluated()
	for b.Loop() {
		for name, text := range texts {
			start := time.Now()
			if rule, err := rules.Compile(text); err == nil {
				rule.Verdict(s, at)
			}
			took := time.Since(start)
			if before, measured := least[name]; !measured || took < before {
				least[name] = took
			}
		}
	}
	slowest := slices.SortedFunc(maps.Keys(least), func(a, b string) int { return cmp.Compare(least[b], least[a]) })
	for _, name := range slowest[:5] {
		b.Logf("%s: %v", name, least[name])
	}
	b.ReportMetric(least[slowest[0]].Seconds()*1000, "worst-ms")
}

// BenchmarkSegmentBombs refuses segments that would grow without end, and reports the bomb that takes longest.
func BenchmarkSegmentBombs(b *testing.B) {
	all := bombs()
	worst := time.Duration(0)
	for b.Loop() {
		worst = 0
		for _, segments := range all {
			start := time.Now()
			if _, err := rules.CompileWith(`in_segment("s60")`, rules.Options{Segments: segments}); err == nil {
				b.Fatal("a bomb compiles")
			}
			worst = max(worst, time.Since(start))
		}
	}
	b.ReportMetric(worst.Seconds()*1000, "worst-ms")
}
