package web

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"treue/campaigns"
	"treue/engine"
	"treue/rules/customer"
)

var verbs = regexp.MustCompile(`%%|%[a-z]`)

// TestPhrasesSpeakBothLanguages holds that no phrase lacks a language and both take the same arguments.
func TestPhrasesSpeakBothLanguages(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, part := range []map[string]phrase{commonPhrases, campaignPhrases, reportPhrases, preferencePhrases, valuePhrases} {
		for key, p := range part {
			if seen[key] {
				t.Errorf("%s stands in two parts", key)
			}
			seen[key] = true
			if strings.TrimSpace(p.de) == "" || strings.TrimSpace(p.en) == "" {
				t.Errorf("%s lacks a language", key)
			}
			if de, en := verbs.FindAllString(p.de, -1), verbs.FindAllString(p.en, -1); !slices.Equal(de, en) {
				t.Errorf("%s takes %v in German and %v in English", key, de, en)
			}
		}
	}
}

// named are keys that are put together from what the lower floors name.
func named() []string {
	var keys []string
	for _, s := range stateOrder() {
		keys = append(keys, "state."+string(s))
	}
	for _, g := range gateOrder() {
		keys = append(keys, "gate."+string(g))
	}
	for _, k := range []campaigns.Kind{campaigns.Winback, campaigns.Loyalty, campaigns.Crosssell} {
		keys = append(keys, "kind."+string(k))
	}
	for _, s := range []campaigns.Status{campaigns.Draft, campaigns.Active, campaigns.Paused, campaigns.Archived} {
		keys = append(keys, statusChip(s).Word)
	}
	keys = append(keys, "basis."+string(campaigns.Consent), "basis."+string(campaigns.ExistingCustomer), "per.day", "per.week", "per.month",
		"runs.state.finished", "runs.state.running", "runs.state.held", "alarm.rate", "alarm.policy", "alarm.fault")
	for _, deed := range deeds() {
		keys = append(keys, "preferences.done."+deed)
	}
	for _, field := range masterFields() {
		keys = append(keys, "field."+field)
	}
	for _, score := range explainedScores() {
		keys = append(keys, "score."+score, "score."+score+".text")
	}
	for _, kind := range []customer.ConsentKind{
		customer.ConsentGrant, customer.ConsentWithdraw, customer.ConsentObjectMarketing, customer.ConsentObjectProfiling, customer.ConsentAllowProfiling, customer.ConsentNotice,
		customer.ConsentAllowTracking, customer.ConsentWithdrawTracking,
	} {
		keys = append(keys, "declared."+string(kind))
	}
	keys = append(keys, "value.basis.margin", "value.basis.revenue", "value.segments", "value.tiers", "value.tiers.note", "value.stages", "value.stages.note",
		"alert.worry", "alert.good")
	keys = append(keys, "way.double opt-in", "way.preference centre", "purpose."+engine.PurposeMail)
	for day := range 7 {
		keys = append(keys, "weekday."+string(rune('0'+day)))
	}
	for _, words := range []string{"nopage", "badlink", "nothere", "foreign", "toolarge", "fault", "expired", "toomany", "unclear"} {
		keys = append(keys, "notice."+words, "notice."+words+".text")
	}
	return keys
}

// TestEveryKeyHasAPhrase reads the keys out of templates and code, and finds phrases that nobody says any more.
func TestEveryKeyHasAPhrase(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, key := range named() {
		used[key] = true
	}
	collect := func(fsys fs.FS, glob string, pattern *regexp.Regexp) {
		files, err := fs.Glob(fsys, glob)
		if err != nil || len(files) == 0 {
			t.Fatal("nothing to read: ", err)
		}
		for _, file := range files {
			data, err := fs.ReadFile(fsys, file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range pattern.FindAllStringSubmatch(string(data), -1) {
				used[m[1]] = true
			}
		}
	}
	collect(templateFiles, "templates/*.html", regexp.MustCompile(`[({ ]t "([^"]+)"`))
	here := os.DirFS(".")
	collect(here, "*.go", regexp.MustCompile(`\bsay\("([^"]+[^."])"[,)]`))
	collect(here, "*.go", regexp.MustCompile(`(?m)[\t{]"((?:detail|trust|method|define|funnel)\.[a-z_.]+)", `))
	collect(here, "*.go", regexp.MustCompile(`[fF]rame\(r, "([a-z]+\.[a-z]+)"`))
	collect(here, "*.go", regexp.MustCompile(`"(mail\.nosubject)"`))
	for key := range used {
		if _, ok := lookUp(key); !ok {
			t.Errorf("%s is said and stands in no catalogue", key)
		}
	}
	for _, part := range []map[string]phrase{commonPhrases, campaignPhrases, reportPhrases, preferencePhrases, valuePhrases} {
		for key := range part {
			if !used[key] && !strings.HasPrefix(key, "nav.") {
				t.Errorf("%s stands in the catalogue and nobody says it", key)
			}
		}
	}
}

func TestMissingPhraseIsAnError(t *testing.T) {
	t.Parallel()
	if text, err := (locale{language: german}).text("no.such.key"); err == nil {
		t.Errorf("got %q", text)
	}
}
