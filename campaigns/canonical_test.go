package campaigns

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestCanonicalRoundTrip draws definitions field by field through reflection, so that a new field is covered at once.
func TestCanonicalRoundTrip(t *testing.T) {
	t.Parallel()
	definitions := rapid.MakeCustom[Definition](rapid.MakeConfig{})
	rapid.Check(t, func(t *rapid.T) {
		d := definitions.Draw(t, "definition")
		finite(&d)
		canonical := d.Canonical()
		back, err := DefinitionFromCanonical(canonical)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(back.Canonical(), canonical) {
			t.Fatalf("%s came back as %s", canonical, back.Canonical())
		}
		d.Categories, d.Reads, d.Steps = orNil(d.Categories), orNil(d.Reads), orNil(d.Steps)
		if len(d.Segments) == 0 {
			d.Segments = nil
		}
		same(t, "definition", back, d)
	})
}

// finite replaces what JSON cannot say and Validate refuses, and texts that are not UTF-8.
func finite(d *Definition) {
	number := func(v *float64) {
		if v != nil && (math.IsNaN(*v) || math.IsInf(*v, 0)) {
			*v = 1
		}
	}
	utf8 := func(s *string) { *s = strings.ToValidUTF8(*s, "?") }
	for _, v := range []*float64{&d.Holdout, &d.Budget.Money, d.MarginShare, d.CostPerMail} {
		number(v)
	}
	for _, s := range []*string{
		&d.Key, (*string)(&d.Kind), &d.Name, (*string)(&d.LegalBasis), &d.Audience, &d.Schedule, &d.Timezone,
		(*string)(&d.Missed), &d.Topic, &d.ExitWhen, &d.Budget.Per,
	} {
		utf8(s)
	}
	clean := Segments{}
	for name, rule := range d.Segments {
		clean[strings.ToValidUTF8(name, "?")] = strings.ToValidUTF8(rule, "?")
	}
	d.Segments = clean
	for i := range d.Categories {
		utf8(&d.Categories[i])
	}
	for i := range d.Steps {
		values := map[string]string{}
		for name, value := range d.Steps[i].Values {
			values[strings.ToValidUTF8(name, "?")] = strings.ToValidUTF8(value, "?")
		}
		if d.Steps[i].Values = values; len(values) == 0 {
			d.Steps[i].Values = nil
		}
		s := &d.Steps[i]
		utf8(&s.Key)
		utf8(&s.Template)
		if o := s.Offer; o != nil {
			for _, v := range []*float64{&o.Percent, &o.Amount, &o.MinOrder} {
				number(v)
			}
			utf8(&o.Gift)
			utf8(&o.Bundle)
		}
	}
}

func orNil[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return s
}

func TestCanonicalNoticesChanges(t *testing.T) {
	t.Parallel()
	d := parsedFull(t)
	before := d.Canonical()
	same(t, "the same file again", string(parsedFull(t).Canonical()), string(before))
	d.Steps[1].Offer.Percent = 15
	if bytes.Equal(before, d.Canonical()) {
		t.Error("a changed offer has the same canonical form")
	}
	if !strings.Contains(string(before), "orders >= 2 && days") {
		t.Errorf("the rule is not readable in %s", before)
	}
	if _, err := DefinitionFromCanonical([]byte("{")); err == nil {
		t.Error("half a definition was read")
	}
}
