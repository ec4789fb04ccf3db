package templates

import (
	"bytes"
	"fmt"
	"html"
	"strings"
	"unicode"

	"github.com/osteele/liquid/expressions"
)

// run is one writing of one section.
type run struct {
	section *section
	vars    map[string]any
	context expressions.Context
	out     []byte
	room    *[]byte // what out was made of
	floor   int     // where the last stretch begins: {{- trims no further
	trim    bool    // -}} stood before: what is written next loses the space at its start
	spent   int
	values  *standIns // nil: values are written as they are
}

// enter takes a room to write in: one that an earlier mail has left, or a new one.
func (r *run) enter() {
	r.room, _ = r.section.rooms.Get().(*[]byte)
	if r.room == nil {
		room := make([]byte, 0, r.section.size)
		r.room = &room
	}
	r.out = (*r.room)[:0]
}

// leave ends the use of what was written.
func (r *run) leave() {
	*r.room = r.out
	r.section.rooms.Put(r.room)
	r.out = nil
}

// put appends a stretch.
func (r *run) put(text string) {
	if r.trim {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
		r.trim = false
	} else {
		r.floor = len(r.out)
	}
	r.out = append(r.out, text...)
}

// trimLeft drops the space at the end of the last stretch.
func (r *run) trimLeft() {
	r.out = r.out[:r.floor+len(bytes.TrimRightFunc(r.out[r.floor:], unicode.IsSpace))]
	r.floor = len(r.out)
}

// spend counts bytes before they are written, so that a loop stops in time.
func (r *run) spend(size int) error {
	if r.spent += size; r.spent > maxMessage {
		return fmt.Errorf("%s: the mail is over %d kB; shorten the template or show fewer products", r.section.name, maxMessage>>10)
	}
	return nil
}

// emit writes a value for its place.
func (r *run) emit(value any, s *site) error {
	if value == nil {
		return &MissingError{s.variable, s.part, s.line, s.column}
	}
	text, err := s.place.fit(asText(value, r.section.language))
	if err != nil {
		return fmt.Errorf("%s %d:%d: %s: %w", s.part, s.line, s.column, s.variable, err)
	}
	written := text
	if s.place != placeLine {
		written = html.EscapeString(text)
	}
	if err := r.spend(len(written)); err != nil {
		return err
	}
	if r.values != nil {
		written = r.values.of(r.out, s.place, text, written)
	}
	r.put(written)
	return nil
}
