package store_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"treue/engine/store"
	"treue/rules/features"
)

// model stores a fit for sets to refer to.
func (b *bench) model(asOf time.Time) store.Model {
	b.Helper()
	m := store.Model{
		AsOf: asOf, FittedAt: asOf, Name: "mbgnbd", Params: map[string]float64{"r": 0.5}, LogLikelihood: new(-12.5), Converged: true, Reason: "r",
		SpendName: "gammagamma", SpendParams: map[string]float64{"p": 6}, Cuts: map[string][]float64{"tier": {1, 2}}, Customers: 3, Buyers: 2, Orders: 5,
	}
	var err error
	if m.ID, err = b.SaveModel(b.ctx(), m); err != nil {
		b.Fatal(err)
	}
	return m
}

// snapshots are n customers, every second of whom nothing is known.
func snapshots(n int) []features.Snapshot {
	all := make([]features.Snapshot, n)
	for i := range all {
		features.Blank(&all[i])
		all[i].Tags, all[i].Categories = []string{}, []string{}
		if i%2 == 0 {
			all[i] = filled(i)
		}
		all[i].CustomerID, all[i].Source, all[i].ExternalID = int64(i+1), "shop", fmt.Sprint("c", i+1)
	}
	return all
}

// filled is a snapshot in which every statistic has a value of its own, so that none can be taken for another.
func filled(i int) features.Snapshot {
	var s features.Snapshot
	for n, c := range features.Columns() {
		at := 100*i + n
		switch {
		case c.Count != nil:
			*c.Count(&s) = int64(at)
		case c.Amount != nil:
			*c.Amount(&s) = float64(at) + 1.0/3
		case c.Word != nil:
			*c.Word(&s) = fmt.Sprint("w", at)
		case c.Day != nil:
			*c.Day(&s) = features.Day(at - 50)
		case c.Flag != nil:
			*c.Flag(&s) = true
		default:
			*c.Words(&s) = []string{fmt.Sprint("a", at), "ü, \"", ""}
		}
	}
	s.PAlive = 1.0 / 3
	return s
}

func (b *bench) set(asOf time.Time) store.Set {
	return store.Set{AsOf: asOf, Day: features.DayOf(asOf, time.UTC), LastImport: 7, ModelID: b.model(asOf).ID, Customers: 3, Buyers: 2}
}

// all is a view of every statistic.
func all() store.View {
	return store.View{Needs: store.EverythingStored(), Now: noon, Zone: time.UTC}
}

// read collects a set; each snapshot is copied, as the store demands.
func (b *bench) read(set store.Set) ([]features.Snapshot, error) { return b.readView(set, all()) }

func (b *bench) readView(set store.Set, view store.View) ([]features.Snapshot, error) {
	var all []features.Snapshot
	err := b.EachSnapshot(b.ctx(), set, view, func(s *features.Snapshot) error {
		kept := *s
		kept.Tags, kept.Categories = slices.Clone(s.Tags), slices.Clone(s.Categories)
		if h := s.History; h != nil {
			kept.History = &features.History{
				Orders: slices.Clone(h.Orders), Lines: slices.Clone(h.Lines), Contacts: slices.Clone(h.Contacts),
				Entries: slices.Clone(h.Entries), Points: slices.Clone(h.Points), Cuts: h.Cuts,
			}
		}
		all = append(all, kept)
		return nil
	})
	return all, err
}

func TestSnapshotsRoundTrip(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if _, err := b.CurrentSet(b.ctx()); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("before the first refresh: %v", err)
	}
	want := snapshots(5)
	published, err := b.Publish(b.ctx(), b.set(noon), want)
	if err != nil {
		t.Fatal(err)
	}
	set, err := b.CurrentSet(b.ctx())
	if err != nil || set.ID != published.ID || !set.AsOf.Equal(noon) || set.Day != features.DayOf(noon, time.UTC) || set.LastImport != 7 || set.Customers != 3 || set.Buyers != 2 || set.Mailable != 3 {
		t.Errorf("set = %+v, %v", set, err)
	}
	got, err := b.read(set)
	if err != nil || len(got) != len(want) {
		t.Fatal(len(got), err)
	}
	for i := range want {
		if bad := differing(got[i], want[i]); len(bad) > 0 {
			t.Errorf("snapshot %d: %v", i, bad)
		}
	}
	one, err := b.SnapshotOf(b.ctx(), set, all(), 3)
	if bad := differing(one, want[2]); len(bad) > 0 || err != nil {
		t.Errorf("one: %v, %v", bad, err)
	}
	if _, err := b.SnapshotOf(b.ctx(), set, all(), 99); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	stop := errors.New("enough")
	if err := b.EachSnapshot(b.ctx(), set, all(), func(*features.Snapshot) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("visit's error becomes %v", err)
	}
}

