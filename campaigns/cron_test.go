package campaigns

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestCronNext(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, spec, zone, after, want string }{
		{"later today", "0 9 * * *", "Europe/Berlin", "2026-11-22T08:59:59+01:00", "2026-11-22T09:00:00+01:00"},
		{"strictly after", "0 9 * * *", "Europe/Berlin", "2026-11-22T09:00:00+01:00", "2026-11-23T09:00:00+01:00"},
		{"weekdays", "0 9 * * 1-5", "Europe/Berlin", "2026-11-20T09:00:00+01:00", "2026-11-23T09:00:00+01:00"},
		{"names", "0 9 * nov mon", "Europe/Berlin", "2026-11-22T09:00:00+01:00", "2026-11-23T09:00:00+01:00"},
		{"sunday is seven", "0 9 * * 7", "Europe/Berlin", "2026-11-23T09:00:00+01:00", "2026-11-29T09:00:00+01:00"},
		{"sunday ends a range", "0 9 * * 6-7", "Europe/Berlin", "2026-11-28T09:00:00+01:00", "2026-11-29T09:00:00+01:00"},
		{"either day field", "0 0 13 * 5", "UTC", "2026-11-08T00:00:00Z", "2026-11-13T00:00:00Z"},
		{"either day field, weekday", "0 0 13 * 5", "UTC", "2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z"},
		{"a starred step is no choice", "0 0 */2 * 1", "UTC", "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"},
		{"short months are skipped", "0 9 31 * *", "UTC", "2026-03-31T09:00:00Z", "2026-05-31T09:00:00Z"},
		{"leap day", "0 9 29 2 *", "UTC", "2096-03-01T00:00:00Z", "2104-02-29T09:00:00Z"},
		{"leap day on a sunday", "0 9 29 2 */7", "UTC", "2088-03-01T00:00:00Z", "2128-02-29T09:00:00Z"},
		{"fixed time in the gap", "30 2 * * *", "Europe/Berlin", "2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"the day after the gap", "30 2 * * *", "Europe/Berlin", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"},
		{"fixed time in the overlap", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00+02:00", "2026-10-25T02:30:00+02:00"},
		{"not a second time", "30 2 * * *", "Europe/Berlin", "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"},
		{"hourly goes on through the overlap", "0 * * * *", "Europe/Berlin", "2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"},
		{"half-hourly, too", "*/30 * * * *", "Europe/Berlin", "2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+01:00"},
		{"every six hours owes a tick", "0 */6 * * *", "Europe/Berlin", "2026-10-25T00:00:00+02:00", "2026-10-25T05:00:00+01:00"},
		{"and keeps its hours", "0 */6 * * *", "Europe/Berlin", "2026-10-25T05:00:00+01:00", "2026-10-25T06:00:00+01:00"},
		{"midnight in the gap", "0 0 * * *", "Africa/Cairo", "2026-04-23T00:00:00+02:00", "2026-04-24T01:00:00+03:00"},
		{"half an hour back", "0 * * * *", "Australia/Lord_Howe", "2026-04-05T01:00:00+11:00", "2026-04-05T01:30:00+10:30"},
	} {
		cron, err := ParseCron(c.spec, zoneOf(t, c.zone))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := cron.Next(at(t, c.after)); !got.Equal(at(t, c.want)) {
			t.Errorf("%s: %q after %s is %s, want %s", c.name, c.spec, c.after, got.Format(time.RFC3339), c.want)
		}
	}
}

func TestParseCronErrors(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		"":                    "0 fields",
		"0 9 * *":             "4 fields",
		"0 0 9 * * *":         "6 fields",
		"60 9 * * *":          "60",
		"0 24 * * *":          "24",
		"0 9 0 * *":           "below minimum",
		"0 9 * foo *":         "foo",
		"0 9 * * 8":           "8",
		"5-1 * * * *":         "beyond end",
		"*/0 * * * *":         "positive",
		"@daily":              "1 fields",
		"TZ=Asia/Tokyo 0 9 1": "4 fields",
		"TZ=UTC 0 9 * *":      "TZ=UTC",
		"0 9 31 2 *":          "never runs",
		"0 9 31 4,6,9,11 *":   "never runs",
		"0 9 31 4 */2":        "never runs",
	} {
		if _, err := ParseCron(spec, time.UTC); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one that says %q", spec, err, want)
		}
	}
}

func TestCronDays(t *testing.T) {
	t.Parallel()
	cron, err := ParseCron("0 0 * * 5", zoneOf(t, "Africa/Cairo"))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "spec", cron.String(), "0 0 * * 5")
	same(t, "on the short Friday", cron.On(at(t, "2026-04-24T23:00:00+03:00")), true)
	same(t, "on Thursday", cron.On(at(t, "2026-04-23T12:00:00+02:00")), false)
	same(t, "the tick itself counts", cron.Between(at(t, "2026-04-24T01:00:00+03:00"), at(t, "2026-04-24T01:01:00+03:00")), true)
	same(t, "the end does not", cron.Between(at(t, "2026-04-23T01:00:00+02:00"), at(t, "2026-04-24T01:00:00+03:00")), false)
}

// forms are the schedule forms whose meaning at a change differs.
var forms = []string{
	"0 9 * * *", "30 2 * * *", "15,45 1-3 * * *", "0 0 * * *", "59 23 * * *", "30 2 * * 0", "5 0,12 1,15,31 * *",
	"0 * * * *", "*/30 * * * *", "* * * * *", "17 */2 * * *", "*/20 1-3 * * *",
}

func TestCronAroundChanges(t *testing.T) {
	t.Parallel()
	for _, name := range zones {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone := zoneOf(t, name)
			for _, year := range []int{2026, 2037} {
				for _, change := range changes(year, zone) {
					for _, spec := range forms {
						scan(t, spec, zone, change.Add(-30*time.Hour), 60*time.Hour)
					}
				}
			}
		})
	}
}

