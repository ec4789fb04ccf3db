package delivery

import (
	"bytes"
	"slices"
	"strings"
)

// field is one header field of a mail, its lines still folded.
type field struct{ name, value string }

// headerFields splits the head of a mail.
func headerFields(head []byte) (fields []field) {
	for line := range strings.Lines(string(head)) {
		if line[0] == ' ' || line[0] == '\t' {
			if len(fields) > 0 {
				fields[len(fields)-1].value += line
			}
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		fields = append(fields, field{strings.TrimSpace(name), value})
	}
	return fields
}

// fromLast returns the value of the nth field of a name, counted from below.
func fromLast(fields []field, name string, n int) (value string, found bool) {
	for _, f := range slices.Backward(fields) {
		if !strings.EqualFold(f.name, name) {
			continue
		}
		if n == 0 {
			return f.value, true
		}
		n--
	}
	return "", false
}

// appendRelaxed appends a field in the form of RFC 6376 section 3.4.2: on one
// line, every run of blanks as one.
func appendRelaxed(to []byte, name, value string) []byte {
	to = append(append(to, name...), ':')
	words := strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(" \t\r\n", r) })
	return append(append(to, strings.Join(words, " ")...), "\r\n"...)
}

// relaxedBody returns a body in the form of RFC 6376 section 3.4.4: no blanks
// at the ends of lines, every other run of them as one, no empty lines at the
// end. Most lines of quoted-printable are in it already.
func relaxedBody(body []byte) []byte {
	canonical := make([]byte, 0, len(body)+len("\r\n"))
	for line := range bytes.Lines(body) {
		text := bytes.TrimRight(line, " \t\r\n")
		if bytes.IndexByte(text, '\t') >= 0 || bytes.Contains(text, []byte("  ")) {
			canonical = appendSingle(canonical, text)
		} else {
			canonical = append(canonical, text...)
		}
		canonical = append(canonical, "\r\n"...)
	}
	for bytes.HasSuffix(canonical, []byte("\r\n\r\n")) {
		canonical = canonical[:len(canonical)-len("\r\n")]
	}
	if bytes.Equal(canonical, []byte("\r\n")) {
		return nil
	}
	return canonical
}

// appendSingle appends a line whose runs of blanks become one each.
func appendSingle(to, line []byte) []byte {
	blank := false
	for _, b := range line {
		if b == ' ' || b == '\t' {
			blank = true
			continue
		}
		if blank {
			to = append(to, ' ')
			blank = false
		}
		to = append(to, b)
	}
	return to
}
