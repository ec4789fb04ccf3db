package simulate

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"treue/campaigns"
	"treue/engine"
)

// Config says which shop to invent and for how long to run it.
type Config struct {
	Customers int            // who have ordered at the end; defaults to 12,000
	History   int            // days of orders before Start; defaults to 730
	Days      int            // days the cycle runs; defaults to 120
	Seed      uint64         // of every random stream
	Start     time.Time      // its calendar day is the first on which the cycle runs; needed
	Zone      *time.Location // the shop's days; defaults to the engine's
	Currency  string         // ISO 4217; defaults to the engine's
	Wholesale float64        // share of customers whose orders have a tail like Pareto's; defaults to none
	Program   []Campaign     // what the shop runs; defaults to the demo's
}

// Progress says how far a run has come.
type Progress struct {
	Stage string // invent, import, run or report
	Done  int    // of Total: days while the cycle runs; else 0 of 1 when the stage begins
	Total int
	Note  string // for people
}

// Line is one figure of the shop's story, in words.
type Line struct{ Label, Value string }

// Result is what a run came to.
type Result struct {
	Reports []engine.Report
	Truth   map[string]float64 // by campaign key: true effect per treated, matured customer, major units, as banked is defined; NaN: none has matured
	Story   []Line
	Mails   int       // that reached a mailbox
	End     time.Time // the business clock when the run ended
}

// simulation is a shop on its way through the days.
type simulation struct {
	*feed
	engine  *engine.Engine
	effects map[string]Effect // by campaign
	effect  func(*mailing) Effect
	last    time.Time // the last tick, or the eve
	report  func(Progress)
	byID    map[int64]*Person
	mails   []mailing
	entered int
	runs    int // of the cycle
}

// roomForDays is how far the heap may grow beyond what a simulation keeps, in per cent: every day throws most of its own away.
const roomForDays = 400

// Run invents the shop, imports it into an empty database and drives the real cycle for the days of c, from the first
// rule to the reports. Mail goes to the engine's sender. progress may be nil.
func Run(ctx context.Context, e *engine.Engine, c Config, progress func(Progress)) (Result, error) {
	if c.Zone == nil {
		c.Zone = e.Zone
	}
	if c.Currency == "" {
		c.Currency = e.Currency
	}
	c = c.WithDefaults()
	if progress == nil {
		progress = func(Progress) {}
	}
	if err := c.Validate(); err != nil {
		return Result{}, err
	}
	if err := mustBeEmpty(ctx, e.Store()); err != nil {
		return Result{}, err
	}
	defer engine.Roomy(roomForDays)()
	progress(Progress{"invent", 0, 1, fmt.Sprintf("inventing %d customers", c.Customers)})
	s, err := newSimulation(e, NewShop(c), progress)
	if err != nil {
		return Result{}, err
	}
	return s.run(ctx)
}

func newSimulation(e *engine.Engine, shop *Shop, progress func(Progress)) (*simulation, error) {
	if shop.Program == nil {
		var err error
		if shop.Program, err = demo(shop.Zone); err != nil {
			return nil, err
		}
	}
	s := &simulation{
		feed: newFeed(shop, e.Store(), e.Pepper()), engine: e, effects: map[string]Effect{}, report: progress,
		byID: make(map[int64]*Person, len(shop.People)),
	}
	for i := range shop.Program {
		s.effects[shop.Program[i].Key] = shop.Program[i].Effect
	}
	s.effect = func(m *mailing) Effect { return s.effects[m.CampaignKey] }
	s.last = s.eve()
	for i := range shop.People {
		s.byID[shop.People[i].ID] = &shop.People[i]
	}
	return s, nil
}

func (s *simulation) run(ctx context.Context) (Result, error) {
	if err := s.open(ctx); err != nil {
		return Result{}, err
	}
	end := s.calendar.run(s.Days - 1)
	if err := s.liveUntil(ctx, end); err != nil {
		return Result{}, err
	}
	s.report(Progress{"report", 0, 1, "measuring"})
	reports, err := s.engine.MeasureReports(ctx, end, nil)
	if err != nil {
		return Result{}, err
	}
	return s.result(reports, end), nil
}

