package rules

import (
	"regexp"
	"strings"
	"testing"

	"treue/rules/features"
)

// phrases returns what a wording says, by what it serves.
func (w wording) phrases() map[string]string {
	return map[string]string{
		"label": w.label, "clause": w.clause, "none": w.none, "some": w.some, "all": w.all, "less": w.less, "more": w.more,
		"yes": w.yes, "no": w.no, "short": w.short, "away": w.away, "unknown": w.unknown, "of": w.of, "since": w.since,
		"one": w.one, "many": w.many,
	}
}

// compareTongues reports phrases that only one of the languages has, and marks that only one of them uses.
func compareTongues(t *testing.T, name string, entry words) {
	t.Helper()
	marks := regexp.MustCompile(`\{[a-z0-9]*\}|\[|\]`)
	de, en := entry.de.phrases(), entry.en.phrases()
	for what := range de {
		if (de[what] == "") != (en[what] == "") {
			t.Errorf("%s: %s is %q in German, %q in English", name, what, de[what], en[what])
		}
		if what == "label" {
			continue // windows are declined differently
		}
		german, english := marks.FindAllString(de[what], -1), marks.FindAllString(en[what], -1)
		if len(german) != len(english) {
			t.Errorf("%s: %s has the marks %v in German, %v in English", name, what, german, english)
		}
	}
}

// TestEveryFieldHasItsPhrases holds the table of phrases to the vocabulary, in both directions.
func TestEveryFieldHasItsPhrases(t *testing.T) {
	t.Parallel()
	table := fieldWords()
	for _, f := range features.Fields() {
		entry, found := table[f.Name]
		if !found {
			t.Errorf("%s has no phrases", f.Name)
			continue
		}
		compareTongues(t, f.Name, entry)
		for _, tongue := range []tongue{german, english} {
			a := &aloud{tongue: tongue}
			w := a.words(f.Name)
			if w.label == "" {
				t.Errorf("%s has no label", f.Name)
			}
			if f.Type == features.Boolean && (w.yes == "" || w.no == "") {
				t.Errorf("%s: yes or no is missing", f.Name)
			}
			if f.Type != features.Boolean && !strings.Contains(w.clause, "{}") {
				t.Errorf("%s: the clause %q has no place for a value", f.Name, w.clause)
			}
			if f.Type == features.Date && (w.of == "" || w.since == "") {
				t.Errorf("%s: a case is missing", f.Name)
			}
			if f.Type == features.Text && !strings.Contains(w.clause, "[") {
				t.Errorf("%s: the clause %q does not say what repeats", f.Name, w.clause)
			}
			if f.Type == features.Number && w.form == formNone {
				t.Errorf("%s: the form of its quantity is missing", f.Name)
			}
		}
	}
	for name, entry := range table {
		if _, found := features.Lookup(name); !found {
			t.Errorf("phrases of %s, which is no field", name)
		}
		if _, found := features.Lookup(entry.date); entry.date != "" && !found {
			t.Errorf("%s takes the phrases of %s, which is no field", name, entry.date)
		}
	}
}

// TestEveryFunctionHasItsPhrases holds the table of phrases to the functions, in both directions.
func TestEveryFunctionHasItsPhrases(t *testing.T) {
	t.Parallel()
	table := callWords()
	for _, public := range Functions() {
		entry, found := table[public.Name]
		if !found {
			t.Errorf("%s has no phrases", public.Name)
			continue
		}
		compareTongues(t, public.Name, entry)
		f, _ := functionNamed(public.Name)
		for _, w := range []wording{entry.de, entry.en} {
			if f.result == KindBool && (w.yes == "" || w.no == "") {
				t.Errorf("%s: yes or no is missing", f.Name)
			}
			if f.result != KindBool && w.label == "" {
				t.Errorf("%s has no label", f.Name)
			}
			if w.clause != "" && !strings.Contains(w.clause, "{}") {
				t.Errorf("%s: the clause %q has no place for a value", f.Name, w.clause)
			}
		}
	}
	for name := range table {
		if _, found := functionNamed(name); !found {
			t.Errorf("phrases of %s, which is no function", name)
		}
	}
}

// TestEveryValueHasItsName holds the names of segments and tiers to what rules may compare with.
func TestEveryValueHasItsName(t *testing.T) {
	t.Parallel()
	for _, tongue := range []tongue{german, english} {
		a := &aloud{tongue: tongue}
		said := make(map[string]string)
		for _, name := range features.Segments() {
			if n := segmentNames()[name]; n.de == "" || n.en == "" {
				t.Errorf("segment %s has no name", name)
			}
			text := a.named("segment", name, false)
			if other, taken := said[text]; taken {
				t.Errorf("%s and %s are both called %s", name, other, text)
			}
			said[text] = name
		}
		tier, _ := features.Lookup("tier")
		for _, value := range tier.Values {
			if text := a.named("tier", value, false); text != strings.ToUpper(value) {
				t.Errorf("tier %s is called %s", value, text)
			}
		}
	}
	for code, c := range countries() {
		if len(code) != 2 || c.de == "" || c.en == "" {
			t.Errorf("country %s: %+v", code, c)
		}
	}
	for code, l := range languages() {
		if len(code) != 2 || l.de == "" || l.en == "" {
			t.Errorf("language %s: %+v", code, l)
		}
	}
}

func TestNumbersAreWrittenAsTheLanguageDoes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		number float64
		de, en string
	}{
		{0, "0", "0"},
		{7, "7", "7"},
		{999, "999", "999"},
		{1000, "1.000", "1,000"},
		{1234.5, "1.234,5", "1,234.5"},
		{1234567.25, "1.234.567,25", "1,234,567.25"},
		{-1234.5, "−1.234,5", "−1,234.5"},
		{0.001, "0,001", "0.001"},
		{2.5e-7, "2,5e-07", "2.5e-07"},
		{1.5e300, "1,5e+300", "1.5e+300"},
	}
	for _, test := range tests {
		if got := (&aloud{tongue: german}).number(test.number); got != test.de {
			t.Errorf("%v is %q in German, want %q", test.number, got, test.de)
		}
		if got := (&aloud{tongue: english}).number(test.number); got != test.en {
			t.Errorf("%v is %q in English, want %q", test.number, got, test.en)
		}
	}
	for share, want := range map[float64]string{0.1: "10%", 0.30000000000000004: "30%", 0.29: "29%", 0.125: "12.5%", 1: "100%", 0.333: "33.3%"} {
		if got := (&aloud{tongue: english}).percent(share); got != want {
			t.Errorf("%v is %q, want %q", share, got, want)
		}
	}
}
