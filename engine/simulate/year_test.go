package simulate

import (
	"context"
	"flag"
	"os"
	"runtime/pprof"
	"syscall"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine"
	"treue/engine/store"
	"treue/templates"
)

// A simulated year takes minutes, so it runs by hand:
//
//	go test ./engine/simulate -run TestYear -v -timeout 30m -args -simulate.year=365
var (
	yearDays    = flag.Int("simulate.year", 0, "simulate so many days of 20,000 customers and five daily campaigns")
	yearProfile = flag.String("simulate.profile", "", "write a CPU profile of that year there")
)

// yearly are the five campaigns of testdata, with an effect of every sort.
func yearly(t testing.TB, zone *time.Location) []Campaign {
	t.Helper()
	file, err := os.Open("testdata/year.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := campaigns.ParseFile(file, campaigns.Defaults{Timezone: zone.String()})
	if err != nil {
		t.Fatal(err)
	}
	effects := []Effect{{Extra: 0.05, Revived: 0.05, Hunted: 0.4}, {Extra: 0.1}, {Extra: 0.05, Pulled: 0.2}, {}, {Pulled: 0.1}}
	program := make([]Campaign, len(all))
	for i := range all {
		program[i] = Campaign{all[i], effects[i]}
	}
	return program
}

// TestYear says how long a year of daily cycles takes.
func TestYear(t *testing.T) {
	if *yearDays == 0 {
		t.Skip("takes minutes: give -simulate.year=365")
	}
	zone := berlin(t)
	c := Config{
		Customers: 20_000, History: 730, Days: *yearDays, Seed: 1, Start: time.Date(2025, 1, 6, 0, 0, 0, 0, zone), Zone: zone, Currency: "EUR",
		Wholesale: 0.01, Program: yearly(t, zone),
	}
	if *yearProfile != "" {
		file, err := os.Create(*yearProfile)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			t.Fatal(err)
		}
		defer pprof.StopCPUProfile()
	}
	e, box := inMemory(t, database(t))
	began, cpu := time.Now(), cpuTime(t)
	result, err := Run(context.Background(), e, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d days, %d mails: %.1f s, %.1f s of CPU in this process", *yearDays, box.Taken(), time.Since(began).Seconds(), (cpuTime(t) - cpu).Seconds())
	for _, line := range result.Story {
		t.Logf("%s: %s", line.Label, line.Value)
	}
	for i := range result.Reports {
		r := &result.Reports[i]
		t.Logf("%s: %.3f (%.3f to %.3f), true %.3f, %s", r.Campaign.Key, r.Estimate.Diff, r.Estimate.PrintLow, r.Estimate.PrintHigh, result.Truth[r.Campaign.Key], r.Verdict.Code)
	}
}

func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// inMemory is an engine over that Postgres whose mail stays in this process.
func inMemory(t testing.TB, url string) (*engine.Engine, *Postbox) {
	t.Helper()
	s, err := store.Open(t.Context(), direct(url))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	set, err := templates.Starters()
	if err != nil {
		t.Fatal(err)
	}
	box := &Postbox{}
	e, err := engine.New(engine.Config{Zone: berlin(t), Connections: 16}, s, box, set, engine.NewKeys())
	if err != nil {
		t.Fatal(err)
	}
	return e, box
}

// direct tells the store that the address leads to no pooler, which lets it keep its statements prepared.
func direct(url string) string { return url + "&default_query_exec_mode=cache_statement" }
