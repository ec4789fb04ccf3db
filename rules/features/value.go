package features

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Value returns the field's value for JSON: float64, string, bool, []string or a date as "2006-01-02"; nil if unknown.
func (f Field) Value(s *Snapshot, at Day) any {
	switch f.Type {
	case Number, Date:
		return f.numeric(s, at)
	case Text:
		if text := f.Text(s, at); text != "" {
			return text
		}
		return nil
	case Boolean:
		return f.Boolean(s, at)
	case List:
		return append([]string{}, f.List(s)...)
	}
	return nil
}

func (f Field) numeric(s *Snapshot, at Day) any {
	number := f.Number(s, at)
	switch {
	case math.IsNaN(number):
		return nil
	case f.Type == Date:
		return Day(number).String()
	}
	return number
}

// Format returns the field's value as people read it, and whether it is known; an unknown value reads "unknown".
// Numbers carry at most four decimals, texts are quoted as in a rule.
func (f Field) Format(s *Snapshot, at Day) (string, bool) {
	switch value := f.Value(s, at).(type) {
	case float64:
		return strconv.FormatFloat(math.Round(value*1e4)/1e4, 'f', -1, 64), true
	case bool:
		return strconv.FormatBool(value), true
	case []string:
		return formatList(value), true
	case string:
		if f.Type == Date {
			return value, true
		}
		return strconv.Quote(value), true
	}
	return "unknown", false
}

func formatList(items []string) string {
	quoted := slices.Clone(items)
	for i, item := range quoted {
		quoted[i] = strconv.Quote(item)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// String returns the day as 2006-01-02, or "unknown".
func (d Day) String() string {
	if !d.Known() {
		return "unknown"
	}
	return d.Date().Format(time.DateOnly)
}
