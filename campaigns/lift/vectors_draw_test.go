package lift

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"strconv"
	"testing"

	"treue/campaigns/assign"
)

func compareBuckets(t *testing.T, v vector) {
	var got []float64
	for _, c := range into[[]map[string]string](t, v.Inputs, "cases") {
		got = append(got, GrowthBookBucket(c["seed"], c["value"]))
	}
	v.list(t, "buckets", got)
}

// compareDraws draws with the product's hash. Its ids are numbers; the one case with another id holds the hash's rule.
func compareDraws(t *testing.T, v vector) {
	var got []float64
	control := into[[]bool](t, v.Expected, "control_at_10pct")
	for i, c := range into[[]map[string]string](t, v.Inputs, "cases") {
		sum := sha256.Sum256([]byte(c["salt"] + ":" + c["customer_id"]))
		u := binary.BigEndian.Uint64(sum[:8])
		if id, err := strconv.ParseInt(c["customer_id"], 10, 64); err == nil {
			u = assign.U(c["salt"], id)
		}
		if assign.IsControl(u, 0.1) != control[i] {
			t.Errorf("%v: in control %v", c, !control[i])
		}
		got = append(got, assign.Fraction(u))
	}
	v.list(t, "u", got)
}

func compareDrawCounts(t *testing.T, v vector) {
	salts, share := into[[]string](t, v.Inputs, "salts"), v.number(t, "control_share")
	const ids = 100_000
	var a, b, both int64
	for id := int64(1); id <= ids; id++ {
		inA := assign.IsControl(assign.U(salts[0], id), share)
		inB := assign.IsControl(assign.U(salts[1], id), share)
		if inA {
			a++
		}
		if inB {
			b++
		}
		if inA && inB {
			both++
		}
	}
	p, err := SRM([]int64{a, ids - a}, []float64{share, 1 - share})
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{
		"control_a": float64(a), "control_b": float64(b), "control_both": float64(both), "srm_p_a": p,
		"expected_both": math.Round(ids * share * share),
	})
}

func compareRanking(t *testing.T, v vector) {
	scores, treated := into[[]float64](t, v.Inputs, "score"), into[[]int](t, v.Inputs, "treated")
	var customers []Scored
	for i, y := range into[[]float64](t, v.Inputs, "y") {
		c := Scored{Score: scores[i], Control: 1, ControlOutcome: y}
		if treated[i] == 1 {
			c = Scored{Score: scores[i], Treated: 1, TreatedOutcome: y}
		}
		customers = append(customers, c)
	}
	r, err := Rank(customers)
	if err != nil {
		t.Fatal(err)
	}
	perfect, err := Perfect(customers)
	if err != nil {
		t.Fatal(err)
	}
	normalised, err := Coefficient(r, perfect)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, len(r.Customers))
	for i, n := range r.Customers {
		x[i] = float64(n)
	}
	v.list(t, "qini_x", x)
	v.list(t, "uplift_x", x)
	v.list(t, "qini_y", r.Qini)
	v.list(t, "uplift_y", r.Uplift)
	v.want(t, map[string]float64{"qini_area": r.Area, "qini_normalised": normalised, "uplift_area": r.UpliftArea})
}

func compareGroupedRanking(t *testing.T, v vector) {
	var groups []Scored
	for _, g := range into[[]map[string]float64](t, v.Inputs, "groups") {
		groups = append(groups, Scored{g["score"], int64(g["n_t"]), int64(g["n_c"]), g["y_t"], g["y_c"]})
	}
	r, err := Rank(groups)
	if err != nil {
		t.Fatal(err)
	}
	v.want(t, map[string]float64{
		"qini_end": r.Qini[len(r.Qini)-1], "area": r.Area, "area_random": r.Random, "area_minus_random": r.Above,
		"qini_per_customer": r.PerHead,
	})
}
