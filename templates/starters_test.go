package templates

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew")

func starters(t *testing.T) *Set {
	t.Helper()
	set, err := Starters()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestStartersGolden(t *testing.T) {
	t.Parallel()
	for _, compiled := range starters(t).List() {
		m, err := compiled.Render(Sample(compiled.Language(), testNow()))
		if err != nil {
			t.Fatal(err)
		}
		got := "Subject: " + m.Subject + "\n\n" + m.Text + "\n=== html\n" + m.HTML
		golden := filepath.Join("testdata", compiled.Key()+"."+compiled.Language()+".golden")
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatalf("%v; run go test ./templates -update", err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s differs (-want +got); if that is right, run go test ./templates -update:\n%s", golden, diff)
		}
	}
}

func TestStartersAreLawful(t *testing.T) {
	t.Parallel()
	list := starters(t).List()
	if len(list) != 20 {
		t.Fatalf("%d starters, want 10 in 2 languages", len(list))
	}
	for _, compiled := range list {
		for _, problem := range Check(compiled.Source()) {
			if problem.Code != "held_without" || needed(compiled.Key()) == nil {
				t.Errorf("%s.%s: %+v", compiled.Key(), compiled.Language(), problem)
			}
		}
	}
}

// needed takes from the data what a starter cannot do without; nil: it fits everyone.
func needed(key string) func(*Data) {
	return map[string]func(*Data){
		"tier-reached":      func(d *Data) { d.Values = nil },
		"birthday":          func(d *Data) { d.Customer.Birthday = time.Time{} },
		"anniversary":       func(d *Data) { d.Customer.Years = 0 },
		"bundle-offer":      func(d *Data) { d.Bundle = nil },
		"feedback-question": func(d *Data) { d.Customer.LastOrderAt = time.Time{} },
	}[key]
}

// TestStartersHold holds that a mail about something does not go to a customer of whom that is not known.
func TestStartersHold(t *testing.T) {
	t.Parallel()
	for _, compiled := range starters(t).List() {
		take := needed(compiled.Key())
		if take == nil {
			continue
		}
		d := Sample(compiled.Language(), testNow())
		take(&d)
		var missing *MissingError
		if m, err := compiled.Render(d); !errors.As(err, &missing) {
			t.Errorf("%s.%s without what it is about: %q, %v", compiled.Key(), compiled.Language(), m.Subject, err)
		}
	}
}

// TestStartersAreCompiled holds that bundles belong to their sources: each names the digest of all sources, and its own.
func TestStartersAreCompiled(t *testing.T) {
	t.Parallel()
	sources := sha256.New()
	files, err := filepath.Glob("starters/src/*.*") // sorted by name, as the build does
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !slices.Contains([]string{".mjml", ".mjs", ".json"}, filepath.Ext(file)) {
			continue
		}
		fmt.Fprintf(sources, "%s\x00%s\x00", filepath.Base(file), slurp(t, file))
	}
	bundles, err := filepath.Glob("starters/*.html")
	if err != nil || len(bundles) != 2*len(starterKeys()) {
		t.Fatalf("%d bundles, %v", len(bundles), err)
	}
	for _, bundle := range bundles {
		head, body, _ := strings.Cut(slurp(t, bundle), "\n---\n")
		words, made, _ := strings.Cut(head, "\nmade: ")
		if want := fmt.Sprintf("%x %x", sources.Sum(nil), sha256.Sum256([]byte(words+"\n"+body))); made != want {
			t.Errorf("%s is not what its sources give; in starters/src run `npm ci && npm run build`", bundle)
		}
	}
}

