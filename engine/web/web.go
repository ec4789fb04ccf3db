// Package web serves the operators' pages, the HTTP API and the customer's links (unsubscribe, preferences).
//
// The operators' pages have no login. They answer only on the machine itself: the connection comes from loopback,
// the Host header names it (127.0.0.1, [::1] or localhost, so that a foreign name that resolves to 127.0.0.1 opens
// nothing), and no proxy has its marks on the request. A proxy in front must forward `/u/`,
// `/consent` and `/static/` and nothing else; everybody
// else gets the customer's links, the health checks and the metrics.
//
// A link opened never changes anything: unsubscribing, choosing and confirming take a POST (RFC 8058). Pages need no script, and their policy
// forbids any.
package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"treue/engine"
	"treue/engine/bounce"
)

// Config is what the pages need.
type Config struct {
	Engine   *engine.Engine
	Now      func() time.Time // the business clock
	Language string           // of the operators' pages: de or en; empty: what the browser asks for

	Truth map[string]float64 // by campaign key, major units per customer: the effect an invented shop was given; nil: unknown
	Story []StoryLine        // what was done so far; empty: the latest runs are shown instead

	HookSecret string // in the path of the mail providers' reports, at least 20 letters; empty: there are none

	Gatherer prometheus.Gatherer // of GET /metrics; nil: there are none
	Version  string              // of the program
}

// StoryLine is one thing that was done: a short label, and the figure or sentence to it.
type StoryLine struct {
	Label string
	Text  string
}

// site serves the pages. It is safe for concurrent use.
type site struct {
	Config
	assets    assets
	views     map[string]views // by language
	readings  recent[[]engine.Report]
	programme recent[engine.Programme]
	requests  limiter // for consents

	overviews overviews
}

// New returns the handler of all routes.
func New(c Config) (http.Handler, error) {
	switch {
	case c.Engine == nil:
		return nil, errors.New("web pages: the engine is missing")
	case c.Now == nil:
		return nil, errors.New("web pages: the clock is missing")
	case c.Language != "" && c.Language != german && c.Language != english:
		return nil, fmt.Errorf("web pages: language is %q: want de or en", c.Language)
	}
	if c.HookSecret != "" && len(c.HookSecret) < minHookSecret {
		return nil, fmt.Errorf("web pages: the secret of mail.hooks has %d letters: want at least %d", len(c.HookSecret), minHookSecret)
	}
	s := &site{Config: c, views: map[string]views{}}
	var err error
	if s.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	for _, language := range []string{german, english} {
		l := locale{language: language, zone: cmp.Or(c.Engine.Zone, time.UTC), currency: c.Engine.Currency}
		if s.views[language], err = loadViews(l); err != nil {
			return nil, err
		}
	}
	return s.guarded(s.routes())
}

// routes names every route. GET serves HEAD, too.
func (s *site) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", s.operators(s.start))
	mux.Handle("GET /campaigns/{key}", s.operators(s.campaign))
	mux.Handle("GET /value", s.operators(s.value))
	mux.Handle("GET /reports", s.operators(s.reports))
	mux.Handle("GET /reports/{key}", s.operators(s.report))
	mux.Handle("GET /reports/{key}/{file}", s.operators(s.reportFile))
	for _, file := range []string{"report.html", "report.pdf", "report.csv"} { // of all campaigns; no key of ours has a dot
		mux.Handle("GET /reports/"+file, s.operators(s.reportFiles(file)))
	}
	mux.Handle("GET /month", s.operators(s.month))
	mux.Handle("GET /month/report.pdf", s.operators(s.monthFile))
	mux.Handle("GET /mails", s.operators(s.mails))
	mux.Handle("GET /mails/{id}", s.operators(s.mail))
	mux.Handle("GET /mails/{id}/html", s.operators(s.mailHTML))
	mux.Handle("GET /mails/{id}/raw", s.operators(s.mailRaw))
	mux.Handle("GET /", s.operators(func(http.ResponseWriter, *http.Request) error { return errNoPage }))

	mux.Handle("GET /u/{token}", s.everybody(s.askUnsubscribe))
	mux.Handle(oneClick, s.everybody(s.unsubscribe))
	mux.Handle("GET /u/p/{token}", s.everybody(s.preferences))
	mux.Handle("POST /u/p/{token}", s.everybody(s.changePreferences))
	mux.Handle("GET /u/p/{token}/data", s.everybody(s.personal))
	mux.Handle("GET /u/p/{token}/data.json", s.everybody(s.personalFile))
	mux.Handle("GET /u/r/{token}", s.everybody(s.follow))
	mux.Handle("GET /u/c/{token}", s.everybody(s.askConfirm))
	mux.Handle("POST /u/c/{token}", s.everybody(s.confirm))
	mux.Handle("GET /consent", s.everybody(s.askConsent))
	mux.Handle(consentForm, s.everybody(s.takeConsent))
	mux.Handle("GET /static/{file}", s.everybody(s.static))
	mux.Handle("GET /healthz", s.everybody(s.alive))
	mux.Handle("GET /readyz", s.everybody(s.ready))
	mux.Handle("GET /selftest/{nonce}", s.everybody(s.selfTest))
	if s.HookSecret != "" {
		mux.Handle("POST /hooks/ses/{secret}", s.everybody(s.hook(bounce.FromSES)))
		mux.Handle("POST /hooks/postmark/{secret}", s.everybody(s.hook(bounce.FromPostmark)))
	}
	if s.Gatherer != nil {
		mux.Handle("GET /metrics", promhttp.HandlerFor(s.Gatherer, promhttp.HandlerOpts{}))
	}
	return mux
}

// These routes alone take a request from another site: mailbox providers post to the first (RFC 8058), the shop's own
// form to the second. Neither knows a cookie.
const (
	oneClick    = "POST /u/{token}"
	consentForm = "POST /consent"
)
