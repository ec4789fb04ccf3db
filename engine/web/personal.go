package web

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"treue/engine"
)

// personalPage shows a customer everything on record about them.
type personalPage struct {
	frame
	engine.PersonalData

	Token  string
	Who    []pair
	Known  []scoreLine
	Proofs []proofLine

	Objects bool // to profiling: nothing is computed
}

type pair struct{ Label, Value string }

// scoreLine is a score in the reader's language.
type scoreLine struct{ Label, Value, Meaning string }

// masterFields are what the page shows of the customer's own record, as the columns are called.
func masterFields() []string {
	return []string{
		"email", "first_name", "last_name", "external_id", "source", "language", "country", "postcode", "city", "birthday", "signed_up_at",
		"customer_group", "acquisition_channel", "tags", "created_at", "updated_at",
	}
}

// explainedScores are the scores that the page explains; the file for download has all of them.
func explainedScores() []string {
	return []string{"segment", "tier", "orders", "revenue", "days_since_last_order", "p_alive", "clv_predicted"}
}

// personal shows the page.
func (s *site) personal(w http.ResponseWriter, r *http.Request) error {
	token, err := known(r)
	if err != nil {
		return err
	}
	discreet(w)
	d, err := s.Engine.PersonalDataBy(r.Context(), token, s.Now())
	if err != nil {
		return dead(err)
	}
	p := personalPage{frame: s.frame(r, "personal.title"), PersonalData: d, Token: token}
	p.Lang = s.speak(d.Customer.Language, p.Lang) // which is the chosen one, if there is one
	l := locale{language: p.Lang, zone: cmp.Or(s.Engine.Zone, time.UTC), currency: s.Engine.Currency}
	p.Who = l.master(d)
	for _, name := range explainedScores() {
		for _, score := range d.Scores {
			if score.Name == name {
				p.Known = append(p.Known, scoreLine{l.say("score." + name), l.score(score), l.say("score." + name + ".text")})
			}
		}
	}
	p.Proofs, p.Objects = l.proofLines(d.Declarations), d.Customer.Consent.ObjectedToProfiling()
	return s.show(w, http.StatusOK, "personal", p.Lang, p)
}

// score writes a computed value for people.
func (l locale) score(s engine.Score) string {
	x, err := strconv.ParseFloat(s.Value, 64)
	switch {
	case s.Words != nil:
		return s.Words[l.language]
	case err != nil:
		return strings.ToUpper(strings.Trim(s.Value, `"`)) // a tier
	case s.Name == "p_alive":
		return l.percent(x)
	case s.Name == "revenue" || s.Name == "clv_predicted":
		return l.money(x)
	}
	return l.count(x)
}

// master reads the customer's own record, without what is empty.
func (l locale) master(d engine.PersonalData) []pair {
	var all []pair
	for _, raw := range d.Records["customers"] {
		var row map[string]any
		if json.Unmarshal(raw, &row) != nil {
			continue // Postgres wrote it
		}
		for _, field := range masterFields() {
			value := l.plain(row[field])
			if field == "language" {
				value = languageName(value)
			}
			if value != "" {
				all = append(all, pair{l.say("field." + field), value})
			}
		}
	}
	return all
}

// plain writes a value of a record for people.
func (l locale) plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		if t, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return l.moment(t)
		}
		if t, err := time.Parse(time.DateOnly, v); err == nil {
			return l.date(t.Add(12 * time.Hour)) // noon: the same day in every zone of a shop
		}
		return v
	case []any:
		var words []string
		for _, x := range v {
			words = append(words, l.plain(x))
		}
		return strings.Join(words, ", ")
	}
	return fmt.Sprint(v)
}

// personalFile is the same as a file that machines read (GDPR 20).
func (s *site) personalFile(w http.ResponseWriter, r *http.Request) error {
	token, err := known(r)
	if err != nil {
		return err
	}
	discreet(w)
	d, err := s.Engine.PersonalDataBy(r.Context(), token, s.Now())
	if err != nil {
		return dead(err)
	}
	body, err := json.MarshalIndent(d, "", "  ") //nolint:musttag // a table for people: its keys are the names of the columns
	if err != nil {
		return fmt.Errorf("write a customer's data: %w", err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="my-data.json"`)
	_, _ = w.Write(body) // a reader who has left needs no answer
	return nil
}
