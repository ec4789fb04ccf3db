package features_test

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"treue/rules/features"
)

// buyer is a customer on day 20000 + n of whose orders, mails and sign-up everything is known.
func buyer() *features.Snapshot {
	return &features.Snapshot{
		Source: "shopify", Country: "DE", Language: "de", Channel: "ads", Tags: []string{"vip"},
		SignedUpOn: 19900, Consent: true, Orders: 4, Revenue: 100, Margin: 30, FirstOrderOn: 20000, LastOrderOn: 20090,
		Categories: []string{"Kaffee"}, LastCategory: "Kaffee", RepeatDays: 3, RepeatSpend: 25,
		PAlive: 0.7, ExpectedOrders: 1.5, CLVHistoric: 30, CLVPredicted: 12.5, CLVPercentile: 0.8, Tier: "b", Segment: "loyal",
		Mails30d: 2, LastMailOn: 20095,
	}
}

// nobody is a customer of whom nothing is known.
func nobody() *features.Snapshot {
	nan := math.NaN()
	return &features.Snapshot{
		SignedUpOn: features.NoDay, Margin: nan, FirstOrderOn: features.NoDay, LastOrderOn: features.NoDay,
		PAlive: nan, ExpectedOrders: nan, CLVHistoric: nan, CLVPredicted: nan, CLVPercentile: nan, LastMailOn: features.NoDay,
	}
}

const at = features.Day(20100)

// TestValues holds every field's value for a known and an unknown customer, in the order of the vocabulary.
func TestValues(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		known       any
		unknown     any
		readsBetter string // as people read the known value
	}{
		{"orders", 4.0, 0.0, "4"},
		{"revenue", 100.0, 0.0, "100"},
		{"margin", 30.0, nil, "30"},
		{"average_order_value", 25.0, nil, "25"},
		{"days_since_first_order", 100.0, nil, "100"},
		{"days_since_last_order", 10.0, nil, "10"},
		{"days_between_orders", 30.0, nil, "30"},
		{"first_order_at", "2024-10-04", nil, "2024-10-04"},
		{"last_order_at", "2025-01-02", nil, "2025-01-02"},
		{"signed_up_at", "2024-06-26", nil, "2024-06-26"},
		{"account_age_days", 200.0, nil, "200"},
		{"expected_orders", 1.5, nil, "1.5"},
		{"p_alive", 0.7, nil, "0.7"},
		{"clv", 42.5, nil, "42.5"},
		{"clv_historic", 30.0, nil, "30"},
		{"clv_predicted", 12.5, nil, "12.5"},
		{"clv_percentile", 0.8, nil, "0.8"},
		{"tier", "b", nil, `"b"`},
		{"segment", "loyal", nil, `"loyal"`},
		{"country", "DE", nil, `"DE"`},
		{"language", "de", nil, `"de"`},
		{"channel", "ads", nil, `"ads"`},
		{"source", "shopify", nil, `"shopify"`},
		{"tags", []string{"vip"}, []string{}, `["vip"]`},
		{"categories", []string{"Kaffee"}, []string{}, `["Kaffee"]`},
		{"last_category", "Kaffee", nil, `"Kaffee"`},
		{"mails_30d", 2.0, 0.0, "2"},
		{"days_since_last_mail", 5.0, nil, "5"},
		{"last_mail_at", "2025-01-07", nil, "2025-01-07"},
		{"consent", true, false, "true"},
	}
	fields := features.Fields()
	if len(fields) != len(tests) {
		t.Fatalf("%d fields, %d tested", len(fields), len(tests))
	}
	for i, test := range tests {
		f := fields[i]
		if f.Name != test.name {
			t.Fatalf("field %d is %s, want %s", i, f.Name, test.name)
		}
		if got := f.Value(buyer(), at); !equal(got, test.known) {
			t.Errorf("%s: got %v, want %v", f.Name, got, test.known)
		}
		if got := f.Value(nobody(), at); !equal(got, test.unknown) {
			t.Errorf("%s of nobody: got %v, want %v", f.Name, got, test.unknown)
		}
		if got, known := f.Format(buyer(), at); got != test.readsBetter || !known {
			t.Errorf("%s reads %s, %v; want %s", f.Name, got, known, test.readsBetter)
		}
		if got, known := f.Format(nobody(), at); known != (test.unknown != nil) || !known && got != "unknown" {
			t.Errorf("%s of nobody reads %s, %v", f.Name, got, known)
		}
	}
}

func equal(a, b any) bool {
	x, isList := a.([]string)
	y, both := b.([]string)
	if isList && both {
		return slices.Equal(x, y)
	}
	return isList == both && !isList && a == b
}

