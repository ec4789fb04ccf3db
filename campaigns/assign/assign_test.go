package assign_test

import (
	"encoding/json"
	"math"
	"math/big"
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"treue/campaigns/assign"
)

// vectors are public test vectors of the hash, computed with Python's hashlib.
type vectors struct {
	Draws []struct {
		Salt       string  `json:"salt"`
		CustomerID int64   `json:"customer_id"`
		Fraction   float64 `json:"u"`
		Control10  bool    `json:"control_at_10pct"`
	} `json:"draws"`
	Counts struct {
		IDs      int64     `json:"ids"`
		Salts    [2]string `json:"salts"`
		Share    float64   `json:"control_share"`
		ControlA int       `json:"control_a"`
		ControlB int       `json:"control_b"`
		Both     int       `json:"control_both"`
	} `json:"counts"`
}

func load(t *testing.T) vectors {
	t.Helper()
	text, err := os.ReadFile("testdata/hash.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestDrawsMatchVectors(t *testing.T) {
	t.Parallel()
	draws := load(t).Draws
	if len(draws) == 0 {
		t.Fatal("no draws in testdata/hash.json")
	}
	for _, d := range draws {
		u := assign.U(d.Salt, d.CustomerID)
		if got := assign.Fraction(u); math.Abs(got-d.Fraction) > 1e-9 {
			t.Errorf("%s:%d: fraction %.10f, want %.10f", d.Salt, d.CustomerID, got, d.Fraction)
		}
		if got := assign.IsControl(u, 0.1); got != d.Control10 {
			t.Errorf("%s:%d: control at 10 %% = %v, want %v", d.Salt, d.CustomerID, got, d.Control10)
		}
	}
}

// TestSaltsDrawIndependently holds the counts of two salts over the same customers, together and apart: campaigns
// that shared their draw would read each other's effect.
func TestSaltsDrawIndependently(t *testing.T) {
	t.Parallel()
	want := load(t).Counts
	var a, b, both int
	for id := int64(1); id <= want.IDs; id++ {
		inA := assign.IsControl(assign.U(want.Salts[0], id), want.Share)
		inB := assign.IsControl(assign.U(want.Salts[1], id), want.Share)
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
	if a != want.ControlA || b != want.ControlB || both != want.Both {
		t.Errorf("control a, b, both = %d, %d, %d, want %d, %d, %d", a, b, both, want.ControlA, want.ControlB, want.Both)
	}
}

func TestSplitsOfACampaignDrawIndependently(t *testing.T) {
	t.Parallel()
	const customers = 60_000
	const share = 0.33
	first, second := assign.CampaignSalt("winback-90", 1), assign.CampaignSalt("winback-90", 2)
	var again, before float64
	for id := int64(1); id <= customers; id++ {
		if !assign.IsControl(assign.U(first, id), share) {
			continue
		}
		before++
		if assign.IsControl(assign.U(second, id), share) {
			again++
		}
	}
	if sd := math.Sqrt(share * (1 - share) / before); math.Abs(again/before-share) > 4*sd {
		t.Errorf("of the first split's control, %.4f are control again, want %.2f +- %.4f", again/before, share, 4*sd)
	}
}

func TestShareIsMet(t *testing.T) {
	t.Parallel()
	const customers = 100_000
	for _, share := range []float64{0.05, 0.1, 0.2, 0.33, 0.5, 0.9} {
		var control float64
		for id := int64(1); id <= customers; id++ {
			if assign.IsControl(assign.U("share:s1", id), share) {
				control++
			}
		}
		if sd := math.Sqrt(share * (1 - share) / customers); math.Abs(control/customers-share) > 4*sd {
			t.Errorf("share %v: %v of the customers are control, want within %v", share, control/customers, 4*sd)
		}
	}
}

func TestEdgesOfTheShare(t *testing.T) {
	t.Parallel()
	const half = uint64(1) << 63
	almostOne := math.Nextafter(1, 0)
	tests := []struct {
		name  string
		u     uint64
		share float64
		want  assign.Arm
	}{
		{"nobody at 0", 0, 0, assign.Treated},
		{"nobody below 0", 0, -0.5, assign.Treated},
		{"nobody at NaN", 0, math.NaN(), assign.Treated},
		{"nobody at the smallest number", 0, math.SmallestNonzeroFloat64, assign.Treated},
		{"one draw at 2^-64", 0, math.Ldexp(1, -64), assign.Control},
		{"only one draw at 2^-64", 1, math.Ldexp(1, -64), assign.Treated},
		{"floor of 1.5 draws", 1, math.Ldexp(1.5, -64), assign.Treated},
		{"last below a half", half - 1, 0.5, assign.Control},
		{"a half itself", half, 0.5, assign.Treated},
		{"last of the largest share below 1", math.MaxUint64 - 2048, almostOne, assign.Control},
		{"beyond the largest share below 1", math.MaxUint64 - 2047, almostOne, assign.Treated},
		{"everybody at 1", math.MaxUint64, 1, assign.Control},
		{"everybody above 1", math.MaxUint64, math.Inf(1), assign.Control},
	}
	for _, tt := range tests {
		if got := assign.Of(tt.u, tt.share); got != tt.want {
			t.Errorf("%s: arm %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestThresholdIsExact compares with arithmetic of unlimited precision, on draws around the threshold.
func TestThresholdIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.Float64Range(0, 1).Draw(t, "share")
		product := new(big.Float).SetPrec(200).SetFloat64(share)
		product.SetMantExp(product, 64)
		threshold, _ := product.Int(nil)

		near := new(big.Int).Add(threshold, big.NewInt(rapid.Int64Range(-3, 3).Draw(t, "offset")))
		if near.Sign() < 0 || !near.IsUint64() {
			return
		}
		if got, want := assign.IsControl(near.Uint64(), share), near.Cmp(threshold) < 0; got != want {
			t.Fatalf("share %v, u %v, threshold %v: control %v, want %v", share, near, threshold, got, want)
		}
	})
}

// TestLargerShareKeepsTheControl: draws of one salt are nested, so a preview of a larger share adds customers to the
// control and moves none out of it.
func TestLargerShareKeepsTheControl(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		u := rapid.Uint64().Draw(t, "u")
		low := rapid.Float64Range(0, 1).Draw(t, "low")
		high := rapid.Float64Range(low, 1).Draw(t, "high")
		if assign.IsControl(u, low) && !assign.IsControl(u, high) {
			t.Fatalf("u %d is control at %v and not at %v", u, low, high)
		}
	})
}

func TestFractionIsBelowOneAndOrdered(t *testing.T) {
	t.Parallel()
	if got := assign.Fraction(math.MaxUint64); got >= 1 {
		t.Errorf("the largest draw gives %v, want below 1", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b")
		if a <= b && assign.Fraction(a) > assign.Fraction(b) {
			t.Fatalf("fractions of %d and %d change places", a, b)
		}
	})
}

func TestHashedTextIsUnambiguous(t *testing.T) {
	t.Parallel()
	if got := assign.CampaignSalt("winback-90", 3); got != "winback-90:s3" {
		t.Errorf("salt %q, want winback-90:s3", got)
	}
	seen := map[uint64]string{}
	for _, salt := range []string{"a", "a:s1", "a:s11", "b:s1"} {
		for _, id := range []int64{math.MinInt64, -1, 0, 1, 11, math.MaxInt64} {
			text := salt + ":" + strconv.FormatInt(id, 10)
			u := assign.U(salt, id)
			if before, ok := seen[u]; ok {
				t.Errorf("%s and %s share a draw", before, text)
			}
			seen[u] = text
		}
	}
}

func BenchmarkU(b *testing.B) {
	salt := assign.CampaignSalt("winback-90", 1)
	b.ReportAllocs()
	for id := int64(0); b.Loop(); id++ {
		assign.U(salt, id)
	}
}
