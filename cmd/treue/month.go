package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"treue/engine"
	"treue/engine/report"
)

// letters writes the monthly report in the words of engine/report, which stands above the engine that sends it.
func letters(c engine.Config) engine.Letters {
	c = c.WithDefaults()
	return func(m *engine.Month, language string) (engine.Letter, error) {
		l := report.Locale{Language: language, Zone: c.Zone, Currency: c.Currency}
		return report.Letter(m, report.Options{Locale: l, Shop: c.Shop.Name})
	}
}

// lastMonth stands for the newest month that is over.
const lastMonth = "last"

func (o *reportOutput) monthFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.month, "month", "", "the managers' page of a month such as 2027-04; without a value that of last month")
	f.Lookup("month").NoOptDefVal = lastMonth
	f.BoolVar(&o.send, "send", false, "with --month: mail it to the addresses of reports.to now")
}

// checkMonth refuses what does not go with a month.
func (o *reportOutput) checkMonth(keys []string) error {
	if o.month == "" {
		if o.send {
			return errors.New("--send mails the page of a month: give --month, too")
		}
		return nil
	}
	switch {
	case o.month != lastMonth && len(keys) == 0:
		if _, err := time.Parse("2006-01", o.month); err != nil {
			return fmt.Errorf("--month=%s: want a month such as --month=2027-04", o.month)
		}
	case len(keys) == 1 && o.month == lastMonth: // `--month 2027-04`: the value of an optional flag needs an equals sign
		if _, err := time.Parse("2006-01", keys[0]); err == nil {
			o.month = keys[0]
			return nil
		}
		return errors.New("--month is about all campaigns: leave the keys out")
	case len(keys) > 0:
		return errors.New("--month is about all campaigns: leave the keys out")
	}
	if o.format == "csv" || o.format == "json" {
		return fmt.Errorf("the page of a month is for people: --format text, html or pdf, not %s", o.format)
	}
	return nil
}

// monthly puts out the page of a month, or mails it.
func (o *reportOutput) monthly(ctx context.Context, e *engine.Engine, now time.Time) error {
	thisMonth, _ := e.MonthOf(now)
	from := thisMonth.AddDate(0, -1, 0)
	if o.month != lastMonth {
		var err error
		if from, err = time.ParseInLocation("2006-01", o.month, e.Zone); err != nil {
			return wrongInput(err)
		}
	}
	if from.After(now) {
		return wrongInput(fmt.Errorf("--month=%s has not begun yet", o.month))
	}
	if _, err := e.Measure(ctx, now, nil); err != nil {
		return err
	}
	m, err := e.Month(ctx, from, now)
	if err != nil {
		return err
	}
	if o.send {
		return o.mail(ctx, e, m, now)
	}
	d := report.Month(m, o.options(e, nil))
	if o.format == "pdf" {
		return o.put(func(w io.Writer) error { return report.OnePage(w, d) })
	}
	return o.document(d)
}

// mail sends the page to all managers.
func (o *reportOutput) mail(ctx context.Context, e *engine.Engine, m *engine.Month, now time.Time) error {
	if len(e.Managers) == 0 {
		return wrongInput(errors.New("nobody gets the monthly report: set reports.to, such as --set reports.to=boss@shop.example"))
	}
	if err := e.Ground(ctx); err != nil {
		return err
	}
	for _, to := range e.Managers {
		if err := e.SendMonth(ctx, m, to, now); err != nil {
			return err
		}
		fmt.Fprintf(o.errOut, "sent to %s\n", to)
	}
	return nil
}
