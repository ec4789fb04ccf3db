package rules_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"treue/rules"
	"treue/rules/features"
)

// mostAllocated bounds what compiling and evaluating one rule may allocate, whatever its author wrote.
const mostAllocated = 16 << 20

// allocated returns the bytes that a call allocates. Tests that use it do not run beside others.
func allocated(call func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestHostileTextsAreRefused(t *testing.T) {
	t.Parallel()
	for name, text := range hostile() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := rules.Compile(text)
			checkPlaces(t, text, err)
			if faults := rules.Errors(nil); errors.As(err, &faults) && len(faults) > 20 {
				t.Errorf("%d faults, want at most 20", len(faults))
			}
		})
	}
}

// TestHostileTextsCostLittle bounds the work by what it allocates, which does not depend on the machine's load.
func TestHostileTextsCostLittle(t *testing.T) {
	texts := hostile()
	if len(texts) < 150 {
		t.Errorf("only %d hostile texts", len(texts))
	}
	for name, text := range texts {
		if used := allocated(func() { _, _ = rules.Compile(text) }); used > mostAllocated {
			t.Errorf("%s: %d kB allocated", name, used>>10)
		}
	}
}

// TestLawfulRulesAtTheBoundsCostLittle, to compile, to lint, to read aloud and to evaluate.
func TestLawfulRulesAtTheBoundsCostLittle(t *testing.T) {
	for name, text := range lawful() {
		used := allocated(func() {
			rule := compile(t, text)
			rule.Warnings()
			rule.Reading("de")
			for _, s := range []*features.Snapshot{regular(), stranger(), busy()} {
				if verdict := rule.Verdict(s, evaluated()); verdict.Matched != rule.Match(s, evaluated()) || len(verdict.Reason()) > 2*len(text)+20_000 {
					t.Errorf("%s: matched %v, and a reason of %d bytes", name, verdict.Matched, len(verdict.Reason()))
				}
			}
		})
		if used > mostAllocated {
			t.Errorf("%s: %d kB allocated", name, used>>10)
		}
	}
}

// busy is a customer with as many events as a large reseller leaves in ten years.
func busy() *features.Snapshot {
	s := regular()
	var h features.History
	for i := range 2000 {
		on := evaluated() - features.Day(2*i)
		h.Orders = append(h.Orders, features.OrderEvent{Day: on, Revenue: 1999})
		for range 3 {
			h.Lines = append(h.Lines, features.LineEvent{Day: on, Order: int64(i + 1), Category: "Kaffee > Bohnen > Espresso", Units: 1000, Revenue: 600})
		}
		h.Contacts = append(h.Contacts, features.ContactEvent{Day: on, Campaign: "winback-90"})
	}
	h.Cuts, s.History = s.History.Cuts, &h
	return s
}

// TestBoundsAreReachable shows that the bounds refuse only what lies beyond them.
func TestBoundsAreReachable(t *testing.T) {
	t.Parallel()
	rep := strings.Repeat
	tests := map[string]string{
		"32 brackets":          rep("(", 32) + "consent" + rep(")", 32),
		"32 negations":         rep("!", 32) + "consent",
		"32 choices":           rep("consent ? true : ", 32) + "true",
		"150 conjuncts":        rep("consent&&", 149) + "consent",
		"1,000 list items":     "orders in [1" + rep(",1", 999) + "]",
		"4,096 bytes":          "consent" + rep(" ", 4096-len("consent")),
		"a pattern":            `channel matches "^(ads|news)-[0-9]{1,4}$"`,
		"brackets in a string": `country == "` + rep("(", 100) + `"`,
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compile(t, text).Match(regular(), evaluated())
		})
	}
}
