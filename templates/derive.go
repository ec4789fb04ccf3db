package templates

import (
	"html"
	"strings"
	"sync"
)

// maxDerived bounds the bytes of one of the two generations of a template's derivations.
// A skeleton has some 20 kB, and most templates have a handful.
const maxDerived = 512 << 10

// derived is the text part of all mails that have one skeleton: their HTML with
// stand-ins for values.
type derived struct {
	text     []byte
	links    []link // decided by values
	measured bool   // it holds columns as wide as values
}

// link is what a reader sees of a link in the text part, and whether its words are the
// address itself.
type link struct {
	words, target []byte
	own           bool
}

// holdsFor tells whether the text part is the same for these values.
func (d *derived) holdsFor(values []string) bool {
	if d.measured {
		return false
	}
	for _, l := range d.links {
		if ownWords(fill(l.words, values), fill(l.target, values)) != l.own {
			return false
		}
	}
	return true
}

// derivations are the text parts that a template's last mails had, by skeleton. Deriving
// one from HTML takes longer than all the rest of a mail. Values of which there are too
// many kinds for a stand-in make skeletons that never come again; they push each other
// out: what was not asked for since the last generation was full is forgotten.
type derivations struct {
	lock       sync.Mutex
	young, old map[string]*derived
	size       int // bytes of young
}

// render writes HTML and the text part that follows from it.
func (c *derivations) render(s *section, vars map[string]any) (body, text string, err error) {
	r := &run{section: s, values: &standIns{}}
	if err := r.write(vars); err != nil {
		return "", "", err
	}
	defer r.leave()
	if r.values.spoiled {
		body, err = s.render(vars)
		return body, PlainText(body), err
	}
	body = fill(r.out, r.values.html)
	if len(body) > maxMessage {
		return "", "", r.spend(len(body))
	}
	d := c.of(r.out)
	if !d.holdsFor(r.values.text) {
		return body, PlainText(body), nil
	}
	return body, fill(d.text, r.values.text), nil
}

// of finds or derives the text part of a skeleton. Two that derive the same at once do
// so twice.
func (c *derivations) of(skeleton []byte) *derived {
	c.lock.Lock()
	d, known := c.young[string(skeleton)]
	if !known {
		d = c.old[string(skeleton)]
	}
	c.lock.Unlock()
	if known {
		return d
	}
	source := string(skeleton)
	if d == nil {
		d = deriveSkeleton(source)
	}
	c.keep(source, d)
	return d
}

// keep puts a derivation into the young generation.
func (c *derivations) keep(skeleton string, d *derived) {
	c.lock.Lock()
	defer c.lock.Unlock()
	size := len(skeleton) + len(d.text)
	if c.young == nil || c.size+size > maxDerived {
		c.young, c.old, c.size = map[string]*derived{}, c.young, 0
	}
	if _, twice := c.young[skeleton]; !twice {
		c.young[skeleton] = d
		c.size += size
	}
}

// deriveSkeleton derives the text part of a skeleton. An entity of the author's that
// reads as a stand-in makes it hold for no values.
func deriveSkeleton(skeleton string) *derived {
	d := derive(skeleton)
	first := string(rune(firstStandIn))[:1]
	if strings.Count(html.UnescapeString(skeleton), first) != strings.Count(skeleton, first) {
		d.measured = true
	}
	return &d
}
