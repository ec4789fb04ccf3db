package campaigns

import "testing"

func TestProvider(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"a@gmail.com": "gmail", "a@googlemail.com": "gmail", "A@GMAIL.COM": "gmail", "a@outlook.de": "outlook", "a@hotmail.co.uk": "outlook",
		"a@live.com": "outlook", "a@msn.com": "outlook", "a@gmx.de": "gmx", "a@web.de": "gmx", "a@t-online.de": "t-online",
		"a@shop.example": "rest", "a@notgmail.com": "rest", "a@mail.gmail.com": "rest", "": "rest", "gmail.com": "gmail",
	} {
		same(t, address, Provider(address), want)
	}
}
