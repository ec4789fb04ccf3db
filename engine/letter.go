package engine

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"treue/engine/delivery"
)

// Letter is the monthly report as a mail.
type Letter struct {
	Subject, HTML, Text string
	Attachments         []delivery.Attachment
}

// Letters writes the monthly report in a language, de or en.
type Letters func(m *Month, language string) (Letter, error)

// reportWorkday is the working day of a month on which the report of the month before leaves.
const reportWorkday = 3

// workday returns the start of the nth working day, Monday to Friday, of the month of t.
func (e *Engine) workday(t time.Time, n int) time.Time {
	day, _ := e.MonthOf(t)
	for {
		if wd := day.Weekday(); wd != time.Saturday && wd != time.Sunday {
			if n--; n == 0 {
				return day
			}
		}
		day = day.AddDate(0, 0, 1)
	}
}

// monthly sends last month's report to every manager, once, from the third working day on. Nothing is sent about a month
// in which the shop was not here yet.
func (e *Engine) monthly(ctx context.Context, now time.Time) error {
	if len(e.Managers) == 0 || e.Letters == nil || now.Before(e.workday(now, reportWorkday)) {
		return nil
	}
	thisMonth, _ := e.MonthOf(now)
	from, _ := e.MonthOf(thisMonth.Add(-time.Hour))
	var open []string
	for _, to := range e.Managers {
		taken, err := e.takeMonth(ctx, to, from, now)
		if err != nil {
			return err
		}
		if taken {
			open = append(open, to)
		}
	}
	if len(open) == 0 {
		return nil
	}
	if err := e.Ground(ctx); err != nil {
		return err
	}
	m, err := e.Month(ctx, from, now)
	if err != nil {
		return err
	}
	var errs []error
	for _, to := range open {
		outcome := "skipped"
		if first := m.Shop.FirstImport; first != nil && first.Before(m.Until) {
			if err := e.SendMonth(ctx, m, to, now); err != nil {
				errs = append(errs, err) // its tick stays open: the next day tries again
				continue
			}
			outcome = "sent"
		}
		errs = append(errs, e.store.FinishTick(ctx, monthTick(to), from, now, outcome))
	}
	return errors.Join(errs...)
}

// monthTick is the schedule of a manager's monthly report: one row per month and address, so that nobody gets it twice.
func monthTick(to string) string { return "·month " + to }

// takeMonth reports whether a manager's report of a month is still to be sent. Only the day's one holder of the daily
// tick asks: what was taken earlier and not finished has failed.
func (e *Engine) takeMonth(ctx context.Context, to string, from, now time.Time) (bool, error) {
	holder := newWorker()
	taken, err := e.store.TakeTick(ctx, monthTick(to), from, holder, now)
	if err == nil && !taken {
		taken, err = e.store.RetakeTick(ctx, monthTick(to), from, holder, now)
	}
	return taken, err
}

// SendMonth hands the report to the mail server. Without an answer it counts as sent, since it may have been.
func (e *Engine) SendMonth(ctx context.Context, m *Month, to string, now time.Time) error {
	mail, err := e.monthMail(m, to, now)
	if err != nil {
		return err
	}
	o, err := e.handOver(ctx, mail)
	if err != nil {
		return fmt.Errorf("send the monthly report: %w", err)
	}
	if o.Kind != delivery.Accepted && o.Kind != delivery.Unknown {
		return fmt.Errorf("send the monthly report to %s: %s", to, o)
	}
	return nil
}

// monthMail is the mail of a month to one manager; the same month has the same Message-ID, so that copies are one mail.
func (e *Engine) monthMail(m *Month, to string, now time.Time) (delivery.Prepared, error) {
	if e.Letters == nil {
		return delivery.Prepared{}, errors.New("send the monthly report: nobody is there to write it")
	}
	letter, err := e.Letters(m, e.Language)
	if err != nil {
		return delivery.Prepared{}, fmt.Errorf("write the monthly report: %w", err)
	}
	id := hex.EncodeToString(mac(e.keys.Message, "month", m.From.Format("2006-01"), to)[:16]) + "@" + e.domain()
	return e.signed(delivery.Prepare(delivery.Message{
		From: e.From, ReplyTo: e.ReplyTo, To: to, Subject: letter.Subject, HTML: letter.HTML, Text: letter.Text,
		Attachments: letter.Attachments, MessageID: id, Date: now, Language: e.Language,
	}))
}
