package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/unicode"
)

// sampleSize is how much of a file is looked at, in bytes, to find out what it is.
const sampleSize = 64 << 10

// opened is a file whose format is known.
type opened struct {
	source      source
	fixedHeader bool // all columns are known before the first row
	delimiter   rune // of CSV; 0 otherwise
	format      string
	notes       []string
}

// open finds out what a file is and reads its header, if it has one.
func open(r io.Reader) (opened, error) {
	in := bufio.NewReaderSize(r, sampleSize)
	in, notes, err := decodeMark(in)
	if err != nil {
		return opened{}, err
	}
	sample, err := in.Peek(sampleSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return opened{}, fmt.Errorf("read the file: %w", err)
	}
	if err := readable(sample); err != nil {
		return opened{}, err
	}
	if bytes.TrimSpace(sample)[0] == '{' {
		return opened{source: newJSONLines(in), format: "JSON lines", notes: notes}, nil
	}
	delimiter, skip := sniff(sample)
	if _, err := in.Discard(skip); err != nil {
		return opened{}, fmt.Errorf("read the file: %w", err)
	}
	rows, err := newCSV(in, delimiter, bytes.Count(sample[:skip], []byte("\n")))
	if err != nil {
		return opened{}, err
	}
	return opened{source: rows, fixedHeader: true, delimiter: delimiter, format: "CSV, separated by " + show(delimiter), notes: notes}, nil
}

// decodeMark takes the byte order mark off and decodes UTF-16, which spreadsheets call Unicode text.
func decodeMark(in *bufio.Reader) (*bufio.Reader, []string, error) {
	mark, err := in.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("read the file: %w", err)
	}
	switch {
	case bytes.HasPrefix(mark, []byte("\xef\xbb\xbf")):
		_, err = in.Discard(3)
		return in, nil, err
	case bytes.HasPrefix(mark, []byte("\xff\xfe")), bytes.HasPrefix(mark, []byte("\xfe\xff")):
		decoder := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder()
		return bufio.NewReaderSize(decoder.Reader(in), sampleSize), []string{"the file is UTF-16"}, nil
	}
	return in, nil, nil
}

// readable returns an error for what people upload in place of CSV or JSON lines.
func readable(sample []byte) error {
	start := bytes.TrimSpace(sample)
	const saveAs = "save it as CSV (UTF-8)"
	switch {
	case len(start) == 0:
		return &FileError{Message: "the file is empty", Hint: "it needs at least a header"}
	case bytes.HasPrefix(sample, []byte("PK\x03\x04")), bytes.HasPrefix(sample, []byte("\xd0\xcf\x11\xe0")):
		return &FileError{Message: "this is a spreadsheet or ZIP file", Hint: saveAs}
	case bytes.HasPrefix(sample, []byte("\x1f\x8b")):
		return &FileError{Message: "the file is compressed", Hint: "unpack it with gunzip"}
	case bytes.HasPrefix(sample, []byte("%PDF")), start[0] == '<':
		return &FileError{Message: "this is a document, not a table", Hint: saveAs}
	case start[0] == '[':
		return &FileError{Message: "the file is one JSON list", Hint: "write one object per line: jq -c '.[]'"}
	}
	head, _, _ := bytes.Cut(start, []byte("\n"))
	if bytes.IndexByte(head, 0) >= 0 {
		return &FileError{Line: 1, Message: "the file has NUL bytes: it is binary, or UTF-16 without a byte order mark", Hint: saveAs}
	}
	if bytes.IndexByte(start, '\n') < 0 && bytes.IndexByte(start, '\r') >= 0 {
		return &FileError{Line: 1, Message: "the lines end in CR alone", Hint: "save the file with line ends of Windows or Unix"}
	}
	return nil
}

// sniff returns the delimiter and how many bytes to skip before the header: spreadsheets write and honour a
// first line such as "sep=;".
func sniff(sample []byte) (delimiter rune, skip int) {
	first, _, more := bytes.Cut(sample, []byte("\n"))
	if set, ok := strings.CutPrefix(strings.ToLower(strings.TrimRight(string(first), "\r")), "sep="); ok && more && len(set) == 1 && strings.ContainsRune(",;\t", rune(set[0])) {
		return rune(set[0]), len(first) + 1
	}
	counts := map[rune]int{}
	quoted := false
	for _, c := range string(bytes.TrimLeft(sample, "\r\n")) {
		if c == '"' {
			quoted = !quoted
		}
		if c == '\n' && !quoted {
			break
		}
		if !quoted {
			counts[c]++
		}
	}
	delimiter = ','
	for _, c := range ";\t" {
		if counts[c] > counts[delimiter] {
			delimiter = c
		}
	}
	return delimiter, 0
}

// show names a delimiter for people.
func show(delimiter rune) string {
	if delimiter == '\t' {
		return "tabs"
	}
	return string(delimiter)
}
