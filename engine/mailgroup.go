package engine

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"
	"golang.org/x/sync/errgroup"

	"treue/campaigns"
)

// MailHosts finds the servers that take a domain's mail; *net.Resolver is one. A domain that has none or does not exist
// is a *net.DNSError with IsNotFound.
type MailHosts interface {
	LookupMX(ctx context.Context, domain string) ([]*net.MX, error)
}

// How groups are looked up. A plan of a hundred thousand mails must not wait for a DNS that is slow or away: what is
// not known in time goes by the domain, and is asked again soon.
const (
	hostsAtATime = 32
	hostsTimeout = 2 * time.Second
	hostsPatient = 15 * time.Second // for all domains of a batch together
	hostsKnown   = 24 * time.Hour
	hostsUnknown = 10 * time.Minute
	hostsKept    = 100_000 // domains remembered
)

// mailGroups tells the groups of mailboxes by which rates are kept: those of one operator of mail servers share one. It
// is safe for concurrent use.
type mailGroups struct {
	hosts MailHosts // nil: groups go by the domain alone

	mu       sync.Mutex
	known    map[string]mailGroup
	awayFrom time.Time // nobody answered then: for a while nobody is asked
}

// mailGroup is a domain's group as it was found.
type mailGroup struct {
	name     string
	from, to time.Time // when it holds
}

// find returns the groups of domains, looking up at now what is not known. It never fails: a domain whose servers nobody
// names is a group of its own.
func (g *mailGroups) find(ctx context.Context, domains []string, now time.Time) map[string]string {
	found := make(map[string]string, len(domains))
	asked := make([]string, 0, len(domains))
	for _, d := range domains {
		group := campaigns.Provider(d)
		known, ok := g.remembered(d, now)
		switch {
		case ok:
			group = known
		case g.hosts != nil && group == d && !g.away(now): // not one of the large ones, about which nothing has to be asked
			asked = append(asked, d)
		}
		found[d] = group
	}
	if len(asked) == 0 {
		return found
	}
	ctx, cancel := context.WithTimeout(ctx, hostsPatient)
	defer cancel()
	answers := make([]mailGroup, len(asked))
	var looking errgroup.Group
	looking.SetLimit(hostsAtATime)
	for i, d := range asked {
		looking.Go(func() error { answers[i] = g.lookUp(ctx, d, now); return nil })
	}
	_ = looking.Wait() // none fails
	g.remember(asked, answers, now)
	for i, d := range asked {
		found[d] = answers[i].name
	}
	return found
}

func (g *mailGroups) away(now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.awayFrom.IsZero() && !now.Before(g.awayFrom) && now.Before(g.awayFrom.Add(hostsUnknown))
}

// remember keeps the answers. If nobody answered at all, the DNS is away, and further batches do not wait for it.
func (g *mailGroups) remember(domains []string, answers []mailGroup, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.known == nil || len(g.known)+len(domains) > hostsKept {
		g.known = map[string]mailGroup{}
	}
	g.awayFrom = now
	for i, d := range domains {
		g.known[d] = answers[i]
		if answers[i].to.Sub(now) == hostsKnown {
			g.awayFrom = time.Time{}
		}
	}
}

func (g *mailGroups) remembered(domain string, now time.Time) (string, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	known, ok := g.known[domain]
	return known.name, ok && !now.Before(known.from) && now.Before(known.to)
}

// lookUp asks for a domain's servers. The lack of an answer holds for less long than one.
func (g *mailGroups) lookUp(ctx context.Context, domain string, now time.Time) mailGroup {
	within, cancel := context.WithTimeout(ctx, hostsTimeout)
	defer cancel()
	hosts, err := g.hosts.LookupMX(within, domain)
	var missing *net.DNSError
	holds := hostsKnown
	if err != nil && len(hosts) == 0 && !(errors.As(err, &missing) && missing.IsNotFound) {
		holds = hostsUnknown
	}
	return mailGroup{groupOfHosts(hosts, domain), now, now.Add(holds)}
}

// groupOfHosts is the group of the server that is asked first: a large provider, or the domain of whoever runs it.
// Without a server (RFC 5321 section 5.1), or with one that says there is none (RFC 7505), the domain stands alone.
func groupOfHosts(hosts []*net.MX, domain string) string {
	if len(hosts) == 0 {
		return domain
	}
	first := slices.MinFunc(hosts, func(a, b *net.MX) int { return cmp.Or(cmp.Compare(a.Pref, b.Pref), cmp.Compare(a.Host, b.Host)) })
	if group := campaigns.ProviderOfHost(first.Host); group != "" {
		return group
	}
	owner, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(strings.TrimSuffix(first.Host, ".")))
	if err != nil {
		return domain
	}
	return owner
}

// groupOf returns the group of one address.
func (e *Engine) groupOf(ctx context.Context, address string, now time.Time) string {
	domain := domainOf(address)
	return e.groups.find(ctx, []string{domain}, now)[domain]
}

// domainOf is an address's domain in lower case.
func domainOf(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}
