// Package engine is the cycle and its clockwork: schedule, refresh, plan, dispatch, measure.
package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"treue/campaigns"
	"treue/engine/bounce"
	"treue/engine/delivery"
	"treue/engine/store"
	"treue/templates"
)

// Config is what a shop decides once.
type Config struct {
	Zone     *time.Location // the shop's days; needed
	Currency string         // ISO 4217; defaults to EUR
	Language string         // of customers without one: de or en; defaults to de

	MarginShare      *float64           // of the net value, for orders without a cost; nil: none
	CostPerMail      float64            // major units
	CostPerOrder     float64            // parcel, payment and the like, major units; taken off every order's margin
	AcquisitionCosts map[string]float64 // by channel, major units per customer: of customers without a cost of their own
	TaxRate          *float64           // taken out of orders without a tax; nil: they stay gross

	GlobalHoldout string        // "auto" or a share such as 5%; defaults to auto
	Cap7d, Cap30d int           // mails per customer; default to 2 and 4
	MaxDataAge    time.Duration // of the newest order import when a run plans; defaults to 36 h, negative: not checked

	Lease       time.Duration // of planner and workers; defaults to 15 s
	Connections int           // to the mail server at a time; defaults to 4

	PerHour     map[string]int   // mails an hour by provider (campaigns.Providers), rest for each of the others; absent: any number
	MailHosts   MailHosts        // by which domains of one operator share a rate; nil: each domain is on its own
	Warmup      int              // mails for each provider on the first day, half as many more on every further one; 0: any number
	HoldUnknown bool             // a mail whose answer never came waits for a person; false: it is sent twice more at most
	Stopwatch   func() Stopwatch // starts one for a dispatch; defaults to the machine's clock

	Shop        templates.Shop
	From        delivery.Address // sender of all mail
	ReplyTo     delivery.Address
	DKIM        *delivery.DKIM // signs all mail; nil: nothing does
	Unsubscribe string         // mailbox that unsubscribes, too; may be empty
	Bounce      string         // mailbox to which mail that cannot be delivered returns; empty: From's
	Bounces     bounce.Mailbox // that mailbox, to be emptied every five minutes; nil: it is not
	PublicURL   string         // where the customer's links lead; defaults to the local server
	CountClicks bool           // links to the shop lead through the server, which counts them

	ConsentTexts    ConsentTexts // what people agree to; empty: our own words
	ConsentRedirect string       // where the form for consents leads afterwards; empty: a page of ours

	Managers []string // addresses to which the monthly report goes; empty: it is not sent
	Letters  Letters  // writes it; nil: it is not sent

	Log *slog.Logger // defaults to silence
}

// ConsentTexts is the wording of the consent to advertising, in full. A change concerns later consents alone.
type ConsentTexts struct{ German, English string }

