package features_test

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"treue/rules/features"
)

// buyer is a customer on day 20000 + n of whom everything is known.
func buyer() *features.Snapshot {
	return &features.Snapshot{
		Source: "shopify", ExternalID: "1007", Country: "DE", Language: "de", City: "Hamburg", Postcode: "20095", Group: "gastro",
		Channel: "ads", Tags: []string{"vip"}, AcquisitionCost: 8.5,
		SignedUpOn: 19900, BornOn: 7000, SubscribedOn: 20010, SubscriptionEndsOn: 20060, Consent: true,
		Orders: 4, DiscountedOrders: 1, Revenue: 100, Refunded: 25, Margin: 30, FirstOrderOn: 20000, LastOrderOn: 20090,
		LastOrderValue: 19.95, LastOrderDiscounted: true, LastDeliveryOn: 20093,
		Categories: []string{"Kaffee"}, LastCategory: "Kaffee", FavouriteCategory: "Tee", NextCategory: "Mühlen",
		RepeatDays: 3, RepeatSpend: 25, Rhythm: 32.5, NextOrderOn: 20122,
		PAlive: 0.7, ExpectedOrders: 1.5, CLVHistoric: 30, CLVPredicted: 12.5, CLVPredictedLow: 2.25, CLVPredictedHigh: 40, CLV90dAgo: 50,
		CLVPercentile: 0.8, Tier: "b", RecencyScore: 5, FrequencyScore: 4, MonetaryScore: 3, Segment: "loyal", SegmentSince: 20080,
		Mails7d: 1, Mails30d: 2, LastMailOn: 20095, LastCampaign: "winback", LastCampaignOrderOn: 20090,
		FeedbackScore: 9, LastFeedbackOn: 20091, OpenComplaint: true,
	}
}

// nobody is a customer of whom nothing is known.
func nobody() *features.Snapshot {
	var s features.Snapshot
	features.Blank(&s)
	return &s
}

const at = features.Day(20100)

