package customer

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Limits of RFC 5321 section 4.5.3.1, in bytes. The first caps what is even looked at, since some of
// the work below is worse than linear.
const (
	maxRawAddress = 320
	maxAddress    = 254
	maxLocalPart  = 64
	maxLabel      = 63
)

// NormaliseAddress returns the form of a mail address in which it is stored and sent to: trimmed, the domain
// in lower case and as A-labels (IDNA 2008, RFC 5891), the local part in NFC with its case kept. It refuses
// what RFC 5322 allows but no shop's customer has: quoted local parts, comments, IP literals, bare host names.
func NormaliseAddress(raw string) (string, error) {
	if len(raw) > maxRawAddress {
		return "", fmt.Errorf("address is %d bytes long, at most %d are possible", len(raw), maxAddress)
	}
	if !utf8.ValidString(raw) {
		return "", errors.New("address is not valid UTF-8")
	}
	address := strings.TrimSpace(raw)
	local, domain, found := strings.Cut(address, "@")
	if !found || strings.Contains(domain, "@") {
		return "", fmt.Errorf("address %q needs exactly one @", address)
	}
	local = norm.NFC.String(local)
	if err := checkLocalPart(local); err != nil {
		return "", fmt.Errorf("address %q: %w", address, err)
	}
	domain, err := normaliseDomain(domain)
	if err != nil {
		return "", fmt.Errorf("address %q: %w", address, err)
	}
	if n := len(local) + 1 + len(domain); n > maxAddress {
		return "", fmt.Errorf("address is %d bytes long, at most %d are possible", n, maxAddress)
	}
	return local + "@" + domain, nil
}

// checkLocalPart holds the local part to a dot-atom of RFC 5322 section 3.2.3, widened to letters of all
// scripts as RFC 6531 does.
func checkLocalPart(local string) error {
	switch {
	case local == "":
		return errors.New("nothing stands before the @")
	case len(local) > maxLocalPart:
		return fmt.Errorf("the part before the @ is %d bytes long, at most %d are possible", len(local), maxLocalPart)
	case local[0] == '.' || local[len(local)-1] == '.' || strings.Contains(local, ".."):
		return errors.New("the part before the @ has a dot too many")
	}
	for _, r := range local {
		if !localPartRune(r) {
			return fmt.Errorf("%q is not possible before the @", r)
		}
	}
	return nil
}

// localPartRune leaves out what RFC 5322 calls specials, spaces and everything invisible: each of them has been
// used to smuggle a second recipient or a header into a mail.
func localPartRune(r rune) bool {
	if r >= utf8.RuneSelf {
		return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
	}
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' ||
		strings.ContainsRune(".!#$%&'*+-/=?^_`{|}~", r)
}

// normaliseDomain returns the A-labels of a domain that can take mail from the Internet.
func normaliseDomain(domain string) (string, error) {
	if strings.HasPrefix(domain, "[") {
		return "", errors.New("an IP address in place of a domain is not accepted")
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", fmt.Errorf("%q is not a valid domain", domain)
	}
	labels := strings.Split(ascii, ".")
	if len(labels) < 2 {
		return "", fmt.Errorf("the domain %q has no dot", domain)
	}
	for _, label := range labels {
		if label == "" || len(label) > maxLabel {
			return "", fmt.Errorf("%q is not a valid domain: each part needs 1 to %d characters", domain, maxLabel)
		}
	}
	// No top-level domain is numeric (RFC 3696 section 2), so this is an IPv4 address or a slip.
	if top := labels[len(labels)-1]; len(top) < 2 || strings.Trim(top, "0123456789") == "" {
		return "", fmt.Errorf("%q does not end in a top-level domain", domain)
	}
	return ascii, nil
}

// AddressKey returns the form under which a normalised address is compared and hashed: lower case throughout,
// since no known mailbox provider tells cases apart. A +tag stays: on some servers it is another person's mailbox.
func AddressKey(normalised string) string {
	return norm.NFC.String(strings.ToLower(normalised))
}

// AddressHash returns HMAC-SHA256(pepper, AddressKey) of a normalised address, 32 bytes. It is what remains of
// an address after erasure: enough to keep a suppression, useless for finding the person without the pepper.
func AddressHash(pepper []byte, normalised string) []byte {
	mac := hmac.New(sha256.New, pepper)
	mac.Write([]byte(AddressKey(normalised)))
	return mac.Sum(nil)
}
