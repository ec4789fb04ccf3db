package templates

import (
	"fmt"
	"strings"
	"sync"

	"github.com/osteele/liquid/expressions"
	"github.com/osteele/liquid/parser"
	"github.com/osteele/liquid/render"
)

// section is one compiled part. Nothing but its rooms changes, so that many goroutines may
// render it at once.
type section struct {
	name     string
	language string
	names    map[string]bool // of the vocabulary and of loops, and of the groups they are in
	sites    []site
	size     int // bytes of the source
	root     sequence
	config   render.Config
	rooms    sync.Pool // of *[]byte: what mails were written in
}

// withGroups adds customer to customer.orders.
func withGroups(names []string) map[string]bool {
	all := map[string]bool{}
	for _, name := range names {
		for ; name != "" && !all[name]; name = name[:max(0, strings.LastIndexByte(name, '.'))] {
			all[name] = true
		}
	}
	return all
}

// compileSection checks a part and gives it to the engine.
func compileSection(p part, language string, root *shape) (*section, error) {
	b := &builder{part: p, scope: &scope{root: root}}
	if err := b.build(); err != nil {
		return nil, err
	}
	s := &section{name: p.name, language: language, names: withGroups(b.scope.names), sites: b.sites, size: len(p.source), config: newConfig(language)}
	return s, s.parse(p.source)
}

// parse reads the source with the engine. The writing is not left to it: it copies
// every text three times and looks names up by reflection.
func (s *section) parse(source string) error {
	root, fault := s.config.Parse(source, parser.SourceLoc{LineNo: 1})
	if fault != nil {
		return fmt.Errorf("%s line %d: %w", s.name, fault.LineNumber(), fault)
	}
	all, ok := root.(*parser.ASTSeq)
	if !ok {
		return fmt.Errorf("%s: the engine read %T", s.name, root)
	}
	var err error
	g := &grower{config: s.config.Config.Config, counts: strings.Contains(source, forloopVariable)}
	if s.root, err = g.sequence(all.Children); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	return nil
}

// newConfig is the engine with the tags and filters that are allowed, and none of its
// own. The builder lets no others through; the engine must not know them either.
func newConfig(language string) render.Config {
	config := render.NewConfig()
	config.AddBlock("if").Clause("else").Clause("elsif")
	config.AddBlock("unless").Clause("else")
	config.AddBlock("for").Clause("else")
	config.AddBlock("comment")
	for name, f := range filters() {
		config.AddFilter(name, f.engineFunc(name, language))
	}
	return config
}

// render writes the section.
func (s *section) render(vars map[string]any) (string, error) {
	r := &run{section: s}
	if err := r.write(vars); err != nil {
		return "", err
	}
	defer r.leave()
	return string(r.out), nil
}

// write runs through the section. The engine panics on some faults; here they are errors.
func (r *run) write(vars map[string]any) (err error) {
	s := r.section
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%s: the engine gave up: %v", s.name, fault)
		}
	}()
	r.vars, r.context = vars, expressions.NewContext(vars, s.config.Config.Config)
	r.enter()
	if err := s.root.write(r); err != nil {
		return err
	}
	if len(r.out) > maxMessage {
		return r.spend(len(r.out))
	}
	return nil
}
