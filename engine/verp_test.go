package engine

import (
	"bytes"
	"errors"
	"flag"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"treue/engine/delivery"
)

// mutations is how many changed tokens a test tries; `-mutations 1000000` for the full count.
var mutations = flag.Int("mutations", 100_000, "changed bounce tokens to try")

func TestBounceTokenRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k, now := testKeys(), time.Unix(rapid.Int64Range(1.7e9, 2.5e9).Draw(t, "now"), 0)
		id, hash := rapid.Int64Min(0).Draw(t, "customer"), rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash")
		message := k.MessageID(id, "winback", 1, "reminder", "shop.example")
		token := k.BounceToken(id, message, hash, now.Add(bounceLife))
		if _, err := delivery.CheckAddress(strings.Repeat("b", MaxBounceName) + "+" + token + "@bounce.shop.example"); err != nil {
			t.Fatal(err)
		}
		for _, spelt := range []string{token, strings.ToUpper(token)} {
			m, err := k.ReadBounceToken(spelt, now.Add(bounceLife))
			if err != nil || m.CustomerID != id || !strings.HasPrefix(message, m.MessagePrefix) || !bytes.HasPrefix(hash, m.AddressPrefix) {
				t.Fatalf("%+v %v", m, err)
			}
		}
		if _, err := k.ReadBounceToken(token, now.Add(bounceLife+24*time.Hour)); !errors.Is(err, ErrBadToken) {
			t.Fatal("a token outlives its day")
		}
		if _, err := NewKeys().ReadBounceToken(token, now); !errors.Is(err, ErrBadToken) {
			t.Fatal("a token of other keys is accepted")
		}
		if _, _, err := k.ReadToken(Unsubscribe, token); !errors.Is(err, ErrBadToken) {
			t.Fatal("a bounce token is a link")
		}
	})
}

// TestMutatedBounceTokens changes letters in every way: only the original, in whatever case, is read.
func TestMutatedBounceTokens(t *testing.T) {
	t.Parallel()
	const alphabet = "abcdefghijklmnopqrstuvwxyz234567ABCXYZ0189+-_=@ \r\n\x00\u212a"
	k, now := testKeys(), time.Unix(1_780_000_000, 0)
	token := k.BounceToken(4711, k.MessageID(4711, "winback", 1, "a", "x"), []byte("address hash"), now.Add(bounceLife))
	random := rand.New(rand.NewPCG(3, 4))
	tried := 0
	for tried < *mutations {
		b := []byte(token)
		for range 1 + random.IntN(3) {
			i, letter := random.IntN(len(b)), alphabet[random.IntN(len(alphabet))]
			switch random.IntN(5) {
			case 0, 1, 2:
				b[i] = alphabet[random.IntN(32)] // stays in the alphabet, so that the tag must tell
			case 3:
				b[i] = letter
			default:
				j := random.IntN(len(b))
				b[i], b[j] = b[j], b[i]
			}
		}
		if random.IntN(20) == 0 {
			b = append(b[:random.IntN(len(b))], b[random.IntN(len(b)):]...)
		}
		if strings.EqualFold(string(b), token) {
			continue
		}
		tried++
		if _, err := k.ReadBounceToken(string(b), now); !errors.Is(err, ErrBadToken) {
			t.Fatalf("%q was accepted", b)
		}
	}
}

func TestBounceAddress(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"": true, "b@bounce.shop.example": true, "bounces@shop.example": true, "elevenchars@shop.example": true,
		"b": false, "@shop.example": false, "b@": false, "b+c@shop.example": false, "twelve-chars@shop.example": false, "a@b@c": false,
	} {
		if err := checkBounce(address); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}
