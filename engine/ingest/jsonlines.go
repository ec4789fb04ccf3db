package ingest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// jsonLines is the source of a file with one JSON object per line.
type jsonLines struct {
	in      *bufio.Reader
	line    int
	keys    []string
	at      map[string]int // key -> position in keys
	buffer  []byte
	latin   int // rows that are not UTF-8
	latinAt int // the first of them
}

// newJSONLines reads nothing yet: without a header, columns become known as objects bring them.
func newJSONLines(in *bufio.Reader) *jsonLines {
	return &jsonLines{in: in, at: map[string]int{}}
}

func (s *jsonLines) names() []string { return s.keys }

func (s *jsonLines) notes() []string {
	if s.latin == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d rows were not UTF-8 and read as Windows-1252, first line %d", s.latin, s.latinAt)}
}

// next reads one object. The whole line goes to the file of rejects, since a faulty object has no cells to show.
func (s *jsonLines) next() (row, error) {
	for {
		text, err := s.readLine()
		if err != nil {
			return row{}, err
		}
		if len(text) == 0 {
			continue
		}
		r := row{line: s.line, rawNames: []string{"row"}, raw: []string{string(text)}}
		r.fault = s.object(&r, text)
		return r, nil
	}
}

// readLine returns the next line, trimmed and in UTF-8; io.EOF after the last.
func (s *jsonLines) readLine() ([]byte, error) {
	s.buffer = s.buffer[:0]
	s.line++
	for {
		part, err := s.in.ReadSlice('\n')
		s.buffer = append(s.buffer, part...)
		switch {
		case len(s.buffer) > maxRow:
			return nil, &FileError{Line: s.line, Message: fmt.Sprintf("the line is longer than %d MB", maxRow>>20), Hint: "write one object per line"}
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(s.buffer) > 0, err == nil:
			return s.decoded(bytes.TrimSpace(s.buffer)), nil
		case errors.Is(err, io.EOF):
			return nil, io.EOF
		}
		return nil, fmt.Errorf("read line %d: %w", s.line, err)
	}
}

// decoded returns the text as UTF-8. JSON must be, but what calls itself JSON in shops is not always; the parser
// would silently replace what it cannot read.
func (s *jsonLines) decoded(text []byte) []byte {
	if utf8.Valid(text) {
		return text
	}
	if s.latin++; s.latin == 1 {
		s.latinAt = s.line
	}
	decoded, err := charmap.Windows1252.NewDecoder().Bytes(text)
	if err != nil {
		return text
	}
	return decoded
}

// object fills the row's cells from the text of one object.
func (s *jsonLines) object(r *row, text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return errors.New("the line is not a JSON object")
	}
	r.cells = make([]string, len(s.keys), len(s.keys)+4)
	var met []int
	for decoder.More() {
		key, value, err := member(decoder)
		if err != nil {
			return err
		}
		at, err := s.position(key)
		if err != nil {
			return err
		}
		if slices.Contains(met, at) {
			return fmt.Errorf("%q stands twice in the object", key)
		}
		met = append(met, at)
		if err := r.put(at, value); err != nil {
			return fmt.Errorf("%s %w", key, err)
		}
	}
	if _, err := decoder.Token(); err != nil {
		return errors.New("the JSON object is not closed")
	}
	if rest, _ := io.ReadAll(decoder.Buffered()); len(bytes.TrimSpace(rest)) > 0 {
		return errors.New("something stands after the JSON object; write one object per line")
	}
	return nil
}

// member reads one key and its value.
func member(decoder *json.Decoder) (string, json.RawMessage, error) {
	token, err := decoder.Token()
	key, isText := token.(string)
	if err != nil || !isText {
		return "", nil, fmt.Errorf("the JSON is faulty at character %d", decoder.InputOffset()+1)
	}
	var value json.RawMessage
	if err := decoder.Decode(&value); err != nil {
		return "", nil, fmt.Errorf("the JSON is faulty at the value of %q", key)
	}
	return key, value, nil
}

// position returns the place of a key among the columns, a new one for a key not met before. Their number is
// limited, so that objects with keys made of data cannot fill the memory.
func (s *jsonLines) position(key string) (int, error) {
	if at, known := s.at[key]; known {
		return at, nil
	}
	if len(s.keys) == maxColumns {
		return 0, fmt.Errorf("the file has more than %d columns", maxColumns)
	}
	s.at[key] = len(s.keys)
	s.keys = append(s.keys, key)
	return len(s.keys) - 1, nil
}

// put sets a cell from a JSON value: text as it is, null as empty, numbers as they are written.
func (r *row) put(at int, value json.RawMessage) error {
	for len(r.cells) <= at {
		r.cells = append(r.cells, "")
	}
	cell := string(value)
	switch value[0] {
	case 'n':
		cell = ""
	case '"':
		if err := json.Unmarshal(value, &cell); err != nil {
			return errors.New("is not valid JSON text")
		}
	case '{', '[':
		if r.nested == nil {
			r.nested = map[int]bool{}
		}
		r.nested[at] = true
	}
	if len(cell) > maxField {
		return fmt.Errorf("is longer than %d MB", maxField>>20)
	}
	if strings.IndexByte(cell, 0) >= 0 {
		return errors.New("has a NUL in it")
	}
	r.cells[at] = cell
	return nil
}
