package ingest

import (
	"encoding/csv"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"pgregory.net/rapid"
)

// TestLineNumbers writes rows with line ends inside quotes, blank lines between and faults here and there, and
// holds that every reject names the line on which its row starts.
func TestLineNumbers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "line end")
		file := "note," + strings.TrimSpace(head) + end
		line := 2
		var want []int
		for range rapid.IntRange(0, 12).Draw(t, "rows") {
			blanks, inside := rapid.IntRange(0, 2).Draw(t, "blank lines"), rapid.IntRange(0, 3).Draw(t, "line ends inside")
			file += strings.Repeat(end, blanks)
			line += blanks
			note := `"` + strings.Repeat("x"+end, inside) + `"`
			fault := rapid.SampledFrom([]string{"", "date", "short", "quote"}).Draw(t, "fault")
			if fault != "" {
				want = append(want, line)
			}
			file += map[string]string{
				"":      note + ",o1,k1,2025-12-31,1",
				"date":  note + ",o1,k1,31.12.2025,1",
				"short": note + ",o1",
				"quote": note + `,o1,5" pipe,2025-12-31,1`,
			}[fault] + end
			line += inside + 1
		}
		var got []int
		_, err := read(t.Context(), &stutter{strings.NewReader(file)}, berlinOf(t), orders(false), discard, func(r Reject) error {
			got = append(got, r.Line)
			return nil
		})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("rejects in lines %v, want %v, error %v of\n%s", got, want, err, file)
		}
	})
}

// TestRowsStandAlone holds that a row's fate does not depend on its neighbours: the rows of a file, read one by
// one, give the same orders and reasons.
func TestRowsStandAlone(t *testing.T) {
	t.Parallel()
	cell := rapid.SampledFrom([]string{"o1", "k1", "2025-12-31", "31.12.2025", "12.50", "-1", "1,5", "", " ", "x", `5" pipe`, "K\xe4the", "\x00", "paid"})
	rapid.Check(t, func(t *rapid.T) {
		const header = "order_id;customer_id;ordered_at;total;status\n"
		var rows []string
		for range rapid.IntRange(1, 6).Draw(t, "rows") {
			rows = append(rows, strings.Join(rapid.SliceOfN(cell, 4, 6).Draw(t, "row"), ";")+"\n")
		}
		together, reasons := outcomes(t, header+strings.Join(rows, ""))
		var alone, reasonsAlone []string
		for _, row := range rows {
			orders, reasons := outcomes(t, header+row)
			alone, reasonsAlone = append(alone, orders...), append(reasonsAlone, reasons...)
		}
		if !reflect.DeepEqual(together, alone) || !reflect.DeepEqual(reasons, reasonsAlone) {
			t.Fatalf("together %q %q\nalone %q %q", together, reasons, alone, reasonsAlone)
		}
	})
}

func outcomes(t *rapid.T, file string) (orders, reasons []string) {
	got := rapidRead(t, file)
	if got.err != nil {
		t.Fatal(got.err)
	}
	for _, o := range got.records {
		orders = append(orders, fmt.Sprintf("%+v", o))
	}
	for _, r := range got.rejects {
		reasons = append(reasons, r.Reason)
	}
	return orders, reasons
}

// TestEncodings holds that a file means the same in UTF-8, with and without its mark, in UTF-16 and, as far as
// that has the characters, in Windows-1252.
func TestEncodings(t *testing.T) {
	t.Parallel()
	// No two letters of Windows-1252 are UTF-8 by accident; a letter and a sign such as Ä„ may be.
	word := rapid.StringOfN(rapid.SampledFrom([]rune("abcÄÖÜäöüßéèçñ")), 1, 20, -1)
	rapid.Check(t, func(t *rapid.T) {
		file := head
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			file += "o" + word.Draw(t, "id") + ",k" + word.Draw(t, "customer") + "a€ „x“ – y…,2025-12-31,1\n"
		}
		latin, err := charmap.Windows1252.NewEncoder().String(file)
		if err != nil {
			t.Fatal(err)
		}
		want := rapidRead(t, file)
		if want.err != nil || len(want.rejects) > 0 {
			t.Fatalf("%+v", want)
		}
		for name, encoded := range map[string]string{"with its mark": "\ufeff" + file, "UTF-16": utf16le(file), "Windows-1252": latin} {
			if got := rapidRead(t, encoded); got.err != nil || !reflect.DeepEqual(got.records, want.records) {
				t.Fatalf("%s: %+v, want %+v, error %v", name, got.records, want.records, got.err)
			}
		}
	})
}

// TestWindow holds that the bytes cut out between two offsets are those of the file, however it is read.
func TestWindow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		file := rapid.StringOfN(rapid.SampledFrom([]rune("ab,\n\"ä")), 0, 20_000, -1).Draw(t, "file")
		in := &window{reader: &stutter{strings.NewReader(file)}}
		reader := csv.NewReader(in)
		reader.LazyQuotes, reader.FieldsPerRecord = true, -1
		for {
			from := reader.InputOffset()
			_, err := reader.Read()
			to := reader.InputOffset()
			if got := string(in.cut(from, to)); got != file[from:to] {
				t.Fatalf("bytes %d to %d are %q, want %q", from, to, got, file[from:to])
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestSniff(t *testing.T) {
	t.Parallel()
	for sample, want := range map[string]struct {
		delimiter rune
		skip      int
	}{
		"a,b,c\n1;2;3;4;5\n": {',', 0},
		"a;b;c\n1,2,3,4,5\n": {';', 0},
		"a\tb\n":             {'\t', 0},
		"a\n1;2\n":           {',', 0},
		"a;b,c\n":            {',', 0},
		"a;b;c,d\n":          {';', 0},
		"\"a,b\n,,,\";c\n":   {';', 0},
		"\r\n\na;b\n":        {';', 0},
		"sep=;\na,b,c\n":     {';', 6},
		"SEP=,\r\na;b;c\n":   {',', 7},
		"sep=\t\r\na,b\n":    {'\t', 7},
		"sep=\na;b\n":        {',', 0},
		"sep=;":              {';', 0},
		"separator;b\n":      {';', 0},
	} {
		if delimiter, skip := sniff([]byte(sample)); delimiter != want.delimiter || skip != want.skip {
			t.Errorf("sniff(%q) = %q, %d; want %q, %d", sample, delimiter, skip, want.delimiter, want.skip)
		}
	}
}
