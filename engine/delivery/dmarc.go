package delivery

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-msgauth/dmarc"
	"golang.org/x/net/publicsuffix"
)

// policy checks the record that says what receivers do with mail that neither SPF nor DKIM proves (RFC 7489), and
// whether one of the two proves the domain that people see.
func (c SenderCheck) policy(ctx context.Context) []Finding {
	owner := organisation(c.From)
	record, at, err := c.askDMARC(ctx, owner)
	if err != nil {
		record := zoneLine("_dmarc."+owner, "TXT", "v=DMARC1; p=none; rua=mailto:postmaster@"+owner)
		f := Finding{Name: "dmarc", Detail: err.Error(), Fix: "leave one record, such as " + record, Record: record}
		switch {
		case errors.Is(err, dmarc.ErrNoPolicy):
			f.Detail, f.Fix = c.From+" has no DMARC policy", "publish "+record
		case dmarc.IsTempFail(err):
			f.Fix, f.Record = "try again, or mend the DNS of "+owner, ""
		}
		return []Finding{f, c.alignment(false, false)}
	}
	return []Finding{
		{Name: "dmarc", OK: true, Detail: fmt.Sprintf("%s says p=%s", at, record.Policy)},
		c.alignment(record.DKIMAlignment == dmarc.AlignmentStrict, record.SPFAlignment == dmarc.AlignmentStrict),
	}
}

// askDMARC looks for the policy of the sender's domain, then for that of its owner's.
func (c SenderCheck) askDMARC(ctx context.Context, owner string) (record *dmarc.Record, at string, err error) {
	several := false
	options := dmarc.LookupOptions{LookupTXT: func(name string) ([]string, error) {
		found, err := c.DNS.LookupTXT(ctx, name)
		n := 0
		for _, r := range found {
			if strings.HasPrefix(r, "v=DMARC1") {
				n++
			}
		}
		at, several = name, n > 1
		return found, err
	}}
	for _, domain := range []string{c.From, owner} {
		record, err = dmarc.LookupWithOptions(domain, &options)
		if !errors.Is(err, dmarc.ErrNoPolicy) {
			break
		}
	}
	if err == nil && several {
		err = fmt.Errorf("%s has several DMARC records: receivers heed none of them", at)
	}
	return record, at, err
}

// alignment checks that the domain people see is that of the signature or that of the envelope.
func (c SenderCheck) alignment(strictDKIM, strictSPF bool) Finding {
	signed := c.DKIM != nil && aligned(c.DKIM.domain, c.From, strictDKIM)
	enveloped := aligned(c.Return, c.From, strictSPF)
	switch {
	case signed && enveloped:
		return Finding{Name: "alignment", OK: true, Detail: "signature and bounce address are of " + c.From}
	case signed:
		return Finding{Name: "alignment", OK: true, Detail: "the signature is of " + c.From + ", the bounce address is not: SPF proves nothing about it"}
	case enveloped && c.DKIM == nil:
		return Finding{
			Name: "alignment", OK: true, Detail: "the bounce address is of " + c.From + "; we sign nothing, so forwarded mail proves nothing",
			Fix: "set mail.dkim.key_file, unless the mail server signs for " + c.From,
		}
	case enveloped:
		return Finding{
			Name: "alignment", OK: true, Detail: "the bounce address is of " + c.From + ", the signature of " + c.DKIM.domain + " is not: forwarded mail proves nothing",
			Fix: "set mail.dkim.domain to " + c.From,
		}
	}
	return Finding{
		Name: "alignment", Detail: "neither signature nor bounce address are of " + c.From + ": no receiver can tell that its mail is genuine",
		Fix: "set mail.dkim.domain to " + c.From + ", or mail.bounce to an address of it",
	}
}

// aligned reports whether a proven domain speaks for the one that people see: the same one, or, unless strict, one of
// the same owner (RFC 7489 section 3.1).
func aligned(proven, seen string, strict bool) bool {
	if strings.EqualFold(proven, seen) {
		return true
	}
	return !strict && organisation(proven) == organisation(seen)
}

// organisation is the domain that somebody has registered: shop.example for news.shop.example.
func organisation(domain string) string {
	domain = strings.ToLower(domain)
	if owner, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return owner
	}
	return domain
}
