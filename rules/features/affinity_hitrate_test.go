package features

import (
	"compress/gzip"
	"encoding/csv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestNextCategoryForetellsARealShop holds the next category against the one that most customers have of those a
// customer has not. A category is the last word of a product's name: BAG, LANTERN, HOLDER. The data ends on 2011-12-09.
func TestNextCategoryForetellsARealShop(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("TREUE_REFERENCE_DATA")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("TREUE_REFERENCE_DATA is not set")
		}
		t.Skip("TREUE_REFERENCE_DATA names no folder with a real shop")
	}
	rows := retailLines(t, filepath.Join(dir, "online_retail", "online_retail.csv.gz"))
	t.Logf("%-10s %9s %5s %11s", "until", "customers", "ours", "best-seller")
	for _, until := range []string{"2011-06-30", "2011-08-31", "2011-09-30"} {
		before, after := map[string]map[string]bool{}, map[string]map[string]bool{}
		for _, r := range rows {
			into := before
			if r.date > until {
				into = after
			}
			if into[r.who] == nil {
				into[r.who] = map[string]bool{}
			}
			into[r.who][r.category] = true
		}
		customers, hits, popular := foretold(before, after)
		share := func(n int) float64 { return float64(n) / float64(customers) }
		t.Logf("%-10s %9d %5.3f %11.3f", until, customers, share(hits), share(popular))
		if customers < 1000 || share(hits) < 1.02*share(popular) {
			t.Errorf("until %s: %d of %d customers bought the next category, %d the best-seller they had not", until, hits, customers, popular)
		}
	}
}

// foretold counts the customers who came back for a category new to them, and those for whom it was the one foretold.
func foretold(before, after map[string]map[string]bool) (customers, hits, popular int) {
	buyers := map[string]int{}
	var sets [][]string
	for _, set := range before {
		sets = append(sets, slices.Sorted(maps.Keys(set)))
		for category := range set {
			buyers[category]++
		}
	}
	ranked := slices.SortedFunc(maps.Keys(buyers), func(a, b string) int {
		if buyers[a] != buyers[b] {
			return buyers[b] - buyers[a]
		}
		return strings.Compare(a, b)
	})
	affinity := NewAffinity(sets)
	for who, later := range after {
		had := before[who]
		later = maps.Clone(later)
		maps.DeleteFunc(later, func(category string, _ bool) bool { return had[category] })
		if len(had) == 0 || len(later) == 0 {
			continue
		}
		customers++
		if later[affinity.Next(slices.Sorted(maps.Keys(had)))] {
			hits++
		}
		if i := slices.IndexFunc(ranked, func(category string) bool { return !had[category] }); i >= 0 && later[ranked[i]] {
			popular++
		}
	}
	return customers, hits, popular
}

type retailLine struct{ who, date, category string }

func retailLines(t *testing.T, path string) (lines []retailLine) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		words := strings.Fields(row[2])
		if strings.HasPrefix(row[3], "-") || row[6] == "" || len(words) == 0 {
			continue
		}
		lines = append(lines, retailLine{row[6], row[4][:10], words[len(words)-1]})
	}
	return lines
}