func TestCronRandom(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone := zoneOf(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		change := rapid.SampledFrom(changes(rapid.IntRange(2024, 2037).Draw(t, "year"), zone)).Draw(t, "change")
		spec := strings.Join([]string{
			drawField(t, 0, 59), drawField(t, 0, 23), drawField(t, 1, 28), "*", drawField(t, 0, 6),
		}, " ")
		scan(t, spec, zone, change.Add(-40*time.Hour), 80*time.Hour)
	})
}

func drawField(t *rapid.T, low, high int) string {
	number := rapid.IntRange(low, high)
	switch rapid.IntRange(0, 4).Draw(t, "form") {
	case 0:
		return strconv.Itoa(number.Draw(t, "value"))
	case 1:
		a, b := number.Draw(t, "first"), number.Draw(t, "last")
		return fmt.Sprintf("%d-%d/%d", min(a, b), max(a, b), rapid.IntRange(1, 5).Draw(t, "step"))
	case 2:
		return fmt.Sprintf("%d,%d", number.Draw(t, "one"), number.Draw(t, "other"))
	case 3:
		return fmt.Sprintf("*/%d", rapid.IntRange(1, (high+1)/2).Draw(t, "step"))
	default:
		return "*"
	}
}

// scan compares Next with a walk over every minute that knows neither offsets nor Next. Fixed times tick when the
// furthest that the wall clock has got first reaches them; intervals tick whenever the wall clock shows them or has
// skipped them, and at most once more where the clock goes back, so that no pause exceeds their step.
func scan(t rapid.TB, spec string, zone *time.Location, begin time.Time, length time.Duration) {
	t.Helper()
	cron, err := ParseCron(spec, zone)
	if err != nil {
		t.Fatalf("%q: %v", spec, err)
	}
	fields := strings.Fields(spec)
	interval := strings.HasPrefix(fields[0], "*") || strings.HasPrefix(fields[1], "*")
	var want, got []time.Time
	reached, back := wallOf(begin, zone), 0
	for instant := begin.Add(time.Minute); instant.Before(begin.Add(length)); instant = instant.Add(time.Minute) {
		before, shown := wallOf(instant.Add(-time.Minute), zone), wallOf(instant, zone)
		if shown.Before(before) {
			back++
		}
		from := reached
		if interval {
			from = earlier(before, shown.Add(-time.Minute))
		}
		for wall := from.Add(time.Minute); !wall.After(shown); wall = wall.Add(time.Minute) {
			if shows(fields, wall) {
				want = append(want, instant)
				break
			}
		}
		reached = later(reached, shown)
	}
	for tick := cron.Next(begin); tick.Before(begin.Add(length)) && len(got) < 6000; tick = cron.Next(tick) {
		got = append(got, tick)
	}
	surplus := slices.DeleteFunc(slices.Clone(got), func(g time.Time) bool { return slices.ContainsFunc(want, g.Equal) })
	missing := slices.DeleteFunc(slices.Clone(want), func(w time.Time) bool { return slices.ContainsFunc(got, w.Equal) })
	if len(missing) > 0 || len(surplus) > 0 && (!interval || len(surplus) > back) {
		t.Errorf("%q in %s: missing %v, surplus %v", spec, zone, missing, surplus)
	}
	if step := steady(fields); step > 0 {
		for i := 1; i < len(got); i++ {
			if pause := got[i].Sub(got[i-1]); pause > step {
				t.Errorf("%q in %s: pause of %s before %s", spec, zone, pause, got[i])
			}
		}
	}
}

// steady returns the longest pause that an interval of every day may make; 0 for other schedules.
func steady(fields []string) time.Duration {
	if fields[2] != "*" || fields[4] != "*" || !strings.HasPrefix(fields[1], "*") {
		return 0
	}
	everyHours := 1
	if _, step, ok := strings.Cut(fields[1], "/"); ok {
		everyHours, _ = strconv.Atoi(step)
	}
	if _, step, ok := strings.Cut(fields[0], "*/"); ok && everyHours == 1 {
		minutes, _ := strconv.Atoi(step)
		return time.Duration(minutes) * time.Minute
	}
	return time.Duration(everyHours) * time.Hour
}

// shows evaluates the five fields on a wall clock, by reading their text.
func shows(fields []string, wall time.Time) bool {
	dom, dow := matches(fields[2], wall.Day(), 1, 31), matches(fields[4], int(wall.Weekday()), 0, 6)
	day := dom && dow
	if !strings.HasPrefix(fields[2], "*") && !strings.HasPrefix(fields[4], "*") {
		day = dom || dow
	}
	return day && matches(fields[0], wall.Minute(), 0, 59) && matches(fields[1], wall.Hour(), 0, 23) &&
		matches(fields[3], int(wall.Month()), 1, 12)
}

func matches(field string, value, low, high int) bool {
	for item := range strings.SplitSeq(field, ",") {
		values, stepText, stepped := strings.Cut(item, "/")
		step, from, to := 1, low, high
		if stepped {
			step, _ = strconv.Atoi(stepText)
		}
		if first, last, ranged := strings.Cut(values, "-"); values != "*" {
			from, _ = strconv.Atoi(first)
			to = from
			if ranged {
				to, _ = strconv.Atoi(last)
			}
		}
		if value >= from && value <= to && (value-from)%step == 0 {
			return true
		}
	}
	return false
}

func BenchmarkCronNext(b *testing.B) {
	cron, err := ParseCron("0 9 29 2 *", time.UTC)
	if err != nil {
		b.Fatal(err)
	}
	after := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	for b.Loop() {
		cron.Next(after)
	}
}
