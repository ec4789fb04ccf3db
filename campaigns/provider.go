package campaigns

import "strings"

// Providers are the groups of mailbox providers by which rates are kept.
func Providers() []string {
	return []string{"gmail", "outlook", "gmx", "t-online", "yahoo", "rest"}
}

// Provider returns the mailbox provider behind an address: one of the large ones, or rest. It goes by the domain alone,
// since planning a hundred thousand mails must not wait for the DNS: a domain of the customer's own is rest, wherever
// its mail is kept.
func Provider(address string) string {
	domain := strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
	switch domain {
	case "gmx.de", "gmx.net", "gmx.at", "gmx.ch", "gmx.com", "gmx.org", "gmx.eu", "gmx.fr", "gmx.info", "gmx.biz", "web.de", "mail.com":
		return "gmx"
	case "t-online.de", "magenta.de":
		return "t-online"
	}
	name, ending, _ := strings.Cut(domain, ".")
	if !countryEnding(ending) {
		return "rest"
	}
	switch name {
	case "gmail", "googlemail":
		return "gmail"
	case "outlook", "hotmail", "live", "msn", "passport":
		return "outlook"
	case "yahoo", "ymail", "rocketmail", "aol", "aim":
		return "yahoo"
	}
	return "rest"
}

// countryEnding reports whether an ending is that of a country's edition: com, de, co.uk or com.br, but not shop.de.
func countryEnding(ending string) bool {
	first, second, two := strings.Cut(ending, ".")
	return first != "" && len(first) <= 3 && (!two || len(second) == 2 && (first == "co" || first == "com"))
}
