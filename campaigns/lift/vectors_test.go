package lift

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// vector is a public test vector: figures that other tools assert or that were recomputed with scipy from published
// summary statistics. Undefined ones expect an error instead of figures.
type vector struct {
	ID        string                     `json:"id"`
	Estimator string                     `json:"estimator"`
	Tolerance float64                    `json:"rel_tol"` // 1e-6 unless given
	Inputs    map[string]json.RawMessage `json:"inputs"`
	Expected  map[string]json.RawMessage `json:"expected"`
}

func loadVectors(t *testing.T) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vs []vector
	if err := json.Unmarshal(text, &vs); err != nil {
		t.Fatal(err)
	}
	if len(vs) != 97 {
		t.Fatalf("%d vectors, want all 97", len(vs))
	}
	return vs
}

func into[T any](t *testing.T, from map[string]json.RawMessage, key string) T {
	t.Helper()
	var x T
	if err := json.Unmarshal(from[key], &x); err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	return x
}

// arm reads outcomes or sums. A proportion's variance is p(1-p) in the vectors' sources, so its squares are chosen to
// give that with n-1.
func (v vector) arm(t *testing.T, key string) Sums {
	t.Helper()
	var outcomes []float64
	if json.Unmarshal(v.Inputs[key], &outcomes) == nil {
		return SumsOf(outcomes)
	}
	in := into[struct {
		N       int64   `json:"n"`
		Sum     float64 `json:"sum"`
		Squares float64 `json:"sum_squares"`
		Cubes   float64 `json:"sum_cubes"`
		Kind    string  `json:"kind"`
	}](t, v.Inputs, key)
	if in.Kind == "proportion" {
		n := float64(in.N)
		p := in.Sum / n
		in.Squares = p*(1-p)*(n-1) + n*p*p
	}
	return Sums{N: in.N, Y: in.Sum, Y2: in.Squares, Y3: in.Cubes}
}

func (v vector) number(t *testing.T, key string) float64 {
	t.Helper()
	return into[float64](t, v.Inputs, key)
}

// want holds every figure the vector expects; one that was not computed is a failure, too.
func (v vector) want(t *testing.T, got map[string]float64) {
	t.Helper()
	for key := range v.Expected {
		have, ok := got[key]
		if !ok {
			t.Errorf("%s: nothing to compare with %s", v.ID, key)
			continue
		}
		want := into[float64](t, v.Expected, key)
		if !near(have, want, max(v.Tolerance, 1e-6)) {
			t.Errorf("%s: %s = %.12g, want %.12g", v.ID, key, have, want)
		}
	}
}

// near holds two figures to a relative tolerance; probabilities below 1e-12 need only agree in their magnitude.
func near(got, want, tolerance float64) bool {
	if want != 0 && math.Abs(want) < 1e-12 {
		return got > 0 && math.Abs(math.Log10(got/want)) < 1
	}
	return math.Abs(got-want) <= tolerance*math.Abs(want)+1e-9
}

func (v vector) undefined() bool {
	_, ok := v.Expected["defined"]
	return ok
}

// comparisons are one test per estimator of the vectors.
func comparisons() map[string]func(*testing.T, vector) {
	return map[string]func(*testing.T, vector){
		"welch_abs":                                 compareWelch,
		"welch_abs_one_sided":                       compareOneSided,
		"pooled_student_and_cornish_fisher":         comparePooled,
		"decision_interval":                         compareDecision,
		"relative_delta":                            compareRelativeDelta,
		"relative_fieller":                          compareFieller,
		"delta_variance":                            compareDeltaVariance,
		"lift_vs_attributable_fraction":             compareAttributable,
		"ratio_relative":                            compareRatio,
		"cuped_theta":                               compareTheta,
		"cuped_relative":                            compareCUPEDRelative,
		"cuped_abs":                                 compareCUPED,
		"lin_interacted_ols_hc2":                    compareLin,
		"cuped_ratio_relative":                      compareCUPEDRatio,
		"post_stratified_abs":                       compareStrata,
		"srm_chi2":                                  compareSRM,
		"srm_sequential_dirichlet":                  compareSequentialSRM,
		"asymptotic_confidence_sequence":            compareSequence,
		"asymptotic_confidence_sequence_cuped":      compareSequenceCUPED,
		"asymptotic_confidence_sequence_one_sided":  compareSequenceOneSided,
		"asymptotic_confidence_sequence_multiplier": compareMultiplier,
		"normal_mixture_boundary":                   compareBoundary,
		"power_absolute":                            comparePower,
		"power_relative_equal_arms":                 compareRelativePower,
		"power_relative_equal_arms_sequential":      compareRelativePower,
		"mde_relative_equal_arms":                   compareRelativeMDE,
		"mde_relative_equal_arms_sequential":        compareRelativeMDE,
		"sample_size_total_equal":                   compareSampleSize,
		"mde_absolute_cuped_allocation":             compareMDE,
		"min_control_size":                          compareControlSize,
		"additional_sample_factor":                  compareFurther,
		"skew_adequacy":                             compareAdequacy,
		"benjamini_hochberg":                        compareSelection,
		"benjamini_hochberg_with_fcr_level":         compareSelection,
		"holm_bonferroni":                           compareHolm,
		"empirical_bayes_dersimonian_laird":         compareShrinkage,
		"winsorize_upper_nearest_rank":              compareCap,
		"mean_cumulative_function":                  compareCurve,
		"itt_to_delivered_effect":                   compareDelivered,
		"clv_lift":                                  compareCLV,
		"bgnbd_recency_reset":                       compareRecencyReset,
		"two_campaign_interaction":                  compareInteraction,
		"per_entry_mean_cluster_se":                 comparePerEntry,
		"bucket_hash_fnv32a_v2":                     compareBuckets,
		"bucket_hash_sha256_u64":                    compareDraws,
		"bucket_hash_counts":                        compareDrawCounts,
		"qini_and_uplift_curve":                     compareRanking,
		"qini_grouped":                              compareGroupedRanking,
	}
}

// TestVectors reproduces every vector to 1e-6, or to the digits its source has published.
func TestVectors(t *testing.T) {
	t.Parallel()
	compare := comparisons()
	for _, v := range loadVectors(t) {
		test, ok := compare[v.Estimator]
		if !ok {
			t.Errorf("%s: no comparison for %s", v.ID, v.Estimator)
			continue
		}
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			test(t, v)
		})
	}
}
