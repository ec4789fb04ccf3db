package campaigns

import "testing"

func TestProvider(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"a@gmail.com": "gmail", "a@googlemail.com": "gmail", "A@GMAIL.COM": "gmail", "a@outlook.de": "outlook", "a@hotmail.co.uk": "outlook",
		"a@live.com": "outlook", "a@msn.com": "outlook", "a@gmx.de": "gmx", "a@web.de": "gmx", "a@t-online.de": "t-online",
		"a@shop.example": "rest", "a@notgmail.com": "rest", "a@mail.gmail.com": "rest", "": "rest", "gmail.com": "gmail",
		"a@yahoo.de": "yahoo", "a@yahoo.co.uk": "yahoo", "a@aol.com": "yahoo", "a@live.com.pt": "outlook",
		"a@web.shop.de": "rest", "a@live.shop.de": "rest", "a@gmail.example": "rest", "a@gmail": "rest",
	} {
		same(t, address, Provider(address), want)
	}
}
