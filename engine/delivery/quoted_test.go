package delivery

import (
	"mime/quotedprintable"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestQuotedIsQuotedPrintable compares with the standard library: the same bytes for every text that a mail may have.
func TestQuotedIsQuotedPrintable(t *testing.T) {
	t.Parallel()
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{"\n", " ", "\t", "=", ".", "ü", "€", "\n\n", " \n", "\x7f", "~", "}", "<", ">", "\x1f", "eight of\tthem"}),
		rapid.StringOfN(rapid.RuneFrom([]rune("abc ,=ü")), 0, 90, -1),
		rapid.Map(rapid.IntRange(70, 80), func(n int) string { return strings.Repeat("x", n) }),
	)
	rapid.Check(t, func(t *rapid.T) {
		body := strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), "")
		var want strings.Builder
		w := quotedprintable.NewWriter(&want)
		_, _ = w.Write([]byte(body))
		_ = w.Close()
		if got := string(quoted([]byte("before"), body)); got != "before"+want.String() {
			t.Fatalf("%q:\n got %q\nwant %q", body, got, "before"+want.String())
		}
	})
}

// TestRoom: a mail that is written over another is the same as one that is not, whatever the other one was.
func TestRoom(t *testing.T) {
	t.Parallel()
	m := sample()
	want, err := Prepare(m)
	if err != nil {
		t.Fatal(err)
	}
	long := sample()
	long.HTML = strings.Repeat("<p>=ü</p>", 1000)
	for _, other := range []Message{long, m} {
		before, err := Prepare(other)
		if err != nil {
			t.Fatal(err)
		}
		m.Room = before.Raw
		got, err := Prepare(m)
		if err != nil || string(got.Raw) != string(want.Raw) || &got.Raw[0] != &before.Raw[0] {
			t.Errorf("%v:\n got %s\nwant %s", err, got.Raw, want.Raw)
		}
	}
}

// TestEightBytesAreLookedAtAsOne compares with the look at each: every byte in every place among plain ones.
func TestEightBytesAreLookedAtAsOne(t *testing.T) {
	t.Parallel()
	for b := range 256 {
		for at := range 8 {
			text := []byte(" ~aZ09<>")
			text[at] = byte(b)
			if got, want := allPlain(string(text)), plain(byte(b)) && b != '\t'; got != want {
				t.Errorf("%q: %v, want %v", text, got, want)
			}
		}
	}
}
