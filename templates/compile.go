package templates

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/osteele/liquid/parser"
)

const (
	maxSource  = 64 << 10  // bytes of all parts of a source together
	maxMessage = 100 << 10 // bytes of a rendered part; Gmail cuts mails at 102 kB
	maxDepth   = 16        // conditions and loops within each other
	maxLoops   = 2         // loops within each other
	maxSteps   = 100_000   // outputs and tags a rendering may pass, loops counted at their bound
	maxFaults  = 20        // faults reported at once
)

// builder checks one part, so that nothing reaches the engine which this package does
// not know, and numbers its outputs.
type builder struct {
	part   part
	scope  *scope
	open   []string // blocks that are open
	loops  int
	steps  int
	sites  []site
	faults []error
}

// site is one output.
type site struct {
	variable     string
	part         string
	line, column int
	place        place
}

// report keeps the first faults; after twenty, more do not help the author.
func (b *builder) report(err error) {
	if len(b.faults) < maxFaults {
		b.faults = append(b.faults, err)
	}
}

// build reads the pieces. Contexts are checked only where expressions are right.
func (b *builder) build() error {
	pieces, err := scan(b.part)
	if err != nil {
		return err
	}
	for _, p := range pieces {
		if b.inComment() && p.Name != "endcomment" {
			continue
		}
		b.add(p)
	}
	if len(b.open) > 0 {
		end := len(b.part.source)
		b.report(b.part.fault(end, "write {% end"+b.open[len(b.open)-1]+" %}", "%s is not closed", b.open[len(b.open)-1]))
	}
	if b.steps > maxSteps {
		b.report(fmt.Errorf("%s: loops within loops could pass %d outputs and tags; at most %d are allowed", b.part.name, b.steps, maxSteps))
	}
	if len(b.faults) == 0 && b.part.name == partHTML {
		b.faults = places(b.part, pieces, b.sites)
	}
	return errors.Join(b.faults...)
}

// inComment tells that what follows is neither checked nor given to the engine.
func (b *builder) inComment() bool {
	return len(b.open) > 0 && b.open[len(b.open)-1] == "comment"
}

// add checks one piece. A piece in a loop costs as often as the loop may
// turn, at its bound, so that the work of a rendering is known before the first.
func (b *builder) add(p piece) {
	cost := 1
	for range b.loops {
		cost *= maxItems
	}
	switch p.Type {
	case parser.TextTokenType:
	case parser.ObjTokenType:
		b.steps += cost
		b.output(p)
	default:
		b.steps += cost
		if err := b.tag(p); err != nil {
			b.report(err)
		}
	}
}

// output notes the site, whose place is found once the whole part is read.
func (b *builder) output(p piece) {
	expression, err := parse(b.part, b.scope, p.Args, p.args)
	if err != nil {
		b.report(err)
		return
	}
	variable, err := expression.output()
	if err != nil {
		b.report(err)
		return
	}
	line, column := b.part.position(p.args)
	b.sites = append(b.sites, site{variable, b.part.name, line, column, plainPlace(b.part.name)})
}

// tag checks a tag.
func (b *builder) tag(p piece) error {
	switch p.Name {
	case "if", "unless":
		return errors.Join(b.push(p), b.condition(p))
	case "elsif":
		return errors.Join(b.within(p, "if"), b.condition(p))
	case "else":
		return errors.Join(b.within(p, "if", "unless", "for"), b.bare(p))
	case "for":
		return errors.Join(b.push(p), b.loop(p))
	case "comment":
		return b.push(p)
	case "endif", "endunless", "endfor", "endcomment":
		err := errors.Join(b.within(p, p.Name[3:]), b.bare(p))
		b.pop(p)
		return err
	default:
		hint := "there are if, unless, for and comment"
		return b.part.fault(p.at, hint, "there is no tag %s", p.Name)
	}
}

// push opens a block.
func (b *builder) push(p piece) error {
	b.open = append(b.open, p.Name)
	if len(b.open) > maxDepth {
		return b.part.fault(p.at, "", "more than %d conditions and loops within each other", maxDepth)
	}
	return nil
}

// pop closes the innermost block if the tag is its end.
func (b *builder) pop(p piece) {
	if len(b.open) == 0 || b.open[len(b.open)-1] != p.Name[3:] {
		return // reported by within
	}
	b.open = b.open[:len(b.open)-1]
	if p.Name == "endfor" {
		b.loops--
		b.scope.pop()
	}
}

// within checks that the innermost open block is one of these.
func (b *builder) within(p piece, blocks ...string) error {
	if len(b.open) > 0 && slices.Contains(blocks, b.open[len(b.open)-1]) {
		return nil
	}
	return b.part.fault(p.at, "", "%s is not inside %s", p.Name, strings.Join(blocks, " or "))
}

// bare checks that a tag has no arguments.
func (b *builder) bare(p piece) error {
	if p.Args != "" {
		return b.part.fault(p.args, "", "%s takes nothing behind it", p.Name)
	}
	return nil
}

// condition checks what stands behind if, elsif and unless.
func (b *builder) condition(p piece) error {
	expression, err := parse(b.part, b.scope, p.Args, max(p.args, p.at))
	if err != nil {
		return err
	}
	return expression.condition()
}

// loop opens a scope even for a faulty loop, so that its end finds one to close and
// only the true fault is reported.
func (b *builder) loop(p piece) error {
	b.loops++
	name, elem := "", &shape{}
	expression, err := parse(b.part, b.scope, p.Args, max(p.args, p.at))
	if err == nil {
		name, elem, err = expression.loop()
	}
	if err != nil {
		b.scope.push("", &shape{})
		return err
	}
	b.scope.push(name, elem)
	if b.loops > maxLoops {
		return b.part.fault(p.at, "", "more than %d loops within each other", maxLoops)
	}
	return nil
}
