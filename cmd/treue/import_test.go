package main

import (
	"os"
	"strings"
	"testing"
)

// TestImportFeedbackAndPoints goes from files to counts and rejects.
func TestImportFeedbackAndPoints(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.document(0, "import", "customers", s.write("customers.csv", "customer_id,email\nk1,k1@shop.example\nk2,\n"))

	feedback := s.write("nps.csv", "feedback_id;Kundennummer;Datum;Bewertung;Kommentar\nf1;k1;2026-01-01;9,5;gut\nf2;k2;2026-01-02;11;\nf3;k9;2026-01-03;3;\nf4;k2;2026-01-04;0;\n")
	doc := s.document(0, "import", "feedback", feedback)
	same(t, "feedback", pick(doc, "kind", "rows", "inserted", "rejected"), []any{"feedback", 4.0, 2.0, 2.0})
	rejects, err := os.ReadFile(doc["rejects_file"].(string))
	for _, want := range []string{`score ""11"" is not a number from 0 (worst) to 10 (best)`, "customer k9 is unknown: import the customers first"} {
		if err != nil || !strings.Contains(string(rejects), want) {
			t.Errorf("rejects %v\n%s\nwant %s", err, rejects, want)
		}
	}
	same(t, "again", pick(s.document(0, "import", "feedback", feedback), "inserted", "updated", "unchanged", "rejected"), []any{0.0, 0.0, 2.0, 2.0})

	points := s.write("points.csv", "lot_id,customer_id,points,earned_at,gueltig_bis\nl1,k1,120.5,2026-01-01,2026-12-31\nl2,k1,-1,,\nl3,k2,7,,\n")
	same(t, "points", pick(s.document(0, "import", "points", points), "rows", "inserted", "rejected"), []any{3.0, 2.0, 1.0})
	used := s.write("used.jsonl", `{"lot_id":"l1","customer_id":"k1","points":20}`)
	same(t, "used up", pick(s.document(0, "import", "points", used), "rows", "updated"), []any{1.0, 1.0})
}

// TestUnreadableImports holds that a file that cannot be meant ends with exit code 2 and says what it lacks.
func TestUnreadableImports(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, tt := range []struct{ kind, file, want string }{
		{"feedback", "", "the file is empty"},
		{"points", "", "the file is empty"},
		{"feedback", "feedback_id,customer_id,given_at\n", "column score is missing"},
		{"points", "lot_id,customer_id\n", "column points is missing"},
	} {
		code, _, errOut := s.run("import", tt.kind, s.write("file.csv", tt.file))
		if code != 2 || !strings.Contains(errOut, tt.want) {
			t.Errorf("%s %q: exit %d, %s; want %q", tt.kind, tt.file, code, errOut, tt.want)
		}
	}
	for _, kind := range []string{"feedback", "points"} {
		s.document(2, "import", kind, s.write("bad.csv", "feedback_id,lot_id,customer_id,given_at,score,points\nx,x,k9,2026-01-01,1,1\n"))
	}
}

// TestEveryKindIsStored brings a header alone in as every kind that the help names.
func TestEveryKindIsStored(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	header := s.write("header.csv", "campaign,arm,assigned_at,case_id,feedback_id,lot_id,order_id,customer_id,product_id,name,email,reason,ordered_at,opened_at,sent_at,given_at,total,quantity,unit_price,score,points\n")
	help := s.must("import", "--help")
	for _, kind := range importKinds() {
		same(t, kind, pick(s.document(0, "import", kind, header), "kind", "rows"), []any{kind, 0.0})
		if !strings.Contains(help, kind) {
			t.Errorf("the help does not name %s:\n%s", kind, help)
		}
	}
	if code, _, errOut := s.run("import", "feedbacks", header); code != 2 || !strings.Contains(errOut, "did you mean feedback?") {
		t.Errorf("an unknown kind: exit %d, %s", code, errOut)
	}
}
