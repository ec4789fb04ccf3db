package simulate

import (
	"context"
	"os"
	"testing"
	"time"

	"treue/engine"
	"treue/engine/delivery"
	"treue/engine/localpg"
	"treue/engine/store"
	"treue/templates"
)

func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// shop is a small configuration whose runs cross the end of daylight saving time.
func shop(t testing.TB, customers, days int, seed uint64) Config {
	zone := berlin(t)
	return Config{
		Customers: customers, History: 365, Days: days, Seed: seed, Start: time.Date(2026, 9, 28, 0, 0, 0, 0, zone), Zone: zone, Currency: "EUR",
	}
}

// database is the address of a Postgres that nobody else uses.
func database(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "simulate-") //nolint:usetesting // a folder of t lies in one that no other user may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	server, err := localpg.Start(context.Background(), localpg.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server.URL()
}

// started is an engine over that Postgres whose mail is caught.
func started(t testing.TB, url string) *engine.Engine {
	t.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if _, err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	sender, err := delivery.Parse("catch:", delivery.Options{Keeper: engine.Catcher{Store: s}})
	if err != nil {
		t.Fatal(err)
	}
	set, err := templates.Starters()
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.New(engine.Config{Zone: berlin(t)}, s, sender, set, engine.NewKeys())
	if err != nil {
		t.Fatal(err)
	}
	return e
}
