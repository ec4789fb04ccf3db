package report

import (
	"fmt"
	"slices"
	"time"

	"treue/engine"
)

// Whole is the document of reports read together and one by one. now is when it is made.
func Whole(reports []engine.Report, p *engine.Portfolio, now time.Time, o Options) *Document {
	d := o.document(now)
	if len(reports) == 0 {
		d.Sections = []Section{{Blocks: []Block{text(Sentence, o.say("Noch gibt es nichts zu berichten: In keine Kampagne ist jemand eingetreten.",
			"There is nothing to report yet: nobody has entered a campaign.")), text(Advice, o.say("`treue run` wählt die ersten Kunden aus.", "`treue run` chooses the first customers."))}}}
		return d
	}
	if len(reports) > 1 {
		d.Sections = append(d.Sections, Together(reports, p, o))
	}
	pool := func(r *engine.Report) string { return p.Pool(r, o.Language) }
	d.Sections = append(d.Sections, Campaigns(reports, pool, o)...)
	if len(reports) == 1 {
		d.Title = d.Sections[0].Title
	}
	return d
}

// document is the frame of a document made at now.
func (o Options) document(now time.Time) *Document {
	return &Document{
		Language: o.say("de", "en"), At: now, Title: o.say("Was die Kampagnen gebracht haben", "What the campaigns were worth"),
		Lead: fmt.Sprintf("%s · %s", o.Shop, o.say("Stand %s", "as of %s", o.Moment(now))),
		Foot: []string{o.say("Verdient ist der Unterschied zwischen Kunden mit Mail und einer ausgelosten Vergleichsgruppe ohne Mail, über dieselben Tage gezählt. Öffnungen und Klicks zählen nicht.",
			"Banked is the difference between customers with mail and a comparison group without, chosen by a draw and counted over the same days. Opens and clicks do not count.")},
	}
}

// Summary is the document with the first few words of each campaign alone, for a terminal.
func Summary(d *Document) *Document {
	short := *d
	short.Sections = nil
	for _, s := range d.Sections {
		if s.Key == "" {
			short.Sections = append(short.Sections, s)
			continue
		}
		s.Blocks = slices.DeleteFunc(slices.Clone(s.Blocks), func(b Block) bool {
			return b.Kind != Sentence && b.Kind != Text && b.Kind != Advice && !b.isArms()
		})
		short.Sections = append(short.Sections, s)
	}
	return &short
}

// isArms reports whether the block is the table of both arms, the one table with a caption.
func (b *Block) isArms() bool { return b.Kind == Grid && b.Table.Caption != "" }
