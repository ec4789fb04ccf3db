package delivery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"blitiri.com.ar/go/spf"
)

// spf checks the record by which a domain says who may send for it (RFC 7208), for the domain to which bounces go.
func (c SenderCheck) spf(ctx context.Context) []Finding {
	// An address that nobody has (RFC 5737) makes the whole record be read: it should match nothing but its end.
	result, err := c.askSPF(ctx, net.IPv4(192, 0, 2, 1))
	f := Finding{Name: "spf"}
	switch result {
	case spf.None:
		f.Detail = c.Return + " does not say who may send for it"
		f.Record = zoneLine(c.Return, "TXT", c.proposal(ctx))
		f.Fix = "publish " + f.Record + " and add what the operator of your mail server names"
	case spf.TempError:
		f.Detail, f.Fix = fmt.Sprintf("look up who may send for %s: %v", c.Return, err), "try again, or mend the DNS of "+c.Return
	case spf.PermError:
		f.Detail, f.Fix = fmt.Sprintf("receivers cannot read the SPF record of %s: %v", c.Return, err), mendSPF(err)
	case spf.Pass:
		f.Detail, f.Fix = "the SPF record of "+c.Return+" lets the whole world send for it", "end it with -all or ~all instead of +all"
	default:
		f.OK, f.Detail = true, "the SPF record of "+c.Return+" can be read"
		if missing := c.uncovered(ctx); len(missing) > 0 {
			f.Detail += "; it does not name " + strings.Join(missing, ", ")
			f.Fix = "ask the operator of the mail server from which addresses mail leaves, and name those in the record"
		}
	}
	return []Finding{f}
}

func (c SenderCheck) askSPF(ctx context.Context, ip net.IP) (spf.Result, error) {
	return spf.CheckHostWithSender(ip, c.Return, "postmaster@"+c.Return, spf.WithContext(ctx), spf.WithResolver(c.DNS))
}

// mendSPF says what to do about a record that nobody can read.
func mendSPF(err error) string {
	switch {
	case errors.Is(err, spf.ErrMultipleRecords):
		return "leave one TXT record that begins with v=spf1, with the terms of all"
	case errors.Is(err, spf.ErrLookupLimitReached), errors.Is(err, spf.ErrVoidLookupLimitReached), errors.Is(err, spf.ErrTooManyMXRecords):
		return "a record may ask the DNS ten times at most, and twice in vain: drop what is not needed, or write addresses (ip4:, ip6:) instead of names"
	}
	return "mend the term that the message names"
}

// uncovered are the addresses of the mail servers that the record does not name. Mail may leave from other addresses of
// their operator, so this is no fault by itself.
func (c SenderCheck) uncovered(ctx context.Context) (missing []string) {
	for _, ip := range c.addresses(ctx) {
		if result, _ := c.askSPF(ctx, ip); result != spf.Pass {
			missing = append(missing, ip.String())
		}
	}
	return missing
}

// addresses are those of the mail servers beyond this machine.
func (c SenderCheck) addresses(ctx context.Context) (all []net.IP) {
	for _, s := range remote(c.Sender) {
		if ip := net.ParseIP(s.host); ip != nil {
			all = append(all, ip)
			continue
		}
		found, err := c.DNS.LookupIPAddr(ctx, s.host)
		if err != nil {
			continue
		}
		for _, a := range found {
			all = append(all, a.IP)
		}
	}
	return all
}

// proposal is a record that names the mail servers, or else the domain's own machines.
func (c SenderCheck) proposal(ctx context.Context) string {
	terms := []string{"v=spf1"}
	for _, ip := range c.addresses(ctx) {
		if ip.To4() != nil {
			terms = append(terms, "ip4:"+ip.String())
		} else {
			terms = append(terms, "ip6:"+ip.String())
		}
	}
	if len(terms) == 1 {
		terms = append(terms, "mx", "a")
	}
	return strings.Join(append(terms, "~all"), " ")
}
