package templates

import (
	"fmt"
	"time"
)

const (
	german  = "de"
	english = "en"
)

// dateStyles are the ways to write a day.
func dateStyles() []string { return []string{"long", "short", "weekday", "day_month"} }

// formatDate writes a day in the zone that the time carries: "31. Januar 2026"
// in German, "31 January 2026" in English.
func formatDate(t time.Time, language, style string) string {
	year, month, day := t.Date()
	long := fmt.Sprintf("%d %s", day, month)
	weekday, short := t.Weekday().String(), fmt.Sprintf("%02d/%02d/%04d", day, month, year)
	if language == german {
		long = fmt.Sprintf("%d. %s", day, germanMonth(month))
		weekday, short = germanWeekday(t.Weekday()), fmt.Sprintf("%02d.%02d.%04d", day, month, year)
	}
	switch style {
	case "short":
		return short
	case "day_month":
		return long
	case "weekday":
		return fmt.Sprintf("%s, %s %d", weekday, long, year)
	default:
		return fmt.Sprintf("%s %d", long, year)
	}
}

func germanMonth(m time.Month) string {
	return [...]string{
		"Januar", "Februar", "März", "April", "Mai", "Juni",
		"Juli", "August", "September", "Oktober", "November", "Dezember",
	}[m-1]
}

func germanWeekday(d time.Weekday) string {
	return [...]string{"Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"}[d]
}

// asText writes a value as readers of the language expect it.
func asText(value any, language string) string {
	switch v := value.(type) {
	case string:
		return v
	case Money:
		return v.Format(language)
	case time.Time:
		return formatDate(v, language, "long")
	default:
		return fmt.Sprint(v)
	}
}
