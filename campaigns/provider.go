package campaigns

import "strings"

// Provider returns the mailbox provider behind an address, by which rates are kept: one of the large ones, or rest.
func Provider(address string) string {
	domain := strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
	name, _, _ := strings.Cut(domain, ".")
	switch name {
	case "gmail", "googlemail":
		return "gmail"
	case "outlook", "hotmail", "live", "msn":
		return "outlook"
	case "gmx", "web":
		return "gmx"
	case "t-online":
		return "t-online"
	}
	return "rest"
}