// TestValues holds the value of every stored field for a known and an unknown customer, in the order of the vocabulary.
func TestValues(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		known       any
		unknown     any
		readsBetter string // as people read the known value
	}{
		{"orders", 4.0, 0.0, "4"},
		{"last_order_value", 19.95, nil, "19.95"},
		{"last_order_discounted", true, false, "true"},
		{"last_delivery_at", "2025-01-05", nil, "2025-01-05"},
		{"expected_days_between_orders", 32.5, nil, "32.5"},
		{"expected_next_order_at", "2025-02-03", nil, "2025-02-03"},
		{"first_order_at", "2024-10-04", nil, "2024-10-04"},
		{"last_order_at", "2025-01-02", nil, "2025-01-02"},
		{"revenue", 100.0, 0.0, "100"},
		{"margin", 30.0, 0.0, "30"},
		{"expected_orders", 1.5, nil, "1.5"},
		{"p_alive", 0.7, nil, "0.7"},
		{"clv_historic", 30.0, nil, "30"},
		{"clv_predicted", 12.5, nil, "12.5"},
		{"clv_predicted_low", 2.25, nil, "2.25"},
		{"clv_predicted_high", 40.0, nil, "40"},
		{"clv_percentile", 0.8, nil, "0.8"},
		{"tier", "b", nil, `"b"`},
		{"segment", "loyal", nil, `"loyal"`},
		{"recency_score", 5.0, nil, "5"},
		{"frequency_score", 4.0, nil, "4"},
		{"monetary_score", 3.0, nil, "3"},
		{"categories", []string{"Kaffee"}, []string{}, `["Kaffee"]`},
		{"last_category", "Kaffee", nil, `"Kaffee"`},
		{"favourite_category", "Tee", nil, `"Tee"`},
		{"next_category", "Mühlen", nil, `"Mühlen"`},
		{"country", "DE", nil, `"DE"`},
		{"language", "de", nil, `"de"`},
		{"city", "Hamburg", nil, `"Hamburg"`},
		{"postcode", "20095", nil, `"20095"`},
		{"customer_group", "gastro", nil, `"gastro"`},
		{"channel", "ads", nil, `"ads"`},
		{"acquisition_cost", 8.5, nil, "8.5"},
		{"source", "shopify", nil, `"shopify"`},
		{"tags", []string{"vip"}, []string{}, `["vip"]`},
		{"signed_up_at", "2024-06-26", nil, "2024-06-26"},
		{"birthday", "1989-03-02", nil, "1989-03-02"},
		{"subscription_started_at", "2024-10-14", nil, "2024-10-14"},
		{"subscription_ended_at", "2024-12-03", nil, "2024-12-03"},
		{"mails_7d", 1.0, 0.0, "1"},
		{"mails_30d", 2.0, 0.0, "2"},
		{"last_mail_at", "2025-01-07", nil, "2025-01-07"},
		{"last_campaign", "winback", nil, `"winback"`},
		{"last_campaign_order_at", "2025-01-02", nil, "2025-01-02"},
		{"consent", true, false, "true"},
		{"feedback_score", 9.0, nil, "9"},
		{"last_feedback_at", "2025-01-03", nil, "2025-01-03"},
		{"open_complaint", true, false, "true"},
		{"repeat_days", 3.0, 0.0, "3"},
		{"discounted_orders", 1.0, 0.0, "1"},
		{"refunded", 25.0, 0.0, "25"},
		{"clv_90d_ago", 50.0, nil, "50"},
		{"segment_since", "2024-12-23", nil, "2024-12-23"},
	}
	fields := slices.DeleteFunc(features.Everything(), func(f features.Field) bool { return f.Formula != "" })
	if len(fields) != len(tests) {
		t.Fatalf("%d stored fields, %d tested", len(fields), len(tests))
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
		if never := f.UnknownWhen == "never"; never != (test.unknown != nil) && f.Name != "source" && f.Name != "margin" {
			t.Errorf("%s is unknown %s, and %v for nobody", f.Name, f.UnknownWhen, test.unknown)
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
	for _, f := range features.Everything() {
		if !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(f.Name) {
			t.Errorf("name %q", f.Name)
		}
		if !f.Hidden && (!strings.HasSuffix(f.Description, ".") || !strings.Contains(f.Example, f.Name)) || f.UnknownWhen == "" {
			t.Errorf("%s: description, unknown_when or example is missing", f.Name)
		}
		if (f.Type == features.Number || f.Type == features.Date) && f.Unit == "" {
			t.Errorf("%s: a number needs a unit", f.Name)
		}
		checkOrigin(t, f)
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

// checkOrigin holds that a field comes from a column, with the accessor of its type, or from a formula.
func checkOrigin(t *testing.T, f features.Field) {
	t.Helper()
	set := 0
	for _, present := range []bool{f.Number != nil, f.Text != nil, f.Boolean != nil, f.List != nil} {
		if present {
			set++
		}
	}
	isNumber := f.Type == features.Number || f.Type == features.Date
	switch {
	case (f.Formula == "") == (f.Column == ""):
		t.Errorf("%s: a field has either a column or a formula", f.Name)
	case f.Formula != "" && set != 0, f.Formula == "" && set != 1:
		t.Errorf("%s: %d accessors", f.Name, set)
	case f.Formula == "" && (isNumber != (f.Number != nil) || (f.Type == features.Text) != (f.Text != nil)):
		t.Errorf("%s is a %s and has another accessor", f.Name, f.Type)
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
	s.Revenue, s.Margin, s.PAlive = math.Inf(1), math.NaN(), math.Inf(-1)
	for _, name := range []string{"revenue", "margin", "p_alive"} {
		if f, _ := features.Lookup(name); !math.IsNaN(f.Number(s, at)) {
			t.Errorf("%s is %v", name, f.Number(s, at))
		}
	}
}

func TestAccessorsDoNotAllocate(t *testing.T) {
	s := buyer()
	for _, f := range features.Everything() {
		if f.Formula != "" {
			continue
		}
		read := func() {
			switch f.Type {
			case features.Text:
				f.Text(s, at)
			case features.Boolean:
				f.Boolean(s, at)
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
