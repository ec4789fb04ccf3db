package web

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"treue/engine"
	"treue/engine/store"
)

// Metrics counts what the database holds whenever it is asked: sends by campaign and state, the outbox, ticks, the age
// of the snapshots. No label names a customer. A database that does not answer in time leaves treue_store_up at 0 and
// the rest out, so that the process's own metrics still arrive. now is the business clock.
func Metrics(e *engine.Engine, now func() time.Time) prometheus.Collector {
	gauge := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("treue_"+name, help, labels, nil)
	}
	return &collector{
		engine: e, now: now,
		up:        gauge("store_up", "Whether the database answered this scrape."),
		sends:     gauge("sends", "Sends by campaign and state, ghost sends of the control group included.", "campaign", "state"),
		due:       gauge("outbox_due", "Sends that are due and in no worker's hand."),
		later:     gauge("outbox_later", "Sends that are due later or held."),
		oldest:    gauge("outbox_oldest_due_seconds", "For how long the longest-waiting due send has been due; 0 without one."),
		ticks:     gauge("ticks", "Ticks of schedules by what became of them: ran, missed or running.", "outcome"),
		late:      gauge("tick_late_seconds", "How long after its time the newest tick was taken."),
		returned:  gauge("mail_returned_day", "What came back in the last 24 hours by kind: hard, soft, block, sender, complaint.", "kind"),
		refresh:   gauge("refresh_age_seconds", "Age of the published snapshots; absent before the first refresh."),
		customers: gauge("snapshot_customers", "Customers in the published snapshots."),
	}
}

type collector struct {
	engine *engine.Engine
	now    func() time.Time

	up, sends, due, later, oldest, ticks, late, returned, refresh, customers *prometheus.Desc
}

// Describe names every metric.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.up, c.sends, c.due, c.later, c.oldest, c.ticks, c.late, c.returned, c.refresh, c.customers} {
		out <- d
	}
}

// Collect reads the database once.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	all, err := c.read(ctx)
	up := 1.0
	if err != nil {
		c.engine.Log.Warn("metrics", "error", err)
		up, all = 0, nil
	}
	for _, m := range append(all, c.metric(c.up, up)) {
		out <- m
	}
}

// metric is a value as it stands now: what is counted in the database may fall, too.
func (c *collector) metric(d *prometheus.Desc, value float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

func (c *collector) read(ctx context.Context) (all []prometheus.Metric, err error) {
	s := c.engine.Store()
	counts, err := s.SendCounts(ctx)
	if err != nil {
		return nil, err
	}
	for _, n := range counts {
		all = append(all, c.metric(c.sends, float64(n.N), n.CampaignKey, string(n.State)))
	}
	waiting, err := s.Backlog(ctx, c.now())
	if err != nil {
		return nil, err
	}
	age := 0.0
	if waiting.Oldest != nil {
		age = c.now().Sub(*waiting.Oldest).Seconds()
	}
	all = append(all, c.metric(c.due, float64(waiting.Due)), c.metric(c.later, float64(waiting.Later)), c.metric(c.oldest, age))
	returned, err := s.MailEventCounts(ctx, c.now().Add(-24*time.Hour))
	if err != nil {
		return nil, err
	}
	for _, kind := range []string{store.EventHard, store.EventSoft, store.EventBlock, store.EventSender, store.EventComplaint} {
		all = append(all, c.metric(c.returned, float64(returned[kind]), kind))
	}
	clockwork, err := c.clockwork(ctx)
	return append(all, clockwork...), err
}

// clockwork reads what happened on time and what did not.
func (c *collector) clockwork(ctx context.Context) (all []prometheus.Metric, err error) {
	s := c.engine.Store()
	ticks, err := s.TickCounts(ctx)
	if err != nil {
		return nil, err
	}
	for _, outcome := range []string{"ran", "missed", "running"} {
		all = append(all, c.metric(c.ticks, float64(ticks[outcome]), outcome))
	}
	late, err := s.TickDelay(ctx)
	if err != nil {
		return nil, err
	}
	all = append(all, c.metric(c.late, late.Seconds()))
	set, err := s.CurrentSet(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	return append(all, c.metric(c.refresh, c.now().Sub(set.AsOf).Seconds()), c.metric(c.customers, float64(set.Customers))), nil
}