// WithDefaults fills what is unset.
func (c Config) WithDefaults() Config {
	set(&c.Currency, "EUR")
	set(&c.Language, "de")
	set(&c.GlobalHoldout, "auto")
	set(&c.Cap7d, 2)
	set(&c.Cap30d, 4)
	set(&c.MaxDataAge, 36*time.Hour)
	set(&c.Lease, 15*time.Second)
	set(&c.Connections, 4)
	set(&c.PublicURL, "http://127.0.0.1:8080")
	set(&c.Shop.Name, "Shop")
	set(&c.Shop.URL, c.PublicURL)
	if c.From.Addr == "" {
		c.From = delivery.Address{Name: c.Shop.Name, Addr: "shop@treue.example"}
	}
	set(&c.Shop.ReplyTo, cmp.Or(c.ReplyTo.Addr, c.From.Addr))
	if c.Stopwatch == nil {
		c.Stopwatch = newWallWatch
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func set[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Validate reports the first setting that cannot work.
func (c Config) Validate() error {
	switch {
	case c.Zone == nil:
		return errors.New("the shop's time zone is missing")
	case c.MarginShare != nil && (*c.MarginShare <= 0 || *c.MarginShare > 1):
		return fmt.Errorf("margin_share is %v: want a share above 0 and up to 1", *c.MarginShare)
	case c.TaxRate != nil && (*c.TaxRate < 0 || *c.TaxRate >= 1):
		return fmt.Errorf("tax_rate is %v: want a share such as 0.19", *c.TaxRate)
	case !(c.CostPerOrder >= 0):
		return fmt.Errorf("cost_per_order is %v: want 0 or more", c.CostPerOrder)
	case c.CostPerMail < 0:
		return fmt.Errorf("cost_per_mail is %v: want 0 or more", c.CostPerMail)
	case c.Cap7d < 1 || c.Cap30d < c.Cap7d:
		return fmt.Errorf("caps are %d in 7 and %d in 30 days: want at least 1, and no fewer in 30 days", c.Cap7d, c.Cap30d)
	case c.Lease < 100*time.Millisecond:
		return fmt.Errorf("lease is %v: want 100ms or more", c.Lease)
	case c.Connections < 1 || c.Connections > 64:
		return fmt.Errorf("mail.connections is %d: want 1 to 64", c.Connections)
	}
	if err := checkBounce(c.Bounce); err != nil {
		return err
	}
	if u, err := url.Parse(c.ConsentRedirect); err != nil || c.ConsentRedirect != "" && (u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
		return fmt.Errorf("consent.redirect is %q: want an address such as https://shop.example/thanks", c.ConsentRedirect)
	}
	for channel, cost := range c.AcquisitionCosts {
		if !(cost >= 0) {
			return fmt.Errorf("acquisition_cost.%s is %v: want 0 or more", channel, cost)
		}
	}
	for provider, n := range c.PerHour {
		if !slices.Contains(campaigns.Providers(), provider) || n < 1 {
			return fmt.Errorf("mail.per_hour has %s=%d: want 1 or more for one of %s", provider, n, strings.Join(campaigns.Providers(), ", "))
		}
	}
	if c.Warmup < 0 {
		return fmt.Errorf("mail.warmup is %d: want the mails of the first day, such as 50, or 0", c.Warmup)
	}
	_, err := c.holdoutShare()
	return err
}

// holdoutShare returns the global holdout's share; negative stands for auto.
func (c Config) holdoutShare() (float64, error) {
	if c.GlobalHoldout == "auto" {
		return -1, nil
	}
	text, percent := strings.CutSuffix(strings.TrimSpace(c.GlobalHoldout), "%")
	share, err := strconv.ParseFloat(text, 64)
	if percent {
		share /= 100
	}
	if err != nil || share < 0 || share > 0.5 {
		return 0, fmt.Errorf("global_holdout is %q: want auto or a share up to 50%%", c.GlobalHoldout)
	}
	return share, nil
}

// Engine runs the cycle over one database. It is safe for concurrent use.
type Engine struct {
	Config
	store     *store.Store
	sender    delivery.Sender
	templates *templates.Set
	keys      Keys
	groups    *mailGroups
	stumbles  stumbles
	zones     zones
	relief    time.Duration // after which a worker that waits for a server gets a stand-in

	forecasters forecasters
	regulars    slot[regulars]   // of the last refresh
	candidates  slot[candidates] // of the last plan
}

// New puts an engine together. It starts nothing.
func New(c Config, s *store.Store, sender delivery.Sender, set *templates.Set, keys Keys) (*Engine, error) {
	c = c.WithDefaults()
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return &Engine{Config: c, store: s, sender: sender, templates: set, keys: keys, groups: &mailGroups{hosts: c.MailHosts}, relief: reliefAfter}, nil
}

// Store returns the database the engine runs over.
func (e *Engine) Store() *store.Store { return e.store }

// Templates returns the mails the engine can write.
func (e *Engine) Templates() *templates.Set { return e.templates }

// terms are the figures that turn orders into money.
func (e *Engine) terms() store.Terms {
	return store.Terms{Zone: e.Zone, MarginShare: e.MarginShare, TaxRate: e.TaxRate, CostPerOrder: e.CostPerOrder, AcquisitionCosts: e.AcquisitionCosts}
}

// settings are the shop-wide rules of planning, for a shop with that many mailable customers.
func (e *Engine) settings(mailable int) campaigns.Settings {
	share, _ := e.holdoutShare() // was validated
	holdout := campaigns.Holdout{Share: share}
	if share < 0 {
		holdout = campaigns.AutoHoldout(mailable)
	}
	holdout.Zone = e.Zone
	return campaigns.Settings{Cap7d: e.Cap7d, Cap30d: e.Cap30d, GlobalHoldout: holdout, CostPerMail: e.CostPerMail}
}

// versions are the versions of campaigns in which entries began, each loaded once per cycle.
type versions struct {
	store *store.Store
	known map[versionKey]*campaigns.Campaign
}

type versionKey struct {
	key     string
	version int
}

func (v *versions) get(ctx context.Context, key string, version int) (*campaigns.Campaign, error) {
	k := versionKey{key, version}
	if c, ok := v.known[k]; ok {
		return c, nil
	}
	c, err := v.store.CampaignVersion(ctx, key, version)
	if err == nil {
		v.known[k] = c
	}
	return c, err
}