// eve is when the shop has been imported and the campaigns are started: before the first run.
func (s *simulation) eve() time.Time { return s.at(0, (runHour-1)*hour) }

// open brings in the history and starts the campaigns, all before the first run.
func (s *simulation) open(ctx context.Context) error {
	eve := s.eve()
	s.report(Progress{"import", 0, 1, fmt.Sprintf("importing %d days of orders", s.History)})
	if err := s.assortment(ctx, eve); err != nil {
		return err
	}
	if err := s.bring(ctx, eve); err != nil {
		return err
	}
	for i := range s.Program {
		d := &s.Program[i].Definition
		if _, err := s.store.Apply(ctx, *d, eve); err != nil {
			return err
		}
		if err := s.store.SetStatus(ctx, d.Key, campaigns.Active, eve); err != nil {
			return err
		}
	}
	return nil
}

// liveUntil goes from one tick of the campaigns' schedules to the next: on days without one nothing is due.
func (s *simulation) liveUntil(ctx context.Context, end time.Time) error {
	for {
		tick, err := s.engine.NextTick(ctx, s.last)
		if err != nil {
			return err
		}
		if tick.IsZero() || tick.After(end) {
			return s.bring(ctx, end)
		}
		if err := s.live(ctx, tick); err != nil {
			return fmt.Errorf("simulate %s: %w", tick.In(s.Zone).Format(time.DateOnly), err)
		}
		s.last = tick
	}
}

// live is one morning on which a campaign's schedule rings: the orders since the last one come in, the cycle runs, and the
// mails that left cause orders of days to come.
func (s *simulation) live(ctx context.Context, now time.Time) error {
	if err := s.bring(ctx, now); err != nil {
		return err
	}
	// Nobody is there to look at a run that is far larger than those before, as on the day on which a cooldown ends for many.
	ran, err := s.engine.Run(ctx, now, engine.RunOptions{Confirm: true})
	if err != nil {
		return err
	}
	s.runs++
	for i := range ran.Plans {
		s.entered += ran.Plans[i].Control() + ran.Plans[i].ToSend()
	}
	sent, err := s.store.AcceptedSince(ctx, now)
	if err != nil {
		return err
	}
	for _, a := range sent {
		m := mailing{
			AcceptedSend: a, Person: s.byID[a.CustomerID], sent: s.day(a.AcceptedAt), assigned: s.day(a.AssignedAt),
		}
		m.Effect = s.effect(&m)
		s.coming = append(s.coming, s.caused(&m)...)
		s.move(&m)
		s.mails = append(s.mails, m)
	}
	s.report(Progress{"run", s.day(now) + 1, s.Days, fmt.Sprintf("%s: %d customers entered, %d mails", now.Format(time.DateOnly), s.entered, len(s.mails))})
	return nil
}

// result holds the reports against what is known to be true.
func (s *simulation) result(reports []engine.Report, end time.Time) Result {
	r := Result{Reports: reports, Truth: map[string]float64{}, Mails: len(s.mails), End: end}
	for i := range reports {
		c := &reports[i].Campaign.Definition
		r.Truth[c.Key] = s.truth(s.mails, c.Key, verdict(c), s.day(end), reports[i].Arms[1].Matured)
	}
	r.Story = s.story()
	return r
}

// story is what happened, in the order in which it did.
func (s *simulation) story() []Line {
	mailable := 0
	for i := range s.People {
		if p := &s.People[i]; p.Consent != nil && *p.Consent && p.ConsentAt != nil {
			mailable++
		}
	}
	return []Line{
		{"Customers", grouped(len(s.People)-len(s.people)) + ", " + grouped(mailable) + " of them with a proven consent"},
		{"Orders", grouped(s.counted) + " in " + grouped(s.History+s.Days) + " days"},
		{"Days on which campaigns ran", fmt.Sprintf("%d of %d", s.runs, s.Days)},
		{"Customers who entered a campaign", grouped(s.entered)},
		{"Mails", grouped(len(s.mails))},
	}
}

// grouped prints a whole number with its thousands apart.
func grouped(n int) string { return message.NewPrinter(language.English).Sprintf("%d", n) }
