package campaigns

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

const fullFile = `# a comment first
key: winback-90
kind: winback                 # winback | loyalty | crosssell
name: Win back quiet customers
legal_basis: existing_customer
categories: [Coffee, Tea]
audience: orders >= 2 && days_since_last_order > 90 && p_alive < 0.5
schedule: "0 9 * * 1-5"
timezone: Europe/Vienna
window: {days: mon-fri, from: "09:00", to: "18:00"}
holdout: 50%
measure: 12w
reads: [84d, 364d]
grace: 14d
cooldown: 180d
priority: 70
missed: run_once
latest_start: 90m
expires: 2d
entry: {backlog: new, per_day: 100}
topic: offers
exit_when: |
  orders > 10
  || !consent
budget: {mails: 500, money: 150.50, per: week}
margin_share: 45%
cost_per_mail: 0
steps:
  - key: reminder
    template: winback-reminder
  - wait: 7d
    template: winback-offer
    offer: {percent: 10, coupon: unique, valid: 14d, min_order: 25}
  - wait: 21d
    template: winback-last-call
    values: {tier: Gold, benefit: "10 %: for you"}
    offer: {amount: 5, gift: sample, free_shipping: true, bundle: care-set}
`

func TestParseEveryKey(t *testing.T) {
	t.Parallel()
	share, free := 0.45, 0.0
	want := Definition{
		Key: "winback-90", Kind: Winback, Name: "Win back quiet customers", LegalBasis: ExistingCustomer,
		Categories: []string{"Coffee", "Tea"}, Audience: "orders >= 2 && days_since_last_order > 90 && p_alive < 0.5",
		Schedule: "0 9 * * 1-5", Timezone: "Europe/Vienna", Window: weekdaysNineToSix, Holdout: 0.5, Measure: 84,
		Reads: []Days{84, 364}, Grace: 14, Cooldown: 180, Priority: 70, Missed: RunOnce, LatestStart: 90 * time.Minute,
		Expires: 48 * time.Hour, Entry: Entry{NewOnly: true, PerDay: 100}, Topic: "offers",
		ExitWhen: "orders > 10\n|| !consent", Budget: Budget{Mails: 500, Money: 150.5, Per: "week"},
		MarginShare: &share, CostPerMail: &free,
		Steps: []Step{
			{Key: "reminder", Template: "winback-reminder"},
			{
				Key: "winback-offer", Template: "winback-offer", Wait: 7,
				Offer: &Offer{Percent: 10, Unique: true, Valid: 14, MinOrder: 25},
			},
			{
				Key: "winback-last-call", Template: "winback-last-call", Wait: 21, Values: map[string]string{"tier": "Gold", "benefit": "10 %: for you"},
				Offer: &Offer{Amount: 5, Gift: "sample", FreeShipping: true, Bundle: "care-set"},
			},
		},
	}
	documents, err := ParseDocuments([]byte(fullFile), Defaults{Timezone: "UTC"})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "campaigns", len(documents), 1)
	same(t, "definition", documents[0].Definition, want)
	same(t, "audience", documents[0].Audience, Position{7, 11})
	same(t, "place in the audience", documents[0].Audience.At(1, 11), Position{7, 21})
	same(t, "second line of the exit rule", documents[0].ExitWhen.At(2, 3), Position{24, 3})
}

const least = "key: a\nkind: loyalty\naudience: orders == 5\nsteps: [{template: thanks}]\n"

