package delivery

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Limits of an address in bytes (RFC 5321 section 4.5.3.1, RFC 3696 erratum 1690).
const (
	maxAddressInput = 320
	maxAddress      = 254
	maxLocalPart    = 64
	maxLabel        = 63
)

// CheckAddress returns addr as it goes on the wire: local part untouched,
// domain as lower-case A-labels (IDNA 2008). It is stricter than RFC 5322:
// quoted local parts, comments, IP literals and domains without a dot are
// refused, because in customer data they are mistakes or attacks. A non-ASCII
// local part passes and needs SMTPUTF8. Errors do not repeat the address.
func CheckAddress(addr string) (string, error) {
	if len(addr) > maxAddressInput {
		return "", errors.New("address is longer than 320 bytes")
	}
	if !utf8.ValidString(addr) {
		return "", errors.New("address is not valid UTF-8")
	}
	at := strings.LastIndexByte(addr, '@')
	if at < 0 {
		return "", errors.New("address has no @")
	}
	local, domain := addr[:at], addr[at+1:]
	if err := checkLocal(local); err != nil {
		return "", err
	}
	domain, err := checkDomain(domain)
	if err != nil {
		return "", err
	}
	normal := local + "@" + domain
	if len(normal) > maxAddress {
		return "", errors.New("address is longer than 254 bytes")
	}
	return normal, nil
}

func checkLocal(local string) error {
	switch {
	case local == "":
		return errors.New("address has nothing before the @")
	case len(local) > maxLocalPart:
		return errors.New("address has more than 64 bytes before the @")
	case local[0] == '.' || local[len(local)-1] == '.' || strings.Contains(local, ".."):
		return errors.New("address has a misplaced dot before the @")
	}
	for _, r := range local {
		if !localRune(r) {
			return errors.New("address has a character before the @ that needs quoting")
		}
	}
	return nil
}

// localRune accepts atext (RFC 5322 section 3.2.3), the dot, and what RFC 6531
// adds to them, less everything invisible.
func localRune(r rune) bool {
	switch {
	case r >= utf8.RuneSelf:
		return unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != utf8.RuneError
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return true
	}
	return strings.ContainsRune(".!#$%&'*+-/=?^_`{|}~", r)
}

func checkDomain(domain string) (string, error) {
	if strings.ContainsAny(domain, "[]:") {
		return "", errors.New("address has an IP literal as its domain")
	}
	normal, err := wireDomain(domain)
	if err != nil {
		return "", errors.New("address has a domain that is not a valid host name")
	}
	labels := strings.Split(normal, ".")
	if len(labels) < 2 {
		return "", errors.New("address has a domain without a dot")
	}
	for _, label := range labels {
		if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
			return "", errors.New("address has a domain with an empty or malformed part")
		}
	}
	if strings.Trim(labels[len(labels)-1], "0123456789") == "" {
		return "", errors.New("address has an IP number as its domain")
	}
	return normal, nil
}

// wireDomain is a domain as A-labels. Most are that already, which idna would find
// out letter by letter.
func wireDomain(domain string) (string, error) {
	if plainHost(domain) {
		return domain, nil
	}
	normal, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", err
	}
	// What comes out must be a host name itself; idna lets a few A-labels
	// through that it would not take back.
	return idna.Lookup.ToASCII(normal)
}

// plainHost reports whether a domain consists of small letters, digits, dots and
// single hyphens between them: no A-label, and nothing that is mapped to another.
func plainHost(domain string) bool {
	inLabel := false // as the last character says
	for i := range len(domain) {
		c := domain[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			inLabel = true
		case inLabel && (c == '-' || c == '.'):
			inLabel = false
		default:
			return false
		}
	}
	return inLabel
}
