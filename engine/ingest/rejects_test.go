package ingest

import (
	"encoding/csv"
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"treue/rules/customer"
)

// rejected reads orders and returns the file of rejects.
func rejected(t testing.TB, file string) (string, *RejectFile) {
	t.Helper()
	var b strings.Builder
	out := NewRejectFile(&b)
	if _, err := ReadOrders(t.Context(), strings.NewReader(file), berlin(t), func(int, customer.Order) error { return nil }, out.Write); err != nil {
		t.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.String(), out
}

func TestRejectFile(t *testing.T) {
	t.Parallel()
	got, out := rejected(t, "Käse;order_id;customer_id;ordered_at;total\n"+
		"=1+1;o1;k1;2025-12-31;-5\nx;o2;k2;2025-12-31;1\n\"+a\nb\";@o3;\tk;;1\nx;-o4\n5\" pipe;o5;k1;2025-12-31;1\n")
	const want = "line,reason,Käse,order_id,customer_id,ordered_at,total\n" +
		"2,\"total \"\"-5\"\" is negative\",'=1+1,o1,k1,2025-12-31,'-5\n" +
		"4,ordered_at is empty,\"'+a\nb\",'@o3,'\tk,,1\n" +
		"6,\"the row has 2 cells, the header 5\",x,'-o4\n" +
		"7,\"a quote stands inside a cell: the cell must stand in quotes and the quote be doubled (\"\"\"\")\",\"5\"\" pipe\",o5,k1,2025-12-31,1\n"
	if got != want {
		t.Errorf("rejects:\n%s\nwant:\n%s", got, want)
	}
	if out.Rows() != 4 {
		t.Errorf("Rows = %d, want 4", out.Rows())
	}
}

func TestRejectFileOfJSON(t *testing.T) {
	t.Parallel()
	got, _ := rejected(t, "{\"order_id\":\"o1\"}\n=1\n")
	const want = "line,reason,row\n" +
		"1,customer_id is empty; ordered_at is empty; total is empty,\"{\"\"order_id\"\":\"\"o1\"\"}\"\n" +
		"2,the line is not a JSON object,'=1\n"
	if got != want {
		t.Errorf("rejects:\n%s\nwant:\n%s", got, want)
	}
}

func TestRejectFileWithoutRejects(t *testing.T) {
	t.Parallel()
	if got, out := rejected(t, head+"o1,k1,2025-12-31,1\n"); got != "" || out.Rows() != 0 {
		t.Errorf("rejects = %q", got)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestRejectFileOnAFullDisk(t *testing.T) {
	t.Parallel()
	out := NewRejectFile(brokenWriter{})
	err := out.Write(Reject{Line: 2, Reason: strings.Repeat("x", 10_000), Header: []string{"a"}, Record: []string{"b"}})
	err = errors.Join(err, out.Flush())
	if err == nil || !strings.Contains(err.Error(), "write the rejects: disk full") {
		t.Errorf("error = %v", err)
	}
}

// TestDefuse holds that no cell of a file of rejects starts like a formula and that nothing else changes.
func TestDefuse(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{"": "", "a=1": "a=1", "=1": "'=1", "+49": "'+49", "-5": "'-5", "@a": "'@a", "\ta": "'\ta", "\ra": "'\ra", "'=1": "'=1", " =1": " =1"} {
		if got := defuse(cell); got != want {
			t.Errorf("defuse(%q) = %q, want %q", cell, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		row := Reject{Line: 2, Reason: rapid.String().Draw(t, "reason"), Header: []string{"a"}, Record: rapid.SliceOfN(rapid.String(), 1, 5).Draw(t, "record")}
		var b strings.Builder
		out := NewRejectFile(&b)
		if err := errors.Join(out.Write(row), out.Flush()); err != nil {
			t.Fatal(err)
		}
		reader := csv.NewReader(strings.NewReader(b.String()))
		reader.FieldsPerRecord = -1
		records, err := reader.ReadAll()
		if err != nil || len(records) != 2 || len(records[1]) != 2+len(row.Record) {
			t.Fatalf("%q reads as %q, %v", b.String(), records, err)
		}
		for i, cell := range records[1] {
			if i > 0 && cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Fatalf("cell %q starts like a formula", cell)
			}
		}
		if !reflect.DeepEqual(records[0], []string{"line", "reason", "a"}) {
			t.Fatalf("header = %q", records[0])
		}
	})
}
