package rules_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"treue/rules"
	"treue/rules/features"
)

// hostile returns texts that a rule must never accept, most of which would end, stall or fill a process that handed
// them to a recursive parser or to a machine without a step limit.
func hostile() map[string]string {
	texts := foreign()
	maps.Copy(texts, heavy())
	for _, name := range []string{"none", "one", "count", "find", "findIndex", "split", "replace", "type", "int", "get", "keys", "values", "sort", "concat", "uniq", "duration", "mean", "median"} {
		texts["function "+name] = fmt.Sprintf("%s(tags) == 1", name)
	}
	return texts
}

// heavy returns texts that are too long or too deep.
func heavy() map[string]string {
	rep := strings.Repeat
	return map[string]string{
		"prefix operators of 800 kB":   rep("!", 800_000),
		"brackets of 1.2 MB":           rep("(", 1_200_000),
		"balanced brackets of 1 MB":    rep("(", 500_000) + "consent" + rep(")", 500_000),
		"lists of 1 MB":                rep("[", 1_000_000),
		"braces of 1 MB":               rep("{", 1_000_000),
		"minus signs of 1 MB":          rep("-", 1_000_000) + "1 > 0",
		"not of 1 MB":                  rep("not ", 250_000) + "consent",
		"blanks of 1 MB":               rep(" ", 1_000_000),
		"a comment of 1 MB":            "/*" + rep("x", 1_000_000) + "*/ consent",
		"a string of 1 MB":             `country == "` + rep("x", 1_000_000) + `"`,
		"a name of 1 MB":               rep("x", 1_000_000),
		"a number of 1 MB":             "orders > " + rep("9", 1_000_000),
		"prefix operators within 4 kB": rep("!", 4000),
		"not within 4 kB":              rep("not ", 900) + "consent",
		"minus signs within 4 kB":      rep("- ", 1500) + "1 > 0",
		"mixed prefix operators":       rep("!-", 1500) + "orders",
		"brackets within 4 kB":         rep("(", 2000) + "consent" + rep(")", 2000),
		"33 brackets":                  rep("(", 33) + "consent" + rep(")", 33),
		"33 negations":                 rep("!", 33) + "consent",
		"negated brackets":             rep("!(", 20) + "consent" + rep(")", 20),
		"calls in calls":               rep("abs(", 40) + "1" + rep(")", 40) + " > 0",
		"lists in lists":               "orders in " + rep("[", 40) + rep("]", 40),
		"choices in a row":             rep("consent ? true : ", 40) + "true",
		"choices in choices":           rep("consent ? ", 40) + "true" + rep(" : false", 40),
		"brackets in a string and out": `country == "((((" && ` + rep("(", 40),
		"brackets behind a comment":    "/* ((( */ // )))\n" + rep("(", 40),
		"quotes that hide brackets":    `"\"` + rep("(", 40),
		"a chain of 400 conjuncts":     rep("consent&&", 400) + "consent",
		"a sum of 400 numbers":         rep("1+", 400) + "1>0",
		"a chain of 400 comparisons":   "1" + rep("<1", 400),
		"a list of 1,500 items":        "orders in [1" + rep(",1", 1500) + "]",
		"a list and the next":          "orders in [1" + rep(",1", 800) + "] && orders in [2" + rep(",2", 800) + "]",
	}
}

