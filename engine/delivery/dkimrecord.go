package delivery

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
)

// DKIMRecord is what the domain has to publish in its DNS for one key.
type DKIMRecord struct {
	Name  string // such as treue2026._domainkey.shop.example
	Value string // v=DKIM1; k=rsa; p=…
}

// algorithm is the key's name in DNS.
func (k dkimKey) algorithm() string {
	if _, ok := k.signer.Public().(ed25519.PublicKey); ok {
		return "ed25519"
	}
	return "rsa"
}

// Records returns the records to publish, one per key.
func (d *DKIM) Records() ([]DKIMRecord, error) {
	var records []DKIMRecord
	for _, k := range d.keys {
		public, ok := k.signer.Public().(ed25519.PublicKey) // published bare (RFC 8463 section 4)
		if !ok {
			der, err := x509.MarshalPKIXPublicKey(k.signer.Public())
			if err != nil {
				return nil, fmt.Errorf("public key of selector %s: %w", k.selector, err)
			}
			public = der
		}
		records = append(records, DKIMRecord{
			Name:  k.selector + "._domainkey." + d.domain,
			Value: "v=DKIM1; k=" + k.algorithm() + "; p=" + base64.StdEncoding.EncodeToString(public),
		})
	}
	return records, nil
}

// Zone returns the record as a line of a zone file.
func (r DKIMRecord) Zone() string { return zoneLine(r.Name, "TXT", r.Value) }

// Check compares the DNS with the record; nil: mails signed with the key can be verified.
func (r DKIMRecord) Check(ctx context.Context, dns Resolver) error {
	found, err := dns.LookupTXT(ctx, r.Name)
	switch {
	case absent(err), err == nil && len(found) == 0:
		return fmt.Errorf("%s is not published", r.Name)
	case err != nil:
		return fmt.Errorf("look up %s: %w", r.Name, err)
	case len(found) > 1:
		return fmt.Errorf("%s has %d TXT records: leave one only", r.Name, len(found))
	}
	want, got := tags(r.Value), tags(found[0])
	kind := got["k"]
	if kind == "" {
		kind = "rsa" // the default of RFC 6376 section 3.6.1
	}
	switch {
	case got["v"] != "" && got["v"] != "DKIM1":
		return fmt.Errorf("%s is no DKIM record", r.Name)
	case got["p"] == "":
		return fmt.Errorf("%s has no key: it is revoked or incomplete", r.Name)
	case kind != want["k"] || got["p"] != want["p"]:
		return fmt.Errorf("%s holds another key than the one that signs", r.Name)
	}
	return nil
}

// tags reads a tag list (RFC 6376 section 3.2), without the blanks that folding leaves in values.
func tags(record string) map[string]string {
	out := map[string]string{}
	for field := range strings.SplitSeq(record, ";") {
		name, value, _ := strings.Cut(field, "=")
		out[strings.TrimSpace(name)] = strings.Join(strings.Fields(value), "")
	}
	return out
}