// TestVocabularyIsWhole holds what every entry of the reference needs, and that names are free of clashes.
func TestVocabularyIsWhole(t *testing.T) {
	t.Parallel()
	names := make(map[string]string)
	for _, f := range features.Fields() {
		if !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(f.Name) {
			t.Errorf("name %q", f.Name)
		}
		if f.Description == "" || !strings.HasSuffix(f.Description, ".") || f.UnknownWhen == "" || !strings.Contains(f.Example, f.Name) {
			t.Errorf("%s: description, unknown_when or example is missing", f.Name)
		}
		set := 0
		for _, present := range []bool{f.Number != nil, f.Text != nil, f.Boolean != nil, f.List != nil} {
			if present {
				set++
			}
		}
		if set != 1 {
			t.Errorf("%s: %d accessors", f.Name, set)
		}
		if (f.Type == features.Number || f.Type == features.Date) && (f.Number == nil || f.Unit == "") {
			t.Errorf("%s: a number needs its accessor and a unit", f.Name)
		}
		for _, name := range append([]string{f.Name}, f.Aliases...) {
			if other, taken := names[name]; taken {
				t.Errorf("%q stands for %s and for %s", name, other, f.Name)
			}
			if name != strings.ToLower(name) {
				t.Errorf("%q is not in lower case", name)
			}
			names[name] = f.Name
		}
	}
}

// TestFixedNames holds the names that scripts and shops program against.
func TestFixedNames(t *testing.T) {
	t.Parallel()
	fixed := strings.FieldsSeq(`orders revenue average_order_value days_since_first_order days_since_last_order expected_orders p_alive
		clv clv_historic clv_predicted clv_percentile tier segment country language channel tags categories last_category
		mails_30d days_since_last_mail consent`)
	for name := range fixed {
		if f, found := features.Lookup(name); !found || f.Name != name {
			t.Errorf("field %s is missing", name)
		}
	}
	if _, found := features.Lookup("Orders"); found {
		t.Error("names are case-blind")
	}
}

func TestWhatIsNotFiniteIsUnknown(t *testing.T) {
	t.Parallel()
	s := buyer()
	s.Revenue, s.CLVHistoric, s.PAlive = math.Inf(1), math.MaxFloat64, math.Inf(-1)
	s.CLVPredicted = math.MaxFloat64
	for _, name := range []string{"revenue", "average_order_value", "clv", "p_alive"} {
		if f, _ := features.Lookup(name); !math.IsNaN(f.Number(s, at)) {
			t.Errorf("%s is %v", name, f.Number(s, at))
		}
	}
}

func TestRhythmNeedsTwoDaysWithAnOrder(t *testing.T) {
	t.Parallel()
	s := buyer()
	s.RepeatDays = 0
	if f, _ := features.Lookup("days_between_orders"); !math.IsNaN(f.Number(s, at)) {
		t.Errorf("got %v", f.Number(s, at))
	}
}

func TestAccessorsDoNotAllocate(t *testing.T) {
	s := buyer()
	for _, f := range features.Fields() {
		read := func() {
			switch f.Type {
			case features.Text:
				f.Text(s)
			case features.Boolean:
				f.Boolean(s)
			case features.List:
				f.List(s)
			case features.Number, features.Date:
				f.Number(s, at)
			}
		}
		if n := testing.AllocsPerRun(50, read); n != 0 {
			t.Errorf("%s: %.0f allocations", f.Name, n)
		}
	}
}

func TestValueOfAListIsACopy(t *testing.T) {
	t.Parallel()
	s := buyer()
	f, _ := features.Lookup("tags")
	f.Value(s, at).([]string)[0] = "broken"
	if s.Tags[0] != "vip" {
		t.Error("the snapshot's tags changed")
	}
}

// TestVocabularyListsWhatRefreshesWrite binds the values that rules may name to those that customers get.
func TestVocabularyListsWhatRefreshesWrite(t *testing.T) {
	t.Parallel()
	cuts := features.Cuts{Recency: [4]float64{-40, -30, -20, -10}, Frequency: [4]float64{2, 3, 4, 5}, Tier: [3]float64{30, 20, 10}}
	written := map[string]map[string]bool{"segment": {}, "tier": {}}
	for age := range features.Day(60) {
		for orders := range int64(8) {
			s := &features.Snapshot{Orders: orders, LastOrderOn: at - age}
			written["segment"][cuts.SegmentOf(s, at)] = true
			written["tier"][cuts.TierOf(float64(age))] = true
		}
	}
	for name, values := range written {
		f, _ := features.Lookup(name)
		delete(values, "")
		for _, value := range f.Values {
			if !values[value] {
				t.Errorf("%s is never %q", name, value)
			}
			delete(values, value)
		}
		for value := range values {
			t.Errorf("%s may be %q, which rules cannot name", name, value)
		}
	}
}

func TestDaysReadAsDates(t *testing.T) {
	t.Parallel()
	if got := features.Day(0).String(); got != "1970-01-01" {
		t.Errorf("got %s", got)
	}
	if got := features.Day(-1).String(); got != "1969-12-31" {
		t.Errorf("got %s", got)
	}
	if got := features.NoDay.String(); got != "unknown" {
		t.Errorf("got %s", got)
	}
}
