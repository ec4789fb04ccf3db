package store_test

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"treue/engine/store"
	"treue/rules/customer"
)

// differing names the exported fields in which two structs differ by more than rounding.
func differing(got, want any) []string {
	var names []string
	g, w := reflect.ValueOf(got), reflect.ValueOf(want)
	for i := range g.NumField() {
		a, b, name := g.Field(i), w.Field(i), g.Type().Field(i).Name
		switch {
		case !g.Type().Field(i).IsExported():
			continue
		case a.Kind() == reflect.Struct:
			names = append(names, differing(a.Interface(), b.Interface())...)
			continue
		case a.Kind() == reflect.Float64:
			if math.IsNaN(a.Float()) && math.IsNaN(b.Float()) || math.Abs(a.Float()-b.Float()) <= 1e-9*max(1, math.Abs(b.Float())) {
				continue
			}
		default:
			if reflect.DeepEqual(a.Interface(), b.Interface()) {
				continue
			}
		}
		names = append(names, fmt.Sprintf("%s = %v, want %v", name, a, b))
	}
	return names
}

func TestAggregatesEqualTheirDefinition(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tea := customer.Product{ID: id("tea"), Source: "shop", ExternalID: "tea", Name: "Tea", Category: "Tee", Active: true}
	if _, err := b.ImportProducts(b.ctx(), file("products", noon), lines(tea)); err != nil {
		t.Fatal(err)
	}
	b.campaigns("spring", "autumn")
	zones := []*time.Location{time.UTC, berlin(t), time.FixedZone("Etc/GMT-12", 12*3600)}
	serial := 0
	rapid.Check(t, func(r *rapid.T) {
		serial++
		h := drawHistory(r, serial)
		b.store(h)
		terms := store.Terms{Zone: zones[rapid.IntRange(0, len(zones)-1).Draw(r, "zone")]}
		if rapid.Bool().Draw(r, "has margin share") {
			terms.MarginShare = new(0.35)
		}
		if rapid.Bool().Draw(r, "has tax rate") {
			terms.TaxRate = new(0.19)
		}
		terms.CostPerOrder = rapid.SampledFrom([]float64{0, 0, 3.2}).Draw(r, "cost per order")
		asOf := noon.Add(time.Duration(rapid.IntRange(-80, 10).Draw(r, "as of")) * 24 * time.Hour)
		all, err := b.Aggregates(b.ctx(), asOf, terms)
		if err != nil {
			r.Fatal(err)
		}
		for _, c := range h.people {
			// Histories of earlier draws stay: every customer must be computed as if alone.
			i, found := slices.BinarySearchFunc(all, c.ID, func(a store.Aggregate, id int64) int { return cmp.Compare(a.CustomerID, id) })
			if !found {
				r.Fatalf("%s is missing", c.ExternalID)
			}
			if bad := differing(all[i], h.oracle(c, asOf, terms)); len(bad) > 0 {
				r.Fatalf("%s: %v", c.ExternalID, bad)
			}
		}
	})
}

func TestAggregatesLeaveTheErasedOut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.customers("known", noon, counts{inserted: 2}, person("c1", ""), person("c2", ""))
	b.exec(`UPDATE customers SET erased_at = $1 WHERE external_id = 'c1'`, noon)
	all, err := b.Aggregates(b.ctx(), noon, store.Terms{Zone: time.UTC})
	if err != nil || len(all) != 1 || all[0].ExternalID != "c2" || all[0].Margin != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestGoodsThatAreKeptKeepTheirCost(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	o := order("o1", "c1", noon, 1000)
	o.Cost, o.Refund = new(int64(400)), 500
	b.orders("order", noon, counts{inserted: 1}, o)
	if got := b.aggregate(noon, "c1").Margin; math.Abs(got-3) > 1e-9 {
		t.Errorf("margin = %v with goods back, want (10 - 4) / 2", got)
	}
	b.exec(`UPDATE order_events SET goods_kept = true`)
	if got := b.aggregate(noon, "c1").Margin; math.Abs(got-1) > 1e-9 {
		t.Errorf("margin = %v with goods kept, want 10 / 2 - 4", got)
	}
}
