package basket

import (
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"hash/fnv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// history is what every customer bought, by customer.
type history map[int64][]Purchase

// TestHitRateOnARealShop learns from a shop until a day and looks at what its customers bought afterwards: how many of
// them bought at least one of five suggestions. Figures were chosen on the earlier split; the later ones are the proof.
// The data ends on 2011-12-09.
func TestHitRateOnARealShop(t *testing.T) {
	t.Parallel()
	shop := onlineRetail(t)
	t.Logf("%-10s %4s %9s  %6s %10s %6s   %9s %13s", "until", "days", "customers", "ours", "same again", "top 5", "ours, new", "top 5 not had")
	for _, c := range []struct {
		until string
		days  int32
	}{{"2011-06-30", 28}, {"2011-08-31", 91}, {"2011-09-30", 28}, {"2011-09-30", 70}} {
		r := shop.judge(dayOf(t, c.until), c.days)
		t.Logf("%-10s %4d %9d  %6.3f %10.3f %6.3f   %9.3f %13.3f", c.until, c.days, r.customers, r.rate(r.ours), r.rate(r.again), r.rate(r.popular),
			r.newRate(r.oursNew), r.newRate(r.popularNew))
		if r.customers < 500 || r.curious < 500 {
			t.Errorf("%+v: only %d customers, %d of them with something new", c, r.customers, r.curious)
		}
		if r.rate(r.ours) < 1.5*r.rate(r.popular) {
			t.Errorf("%+v: all: %.3f, popularity %.3f", c, r.rate(r.ours), r.rate(r.popular))
		}
		if r.newRate(r.oursNew) < 1.3*r.newRate(r.popularNew) {
			t.Errorf("%+v: new products: %.3f, popularity %.3f", c, r.newRate(r.oursNew), r.newRate(r.popularNew))
		}
		if r.rate(r.ours) < 0.95*r.rate(r.again) {
			t.Errorf("%+v: all: %.3f, the same again %.3f", c, r.rate(r.ours), r.rate(r.again))
		}
		if r.suggestedDurable > 0 {
			t.Errorf("%+v: %d durable products were suggested to who has them", c, r.suggestedDurable)
		}
	}
}

// judgement counts customers of whom at least one of five products was bought.
type judgement struct {
	customers, ours, again, popular int
	curious, oursNew, popularNew    int // who bought something they had not had
	suggestedDurable                int
}

func (r *judgement) rate(hits int) float64    { return float64(hits) / float64(r.customers) }
func (r *judgement) newRate(hits int) float64 { return float64(hits) / float64(r.curious) }

func (h history) judge(until, days int32) judgement {
	l := NewLearner(until)
	ids := slices.Sorted(maps.Keys(h))
	for _, id := range ids {
		l.Add(h[id])
	}
	m := l.Model(func(int64) bool { return true })
	a := m.Advisor()
	top := make([]int64, 0, len(m.products))
	for _, p := range slices.SortedFunc(slices.Values(m.products), func(a, b product) int { return cmp.Compare(b.buyers, a.buyers) }) {
		top = append(top, p.id)
	}
	var r judgement
	for _, id := range ids {
		before, later := split(h[id], until, days)
		if len(before) == 0 || len(later) == 0 {
			continue
		}
		own := visits(before)
		had := func(id int64) bool { return slices.ContainsFunc(own, func(v visit) bool { return v.product == id }) }
		r.customers++
		next := a.Next(before, "", 5)
		r.ours += hit(products(next), later)
		r.again += hit(sameAgain(own), later)
		r.popular += hit(top[:5], later)
		for _, s := range next {
			if had(s.Product) && m.products[m.places[s.Product]].durable() {
				r.suggestedDurable++
			}
		}
		for id := range later {
			if had(id) {
				delete(later, id)
			}
		}
		if len(later) == 0 {
			continue
		}
		r.curious++
		fresh := products(a.fresh(own))
		r.oursNew += hit(fresh[:min(len(fresh), 5)], later)
		unseen := slices.DeleteFunc(slices.Clone(top[:min(len(top), 5+len(own))]), had)
		r.popularNew += hit(unseen[:5], later)
	}
	return r
}

// split returns what was bought by a day and which products in the days after it.
func split(all []Purchase, until, days int32) (before []Purchase, later map[int64]bool) {
	later = map[int64]bool{}
	for _, p := range all {
		switch {
		case p.Day <= until:
			before = append(before, p)
		case p.Day <= until+days:
			later[p.Product] = true
		}
	}
	return before, later
}

func products(all []Suggestion) (ids []int64) {
	for _, s := range all {
		ids = append(ids, s.Product)
	}
	return ids
}

func hit(ids []int64, later map[int64]bool) int {
	if slices.ContainsFunc(ids, func(id int64) bool { return later[id] }) {
		return 1
	}
	return 0
}

// sameAgain are the products bought on most days, the latest of equals.
func sameAgain(own []visit) (ids []int64) {
	own = slices.Clone(own)
	slices.SortFunc(own, func(a, b visit) int {
		return cmp.Or(cmp.Compare(b.days, a.days), cmp.Compare(b.last, a.last), cmp.Compare(a.product, b.product))
	})
	for _, v := range own[:min(len(own), 5)] {
		ids = append(ids, v.product)
	}
	return ids
}

func dayOf(t *testing.T, date string) int32 {
	t.Helper()
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		t.Fatal(err)
	}
	return int32(at.Unix() / 86400)
}

// onlineRetail reads the lines of a real wholesaler: goods only, without returns and without those of nobody.
func onlineRetail(t *testing.T) history {
	t.Helper()
	dir := os.Getenv("TREUE_REFERENCE_DATA")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("TREUE_REFERENCE_DATA is not set")
		}
		t.Skip("TREUE_REFERENCE_DATA names no folder with a real shop")
	}
	f, err := os.Open(filepath.Join(dir, "online_retail", "online_retail.csv.gz"))
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
	shop, days := history{}, map[string]int32{}
	for _, row := range rows[1:] {
		quantity, err := strconv.Atoi(row[3])
		if err != nil {
			t.Fatal(err)
		}
		// Codes of postage, fees and gift vouchers do not begin with a digit.
		if code := row[1]; quantity <= 0 || row[6] == "" || code[0] < '0' || code[0] > '9' {
			continue
		}
		date, _, _ := strings.Cut(row[4], " ")
		if _, known := days[date]; !known {
			days[date] = dayOf(t, date)
		}
		who := number(row[6])
		shop[who] = append(shop[who], Purchase{Product: number(row[1]), Order: number(row[0]), Day: days[date]})
	}
	return shop
}

func number(text string) int64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	return int64(h.Sum64() >> 1)
}
