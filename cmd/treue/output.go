package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"
)

// red and bold are the only colours: for what failed and for what matters.
const (
	red  = text.FgRed
	bold = text.Bold
)

// printJSON prints the command's one document.
func (a *app) printJSON(v any) {
	a.printErr = encode(a.out, v)
}

func encode(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// show prints the document for programs or, for people, what human writes.
func (a *app) show(document any, human func(io.Writer)) {
	if a.flags.json {
		a.printJSON(document)
		return
	}
	human(a.out)
}

// paint colours text on a terminal.
func (a *app) paint(c text.Color, s string) string {
	if os.Getenv("NO_COLOR") != "" || !isTerminal(a.out) {
		return s
	}
	return c.EscapeSeq() + s + text.Reset.EscapeSeq()
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// grid prints rows under a header, numbers to the right.
func grid(w io.Writer, header table.Row, rows []table.Row) {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	style := table.StyleLight
	style.Options = table.OptionsNoBordersAndSeparators
	style.Format.Header = text.FormatDefault
	t.SetStyle(style)
	t.AppendHeader(header)
	t.AppendRows(rows)
	var columns []table.ColumnConfig
	for i := range header {
		columns = append(columns, table.ColumnConfig{Number: i + 1, AlignHeader: alignment(rows, i), Align: alignment(rows, i), WidthMax: 80, WidthMaxEnforcer: text.WrapSoft})
	}
	t.SetColumnConfigs(columns)
	t.Render()
}

func alignment(rows []table.Row, column int) text.Align {
	for _, r := range rows {
		if column < len(r) {
			switch r[column].(type) {
			case int, int64, float64, amount:
				return text.AlignRight
			}
		}
	}
	return text.AlignLeft
}

// amount is a number that is printed as text but aligned as a number.
type amount string

// grouped prints a whole number with thin groups of thousands.
func grouped(n int64) amount {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return amount(s)
}

// orNull is a number for JSON, which has no NaN.
func orNull(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// seconds is an elapsed time for JSON, to the millisecond.
func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*1000) / 1000 }

// elapsed says how long something took.
func elapsed(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// spoken is the language of verdicts on the command line: German for those whose system speaks it, else English.
func spoken() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			if strings.HasPrefix(v, "de") {
				return "de"
			}
			break
		}
	}
	return "en"
}