func slurp(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// variants are the customers and shops that a starter must fit.
func variants(language string) map[string]Data {
	full := Sample(language, testNow())
	informal := full
	informal.Shop.Informal = true
	noProducts := full
	noProducts.Products = nil
	plainTiles := full
	plainTiles.Products = []Product{{Name: "Mühle", URL: "https://shop.example.com/m"}}
	amount := full
	amount.Offer = &Offer{Amount: Money{750, "EUR"}, Code: "C-1"}
	logo := full
	logo.Shop.LogoURL = "https://shop.example.com/logo.png"
	noNotice := full
	noNotice.Shop.ObjectionNotice = ""
	shipping := full
	shipping.Offer = &Offer{FreeShipping: true, Code: "C-2"}
	gift := full
	gift.Offer = &Offer{Gift: "Tasse", Code: "C-3"}
	hostileName := full
	hostileName.Customer.FirstName = `<b onmouseover="x">`
	return map[string]Data{
		"full": full, "informal": informal, "no products": noProducts, "plain tiles": plainTiles, "amount": amount, "shipping": shipping, "gift": gift,
		"logo": logo, "no notice": noNotice, "hostile": hostileName, "bare": bare(language, testNow()),
	}
}

func TestStartersFitEveryone(t *testing.T) {
	t.Parallel()
	for _, compiled := range starters(t).List() {
		for name, d := range variants(compiled.Language()) {
			m, err := compiled.Render(d)
			if name == "bare" && needed(compiled.Key()) != nil {
				continue
			}
			if err != nil {
				t.Errorf("%s.%s, %s: %v", compiled.Key(), compiled.Language(), name, err)
				continue
			}
			c := &checker{source: compiled.Source()}
			if d.Shop.ObjectionNotice == "" {
				d.Shop.ObjectionNotice = map[string]string{"de": "für Werbung jederzeit widersprechen", "en": "You can object"}[compiled.Language()]
			}
			c.duties(m, d)
			if len(c.problems) > 0 {
				t.Errorf("%s.%s, %s: %+v", compiled.Key(), compiled.Language(), name, c.problems)
			}
			if len(m.HTML) > 24<<10 || strings.Contains(m.HTML, "[[") || strings.Contains(m.Text, "{%") || strings.Contains(m.Text, " ,") {
				t.Errorf("%s.%s, %s: %d bytes\n%s", compiled.Key(), compiled.Language(), name, len(m.HTML), m.Text)
			}
		}
	}
}

func TestStartersGreet(t *testing.T) {
	t.Parallel()
	for _, compiled := range starters(t).List() {
		word := map[string]string{"de": "Hallo", "en": "Hello"}[compiled.Language()]
		for _, test := range []struct{ name, want string }{{"Anna", word + " Anna,\n"}, {"", word + ",\n"}} {
			d := Sample(compiled.Language(), testNow())
			d.Customer.FirstName = test.name
			m, err := compiled.Render(d)
			if err != nil || !strings.Contains(m.Text, "\n"+test.want) {
				t.Errorf("%s.%s: no %q in %q, %v", compiled.Key(), compiled.Language(), test.want, m.Text, err)
			}
		}
	}
}

// TestStartersAddressOneWay holds that German mails do not mix Sie and du.
func TestStartersAddressOneWay(t *testing.T) {
	t.Parallel()
	formal, informal := []string{"Sie", "Ihnen", "Ihr", "Ihre", "Ihren", "Ihrem", "Ihrer"}, []string{"du", "dir", "dich", "dein", "deine", "deinen", "deinem", "deiner", "Du", "Dein"}
	for _, compiled := range starters(t).List() {
		if compiled.Language() != "de" {
			continue
		}
		for _, du := range []bool{false, true} {
			d := Sample("de", testNow())
			d.Shop.Informal, d.Shop.ObjectionNotice = du, ""
			m, err := compiled.Render(d)
			if err != nil {
				t.Fatal(err)
			}
			words := strings.FieldsFunc(m.Subject+" "+m.Text, func(r rune) bool { return strings.ContainsRune(" \n.,:;<>!?\"=", r) })
			banned := informal
			if du {
				banned = formal
			}
			for _, word := range words {
				for _, wrong := range banned {
					if word == wrong {
						t.Errorf("%s (du: %v) says %s", compiled.Key(), du, word)
					}
				}
			}
		}
	}
}

// TestStartersOfferOnlyWhereDue holds that reminder, thanks, question and cross-sell
// carry no voucher even when the data holds one (they would then cost money unasked).
func TestStartersOfferOnlyWhereDue(t *testing.T) {
	t.Parallel()
	for _, compiled := range starters(t).List() {
		d := Sample(compiled.Language(), testNow())
		m, err := compiled.Render(d)
		if err != nil {
			t.Fatal(err)
		}
		due := !slices.Contains([]string{"winback-reminder", "loyalty-thanks", "tier-reached", "feedback-question", "crosssell-next"}, compiled.Key())
		if strings.Contains(m.Text, d.Offer.Code) != due || strings.Contains(m.HTML, d.Offer.Code) != due {
			t.Errorf("%s.%s: code shown is %v", compiled.Key(), compiled.Language(), !due)
		}
	}
	offer, _ := starters(t).Template("winback-offer", "de")
	d := sample()
	d.Offer = nil
	if _, err := offer.Render(d); err == nil {
		t.Error("an offer mail went out without an offer")
	}
}

// TestStartersAreAccessible walks the HTML for what screen readers need.
func TestStartersAreAccessible(t *testing.T) {
	t.Parallel()
	for _, compiled := range starters(t).List() {
		m, err := compiled.Render(variants(compiled.Language())["logo"])
		if err != nil {
			t.Fatal(err)
		}
		root, err := html.Parse(strings.NewReader(m.HTML))
		if err != nil {
			t.Fatal(err)
		}
		headings := 0
		for n := range root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			switch n.Data {
			case "html":
				if attribute(n, "lang") != compiled.Language() {
					t.Errorf("%s: language %q", compiled.Key(), attribute(n, "lang"))
				}
			case "table":
				if attribute(n, "role") != "presentation" {
					t.Errorf("%s: a layout table is read as data", compiled.Key())
				}
			case "h1":
				headings++
			case "script", "link", "form", "iframe":
				t.Errorf("%s: has %s", compiled.Key(), n.Data)
			}
		}
		if headings != 1 {
			t.Errorf("%s.%s has %d main headings", compiled.Key(), compiled.Language(), headings)
		}
		for _, needed := range []string{"<!--[if mso]>", "<!--[if mso | IE]>", "<![endif]-->", "prefers-color-scheme: dark", "charset=UTF-8"} {
			if !strings.Contains(m.HTML, needed) {
				t.Errorf("%s.%s: %s is gone", compiled.Key(), compiled.Language(), needed)
			}
		}
	}
}

func TestSetFallsBack(t *testing.T) {
	t.Parallel()
	compile := func(key, language, subject string) *Template {
		compiled, err := Compile(Source{Key: key, Language: language, Subject: subject, Text: "x"})
		if err != nil {
			t.Fatal(err)
		}
		return compiled
	}
	set := NewSet(compile("b", "en", "1"), compile("a", "en", "2"), compile("a", "de", "3"), compile("a", "de", "4"))
	tests := []struct{ key, language, want string }{
		{"a", "de", "4"}, {"a", "en", "2"}, {"a", "de-AT", "4"}, {"b", "de", "1"}, {"b", "", "1"}, {"a", "fr", "4"},
	}
	for _, test := range tests {
		got, ok := set.Template(test.key, test.language)
		if !ok || got.Source().Subject != test.want {
			t.Errorf("%s in %q: got %v, want subject %s", test.key, test.language, got, test.want)
		}
	}
	if _, ok := set.Template("c", "de"); ok {
		t.Error("found a template that is not there")
	}
	var order []string
	for _, compiled := range set.List() {
		order = append(order, compiled.Key()+compiled.Language())
	}
	if diff := cmp.Diff([]string{"ade", "aen", "ben"}, order); diff != "" {
		t.Error(diff)
	}
}
