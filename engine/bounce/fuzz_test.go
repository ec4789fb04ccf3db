package bounce

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzParse holds that nothing that arrives stops the reader, and that what it says is bounded and fit for a ledger.
func FuzzParse(f *testing.F) {
	for i, s := range corpus(f) {
		if i%9 == 0 || s.family == "by hand" || s.family == "notices" {
			f.Add([]byte(s.raw))
		}
	}
	f.Add([]byte(arf("a@b.example", "abuse", false)))
	f.Add([]byte("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := Parse(raw)
		if r.Kind.String() == "unknown" && r.Kind != Unknown {
			t.Errorf("no such kind: %d", r.Kind)
		}
		for _, s := range []string{r.Text, r.Subject} {
			if len(s) > maxText || !utf8.ValidString(s) || strings.ContainsAny(s, "\r\n\x00") {
				t.Errorf("unfit: %q", s)
			}
		}
		if len(r.Tokens) > maxMarks || len(r.MessageIDs) > maxMarks || len(r.To) > maxMarks || len(r.Recipient) > 320 {
			t.Errorf("too much: %+v", r)
		}
	})
}
