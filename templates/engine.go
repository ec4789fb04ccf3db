package templates

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"

	"github.com/osteele/liquid/parser"
	"github.com/osteele/liquid/render"
	"github.com/osteele/liquid/tags"
)

const (
	emitFilter  = "emit"     // writes an output, appended by the builder
	spendTag    = "spend"    // counts text in a loop, inserted by the builder
	runVariable = "mail_run" // the rendering under way
)

// section is one compiled part. It is never changed, so that many goroutines may
// render it at once.
type section struct {
	name     string
	language string
	names    []string // of the vocabulary, and of loops
	sites    []site
	root     render.Node
	config   render.Config
}

// compileSection checks a part and gives it to the engine.
func compileSection(p part, language string, root *shape) (*section, error) {
	b := &builder{part: p, scope: &scope{root: root}}
	if err := b.build(); err != nil {
		return nil, err
	}
	s := &section{name: p.name, language: language, names: b.scope.names, sites: b.sites, config: newConfig(language)}
	s.config.AddFilter(emitFilter, func(value any, number int, r *run) (string, error) {
		return r.emit(value, s.sites[number])
	})
	tree, fault := s.config.Compile(b.out.String(), parser.SourceLoc{LineNo: 1})
	if fault != nil {
		return nil, fmt.Errorf("%s line %d: %w", p.name, fault.LineNumber(), fault)
	}
	s.root = tree
	return s, nil
}

// newConfig is the engine without its own filters, and without tags that read
// files, keep state or set variables. The builder lets none of these through;
// the engine must not know them either.
func newConfig(language string) render.Config {
	config := render.NewConfig()
	tags.AddStandardTags(config)
	for _, name := range []string{"assign", "include", "break", "continue", "cycle"} {
		config.AddTag(name, func(string) (func(io.Writer, render.Context) error, error) {
			return nil, errors.New("no such tag")
		})
	}
	config.AddTag(spendTag, spend)
	for name, f := range filters() {
		config.AddFilter(name, f.engineFunc(name, language))
	}
	return config
}

// spend compiles the tag that the builder puts before each text in a loop.
func spend(args string) (func(io.Writer, render.Context) error, error) {
	size, err := strconv.Atoi(args)
	if err != nil {
		return nil, err
	}
	return func(_ io.Writer, ctx render.Context) error {
		r, ok := ctx.Get(runVariable).(*run)
		if !ok {
			return errors.New("no rendering under way")
		}
		return r.spend(size)
	}, nil
}

// run is one rendering of one section.
type run struct {
	language string
	part     string
	written  int
	failure  error // the first; the engine's own wrapping would hide its type
}

// fail remembers the cause; later ones only follow from it.
func (r *run) fail(err error) error {
	if r.failure == nil {
		r.failure = err
	}
	return err
}

// spend counts bytes before they are written, so that a loop stops in time.
func (r *run) spend(size int) error {
	if r.written += size; r.written > maxMessage {
		return r.fail(fmt.Errorf("%s: the mail is over %d kB; shorten the template or show fewer products", r.part, maxMessage>>10))
	}
	return nil
}

// emit writes a value for its place.
func (r *run) emit(value any, s site) (string, error) {
	if value == nil {
		return "", r.fail(&MissingError{s.variable, s.part, s.line, s.column})
	}
	text, err := s.place.escape(asText(value, r.language))
	if err != nil {
		return "", r.fail(fmt.Errorf("%s %d:%d: %s: %w", s.part, s.line, s.column, s.variable, err))
	}
	return text, r.spend(len(text))
}

// render writes the section. The engine panics on some faults; here they are errors.
func (s *section) render(vars map[string]any) (text string, err error) {
	r := &run{language: s.language, part: s.name}
	bound := maps.Clone(vars)
	bound[runVariable] = r
	defer func() {
		if fault := recover(); fault != nil {
			text, err = "", errors.Join(r.failure, fmt.Errorf("%s: the engine gave up: %v", s.name, fault))
		}
	}()
	var out bytes.Buffer
	if fault := render.Render(s.root, &out, bound, s.config); fault != nil {
		if r.failure != nil {
			return "", r.failure
		}
		return "", fmt.Errorf("%s: %w", s.name, fault)
	}
	if out.Len() > maxMessage {
		return "", r.spend(out.Len())
	}
	return out.String(), nil
}
