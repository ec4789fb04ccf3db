package customer

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// on returns the start of a day of January 2026.
func on(day int) time.Time { return time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC) }

func declared(kind ConsentKind, day int, proven bool) ConsentEvent {
	return ConsentEvent{Kind: kind, EffectiveAt: on(day), Source: "form", Proven: proven}
}

func TestFoldConsentGranted(t *testing.T) {
	t.Parallel()
	proven := declared(ConsentGrant, 10, true)
	tests := []struct {
		name   string
		events []ConsentEvent
		want   bool
	}{
		{"nothing declared", nil, false},
		{"proven grant", []ConsentEvent{proven}, true},
		{"unproven grant", []ConsentEvent{declared(ConsentGrant, 10, false)}, false},
		{"grant in the future", []ConsentEvent{declared(ConsentGrant, 21, true)}, false},
		{"grant at the moment asked for", []ConsentEvent{declared(ConsentGrant, 20, true)}, true},
		{"withdrawn later", []ConsentEvent{proven, declared(ConsentWithdraw, 11, false)}, false},
		{"withdrawn at the same time", []ConsentEvent{proven, declared(ConsentWithdraw, 10, false)}, false},
		{"withdrawn before", []ConsentEvent{proven, declared(ConsentWithdraw, 9, false)}, true},
		{"withdrawn in the future", []ConsentEvent{proven, declared(ConsentWithdraw, 21, false)}, true},
		{"old grant imported after the withdrawal", []ConsentEvent{declared(ConsentWithdraw, 11, false), proven}, false},
		{"granted anew after the withdrawal", []ConsentEvent{proven, declared(ConsentWithdraw, 11, false), declared(ConsentGrant, 12, true)}, true},
		{"granted anew without proof", []ConsentEvent{proven, declared(ConsentWithdraw, 11, false), declared(ConsentGrant, 12, false)}, false},
		{"repeated without proof", []ConsentEvent{proven, declared(ConsentGrant, 12, false)}, true},
		{"repeated without proof after a withdrawal", []ConsentEvent{declared(ConsentGrant, 12, false), declared(ConsentWithdraw, 11, false), proven}, false},
		{"proof handed in later for the same grant", []ConsentEvent{declared(ConsentGrant, 10, false), proven}, true},
		{"objection to advertising later", []ConsentEvent{proven, declared(ConsentObjectMarketing, 11, false)}, false},
		{"objection to advertising at the same time", []ConsentEvent{proven, declared(ConsentObjectMarketing, 10, false)}, false},
		{"objection to advertising before", []ConsentEvent{proven, declared(ConsentObjectMarketing, 9, false)}, true},
		{"objection to profiling", []ConsentEvent{proven, declared(ConsentObjectProfiling, 11, false)}, true},
		{"notice alone", []ConsentEvent{declared(ConsentNotice, 10, true)}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := FoldConsent(tt.events, on(20)).Granted; got != tt.want {
				t.Errorf("Granted = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestFoldConsentDetails(t *testing.T) {
	t.Parallel()
	events := []ConsentEvent{
		{Kind: ConsentGrant, EffectiveAt: on(1), Source: "checkout", Proven: true},
		{Kind: ConsentGrant, EffectiveAt: on(5), Source: "newsletter form", Proven: true},
		{Kind: ConsentNotice, EffectiveAt: on(2)},
		{Kind: ConsentWithdraw, EffectiveAt: on(3)},
		{Kind: ConsentObjectProfiling, EffectiveAt: on(6)},
		{Kind: ConsentAllowProfiling, EffectiveAt: on(7)},
	}
	got := FoldConsent(events, on(30))
	granted, notice, withdrawn := on(5), on(2), on(3)
	want := ConsentState{
		Granted: true, Proven: true, GrantedAt: &granted, Source: "newsletter form",
		WithdrawnAt: &withdrawn, NoticeAt: &notice,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("state = %+v, want %+v", got, want)
	}
	claimed := FoldConsent([]ConsentEvent{declared(ConsentGrant, 4, false), declared(ConsentGrant, 3, false)}, on(30))
	if claimed.Granted || claimed.Proven || claimed.GrantedAt == nil || !claimed.GrantedAt.Equal(on(4)) || claimed.Source != "form" {
		t.Errorf("claimed consent = %+v", claimed)
	}
	form, shop := ConsentEvent{Kind: ConsentGrant, EffectiveAt: on(4), Source: "form"}, ConsentEvent{Kind: ConsentGrant, EffectiveAt: on(4), Source: "shop"}
	for _, events := range [][]ConsentEvent{{form, shop}, {shop, form}} {
		if source := FoldConsent(events, on(30)).Source; source != "shop" {
			t.Errorf("source = %q of %v", source, events)
		}
	}
	if at6 := FoldConsent(events, on(6)); !at6.ObjectedProfiling {
		t.Error("the objection to profiling does not hold until it is taken back")
	}
}

func TestFoldConsentObjection(t *testing.T) {
	t.Parallel()
	objection := declared(ConsentObjectMarketing, 10, false)
	for name, tt := range map[string]struct {
		after []ConsentEvent
		want  bool
	}{
		"stands":                       {nil, true},
		"unproven grant does not lift": {[]ConsentEvent{declared(ConsentGrant, 11, false)}, true},
		"proven grant lifts":           {[]ConsentEvent{declared(ConsentGrant, 11, true)}, false},
		"grant before does not lift":   {[]ConsentEvent{declared(ConsentGrant, 9, true)}, true},
		"grant of that time does not":  {[]ConsentEvent{declared(ConsentGrant, 10, true)}, true},
		"profiling is another matter":  {[]ConsentEvent{declared(ConsentAllowProfiling, 11, true)}, true},
	} {
		if got := FoldConsent(append(tt.after, objection), on(20)).ObjectedMarketing; got != tt.want {
			t.Errorf("%s: ObjectedMarketing = %v, want %v", name, got, tt.want)
		}
	}
}

// TestFoldConsentAgainstOracle declares at random and compares the fold with one that goes through the days one
// by one and keeps nothing but flags; within a day what the customer allows comes first, so that a no wins.
func TestFoldConsentAgainstOracle(t *testing.T) {
	t.Parallel()
	kinds := []ConsentKind{ConsentGrant, ConsentWithdraw, ConsentObjectMarketing, ConsentObjectProfiling, ConsentAllowProfiling, ConsentNotice}
	rapid.Check(t, func(t *rapid.T) {
		var events []ConsentEvent
		t.Repeat(map[string]func(*rapid.T){
			"declare": func(t *rapid.T) {
				events = append(events, declared(rapid.SampledFrom(kinds).Draw(t, "kind"), rapid.IntRange(1, 12).Draw(t, "day"), rapid.Bool().Draw(t, "proven")))
			},
			"import again": func(t *rapid.T) {
				if len(events) > 0 {
					events = append(events, rapid.SampledFrom(events).Draw(t, "event"))
				}
			},
			"": func(t *rapid.T) {
				for day := range 14 {
					got, want := FoldConsent(events, on(day)), oracle(events, day)
					if got.Granted != want.granted || got.ObjectedMarketing != want.objected || got.ObjectedProfiling != want.unprofiled {
						t.Fatalf("on day %d: %+v, want %+v of %v", day, got, want, events)
					}
				}
			},
		})
		shuffled := append([]ConsentEvent(nil), events...)
		rand.New(rand.NewPCG(1, uint64(len(events)))).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if a, b := FoldConsent(events, on(12)), FoldConsent(shuffled, on(12)); !reflect.DeepEqual(a, b) {
			t.Fatalf("the order of arrival matters: %+v, %+v", a, b)
		}
	})
}

type flags struct{ granted, objected, unprofiled bool }

func oracle(events []ConsentEvent, until int) flags {
	var f flags
	for day := range until + 1 {
		happened := func(kind ConsentKind, provenOnly bool) bool {
			for _, e := range events {
				if e.Kind == kind && e.EffectiveAt.Equal(on(day)) && (e.Proven || !provenOnly) {
					return true
				}
			}
			return false
		}
		if happened(ConsentGrant, true) {
			f.granted, f.objected = true, false
		}
		if happened(ConsentAllowProfiling, false) {
			f.unprofiled = false
		}
		if happened(ConsentWithdraw, false) {
			f.granted = false
		}
		if happened(ConsentObjectMarketing, false) {
			f.granted, f.objected = false, true
		}
		if happened(ConsentObjectProfiling, false) {
			f.unprofiled = true
		}
	}
	return f
}

// TestFoldConsentNeverRegrants holds that no declaration dated before a withdrawal brings consent back.
func TestFoldConsentNeverRegrants(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		withdrawn := rapid.IntRange(5, 10).Draw(t, "withdrawn")
		events := []ConsentEvent{declared(ConsentWithdraw, withdrawn, false)}
		for range rapid.IntRange(0, 8).Draw(t, "imports") {
			events = append(events, declared(ConsentGrant, rapid.IntRange(1, withdrawn).Draw(t, "day"), true))
		}
		if FoldConsent(events, on(20)).Granted {
			t.Fatalf("consent is back: %v", events)
		}
	})
}

func TestDeclarations(t *testing.T) {
	t.Parallel()
	yes, no, imported := true, false, on(20)
	past, future := on(10), on(25)
	tests := []struct {
		name   string
		record Customer
		want   []ConsentEvent
	}{
		{"column absent", Customer{ConsentAt: &past, ConsentSource: "form"}, nil},
		{"proven", Customer{Consent: &yes, ConsentAt: &past, ConsentSource: "form"}, []ConsentEvent{{Kind: ConsentGrant, EffectiveAt: past, Source: "form", Proven: true}}},
		{"without a time", Customer{Consent: &yes, ConsentSource: "form"}, []ConsentEvent{{Kind: ConsentGrant, EffectiveAt: imported, Source: "form"}}},
		{"without a source", Customer{Consent: &yes, ConsentAt: &past}, []ConsentEvent{{Kind: ConsentGrant, EffectiveAt: past}}},
		{"dated in the future", Customer{Consent: &yes, ConsentAt: &future, ConsentSource: "form"}, []ConsentEvent{{Kind: ConsentGrant, EffectiveAt: future, Source: "form", Proven: true}}},
		{"withdrawn", Customer{Consent: &no, ConsentAt: &past}, []ConsentEvent{{Kind: ConsentWithdraw, EffectiveAt: past}}},
		{"withdrawn without a time", Customer{Consent: &no}, []ConsentEvent{{Kind: ConsentWithdraw, EffectiveAt: imported}}},
		{"withdrawn in the future", Customer{Consent: &no, ConsentAt: &future}, []ConsentEvent{{Kind: ConsentWithdraw, EffectiveAt: imported}}},
		{"notice", Customer{NoticeAt: &past, ConsentSource: "checkout"}, []ConsentEvent{{Kind: ConsentNotice, EffectiveAt: past, Source: "checkout"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.record.Declarations(imported); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Declarations = %+v, want %+v", got, tt.want)
			}
		})
	}
}
