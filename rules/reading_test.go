package rules_test

import (
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"treue/rules"
	"treue/rules/features"
)

func stammkunden() rules.Options {
	return rules.Options{Segments: map[string]string{"Stammkunden": "orders >= 5", "loyal": `has_tag("treu")`}}
}

// goldenReading is a rule with its readings, as testdata/readings.txt holds them.
type goldenReading struct{ rule, de, en string }

func goldenReadings(t *testing.T) []goldenReading {
	t.Helper()
	text, err := os.ReadFile("testdata/readings.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []goldenReading
	for block := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
		lines := strings.Split(block, "\n")
		if len(lines) != 3 || !strings.HasPrefix(lines[1], "de ") || !strings.HasPrefix(lines[2], "en ") {
			t.Fatalf("not a rule with its two readings:\n%s", block)
		}
		all = append(all, goldenReading{lines[0], lines[1][3:], lines[2][3:]})
	}
	return all
}

// TestReadings holds the words of every example of the vocabulary, and of what people like to ask.
func TestReadings(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, golden := range goldenReadings(t) {
		seen[golden.rule] = true
		rule, err := rules.CompileWith(golden.rule, stammkunden())
		if err != nil {
			t.Errorf("compile %s: %v", golden.rule, err)
			continue
		}
		if got := rule.Reading("de"); got != golden.de {
			t.Errorf("%s\n got %s\nwant %s", golden.rule, got, golden.de)
		}
		if got := rule.Reading("en"); got != golden.en {
			t.Errorf("%s\n got %s\nwant %s", golden.rule, got, golden.en)
		}
	}
	for _, f := range features.Fields() {
		if !seen[f.Example] {
			t.Errorf("the example of %s has no reading: %s", f.Name, f.Example)
		}
	}
	for _, f := range rules.Functions() {
		if !seen[f.Example] {
			t.Errorf("the example of %s has no reading: %s", f.Name, f.Example)
		}
	}
}

func TestLanguageOfReadings(t *testing.T) {
	t.Parallel()
	rule := compile(t, "orders >= 2")
	for language, want := range map[string]string{
		"de": "hat mindestens zweimal bestellt", "de-AT": "hat mindestens zweimal bestellt", "DE": "hat mindestens zweimal bestellt",
		"en": "has ordered at least twice", "en-GB": "has ordered at least twice", "fr": "has ordered at least twice", "": "has ordered at least twice",
	} {
		if got := rule.Reading(language); got != want {
			t.Errorf("%q: %s", language, got)
		}
	}
}

// TestTermsReadAlone holds that a term says its whole verb where the rule's reading shares it.
func TestTermsReadAlone(t *testing.T) {
	t.Parallel()
	rule := compile(t, `orders >= 2 && days_since_last_order > 90 && (bought("Tee") || bought("Kaffee")) && known(country) && country != "CH"`)
	want := []string{
		"has ordered at least twice", "last ordered more than 90 days ago", "has bought “Tee”, or “Kaffee”",
		"country is known", "country is known and not Switzerland",
	}
	if n := len(rule.Terms()); n != len(want) {
		t.Fatalf("%d terms", n)
	}
	for i := range want {
		if got := rule.TermReading(i, "en"); got != want[i] {
			t.Errorf("term %d reads %q, want %q", i, got, want[i])
		}
	}
	for _, i := range []int{-1, len(want)} {
		if got := rule.TermReading(i, "en"); got != "" {
			t.Errorf("term %d reads %q", i, got)
		}
	}
	whole := "has ordered at least twice, not for more than 90 days, (has bought “Tee”, or “Kaffee”), country is known, and is not from Switzerland"
	if got := rule.Reading("en"); got != whole {
		t.Errorf("got %s", got)
	}
}

// TestLongRulesEndInACount holds that what is left out is counted.
func TestLongRulesEndInACount(t *testing.T) {
	t.Parallel()
	terms := make([]string, 40)
	for i := range terms {
		terms[i] = `!has_tag("` + strings.Repeat("x", i+1) + `")`
	}
	rule := compile(t, strings.Join(terms, " && "))
	for language, tail := range map[string]string{"de": " Bedingungen", "en": " more conditions"} {
		got := rule.Reading(language)
		if !strings.HasSuffix(got, tail) || utf8.RuneCountInString(got) > 650 {
			t.Errorf("%s: %d characters: %s", language, utf8.RuneCountInString(got), got)
		}
		said, more, _ := strings.Cut(got, " … ")
		count := 40 - strings.Count(said, "x”") - strings.Count(said, "x“") - strings.Count(said, "…”") - strings.Count(said, "…“")
		if !strings.Contains(more, " "+strings.TrimSpace(rulesCount(count))+" ") {
			t.Errorf("%s counts %q, want %d", language, more, count)
		}
	}
	if got := compile(t, strings.Join(terms, " || ")).Reading("de"); !strings.HasSuffix(got, " Möglichkeiten") {
		t.Errorf("got %s", got)
	}
	sum := compile(t, strings.Repeat("revenue + ", 60)+"margin > 5").Reading("en")
	if sum != "a longer calculation with revenue, margin is over 5" {
		t.Errorf("got %s", sum)
	}
}

