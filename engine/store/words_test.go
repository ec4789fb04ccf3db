package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"treue/engine/store"
	"treue/rules/features"
)

// TestWordsAreThoseOfTheSet: private sets share a table, and a published one may be gone.
func TestWordsAreThoseOfTheSet(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.exec(`INSERT INTO tag_names VALUES ('abo'), ('vip')`)
	b.exec(`INSERT INTO category_names VALUES ('Tee')`)
	of := func(countries ...string) []features.Snapshot {
		rows := snapshots(len(countries))
		for i := range rows {
			rows[i].Country = countries[i]
		}
		return rows
	}
	keep := func(publish func(store.Set, []features.Snapshot) (store.Set, error), rows []features.Snapshot) store.Set {
		t.Helper()
		set, err := publish(b.set(noon), rows)
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	private := func(set store.Set, rows []features.Snapshot) (store.Set, error) {
		return b.PublishPrivate(b.ctx(), set, rows)
	}
	public := func(set store.Set, rows []features.Snapshot) (store.Set, error) {
		return b.Publish(b.ctx(), set, rows)
	}
	many := make([]string, 501)
	for i := range many {
		many[i] = fmt.Sprintf("c%d", i)
	}
	first, second, crowded := keep(private, of("DE", "AT", "DE", "")), keep(private, of("CH")), keep(private, of(many...))
	for _, test := range []struct {
		set    store.Set
		column string
		want   []string
	}{
		{first, "country", []string{"AT", "DE"}},
		{second, "country", []string{"CH"}},
		{crowded, "country", nil},
		{first, "tags", []string{"abo", "vip"}},
		{first, "categories", []string{"Tee"}},
		{first, "orders", nil},
		{first, `country FROM customers; --`, nil},
	} {
		got, err := b.Words(b.ctx(), test.set, test.column)
		slices.Sort(got)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s of set %d: %q, %v; want %q", test.column, test.set.ID, got, err, test.want)
		}
	}
	old := keep(public, of("DE"))
	keep(public, of("AT"))
	keep(public, of("CH"))
	if got, err := b.Words(b.ctx(), old, "country"); !errors.Is(err, store.ErrRefreshed) {
		t.Errorf("of a set that is gone: %q, %v", got, err)
	}
}
