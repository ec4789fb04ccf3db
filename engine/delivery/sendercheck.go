package delivery

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Finding is one thing that receivers of mail look at before they take it.
type Finding struct {
	Name   string // such as spf
	OK     bool
	Detail string // what was found
	Fix    string // what to do; "": nothing
	Record string // in Fix: the DNS record to publish, as a line of a zone file; "": none
}

// SenderCheck looks at a sender as receivers do. Gmail, Yahoo and Microsoft demand SPF, DKIM and an aligned DMARC of
// everybody who sends them more than 5,000 mails a day, and treat the others better who have them.
type SenderCheck struct {
	From    string   // domain of the sender's address, which people see
	Return  string   // domain of the address to which bounces go (the envelope sender)
	ReplyTo string   // domain of the address for answers; empty: From
	DKIM    *DKIM    // what signs our mails; nil: nothing of ours
	Sender  Sender   // by which they leave
	DNS     Resolver // *net.Resolver in production
}

// lookTime bounds the look at one thing: a name server or a mail server that is away must not keep the others.
const lookTime = 15 * time.Second

// Findings looks at the keys that sign and, if mail leaves by a server, at everything else: the records of the DNS, and
// the servers, to which it logs in and sends nothing.
func (c SenderCheck) Findings(ctx context.Context) []Finding {
	c.ReplyTo = cmp.Or(c.ReplyTo, c.From)
	c.Return = cmp.Or(c.Return, c.From)
	looks := []func(context.Context) []Finding{c.spf, c.keys, c.policy, c.answers, c.servers}
	if _, leaves := c.Sender.(*smtpSender); !leaves || c.From == "" {
		looks = []func(context.Context) []Finding{c.keys, c.servers}
	}
	var all []Finding
	for _, look := range looks {
		within, cancel := context.WithTimeout(ctx, lookTime)
		all = append(all, look(within)...)
		cancel()
	}
	return all
}

// keys compares the published DKIM keys with those that sign. Mail without a signature of ours is only noted: the mail
// server may sign.
func (c SenderCheck) keys(ctx context.Context) []Finding {
	if c.DKIM == nil {
		return []Finding{{Name: "dkim", OK: true, Detail: "mails leave unsigned: the mail server has to sign them", Fix: "set mail.dkim.key_file"}}
	}
	records, err := c.DKIM.Records()
	if err != nil {
		return []Finding{{Name: "dkim", Detail: err.Error(), Fix: "make a new key"}}
	}
	var all []Finding
	for _, r := range records {
		f := Finding{Name: "dkim", OK: true, Detail: r.Name + " holds the key that signs"}
		if err := r.Check(ctx, c.DNS); err != nil {
			f = Finding{Name: "dkim", Detail: err.Error(), Fix: "publish " + r.Zone(), Record: r.Zone()}
		}
		all = append(all, f)
	}
	return all
}

// answers checks that mail to our own addresses arrives somewhere: receivers ask for that of a sender, too.
func (c SenderCheck) answers(ctx context.Context) []Finding {
	domains := []string{c.From, c.ReplyTo, c.Return}
	slices.Sort(domains)
	var all []Finding
	for _, d := range slices.Compact(domains) {
		f := Finding{Name: "answers", OK: true, Detail: d + " takes mail"}
		if err := takesMail(ctx, c.DNS, d); err != nil {
			f = Finding{Name: "answers", Detail: err.Error(), Record: zoneLine(d, "MX", "10 mail."+d+".")}
			f.Fix = "publish " + f.Record + " with the name of the server that takes its mail"
		}
		all = append(all, f)
	}
	return all
}

// takesMail reports why mail to a domain has nowhere to go (RFC 5321 section 5.1, RFC 7505).
func takesMail(ctx context.Context, dns Resolver, domain string) error {
	hosts, err := dns.LookupMX(ctx, domain)
	switch {
	case err != nil && !absent(err) && len(hosts) == 0:
		return fmt.Errorf("look up where %s takes mail: %w", domain, err)
	case len(hosts) == 1 && hosts[0].Host == ".":
		return fmt.Errorf("%s takes no mail, as its DNS says: answers and bounces are lost", domain)
	case len(hosts) > 0:
		return nil
	}
	if _, err := dns.LookupIPAddr(ctx, domain); err != nil {
		return fmt.Errorf("%s takes no mail: answers and bounces are lost", domain)
	}
	return nil
}

// remote are the sender's servers that are not on this machine.
func remote(s Sender) []*server {
	smtp, ok := s.(*smtpSender)
	if !ok {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(smtp.servers), func(s *server) bool { return s.loopback })
}

// zoneLine is a record as a line of a zone file.
func zoneLine(name, kind, value string) string {
	if kind != "TXT" {
		return fmt.Sprintf("%s. IN %s %s", name, kind, value)
	}
	var parts []string // strings of at most 255 bytes (RFC 1035 section 3.3.14)
	for rest := value; rest != ""; {
		n := min(len(rest), 255)
		parts = append(parts, `"`+rest[:n]+`"`)
		rest = rest[n:]
	}
	return name + ". IN TXT ( " + strings.Join(parts, " ") + " )"
}
