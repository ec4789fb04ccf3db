package web

import (
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"treue/engine"
	"treue/engine/store"
)

// proofLine is a declaration in the reader's language, with what proves it.
type proofLine struct {
	Seq      int32
	Kind     string
	At       string
	Recorded string
	Source   string
	Proven   bool
	Fits     bool
	Hash     string
	Facts    []pair
}

func (l locale) proofLines(all []store.Declaration) []proofLine {
	var lines []proofLine
	intact := true
	for _, d := range all {
		intact = intact && d.Fits
		lines = append(lines, proofLine{
			Seq: d.Seq, Kind: l.say("declared." + string(d.Kind)), At: l.exact(d.EffectiveAt), Recorded: l.exact(d.RecordedAt), Source: d.Source,
			Proven: d.Proven, Fits: intact, Hash: hex.EncodeToString(d.Hash), Facts: l.facts(d.Evidence),
		})
	}
	return lines
}

// known is the phrase for a word of the evidence; one that there is none for stands as it is.
func (l locale) known(prefix, word string) string {
	if text, err := l.text(prefix + word); err == nil {
		return text
	}
	return word
}

// exact is a moment to the second, in UTC: a date without a time of day has failed as proof in court (AG Düsseldorf, 23 C 3876/13).
func (l locale) exact(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") + " UTC" }

// facts lays evidence out line by line.
func (l locale) facts(text string) []pair {
	v, ok := engine.ReadEvidence(text)
	if !ok {
		if text == "" {
			return nil
		}
		return []pair{{l.say("evidence.text"), text}}
	}
	var facts []pair
	add := func(label, value string) {
		if value != "" {
			facts = append(facts, pair{label, value})
		}
	}
	add(l.say("evidence.way"), l.known("way.", v.Way))
	add(l.say("evidence.requested"), l.exact(v.RequestedAt))
	add(l.say("evidence.url"), v.Origin.URL)
	add(l.say("evidence.ip"), v.Origin.IP)
	add(l.say("evidence.agent"), v.Origin.UserAgent)
	add(l.say("evidence.campaign"), v.Campaign)
	var purposes []string
	for _, p := range v.Purposes {
		purposes = append(purposes, l.known("purpose.", p))
	}
	add(l.say("evidence.purposes"), strings.Join(purposes, ", "))
	add(l.say("evidence.consent"), v.Text)
	add(l.say("evidence.consent.hash"), v.TextHash)
	add(l.say("evidence.mail"), v.MessageID)
	add(l.say("evidence.mail.hash"), v.MailHash)
	if v.ConfirmedAt != nil {
		add(l.say("evidence.confirmed"), l.exact(*v.ConfirmedAt))
	}
	if v.Confirmed != nil {
		add(l.say("evidence.confirmed.ip"), v.Confirmed.IP)
		add(l.say("evidence.confirmed.agent"), v.Confirmed.UserAgent)
	}
	return facts
}

// Proof is a customer's declarations for print.
type Proof struct {
	Language     string // de or en
	Shop         string
	Customer     store.CustomerRecord
	Declarations []store.Declaration
	At           time.Time // of the printout
}

// Broken returns the number of the first declaration that does not fit the chain; 0: all do.
func (p Proof) Broken() int32 {
	for _, d := range p.Declarations {
		if !d.Fits {
			return d.Seq
		}
	}
	return 0
}

// WriteProof writes a page that stands alone and prints on A4: every declaration with its evidence, and whether the
// chain of hashes is whole.
func WriteProof(w io.Writer, p Proof) error {
	if p.Language != german {
		p.Language = english
	}
	l := locale{language: p.Language, zone: time.UTC}
	all, err := loadViews(l)
	if err != nil {
		return err
	}
	page := struct {
		Proof
		Lines []proofLine
		When  string
	}{p, l.proofLines(p.Declarations), l.exact(p.At)}
	if err := all["proof"].ExecuteTemplate(w, "content", page); err != nil {
		return fmt.Errorf("write the proof: %w", err)
	}
	return nil
}