func TestTablesAreTheColumns(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	want := []string{"customer_id bigint true", "set_id bigint true"}
	for _, c := range features.Columns() {
		typ := ""
		switch {
		case c.Count != nil:
			typ = "bigint true"
		case c.Amount != nil:
			typ = "double precision false"
		case c.Word != nil:
			typ = fmt.Sprint("text ", c.Name == "source" || c.Name == "external_id")
		case c.Day != nil:
			typ = "date false"
		case c.Flag != nil:
			typ = "boolean true"
		case c.Words != nil:
			typ = "text[] true"
		}
		want = append(want, c.Name+" "+typ)
	}
	for _, table := range []string{"snapshots_a", "snapshots_b", "snapshots_private"} {
		got := column(b, `SELECT concat_ws(' ', attname, format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'true' ELSE 'false' END)
			FROM pg_attribute WHERE attrelid = '`+table+`'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s is not features.Columns() (-want +got):\n%s", table, diff)
		}
	}
}

func TestOnlyWhatIsNeededIsRead(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	set, err := b.Publish(b.ctx(), b.set(noon), []features.Snapshot{filled(1)})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range features.Columns() {
		view := all()
		view.Needs.Columns = []string{c.Name}
		got, err := b.readView(set, view)
		if err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
		var want features.Snapshot
		features.Blank(&want)
		whole := filled(1)
		switch {
		case c.Count != nil:
			*c.Count(&want) = *c.Count(&whole)
		case c.Amount != nil:
			*c.Amount(&want) = *c.Amount(&whole)
		case c.Word != nil:
			*c.Word(&want) = *c.Word(&whole)
		case c.Day != nil:
			*c.Day(&want) = *c.Day(&whole)
		case c.Flag != nil:
			*c.Flag(&want) = *c.Flag(&whole)
		case c.Words != nil:
			*c.Words(&want) = *c.Words(&whole)
		}
		if bad := differing(got[0], want); len(bad) > 0 {
			t.Errorf("only %s: %v", c.Name, bad)
		}
	}
}

func TestAmountsStayWhereArithmeticCannotFail(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	nan := math.NaN()
	values := []struct{ in, want float64 }{
		{math.MaxFloat64, nan},
		{-1.1e18, nan},
		{math.Inf(1), nan},
		{math.Inf(-1), nan},
		{nan, nan},
		{1e18, 1e18},
		{-1e18, -1e18},
		{math.SmallestNonzeroFloat64, 0},
		{-9e-31, 0},
		{1e-30, 1e-30},
		{0, 0},
		{-0.1, -0.1},
	}
	rows := snapshots(len(values))
	for i, v := range values {
		rows[i].Revenue, rows[i].RepeatSpend = v.in, v.in
	}
	set, err := b.Publish(b.ctx(), b.set(noon), rows)
	if err != nil {
		t.Fatal(err)
	}
	got, err := b.read(set)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range values {
		for _, is := range []float64{got[i].Revenue, got[i].RepeatSpend} {
			if is != v.want && !(math.IsNaN(is) && math.IsNaN(v.want)) {
				t.Errorf("%g became %g, want %g", v.in, is, v.want)
			}
		}
	}
}

func TestReadersNeverSeeHalfASet(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	publish := func(n int) store.Set {
		set, err := b.Publish(b.ctx(), b.set(noon), snapshots(n))
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	first := publish(10)
	publish(20)
	if got, err := b.read(first); err != nil || len(got) != 10 {
		t.Errorf("after one refresh: %d rows, %v", len(got), err)
	}
	// A refresh that needs the reader's table waits for the reader.
	done := make(chan error, 1)
	seen := 0
	err := b.EachSnapshot(b.ctx(), first, all(), func(*features.Snapshot) error {
		if seen++; seen == 1 {
			set := b.set(noon)
			go func() { _, err := b.Publish(b.ctx(), set, snapshots(30)); done <- err }()
		}
		return nil
	})
	if err = errors.Join(err, <-done); err != nil || seen != 10 {
		t.Errorf("during the second refresh: %d rows, %v", seen, err)
	}
	_, err = b.read(first)
	if !errors.Is(err, store.ErrRefreshed) || !strings.Contains(err.Error(), "refreshed twice") {
		t.Errorf("after two refreshes: %v", err)
	}
	if _, err := b.SnapshotOf(b.ctx(), first, all(), 1); !errors.Is(err, store.ErrRefreshed) || errors.Is(err, store.ErrNotFound) {
		t.Errorf("a customer after two refreshes: %v", err)
	}
}

func TestARefreshThatDiesLeavesTheOldOne(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	old, err := b.Publish(b.ctx(), b.set(noon), snapshots(10))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		broken := snapshots(10)
		broken[9].PAlive = 2 // no probability
		if _, err := b.Publish(b.ctx(), b.set(noon.AddDate(0, 0, 1)), broken); err == nil {
			t.Fatal("the table took a probability of 2")
		}
	}
	set, err := b.CurrentSet(b.ctx())
	if err != nil || set.ID != old.ID {
		t.Fatalf("set = %+v, %v", set, err)
	}
	if got, err := b.read(set); err != nil || len(got) != 10 {
		t.Errorf("%d rows, %v", len(got), err)
	}
}

func TestRefreshesAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var wg sync.WaitGroup
	set := b.set(noon)
	for i := range 6 {
		publish := b.Publish
		if i%2 == 0 {
			publish = b.PublishPrivate
		}
		wg.Go(func() {
			if _, err := publish(b.ctx(), set, snapshots(i+1)); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if _, err := b.SaveModel(b.ctx(), store.Model{Name: "nbd", SpendParams: map[string]float64{}, Params: map[string]float64{}, Cuts: map[string][]float64{}, AsOf: noon, FittedAt: noon}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	current, err := b.CurrentSet(b.ctx())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := b.read(current); err != nil || len(got)%2 != 0 || len(got) == 0 {
		t.Errorf("%d rows, %v", len(got), err)
	}
	if got := value[int64](b, `SELECT count(*) FROM snapshot_sets`); got != 3+2 {
		t.Errorf("%d sets, want three private ones and two slots", got)
	}
}

func TestPrivateSets(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	day := features.DayOf(noon, time.UTC)
	if _, err := b.PrivateSet(b.ctx(), day); !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	first, err := b.PublishPrivate(b.ctx(), b.set(noon), snapshots(3))
	if err != nil {
		t.Fatal(err)
	}
	if set, err := b.PrivateSet(b.ctx(), day); err != nil || set.ID != first.ID {
		t.Errorf("set = %+v, %v", set, err)
	}
	if _, err := b.CurrentSet(b.ctx()); !errors.Is(err, store.ErrNotFound) {
		t.Error("a private set was published")
	}
	b.exec(`UPDATE snapshot_sets SET computed_at = computed_at - interval '25 hours'`)
	second, err := b.PublishPrivate(b.ctx(), b.set(noon), snapshots(4))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := b.read(second); err != nil || len(got) != 4 {
		t.Errorf("%d rows, %v", len(got), err)
	}
	if got := value[int64](b, `SELECT count(*) FROM snapshots_private`); got != 4 {
		t.Errorf("%d rows are kept: the old set was not forgotten", got)
	}
}

func TestModels(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	m := b.model(noon)
	later := b.model(noon.AddDate(0, 0, 3))
	got, err := b.Model(b.ctx(), m.ID)
	if err != nil || got.Name != m.Name || got.Params["r"] != 0.5 || *got.LogLikelihood != -12.5 || got.SpendLogLikelihood != nil || len(got.Cuts["tier"]) != 2 || got.Orders != 5 {
		t.Errorf("model = %+v, %v", got, err)
	}
	for _, test := range []struct {
		after, upTo time.Time
		want        int64
	}{
		{noon.AddDate(0, 0, -7), noon.AddDate(0, 0, 9), later.ID},
		{noon.AddDate(0, 0, -7), noon.AddDate(0, 0, 2), m.ID},
		{noon, noon.AddDate(0, 0, 3), later.ID},
		{noon, noon.AddDate(0, 0, 2), 0},
	} {
		got, err := b.LatestModel(b.ctx(), test.after, test.upTo)
		if got.ID != test.want || (test.want == 0) != errors.Is(err, store.ErrNotFound) {
			t.Errorf("newest in (%v, %v] = %d, %v; want %d", test.after, test.upTo, got.ID, err, test.want)
		}
	}
	if got.Basis() != "revenue" {
		t.Errorf("basis = %s", got.Basis())
	}
	got.SetBasis("margin", 0.4)
	if got.Basis() != "margin" {
		t.Errorf("basis = %s", got.Basis())
	}
}
