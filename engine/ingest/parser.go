package ingest

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"

	"treue/rules/customer"
)

// parser reads the values of one file's cells.
type parser struct {
	o        Options
	decimals int             // of the shop's currency
	german   bool            // the delimiter leaves the comma free, so that a dot may separate thousands
	zones    map[string]bool // time zones met, and whether they exist
}

// newParser prepares for a file with this delimiter; 0 stands for JSON, whose numbers are unambiguous.
func newParser(o Options, delimiter rune) *parser {
	p := &parser{o: o, german: delimiter == ';' || delimiter == '\t', zones: map[string]bool{}}
	// Options.Validate has seen to it that the currency exists.
	if unit, err := currency.ParseISO(o.Currency); err == nil {
		p.decimals, _ = currency.Standard.Rounding(unit)
		p.o.Currency = unit.String()
	}
	return p
}

// Limits of texts in bytes: ids stand in indexes, whose rows Postgres limits.
const (
	maxID   = 200
	maxText = 2000
	maxTags = 100
)

// id returns a shop's own id. Excel shortens long numbers for good, and two orders become one.
func (p *parser) id(cell string) (string, error) {
	switch {
	case len(cell) > maxID:
		return "", fmt.Errorf("is longer than %d bytes", maxID)
	case strings.ContainsFunc(cell, unicode.IsControl):
		return "", errors.New("has a control character in it")
	case shortened(cell):
		return "", fmt.Errorf("%s is a number that a spreadsheet has shortened: export the column as text", quote(cell))
	}
	return cell, nil
}

// shortened reports whether a cell looks like 1.23457E+12 or 1,23457E+12.
func shortened(cell string) bool {
	mantissa, exponent, found := strings.Cut(cell, "E+")
	return found && digits(exponent) && len(mantissa) > 2 && digits(mantissa[:1]) &&
		(mantissa[1] == '.' || mantissa[1] == ',') && digits(mantissa[2:])
}

// text takes any script and punctuation: escaping is up to whoever prints it.
func (p *parser) text(cell string) (string, error) {
	if len(cell) > maxText {
		return "", fmt.Errorf("is longer than %d bytes", maxText)
	}
	return cell, nil
}

// bool takes no other words on purpose: a consent must not hang on a guess at what "x" means.
func (p *parser) bool(cell string) (bool, error) {
	switch strings.ToLower(cell) {
	case "yes", "true", "1", "ja":
		return true, nil
	case "no", "false", "0", "nein":
		return false, nil
	}
	return false, fmt.Errorf("%s is neither yes nor no", quote(cell))
}

// country returns an ISO 3166-1 alpha-2 code.
func (p *parser) country(cell string) (string, error) {
	region, err := language.ParseRegion(cell)
	if err != nil || !region.IsCountry() {
		return "", fmt.Errorf("%s is not a country code such as DE", quote(cell))
	}
	return region.Canonicalize().String(), nil
}

// language returns an ISO 639-1 code of a tag such as de, de-AT or de_AT.
func (p *parser) language(cell string) (string, error) {
	tag, _, _ := strings.Cut(strings.ReplaceAll(cell, "_", "-"), "-")
	base, err := language.ParseBase(strings.ToLower(tag))
	if err != nil || len(base.String()) != 2 {
		return "", fmt.Errorf("%s is not a language code such as de", quote(cell))
	}
	return base.String(), nil
}

// timezone remembers what it has looked up, since every new name costs a search through the zone files.
func (p *parser) timezone(cell string) (string, error) {
	exists, met := p.zones[cell]
	if !met {
		_, err := time.LoadLocation(cell)
		exists = err == nil && cell != "Local"
		if len(p.zones) < 1000 {
			p.zones[cell] = exists
		}
	}
	if !exists {
		return "", fmt.Errorf("%s is not a time zone such as Europe/Berlin", quote(cell))
	}
	return cell, nil
}

// tags returns a list's words, sorted and without repetitions.
func (p *parser) tags(cell string) ([]string, error) {
	words, err := list(cell)
	if err != nil {
		return nil, err
	}
	var tags []string
	for _, word := range words {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		if len(word) > maxID {
			return nil, fmt.Errorf("has one longer than %d bytes", maxID)
		}
		tags = append(tags, word)
	}
	slices.Sort(tags)
	tags = slices.Compact(tags)
	if len(tags) > maxTags {
		return nil, fmt.Errorf("are %d, at most %d are possible", len(tags), maxTags)
	}
	return tags, nil
}

// currency only compares: amounts of two currencies must not meet in one sum.
func (p *parser) currency(cell string) error {
	if !strings.EqualFold(cell, p.o.Currency) {
		return fmt.Errorf("is %s, the shop's is %s: there are no exchange rates", quote(cell), p.o.Currency)
	}
	return nil
}

// status takes none but our words. Shops have dozens of their own, and whether "on-hold" is a purchase is for
// them to say.
func (p *parser) status(cell string) (customer.Status, error) {
	status := customer.Status(strings.ToLower(cell))
	if !slices.Contains(customer.Statuses(), status) {
		return "", fmt.Errorf("%s is unknown: it must be one of %v", quote(cell), customer.Statuses())
	}
	return status, nil
}

// link returns an absolute web address.
func (p *parser) link(cell string) (string, error) {
	u, err := url.Parse(cell)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return "", fmt.Errorf("%s is not a web address such as https://shop.example/p/1", quote(cell))
	}
	return p.text(cell)
}

// digits reports whether a text is one or more ASCII digits. Other scripts have digits, too, but exports do not
// use them for numbers.
func digits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// quote shows a cell in a message, cut to a length that can be read.
func quote(cell string) string {
	const limit = 40
	if runes := []rune(cell); len(runes) > limit {
		cell = string(runes[:limit]) + "…"
	}
	return fmt.Sprintf("%q", cell)
}
