package delivery

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
	"golang.org/x/net/publicsuffix"
)

// DKIM signs mails for one domain (RFC 6376), once with each of its keys: RSA for everybody, Ed25519 (RFC 8463) for
// those who know it. It is safe for concurrent use.
type DKIM struct {
	domain string
	keys   []dkimKey
}

// dkimKey is one private key and the selector under which the domain publishes the public one.
type dkimKey struct {
	selector string
	signer   crypto.Signer
}

// KeyFile is a private key in PEM and its selector.
type KeyFile struct {
	Selector string // such as treue2026: one per key, since two records under one name are undefined (RFC 6376 section 3.6.2.2)
	Path     string
}

// LoadDKIM reads the private keys of a signing domain. Errors name the file and say how to mend it; they repeat
// nothing of what is in it.
func LoadDKIM(domain string, files []KeyFile) (*DKIM, error) {
	domain, err := checkDomain(strings.ToLower(domain))
	if err != nil {
		return nil, fmt.Errorf("DKIM domain: %w", errors.New(strings.TrimPrefix(err.Error(), "address has a domain ")))
	}
	if _, err := publicsuffix.EffectiveTLDPlusOne(domain); err != nil {
		return nil, fmt.Errorf("DKIM domain %s belongs to everybody: use the shop's own", domain)
	}
	if len(files) == 0 {
		return nil, errors.New("DKIM has no key: name a file with an RSA key of 2048 bits in PEM")
	}
	d := &DKIM{domain: domain}
	for _, f := range files {
		if d.has(f.Selector) {
			return nil, fmt.Errorf("DKIM selector %q is used twice: every key needs its own", f.Selector)
		}
		if !selectorName.MatchString(f.Selector) {
			return nil, fmt.Errorf("DKIM selector %q: want letters, digits and hyphens, such as treue2026", f.Selector)
		}
		signer, err := readKey(f.Path)
		if err != nil {
			return nil, fmt.Errorf("DKIM key %s: %w", f.Path, err)
		}
		d.keys = append(d.keys, dkimKey{f.Selector, signer})
	}
	slices.SortStableFunc(d.keys, func(a, b dkimKey) int { return strings.Compare(b.algorithm(), a.algorithm()) })
	return d, nil
}

func (d *DKIM) has(selector string) bool {
	return slices.ContainsFunc(d.keys, func(k dkimKey) bool { return strings.EqualFold(k.selector, selector) })
}

// Aligned reports why a DMARC check (RFC 7489 section 3.1.1, relaxed) would not count the signature for a sender's
// address: its domain and the signing domain must belong to the same organisation.
func (d *DKIM) Aligned(from string) error {
	domain := from[strings.LastIndexByte(from, '@')+1:]
	ours, _ := publicsuffix.EffectiveTLDPlusOne(d.domain) // LoadDKIM has made sure
	theirs, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(domain))
	if err != nil || ours != theirs {
		return fmt.Errorf("DKIM domain %s is not aligned with the sender's %s: sign for %s or send from %s", d.domain, domain, domain, ours)
	}
	return nil
}

// oversigned headers are signed once more than they occur, so that none can be added on the way.
var oversigned = []string{"From", "To", "Subject", "Date"}

// signedIfThere are signed when a mail has them. Absent ones are left out: some relays add a Feedback-ID of their own.
var signedIfThere = []string{
	"Reply-To", "Message-ID", "MIME-Version", "Content-Type", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID",
}

// Sign returns the mail with one signature per key before its headers, relaxed/relaxed and over the whole body. The
// time in a signature is that of signing, so that a retry differs in it alone.
func (d *DKIM) Sign(mail Prepared) (Prepared, error) {
	list := headersToSign(mail.Raw)
	var signed bytes.Buffer
	for _, k := range d.keys {
		s, err := dkim.NewSigner(&dkim.SignOptions{
			Domain: d.domain, Selector: k.selector, Signer: k.signer, Hash: crypto.SHA256,
			HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
			HeaderKeys: list,
		})
		if err != nil {
			return Prepared{}, fmt.Errorf("sign mail: %w", err)
		}
		_, writeErr := s.Write(mail.Raw)
		if err := errors.Join(writeErr, s.Close()); err != nil {
			return Prepared{}, fmt.Errorf("sign mail with selector %s: %w", k.selector, err)
		}
		signed.WriteString(s.Signature())
	}
	signed.Write(mail.Raw)
	mail.Raw = signed.Bytes()
	return mail, nil
}

// headersToSign lists the names for h=, each as often as it has to be there.
func headersToSign(raw []byte) []string {
	var list []string
	for _, name := range oversigned {
		list = append(list, name, name)
	}
	head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	for line := range bytes.Lines(head) {
		name, _, _ := bytes.Cut(line, []byte(":"))
		for _, wanted := range signedIfThere {
			if strings.EqualFold(string(name), wanted) {
				list = append(list, wanted)
			}
		}
	}
	return list
}
