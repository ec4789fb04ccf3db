package engine

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/delivery"
	"treue/rules/customer"
)

// plainLetter stands for the writer of the monthly report, which stands above the engine.
func plainLetter(m *Month, language string) (Letter, error) {
	return Letter{
		Subject: "Month " + m.From.Format("2006-01") + " " + language, Text: fmt.Sprintf("%d reports", len(m.Reports)),
		Attachments: []delivery.Attachment{{Name: "month.pdf", Type: "application/pdf", Data: []byte("%PDF")}},
	}, nil
}

// monthlyMails counts the mails that reached the server since the shop opened.
func (s *shop) monthlyMails() (n int) {
	for _, m := range s.smtp.Mails() {
		if strings.HasPrefix(m.Header.Get("Subject"), "Month ") {
			n++
		}
	}
	return n
}

// TestMonthlyReportLeavesOnce: on the third working day, once per manager, and again next month.
func TestMonthlyReportLeavesOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(c *Config) {
		c.Managers, c.Letters = []string{"boss@shop.example", "owner@shop.example"}, plainLetter
	})
	s.customers(3, nil)
	for _, step := range []struct {
		day  string
		want int
	}{
		{"2026-05-31", 0}, // the shop opened in May: April had nothing to say
		{"2026-06-01", 0},
		{"2026-06-02", 0},
		{"2026-06-03", 2}, // Monday, Tuesday, Wednesday
		{"2026-06-03", 2},
		{"2026-06-04", 2},
		{"2026-06-30", 2},
		{"2026-07-02", 2},
		{"2026-07-07", 4}, // the third was missed and is made up for
		{"2026-08-04", 4},
		{"2026-08-05", 6}, // the first is a Saturday
	} {
		at, err := time.ParseInLocation(time.DateOnly, step.day, s.zone)
		s.must(err)
		s.must(s.Wake(t.Context(), at.Add(9*time.Hour)))
		if got := s.monthlyMails(); got != step.want {
			t.Errorf("on %s: %d mails, want %d", step.day, got, step.want)
		}
	}
	same(t, "April", one[string](s, `SELECT outcome FROM ticks WHERE schedule = '·month boss@shop.example' ORDER BY scheduled_for LIMIT 1`), "skipped")
}

// TestMonthlyReportIsTriedAgain: a writer that fails costs a day and no mail.
func TestMonthlyReportIsTriedAgain(t *testing.T) {
	t.Parallel()
	broken := true
	s := newShop(t, func(c *Config) {
		c.Managers = []string{"boss@shop.example"}
		c.Letters = func(m *Month, language string) (Letter, error) {
			if broken {
				return Letter{}, errors.New("no paper")
			}
			return plainLetter(m, language)
		}
	})
	s.customers(3, nil)
	day := time.Date(2026, 6, 3, 9, 0, 0, 0, s.zone)
	s.must(s.Wake(t.Context(), day))
	same(t, "while it is broken", s.monthlyMails(), 0)
	broken = false
	s.must(s.Wake(t.Context(), day.AddDate(0, 0, 1)))
	same(t, "the next day", s.monthlyMails(), 1)
	s.must(s.Wake(t.Context(), day.AddDate(0, 0, 2)))
	same(t, "after that", s.monthlyMails(), 1)
}

// abroad is a mail server beyond this machine.
type abroad struct{ delivery.Sender }

func (abroad) Loopback() bool { return false }

// TestMonthlyReportNeedsGround: nothing leaves this machine before it may, and what waited leaves then.
func TestMonthlyReportNeedsGround(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(c *Config) { c.Managers, c.Letters = []string{"boss@shop.example"}, plainLetter })
	s.customers(3, nil)
	near := s.sender
	s.sender = abroad{near}
	day := time.Date(2026, 6, 3, 9, 0, 0, 0, s.zone)
	if err := s.monthly(t.Context(), day); err == nil {
		t.Error("a letter may leave without ground")
	}
	same(t, "without ground", s.monthlyMails(), 0)
	s.sender = near
	s.must(s.monthly(t.Context(), day.AddDate(0, 0, 1)))
	same(t, "on ground", s.monthlyMails(), 1)
}

// TestMonth counts the month's customers by hand.
func TestMonth(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	at := func(day string) time.Time {
		d, err := time.ParseInLocation(time.DateOnly, day, s.zone)
		s.must(err)
		return d.Add(12 * time.Hour)
	}
	var orders []customer.Order
	add := func(i int, days ...string) {
		for _, d := range days {
			orders = append(orders, orderOf(i, at(d), 1000))
		}
	}
	add(0, "2026-04-10")                             // new
	add(1, "2025-06-01", "2026-04-12")               // back after a long pause
	add(2, "2026-01-05", "2026-04-30")               // bought before, no long pause
	add(3, "2025-10-10")                             // fell silent in April: 180 days end on the 8th
	add(4, "2025-12-01")                             // active a quarter ago and now
	add(5, "2025-08-15")                             // active a quarter ago alone
	add(6, "2026-03-31", "2026-05-01")               // the months around
	cancelled := orderOf(7, at("2026-04-15"), 99000) // does not count
	cancelled.Status = customer.StatusCancelled
	s.importOrders(append(orders, cancelled)...)
	m, err := s.Month(t.Context(), at("2026-04-15"), s.now)
	s.must(err)
	same(t, "month", []string{m.From.Format(time.DateOnly), m.Until.Format(time.DateOnly), m.AsOf.Format(time.DateOnly)}, []string{"2026-04-01", "2026-05-01", "2026-05-01"})
	o := m.Orders
	same(t, "new, back, silent, buyers", []int64{o.New, o.Back, o.Silent, o.Buyers}, []int64{1, 1, 1, 3})
	same(t, "active now and before", []int64{o.Active, o.ActiveBefore}, []int64{5, 4})
	same(t, "value", []any{o.Value, o.Repeat, o.Margin}, []any{30.0, 20.0, false})
	same(t, "shop", []int64{m.Shop.Customers, m.Shop.Orders, m.Shop.Campaigns}, []int64{8, 11, 0})
}

// TestMonthKnowsTheNextRun: before anybody has entered that is all there is to say.
func TestMonthKnowsTheNextRun(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(3, nil)
	s.start(func(d *campaigns.Definition) { oneMail(d) })
	m, err := s.Month(t.Context(), s.now, s.now)
	s.must(err)
	same(t, "next run", m.NextRun.In(s.zone).Format(time.DateTime), "2026-05-05 12:00:00")
	same(t, "campaigns", []int64{m.Shop.Campaigns, int64(len(m.Reports))}, []int64{1, 0})
}