// foreign returns texts with parts that rules leave out, or that no rule should hold.
func foreign() map[string]string {
	rep := strings.Repeat
	return map[string]string{
		"three loops":                "all(tags, any(tags, one(tags, # == #)))",
		"a loop":                     "any(tags, # == 'vip')",
		"a loop by pipe":             "tags | filter(# != '') | len() > 2",
		"a fold":                     "reduce(1..100000, #acc + #) > 1",
		"a fold over a range":        "sum(1..1000000000) > 1",
		"a map":                      `map(tags, upper(#))[0] == "A"`,
		"a sort":                     "len(sortBy(tags, #)) > 1",
		"groups":                     "len(groupBy(tags, #)) > 1",
		"repeat":                     `repeat("x", 1000000000) == country`,
		"join":                       `join(tags, repeat("x", 9999)) == country`,
		"JSON out":                   `toJSON(tags) == "x"`,
		"JSON in":                    `fromJSON("[[[[[[[[[[]]]]]]]]]]") == 1`,
		"flatten":                    "len(flatten([tags, tags])) > 1",
		"a range as a value":         "len(1..1000000000) > 1",
		"a range compared":           "1..1000000000 == 2",
		"a range beyond integers":    "orders in 0..9223372036854775807",
		"a range of strings":         `country in "a".."z"`,
		"the clock":                  "now() > last_order_at",
		"environment":                `$env["orders"] > 1`,
		"environment as a name":      "$env == 1",
		"reflection":                 `$env.orders.Kind() == 1`,
		"a method":                   "first_order_at.Unix() > 1",
		"an index":                   "tags[9999999999] == 'x'",
		"a slice":                    "tags[0:99999999] == tags",
		"a map literal":              `{"a": 1}.a == 1`,
		"a variable":                 "let a = orders; a > 1",
		"a sequence":                 "orders > 1; consent",
		"a condition block":          "if consent { true } else { false }",
		"coalescing":                 "(country ?? 'x') == 'x'",
		"a pipe":                     "orders | abs() > 1",
		"a power tower":              "9 ** 9 ** 9 ** 9 > 1",
		"a power":                    "orders ^ 999 > 1",
		"doubling a text":            rep("(", 10) + "country" + rep("+country)", 10) + " == 'x'",
		"a long pattern":             `channel matches "` + rep("a?", 150) + `"`,
		"a pattern of repetitions":   `channel matches "((a{30}){30}){30}"`,
		"a pattern of large classes": `channel matches "` + rep(`\\pL{100}`, 20) + `"`,
		"a wrong pattern":            `channel matches "(?<=a)b"`,
		"a pattern from a field":     "channel matches country",
		"NUL":                        "orders > 1\x00",
		"NUL in a string":            "country == \"a\x00b\"",
		"NUL by escape":              `country == "\x00"`,
		"another control character":  "orders > 1\x1b[31m",
		"invalid UTF-8":              "country == \"\xff\xfe\"",
		"truncated UTF-8":            "country == \"\xe4\xb8",
		"a byte order mark":          "\ufefforders > 1",
		"a zero-width space":         "orders\u200b > 1",
		"direction marks":            "orders > 1 \u202e&& consent",
		"letters of other alphabets": "оrders > 1", // Cyrillic о
		"full-width signs":           "orders ＞ 1",
		"an emoji":                   "orders > 🙂",
		"bytes":                      `b"x" == country`,
		"an unclosed string":         `country == "x`,
		"an unclosed raw string":     "country == `x",
		"an unclosed comment":        "consent /* x",
		"a stray backslash":          `orders > 1 \`,
		"SQL":                        "1 = 1; DROP TABLE customers --",
		"SQL in quotes":              `country == 'x' OR '1'='1'`,
		"a template":                 "{{.Orders}} > 1",
		"a shell":                    "$(reboot)",
		"an integer too large":       "orders > 99999999999999999999",
		"a float too large":          "orders > 1e999",
		"a wrong escape":             `country == "\q"`,
		"nothing":                    "",
		"only blanks":                " \t\r\n ",
		"only an operator":           "&&",
		"only a comment":             "// x",
		"only a number":              "1",
		"commas":                     ",,,,",
		"closing first":              ")orders > 1(",
		"crossed brackets":           "orders in [(1])",
		"too many faults":            rep("x=", 500),
	}
}

func TestHostileTextsAreRefused(t *testing.T) {
	t.Parallel()
	for name, text := range hostile() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := rules.Compile(text)
			var faults rules.Errors
			if !errors.As(err, &faults) {
				t.Fatalf("got %v, want faults", err)
			}
			if len(faults) > 20 {
				t.Errorf("%d faults, want at most 20", len(faults))
			}
			for _, fault := range faults {
				if fault.Line < 1 || fault.Column < 1 || fault.Message == "" || len(fault.Message) > 5000 || len(fault.Snippet) > 1000 {
					t.Errorf("fault %d:%d with %d bytes of message and %d of snippet", fault.Line, fault.Column, len(fault.Message), len(fault.Snippet))
				}
			}
		})
	}
}

// TestHostileTextsCostLittle bounds the work by what it allocates, which does not depend on the machine's load.
func TestHostileTextsCostLittle(t *testing.T) {
	for name, text := range hostile() {
		if allocs := testing.AllocsPerRun(1, func() { _, _ = rules.Compile(text) }); allocs > 60_000 {
			t.Errorf("%s: %.0f allocations", name, allocs)
		}
	}
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

// FuzzCompile looks for texts that panic, or whose parts do not add up.
func FuzzCompile(f *testing.F) {
	for _, text := range hostile() {
		if len(text) <= 2*rules.MaxSource {
			f.Add(text)
		}
	}
	for _, text := range realistic() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rule, err := rules.Compile(text)
		if err != nil {
			checkPlaces(t, text, err)
			return
		}
		for _, s := range []*features.Snapshot{regular(), stranger()} {
			matched := rule.Match(s, evaluated())
			all := true
			for _, term := range rule.Explain(s, evaluated()) {
				all = all && term.Matched
				alone, err := rules.Compile(term.Expr)
				if err != nil {
					t.Fatalf("term %q of %q alone: %v", term.Expr, text, err)
				}
				if alone.Match(s, evaluated()) != term.Matched {
					t.Fatalf("term %q of %q means something else alone", term.Expr, text)
				}
			}
			if matched != all {
				t.Fatalf("%q: matched %v, its terms %v", text, matched, all)
			}
		}
	})
}

func checkPlaces(t *testing.T, text string, err error) {
	t.Helper()
	var faults rules.Errors
	if !errors.As(err, &faults) || len(faults) == 0 {
		t.Fatalf("%q: %v is no rules.Errors", text, err)
	}
	for _, fault := range faults {
		if fault.Line < 1 || fault.Line > strings.Count(text, "\n")+1 || fault.Column < 1 || fault.Column > len(text)+1 {
			t.Fatalf("%q: fault at %d:%d", text, fault.Line, fault.Column)
		}
	}
}
