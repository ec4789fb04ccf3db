package campaigns

import "testing"

func TestProvider(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"a@gmail.com": "gmail", "a@googlemail.com": "gmail", "A@GMAIL.COM": "gmail", "a@outlook.de": "outlook", "a@hotmail.co.uk": "outlook",
		"a@live.com": "outlook", "a@msn.com": "outlook", "a@gmx.de": "gmx", "a@web.de": "gmx", "a@t-online.de": "t-online",
		"a@Shop.example": "shop.example", "a@notgmail.com": "notgmail.com", "a@mail.gmail.com": "mail.gmail.com", "": "rest", "gmail.com": "gmail",
		"a@yahoo.de": "yahoo", "a@yahoo.co.uk": "yahoo", "a@aol.com": "yahoo", "a@live.com.pt": "outlook",
		"a@web.shop.de": "web.shop.de", "a@live.shop.de": "live.shop.de", "a@gmail.example": "gmail.example", "a@gmail": "gmail",
	} {
		same(t, address, Provider(address), want)
	}
}

func TestProviderOfHost(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"aspmx.l.google.com.": "gmail", "ALT1.gmail-smtp-in.l.google.com": "gmail", "alt2.aspmx.googlemail.com.": "gmail",
		"firma-de.mail.protection.outlook.com.": "outlook", "hotmail-com.olc.protection.outlook.com.": "outlook", "firma-de.a-v1.mx.microsoft": "outlook",
		"mx00.gmx.net.": "gmx", "mx-ha02.web.de.": "gmx", "mx01.t-online.de.": "t-online", "mta5.am0.yahoodns.net.": "yahoo",
		"mx-aol.mail.gm0.yahoodns.net.": "yahoo", "smtpin.rzone.de.": "", "notgoogle.com": "", "google.com.evil.example": "", "": "", ".": "",
	} {
		same(t, host, ProviderOfHost(host), want)
	}
}
