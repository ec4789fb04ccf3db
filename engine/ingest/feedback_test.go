package ingest

import (
	"reflect"
	"strings"
	"testing"

	"treue/rules/customer"
)

func TestFeedback(t *testing.T) {
	t.Parallel()
	want := customer.Feedback{
		ID: customer.NewID("shop", "f1"), CustomerID: customer.NewID("shop", "k1"), Source: "shop", ExternalID: "f1", CustomerExternalID: "k1",
		GivenAt: utc("2026-01-01T11:00:00Z"), Score: 8.5, Comment: "Mühle klemmt; sonst gut",
	}
	for _, file := range []string{
		"feedback_id,customer_id,given_at,score,comment\nf1,k1,2026-01-01 12:00,8.5,Mühle klemmt; sonst gut\n",
		"bewertung_id;kundennummer;datum;bewertung;kommentar\nf1;k1;2026-01-01T12:00:00+01:00;8,5;\"Mühle klemmt; sonst gut\"\n",
		`{"feedback_id":"f1","customer_id":"k1","given_at":"2026-01-01T11:00:00Z","score":8.5,"comment":"Mühle klemmt; sonst gut"}`,
	} {
		if got := one(t, feedback(), file); got != want {
			t.Errorf("feedback = %+v\nwant %+v", got, want)
		}
	}
	want.Comment = ""
	if got := one(t, feedback(), "feedback_id,customer_id,given_at,score\nf1,k1,2026-01-01 12:00,8.5\n"); got != want {
		t.Errorf("feedback = %+v\nwant %+v", got, want)
	}
}

func TestPointLot(t *testing.T) {
	t.Parallel()
	want := customer.PointLot{
		ID: customer.NewID("shop", "l1"), CustomerID: customer.NewID("shop", "k1"), Source: "shop", ExternalID: "l1", CustomerExternalID: "k1",
		Points: 120500, EarnedAt: new(utc("2026-01-01T11:00:00Z")), ExpiresAt: new(utc("2026-12-30T23:00:00Z")),
	}
	for _, file := range []string{
		"lot_id,customer_id,points,earned_at,expires_at\nl1,k1,120.5,2026-01-01 12:00,2026-12-31\n",
		"Buchungsnummer;Kunde;Punkte;Gesammelt am;Gültig bis\nl1;k1;120,5;2026-01-01 12:00;2026-12-31\n",
		"lot_id,customer_id,restpunkte,issued_at,gueltig_bis\nl1,k1,120.4996,2026-01-01 12:00,2026-12-31\n",
		`{"lot_id":"l1","customer_id":"k1","points":120.5,"earned_at":"2026-01-01T11:00:00Z","expires_at":"2026-12-31"}`,
	} {
		if got := one(t, points(), file); !reflect.DeepEqual(got, want) {
			t.Errorf("%q\nlot = %+v\nwant %+v", file, got, want)
		}
	}
	want.EarnedAt, want.ExpiresAt = nil, nil
	if got := one(t, points(), "lot_id,customer_id,points,earned_at,expires_at\nl1,k1,120.5,,\n"); !reflect.DeepEqual(got, want) {
		t.Errorf("lot = %+v\nwant %+v", got, want)
	}
}

func TestScores(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]float64{"0": 0, "-0": 0, "10": 10, "10.0": 10, "6,5": 6.5, "1e1": 10} {
		if got := one(t, feedback(), "feedback_id;customer_id;given_at;score\nf1;k1;2026-01-01;"+cell+"\n"); got.Score != want {
			t.Errorf("score %q = %v, want %v", cell, got.Score, want)
		}
	}
	for _, cell := range []string{"10.01", "11", "-1", "NaN", "Inf", "8/10", "good", "*****", "1.000"} {
		got := readAll(t, berlin(t), "feedback_id;customer_id;given_at;score\nf1;k1;2026-01-01;"+cell+"\n", feedback())
		if cell == "1.000" { // below ten a dot cannot stand between thousands
			if len(got.records) != 1 || got.records[0].Score != 1 {
				t.Errorf("score 1.000 = %+v, rejects %+v", got.records, got.rejects)
			}
			continue
		}
		if want := `score "` + cell + `" is not a number from 0 (worst) to 10 (best)`; len(got.rejects) != 1 || got.rejects[0].Reason != want {
			t.Errorf("score %q: rejects %+v, want %q", cell, got.rejects, want)
		}
	}
}

func TestPointAmounts(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]int64{"0": 0, "-0": 0, "1": 1000, "0.0005": 1, "0.0004": 0, "7,25": 7250, "1e-14": 0, "1000000000000": maxMinor} {
		if got := one(t, points(), "lot_id;customer_id;points\nl1;k1;"+cell+"\n"); got.Points != want {
			t.Errorf("points %q = %d, want %d", cell, got.Points, want)
		}
	}
	for cell, want := range map[string]string{
		"-1": `points "-1" is negative`, "-0.001": "is negative", "many": "is not a number", "1000000000001": "is too large",
		"1.500": "can be read in two ways", "1.500,25": "a separator too many", "": "points is empty",
	} {
		got := readAll(t, berlin(t), "lot_id;customer_id;points\nl1;k1;"+cell+"\n", points())
		if len(got.rejects) != 1 || !strings.Contains(got.rejects[0].Reason, want) {
			t.Errorf("points %q: rejects %+v, want %q", cell, got.rejects, want)
		}
	}
}

// TestUnreadableFeedbackAndPoints holds that a file that cannot be meant is refused as a whole.
func TestUnreadableFeedbackAndPoints(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"":                            "the file is empty",
		"\n \n":                       "the file is empty",
		"customer_id,given_at\nk1,\n": "is missing; the file has customer_id, given_at",
	} {
		if got := readAll(t, berlin(t), file, feedback()); got.err == nil || !strings.Contains(got.err.Error(), want) {
			t.Errorf("feedback %q: %v, want %q", file, got.err, want)
		}
		if got := readAll(t, berlin(t), file, points()); got.err == nil || !strings.Contains(got.err.Error(), want) {
			t.Errorf("points %q: %v, want %q", file, got.err, want)
		}
	}
	if got := readAll(t, berlin(t), "feedback_id,customer_id,given_at\nf1,k1,2026-01-01\n", feedback()); got.err == nil || !strings.Contains(got.err.Error(), "column score is missing") {
		t.Errorf("without a score: %v", got.err)
	}
	got := readAll(t, berlin(t), "feedback_id,customer_id,given_at,score\n,k1,,x\n", feedback())
	if len(got.rejects) != 1 || !strings.HasPrefix(got.rejects[0].Reason, "feedback_id is empty; given_at is empty; score ") {
		t.Errorf("all faults of a row: %+v", got.rejects)
	}
	if got := readAll(t, berlin(t), "lot_id,customer_id,points\n", points()); got.err != nil || got.summary.Rows != 0 {
		t.Errorf("a header alone: %+v, %v", got.summary, got.err)
	}
}
