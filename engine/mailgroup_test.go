package engine

import (
	"context"
	"errors"
	"maps"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/enginetest"
)

// fakeDNS answers from a table. A domain that stands for nothing in it does not exist, one that hangs never answers.
type fakeDNS struct {
	hosts map[string][]*net.MX
	hangs map[string]bool

	mu    sync.Mutex
	asked []string
}

func (f *fakeDNS) LookupMX(_ context.Context, domain string) ([]*net.MX, error) {
	f.mu.Lock()
	f.asked = append(f.asked, domain)
	f.mu.Unlock()
	if f.hangs[domain] {
		return nil, &net.DNSError{Err: "server misbehaving", Name: domain, IsTemporary: true}
	}
	if hosts, ok := f.hosts[domain]; ok {
		return hosts, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: domain, IsNotFound: true}
}

func (f *fakeDNS) questions() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	asked := f.asked
	f.asked = nil
	return slices.Sorted(slices.Values(asked))
}

func mx(pref uint16, host string) *net.MX { return &net.MX{Host: host, Pref: pref} }

func newFakeDNS() *fakeDNS {
	return &fakeDNS{
		hosts: map[string][]*net.MX{
			"firm.example":   {mx(10, "alt1.aspmx.l.google.com."), mx(1, "aspmx.l.google.com.")},
			"office.example": {mx(0, "office-example.mail.protection.outlook.com.")},
			"mueller.de":     {mx(10, "mx00.kundenserver.de."), mx(10, "mx01.kundenserver.de.")},
			"meier.de":       {mx(10, "mx01.kundenserver.de.")},
			"own.co.uk":      {mx(5, "post.own.co.uk.")},
			"nomail.example": {mx(0, ".")},
			"odd.example":    {mx(0, "mailhost.")},
		},
		hangs: map[string]bool{"silent.example": true, "mute.example": true},
	}
}

// TestMailGroups: who runs the servers decides; without an answer the domain is a group of its own.
func TestMailGroups(t *testing.T) {
	t.Parallel()
	dns := newFakeDNS()
	g := &mailGroups{hosts: dns}
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	want := map[string]string{
		"gmail.com": "gmail", "web.de": "gmx", "firm.example": "gmail", "office.example": "outlook", "mueller.de": "kundenserver.de",
		"meier.de": "kundenserver.de", "own.co.uk": "own.co.uk", "nomail.example": "nomail.example", "odd.example": "odd.example",
		"gone.example": "gone.example", "silent.example": "silent.example", "": "rest",
	}
	domains := slices.Sorted(maps.Keys(want))
	same(t, "groups", g.find(t.Context(), domains, now), want)
	asked := dns.questions()
	same(t, "nobody asks about the large ones", slices.Contains(asked, "gmail.com") || slices.Contains(asked, "web.de"), false)
	same(t, "asked", len(asked), len(want)-3)

	same(t, "again", g.find(t.Context(), domains, now.Add(time.Minute)), want)
	same(t, "all is remembered", len(dns.questions()), 0)
	same(t, "soon", g.find(t.Context(), domains, now.Add(11*time.Minute)), want)
	same(t, "what was silent is asked again", dns.questions(), []string{"silent.example"})
	same(t, "the next day", g.find(t.Context(), domains, now.Add(25*time.Hour)), want)
	same(t, "all are asked again", len(dns.questions()), len(asked))
}

// TestDNSAway: when nobody answers, further batches do not wait, and later they ask again.
func TestDNSAway(t *testing.T) {
	t.Parallel()
	dns := newFakeDNS()
	g := &mailGroups{hosts: dns}
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	g.find(t.Context(), []string{"silent.example", "mute.example"}, now)
	same(t, "asked", len(dns.questions()), 2)
	same(t, "away", g.find(t.Context(), []string{"firm.example"}, now.Add(time.Minute))["firm.example"], "firm.example")
	same(t, "not asked", len(dns.questions()), 0)
	same(t, "back", g.find(t.Context(), []string{"firm.example"}, now.Add(11*time.Minute))["firm.example"], "gmail")
	g.find(t.Context(), []string{"silent.example", "meier.de"}, now.Add(12*time.Minute))
	same(t, "one silence is not all", g.find(t.Context(), []string{"mueller.de"}, now.Add(13*time.Minute))["mueller.de"], "kundenserver.de")
}

// TestMailGroupsCancelled: a plan that is stopped does not wait.
func TestMailGroupsCancelled(t *testing.T) {
	t.Parallel()
	g := &mailGroups{hosts: blockedDNS{}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	same(t, "group", g.find(ctx, []string{"firm.example"}, time.Unix(0, 0))["firm.example"], "firm.example")
}

type blockedDNS struct{}

func (blockedDNS) LookupMX(ctx context.Context, _ string) ([]*net.MX, error) {
	<-ctx.Done()
	return nil, errors.Join(ctx.Err())
}

// TestOneOperatorOneRate: domains behind the same servers are slowed down together, others are not.
func TestOneOperatorOneRate(t *testing.T) {
	t.Parallel()
	domains := []string{"mueller.de", "meier.de", "firm.example", "gmail.com", "own.co.uk"}
	s := paced(t, 50, func(i int) string { return domains[i%len(domains)] }, func(c *Config) { c.MailHosts = newFakeDNS() })
	same(t, "groups", one[string](s, `SELECT string_agg(provider || n, ' ' ORDER BY provider) FROM (SELECT provider, count(*) n FROM outbox GROUP BY provider) x`),
		"gmail20 kundenserver.de20 own.co.uk10")
	s.smtp.ScriptTo("k0@mueller.de", enginetest.AtRcpt, enginetest.SMTPStep{Reply: "421 4.7.0 too fast"})
	s.dispatch()
	same(t, "kind", s.trouble("kundenserver.de").Kind, campaigns.RateFast)
	counts := map[string]int{}
	for _, m := range s.smtp.Mails() {
		counts[domainOf(m.To)]++
	}
	for _, d := range domains[2:] {
		same(t, d, counts[d], 10)
	}
	if n := counts["mueller.de"] + counts["meier.de"]; n >= 20 {
		t.Errorf("%d mails to the operator that asked to slow down", n)
	}
}

// TestManySmallProviders: each domain on its own is a group; all are served, and a limit for the rest holds for each.
func TestManySmallProviders(t *testing.T) {
	t.Parallel()
	domain := func(i int) string { return name(i/2) + ".example" }
	s := paced(t, 120, domain, nil)
	same(t, "no limit", s.dispatch(), states{campaigns.Accepted: 120})

	s = paced(t, 120, domain, func(c *Config) { c.PerHour = map[string]int{campaigns.Rest: 1} })
	same(t, "one each", s.dispatch(), states{campaigns.Accepted: 60})
	s.pass(30 * time.Minute)
	same(t, "not yet", s.dispatch(), states{})
	s.pass(30 * time.Minute)
	same(t, "and the other", s.dispatch(), states{campaigns.Accepted: 60})
	s.days(40)
	s.dispatch()
	same(t, "idle ones are forgotten", one[int](s, `SELECT count(*) FROM provider_rates`), 0)
}