func TestParseDefaults(t *testing.T) {
	t.Parallel()
	definitions, err := ParseFile(strings.NewReader(least), Defaults{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "defaults", definitions, []Definition{{
		Key: "a", Kind: Loyalty, Name: "a", LegalBasis: Consent, Audience: "orders == 5", Schedule: "0 9 * * *",
		Timezone: "Europe/Berlin", Holdout: 0.33, Measure: 91, Reads: []Days{91, 364}, Grace: 28, Priority: 50,
		Missed: Skip, LatestStart: 2 * time.Hour, Expires: 24 * time.Hour, Steps: []Step{{Key: "thanks", Template: "thanks"}},
	}})
}

func TestParseValues(t *testing.T) {
	t.Parallel()
	for line, check := range map[string]func(Definition) bool{
		"holdout: 33%":                           func(d Definition) bool { return d.Holdout == 0.33 },
		"holdout: 0.2":                           func(d Definition) bool { return d.Holdout == 0.2 },
		"holdout: 0":                             func(d Definition) bool { return d.Holdout == 0 },
		"holdout: 7 %":                           func(d Definition) bool { return d.Holdout == 0.07 },
		"measure: 364d":                          func(d Definition) bool { return len(d.Reads) == 1 && d.Reads[0] == 364 },
		"measure: 56d":                           func(d Definition) bool { return d.Reads[0] == 56 && d.Reads[1] == 364 },
		"reads: [30d, 60d]":                      func(d Definition) bool { return d.Measure == 30 && len(d.Reads) == 2 },
		"reads: 30d":                             func(d Definition) bool { return d.Measure == 30 && len(d.Reads) == 1 },
		"cooldown: 0":                            func(d Definition) bool { return d.Cooldown == 0 },
		`schedule: ""`:                           func(d Definition) bool { return d.Schedule == "" },
		"window: {from: 08:00}":                  func(d Definition) bool { return d.Window == Window{From: 480} },
		`window: {to: "24:00"}`:                  func(d Definition) bool { return d.Window.Always() },
		"window: {days: all}":                    func(d Definition) bool { return d.Window.Always() },
		"window: {days: [mon-tue, Sun]}":         func(d Definition) bool { return d.Window.Days == [7]bool{true, true, true} },
		"window: {days: 'fri-mon,wed'}":          func(d Definition) bool { return d.Window.Days == [7]bool{true, true, false, true, false, true, true} },
		"entry: {per_day: 20}":                   func(d Definition) bool { return d.Entry == Entry{PerDay: 20} },
		"budget: {money: 150}":                   func(d Definition) bool { return d.Budget.Per == "month" },
		"categories: Coffee":                     func(d Definition) bool { return d.Categories[0] == "Coffee" },
		"name: 007":                              func(d Definition) bool { return d.Name == "007" },
		"name: yes":                              func(d Definition) bool { return d.Name == "yes" },
		`name: "a\u00e4b"`:                       func(d Definition) bool { return d.Name == "aäb" },
		"exit_when: >\n  orders > 3\n  && true":  func(d Definition) bool { return d.ExitWhen == "orders > 3 && true" },
		"exit_when: '!(tags == \"a\" || false)'": func(d Definition) bool { return d.ExitWhen == `!(tags == "a" || false)` },
	} {
		definitions, err := ParseFile(strings.NewReader(least+line+"\n"), Defaults{})
		if err != nil {
			t.Errorf("%q: %v", line, err)
		} else if !check(definitions[0]) {
			t.Errorf("%q was read as %+v", line, definitions[0])
		}
	}
}

func TestParseSeveral(t *testing.T) {
	t.Parallel()
	second := strings.Replace(least, "key: a", "key: b", 1)
	definitions, err := ParseFile(strings.NewReader("\xef\xbb\xbf---\n"+least+"---\n# nothing\n---   # and\n"+second+"...\n"), Defaults{Timezone: "UTC"})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "keys", []string{definitions[0].Key, definitions[1].Key}, []string{"a", "b"})
	same(t, "time zone", definitions[1].Timezone, "UTC")
	documents, err := ParseDocuments([]byte(least+"---\n"+second), Defaults{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "audience of the second", documents[1].Audience, Position{8, 11})
	same(t, "exit rule of the second", documents[1].ExitWhen, Position{})
}

// TestParseErrors names for every mistake the line, the column and words of message and hint.
func TestParseErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file   string
		line, column int
		says         string
	}{
		{"unknown key", least + "holdut: 3%\n", 5, 1, "did you mean `holdout`"},
		{"far from any key", least + "zzzzzzzz: 3\n", 5, 1, "known: key, kind"},
		{"unknown key inside", least + "window: {day: all}\n", 5, 10, "did you mean `days`"},
		{"unknown key of an offer", "key: a\nsteps:\n  - template: b\n    offer: {percentage: 1}\n", 4, 13, "did you mean `percent`"},
		{"twice", least + "key: b\n", 5, 1, "key"},
		{"no value", least + "cooldown:\n", 5, 1, "has no value"},
		{"not YAML", "key: [a\n", 1, 6, "not YAML"},
		{"tab", "key: a\nwindow:\n\tfrom: 1\n", 3, 1, "not YAML"},
		{"no mapping", "- key: a\n", 1, 1, "key: value"},
		{"empty", "# nothing\n", 1, 1, "no campaign"},
		{"same key again", least + "---\n" + least, 6, 1, "already defined at line 1"},
		{"in the second document", least + "---\nkey: b\nkund: c\n", 7, 1, "did you mean `kind`"},
		{"not YAML in the second document", least + "---\nkey: [b\n", 6, 6, "not YAML"},
		{"anchor", "key: &a b\n", 1, 6, "anchors"},
		{"list for a text", "key: [a, b]\n", 1, 6, "single value"},
		{"mapping for steps", "steps: {template: a}\n", 1, 8, "a list"},
		{"days without unit", least + "measure: 91\n", 5, 10, "14d"},
		{"days in hours", least + "measure: 24h\n", 5, 10, "14d"},
		{"negative days", least + "measure: -1d\n", 5, 10, "14d"},
		{"no outcome window", least + "measure: 0d\n", 5, 1, "at least 1d"},
		{"share above one", least + "holdout: 33\n", 5, 10, "33% or 0.33"},
		{"share above its limit", least + "holdout: 95%\n", 5, 1, "0% to 90%"},
		{"not a number", least + "holdout: .nan\n", 5, 10, "33% or 0.33"},
		{"hexadecimal", least + "priority: 0x10\n", 5, 11, "whole number"},
		{"no clock", least + "window: {from: \"25:00\"}\n", 5, 16, "09:00"},
		{"window backwards", least + "window: {from: \"18:00\", to: \"09:00\"}\n", 5, 25, "after it begins"},
		{"no days", least + "window: {days: mo-fr}\n", 5, 16, "mon-fri"},
		{"no zone", least + "timezone: Europe/Berlim\n", 5, 1, "no time zone"},
		{"the machine's zone", least + "timezone: Local\n", 5, 1, "no time zone"},
		{"no cron", least + "schedule: \"0 25 * * *\"\n", 5, 1, "25"},
		{"never", least + "schedule: \"0 0 31 2 *\"\n", 5, 1, "never runs"},
		{"policy", least + "missed: later\n", 5, 1, "skip or run_once"},
		{"backlog", least + "entry: {backlog: some}\n", 5, 8, "neither all nor new"},
		{"basis", least + "legal_basis: none\n", 5, 1, "existing_customer"},
		{"existing customers without goods", least + "legal_basis: existing_customer\n", 1, 1, "similar goods"},
		{"variants", least + "variants: [a]\n", 5, 11, "not supported yet"},
		{"goal", least + "goal: order\n", 5, 7, "not supported yet"},
		{"reads differ from measure", least + "measure: 91d\nreads: [30d]\n", 6, 1, "first read"},
		{"reads shrink", least + "reads: [30d, 20d]\n", 5, 1, "reads grow"},
		{"budget of nothing", least + "budget: {per: day}\n", 5, 1, "limits mails"},
		{"budget period", least + "budget: {mails: 5, per: year}\n", 5, 20, "day, week or month"},
		{"negative money", least + "cost_per_mail: -1\n", 5, 1, "negative"},
		{"bad key", strings.Replace(least, "key: a", "key: Ä", 1), 1, 1, "lower-case"},
		{"kind", strings.Replace(least, "loyalty", "newsletter", 1), 2, 1, "winback, loyalty or crosssell"},
		{"no rule", strings.Replace(least, "orders == 5", `" "`, 1), 3, 1, "who enters"},
		{"no steps", strings.Replace(least, "[{template: thanks}]", "[]", 1), 4, 1, "at least one step"},
		{"no kind", "key: a\n", 1, 1, "no kind"},
		{"steps twice", withSteps("  - template: b\n  - template: b\n    wait: 7d\n"), 6, 5, "taken by step 1"},
		{"no wait", withSteps("  - template: b\n  - template: c\n"), 6, 5, "needs a wait"},
		{"empty offer", withSteps("  - template: b\n    offer: {valid: 14d}\n"), 6, 5, "gives something"},
		{"two discounts", withSteps("  - template: b\n    offer: {percent: 5, amount: 5}\n"), 6, 5, "exclude"},
		{"a share as per cent", withSteps("  - template: b\n    offer: {percent: 0.1}\n"), 6, 13, "1 to 100"},
		{"shared coupon", withSteps("  - template: b\n    offer: {percent: 5, coupon: AUTUMN}\n"), 6, 12, "unique"},
		{"a value's name", withSteps("  - template: b\n    values: {Tier: Gold}\n"), 6, 5, "no name for a value"},
		{"an empty value", withSteps("  - template: b\n    values: {tier: ' '}\n"), 6, 5, "empty"},
		{"a list as value", withSteps("  - template: b\n    values: {tier: [a]}\n"), 6, 20, "single value"},
		{"no values", withSteps("  - template: b\n    values: Gold\n"), 6, 13, "keys and values"},
		{"no template", withSteps("  - wait: 7d\n"), 5, 5, "no template key"},
		{"deep", "key: " + strings.Repeat("[", 100_000), 1, 1, "nested"},
		{"not UTF-8", "key: \xff\n", 0, 0, "UTF-8"},
		{"large", strings.Repeat("#", maxFileBytes+1), 0, 0, "larger"},
	} {
		_, err := ParseFile(strings.NewReader(c.file), Defaults{})
		var wrong *FileError
		if !errors.As(err, &wrong) {
			t.Errorf("%s: error %v, want a FileError", c.name, err)
			continue
		}
		if (Position{wrong.Line, wrong.Column}) != (Position{c.line, c.column}) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %q, want %d:%d and %q", c.name, err, c.line, c.column, c.says)
		}
	}
}