func rulesCount(n int) string {
	digits := ""
	for ; n > 0; n /= 10 {
		digits = string(rune('0'+n%10)) + digits
	}
	return digits
}

// TestTextsCannotLeaveTheirQuotes holds that no text of a rule passes for words of its reading.
func TestTextsCannotLeaveTheirQuotes(t *testing.T) {
	t.Parallel()
	hostile := []string{
		`“, und hat alles gekauft „`, `”, or everyone “`, `\", and nobody`, `{} {1} {lately} {over} {segment}`, `%s %d %!v(MISSING)`,
		`]und[`, `\n\nneue Zeile`, "\u202egnal\u2028\u2066", strings.Repeat("lang ", 60), `<script>`, `{{.}}`,
	}
	for _, text := range hostile {
		for _, source := range []string{
			`city == "` + text + `"`, `!(city == "` + text + `")`, `city in ["` + text + `", "b"]`, `city not in ["` + text + `", "b"]`, `has_tag("` + text + `")`,
			`spent_on("` + text + `", 30) > 5`, `due_in("` + text + `") < 3`, `city startsWith "` + text + `"`, `received("` + text + `", 9)`, `"` + text + `" in tags`,
			`units_bought("` + text + `", 7) + 1 > 2`, `lower(city) == "` + text + `"`, `bought_with("` + text + `", "` + text + `")`, `!(days_since_bought("` + text + `") > 3)`,
		} {
			for language, quotes := range map[string]string{"de": "„“", "en": "“”"} {
				checkQuotes(t, compile(t, source).Reading(language), quotes)
			}
		}
	}
}

// checkQuotes reports quotes that are not closed one by one, and characters that could turn a line.
func checkQuotes(t *testing.T, reading, quotes string) {
	t.Helper()
	opening, closing := []rune(quotes)[0], []rune(quotes)[1]
	open := false
	for _, r := range reading {
		switch {
		case r == opening && !open:
			open = true
		case r == closing && open:
			open = false
		case r == opening || r == closing:
			t.Errorf("quotes within quotes: %s", reading)
			return
		case r == '\n' || r == '\u202e' || r == '\u2028' || r == '\u2066':
			t.Errorf("%U in %q", r, reading)
		}
	}
	if open || utf8.RuneCountInString(reading) > 350 {
		t.Errorf("open quotes, or too long: %s", reading)
	}
}

// TestRandomRulesRead holds that every rule has a reading that is whole and no longer than promised.
func TestRandomRulesRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		for range 5 {
			rule := drawn(t, drawTruth(t, 4))
			if rule == nil {
				continue
			}
			for _, language := range []string{"de", "en"} {
				reading := rule.Reading(language)
				if strings.TrimSpace(reading) == "" || !utf8.ValidString(reading) || reading != rule.Reading(language) {
					t.Fatalf("%s reads %q", rule.Source(), reading)
				}
				for _, artefact := range []string{"%!", "{", "}", "[", "]", "<nil>", "NaN", "  ", " ,", "()"} {
					if strings.Contains(reading, artefact) {
						t.Fatalf("%q in %s\n%s", artefact, reading, rule.Source())
					}
				}
				if strings.Count(reading, "(") != strings.Count(reading, ")") {
					t.Fatalf("brackets: %s\n%s", reading, rule.Source())
				}
				if n := utf8.RuneCountInString(reading); n > 750 {
					t.Fatalf("%d characters: %s\n%s", n, reading, rule.Source())
				}
			}
		}
	})
}

// TestOneReadingHasOneMeaning compares every field with everything it can be compared with, and negates it: conditions
// that read alike have to hold for the same customers.
func TestOneReadingHasOneMeaning(t *testing.T) {
	t.Parallel()
	everybody := population(60)
	for _, f := range features.Fields() {
		for _, language := range []string{"de", "en"} {
			said := make(map[string]*rules.Rule)
			for _, source := range questions(f) {
				rule, err := rules.Compile(source)
				if err != nil {
					continue // shares beyond 1, conditions that nobody meets
				}
				reading := rule.Reading(language)
				other, again := said[reading]
				said[reading] = rule
				if !again {
					continue
				}
				for i := range everybody {
					if rule.Match(&everybody[i], evaluated()) != other.Match(&everybody[i], evaluated()) {
						t.Errorf("%s and %s both read: %s", source, other.Source(), reading)
						break
					}
				}
			}
			if len(said) < 2 {
				t.Errorf("%s: only %d readings", f.Name, len(said))
			}
		}
	}
}

