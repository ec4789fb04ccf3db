package campaigns

import "strings"

// Rest stands for every group of mailboxes that has no name in Providers: a limit for rest holds for each of them.
const Rest = "rest"

// Providers are the groups of mailboxes for which a shop can set a rate by name. All others are called by the domain of
// the servers that take their mail.
func Providers() []string {
	return []string{"gmail", "outlook", "gmx", "t-online", "yahoo", Rest}
}

// Provider returns the group of mailboxes to which an address or a domain belongs as far as its name tells: one of the
// large ones, or the domain itself. Behind whose servers the domain of a firm hides only the DNS knows: ProviderOfHost.
func Provider(address string) string {
	domain := strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
	switch domain {
	case "gmx.de", "gmx.net", "gmx.at", "gmx.ch", "gmx.com", "gmx.org", "gmx.eu", "gmx.fr", "gmx.info", "gmx.biz", "web.de", "mail.com":
		return "gmx"
	case "t-online.de", "magenta.de":
		return "t-online"
	case "":
		return Rest
	}
	name, ending, _ := strings.Cut(domain, ".")
	if !countryEnding(ending) {
		return domain
	}
	switch name {
	case "gmail", "googlemail":
		return "gmail"
	case "outlook", "hotmail", "live", "msn", "passport":
		return "outlook"
	case "yahoo", "ymail", "rocketmail", "aol", "aim":
		return "yahoo"
	}
	return domain
}

// ProviderOfHost returns the large provider to which a mail server belongs, by the server's name in the MX record; "":
// it is of none of them.
func ProviderOfHost(host string) string {
	host = "." + strings.ToLower(strings.TrimSuffix(host, "."))
	for _, of := range []struct{ ending, provider string }{
		{".google.com", "gmail"},
		{".googlemail.com", "gmail"},
		{".outlook.com", "outlook"},
		{".mx.microsoft", "outlook"},
		{".hotmail.com", "outlook"},
		{".gmx.net", "gmx"},
		{".gmx.com", "gmx"},
		{".web.de", "gmx"},
		{".mail.com", "gmx"},
		{".t-online.de", "t-online"},
		{".yahoodns.net", "yahoo"},
		{".yahoo.com", "yahoo"},
	} {
		if strings.HasSuffix(host, of.ending) {
			return of.provider
		}
	}
	return ""
}

// countryEnding reports whether an ending is that of a country's edition: com, de, co.uk or com.br, but not shop.de.
func countryEnding(ending string) bool {
	first, second, two := strings.Cut(ending, ".")
	return first != "" && len(first) <= 3 && (!two || len(second) == 2 && (first == "co" || first == "com"))
}