func withSteps(steps string) string {
	return strings.Replace(least, "steps: [{template: thanks}]\n", "steps:\n", 1) + steps
}

func TestParseReader(t *testing.T) {
	t.Parallel()
	if _, err := ParseFile(iotest.ErrReader(io.ErrUnexpectedEOF), Defaults{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v, want the reader's", err)
	}
}

// FuzzParse holds that any bytes give valid campaigns or a FileError inside the file.
func FuzzParse(f *testing.F) {
	f.Add([]byte(fullFile))
	f.Add([]byte(least + "---\n" + fullFile))
	f.Add([]byte("steps: [{}, [], {a: {b: [}]\n? : -\n\t|\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		documents, err := ParseDocuments(data, Defaults{})
		var wrong *FileError
		if err != nil && (!errors.As(err, &wrong) || wrong.Line > 1+strings.Count(string(data), "\n")+strings.Count(string(data), "\r")) {
			t.Fatalf("error %v", err)
		}
		for _, d := range documents {
			if err := d.Definition.Validate(); err != nil {
				t.Fatal(err)
			}
			back, err := DefinitionFromCanonical(d.Definition.Canonical())
			if err != nil {
				t.Fatal(err)
			}
			same(t, "canonical form read back", string(back.Canonical()), string(d.Definition.Canonical()))
		}
	})
}