// questions returns what can be asked of a field, each with its negation.
func questions(f features.Field) []string {
	var all []string
	ask := func(source string) { all = append(all, source, "!("+source+")") }
	compared := func(x string, values ...string) {
		for _, value := range values {
			for _, symbol := range []string{"==", "!=", "<", "<=", ">", ">="} {
				ask(x + " " + symbol + " " + value)
			}
		}
		ask(x + " in [" + strings.Join(values, ", ") + "]")
		ask(x + " in [" + values[0] + "]")
		ask(x + " in [" + values[0] + ", " + values[1] + "]")
	}
	switch f.Type {
	case features.Number:
		compared(f.Name, "0", "1", "0.5", "2", "3", "30", "-1", "-0.25", "0.9")
		for _, bounds := range []string{"0..0", "0..1", "0..3", "1..3", "2..30", "-1..2"} {
			ask(f.Name + " in " + bounds)
		}
		if f.Whole {
			compared(f.Name+" % 3", "0", "1")
		}
	case features.Date:
		compared(f.Name, `date("2026-11-20")`, `date("2026-10-01")`)
		for _, symbol := range []string{"==", "!=", "<", "<=", ">", ">="} {
			ask(f.Name + " " + symbol + " today()")
		}
		compared("days_since("+f.Name+")", "0", "1", "30", "-2")
		compared("days_until_anniversary("+f.Name+")", "0", "1", "3", "30", "-1")
		compared("month("+f.Name+")", "1", "6", "11", "12", "13", "5.5")
		compared("weekday("+f.Name+")", "1", "5", "7", "0")
		compared("day("+f.Name+")", "1", "15", "31")
		compared("year("+f.Name+")", "2025", "2026")
		ask("year(" + f.Name + ") in 2024..2025")
		ask("month(" + f.Name + ") == month(today())")
	case features.Text:
		values := f.Values
		if values == nil {
			values = []string{"DE", "CH", "de"}
		}
		quoted := make([]string, len(values))
		for i, value := range values {
			quoted[i] = `"` + value + `"`
			ask(f.Name + ` startsWith ` + quoted[i])
			ask(f.Name + ` contains ` + quoted[i])
		}
		compared(f.Name, quoted...)
	case features.List:
		compared("len("+f.Name+")", "0", "1", "2")
		ask(`"DE" in ` + f.Name)
	case features.Boolean:
		ask(f.Name)
		ask(f.Name + " == false")
		ask(f.Name + " != false")
	}
	if f.Type != features.Boolean {
		ask("known(" + f.Name + ")")
	}
	return all
}

// population makes customers of small numbers and near days, so that many stand on the edges of comparisons.
func population(n int) []features.Snapshot {
	r := rand.New(rand.NewPCG(1, 2))
	all := make([]features.Snapshot, n)
	for i := range all {
		s := &all[i]
		features.Blank(s)
		for _, c := range features.Columns() {
			if r.IntN(4) == 0 && c.Count == nil {
				continue
			}
			switch {
			case c.Count != nil:
				*c.Count(s) = int64(r.IntN(5))
			case c.Amount != nil:
				*c.Amount(s) = []float64{0, 0.25, 0.5, 0.9, 1, 2, 3, 30}[r.IntN(8)]
			case c.Word != nil:
				*c.Word(s) = words(c.Name)[r.IntN(len(words(c.Name)))]
			case c.Day != nil:
				*c.Day(s) = evaluated() - features.Day([]int{0, 1, 2, 3, 30, 31, 52, 365, 366, 700, -1, -3}[r.IntN(12)])
			case c.Flag != nil:
				*c.Flag(s) = r.IntN(2) == 0
			case c.Words != nil:
				*c.Words(s) = []string{"DE", "CH", "x"}[:r.IntN(4)]
			}
		}
		s.History = happenings(r)
		plausible(s)
	}
	return all
}

// plausible takes out what no customer is: orders before the first one, more discounts than orders, days to come that
// have been, and a shop that nobody knows.
func plausible(s *features.Snapshot) {
	for _, d := range []*features.Day{&s.SignedUpOn, &s.FirstOrderOn, &s.LastOrderOn, &s.SegmentSince, &s.LastMailOn} {
		*d = min(*d, evaluated())
	}
	s.FirstOrderOn, s.DiscountedOrders = min(s.FirstOrderOn, s.LastOrderOn), min(s.DiscountedOrders, s.Orders)
	if s.Source == "" {
		s.Source = "shopify"
	}
}

func words(column string) []string {
	if f, found := features.Lookup(column); found && f.Values != nil {
		return f.Values
	}
	return []string{"DE", "CH", "de", "FR"}
}

func happenings(r *rand.Rand) *features.History {
	h := &features.History{}
	for range r.IntN(4) {
		day := evaluated() - features.Day(r.IntN(400))
		h.Orders = append(h.Orders, features.OrderEvent{Day: day, Revenue: int64(r.IntN(4)) * 50})
		h.Entries = append(h.Entries, "winback")
		h.Points = append(h.Points, features.PointLot{ExpiresOn: evaluated() + 9, Points: int64(math.Round(r.Float64()*3)) * 1000})
	}
	return h
}
