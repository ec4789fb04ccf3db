package engine

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Keys are the secrets of an installation. They are made at the first start and belong into every backup: without
// them old unsubscribe links die and suppressed addresses are no longer recognised.
type Keys struct {
	ID      string `json:"id"`
	Pepper  []byte `json:"pepper"`  // of address hashes
	Link    []byte `json:"link"`    // signs the customer's links
	Message []byte `json:"message"` // makes Message-IDs and coupon codes

	LinkID  string    `json:"link_id,omitempty"` // names Link in links; empty: ID does
	Retired []LinkKey `json:"retired,omitempty"` // signed links before; they are still read
}

// LoadKeys reads the key file, or makes it (mode 0600) if there is none.
func LoadKeys(file string) (Keys, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKeys(file)
	}
	if err != nil {
		return Keys{}, fmt.Errorf("read the keys: %w", err)
	}
	var k Keys
	if err := json.Unmarshal(data, &k); err != nil {
		return Keys{}, fmt.Errorf("read the keys in %s: %w: restore the file from a backup", file, err)
	}
	if k.ID == "" || len(k.Pepper) < keySize || len(k.Link) < keySize || len(k.Message) < keySize {
		return Keys{}, fmt.Errorf("read the keys in %s: a key is missing: restore the file from a backup", file)
	}
	return k, nil
}

const keySize = 32

// NewKeys makes fresh keys.
func NewKeys() Keys {
	secret := func() []byte {
		b := make([]byte, keySize)
		_, _ = rand.Read(b) // never fails
		return b
	}
	k := Keys{Pepper: secret(), Link: secret(), Message: secret()}
	k.ID = hex.EncodeToString(secret()[:4])
	return k
}

// makeKeys writes fresh keys. Of two processes that start at once, one wins and the other reads its file.
func makeKeys(file string) (Keys, error) {
	k := NewKeys()
	data, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return k, fmt.Errorf("make the keys: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // a private Postgres under it may run as another user
		return k, fmt.Errorf("make the keys: %w", err)
	}
	temp, err := beside(file, data)
	defer os.Remove(temp)
	if err != nil {
		return k, fmt.Errorf("make the keys: %w", err)
	}
	switch err := os.Link(temp, file); {
	case errors.Is(err, fs.ErrExist):
		return LoadKeys(file)
	case err != nil:
		return k, fmt.Errorf("make the keys: %w", err)
	}
	return k, nil
}

// beside writes data to a new file (mode 0600) in the folder of another and returns its name.
func beside(file string, data []byte) (string, error) {
	temp, err := os.CreateTemp(filepath.Dir(file), ".keys-*")
	if err != nil {
		return "", err
	}
	_, err = temp.Write(data)
	return temp.Name(), errors.Join(err, temp.Sync(), temp.Close())
}

// mac is HMAC-SHA256 over parts that cannot run into each other.
func mac(key []byte, purpose string, parts ...string) []byte {
	text := binary.BigEndian.AppendUint32(nil, uint32(len(purpose)))
	text = append(text, purpose...)
	for _, p := range parts {
		text = append(binary.BigEndian.AppendUint32(text, uint32(len(p))), p...)
	}
	h := hmac.New(sha256.New, key)
	h.Write(text)
	return h.Sum(nil)
}

// MessageID returns the identity of a mail: the same at every attempt, so that a repeat can be told from another mail.
func (k Keys) MessageID(customerID int64, campaign string, entry int, step, domain string) string {
	return hex.EncodeToString(mac(k.Message, "message-id", sendParts(customerID, campaign, entry, step)...)[:16]) + "@" + domain
}

// CouponCode returns the code of a customer's own coupon: ten characters that are easily read aloud.
func (k Keys) CouponCode(customerID int64, campaign string, entry int, step string) string {
	sum := mac(k.Message, "coupon", sendParts(customerID, campaign, entry, step)...)
	return base32.NewEncoding("ABCDEFGHJKLMNPQRSTUVWXYZ23456789").EncodeToString(sum[:10])[:10]
}

func sendParts(customerID int64, campaign string, entry int, step string) []string {
	return []string{fmt.Sprint(customerID), campaign, fmt.Sprint(entry), step}
}

// Purpose is what a link may do, and nothing else.
type Purpose string

// The purposes of the customer's links.
const (
	Unsubscribe Purpose = "unsubscribe"
	Preferences Purpose = "preferences"
	Follow      Purpose = "follow"  // a link of a mail to the shop: names it in place of the customer
	Confirm     Purpose = "confirm" // of a consent: names the request in place of the customer, and when the link ends
)

// ErrBadToken says that a link was not made by us, or was changed.
var ErrBadToken = errors.New("this link is not valid")

const tagSize = 16

// Token makes the part of a link that names the customer and the mail: payload, key id and a tag of 128 bits.
func (k Keys) Token(p Purpose, customerID int64, campaign string) string {
	payload := binary.BigEndian.AppendUint64(nil, uint64(customerID))
	payload = append(payload, campaign...)
	tag := mac(k.Link, string(p), string(payload))[:tagSize]
	return k.linkID() + "." + base64.RawURLEncoding.EncodeToString(append(tag, payload...))
}

// ReadToken returns the customer and the campaign of a token that we made for that purpose, or ErrBadToken.
func (k Keys) ReadToken(p Purpose, token string) (customerID int64, campaign string, err error) {
	id, body, ok := strings.Cut(token, ".")
	key := k.linkKey(id)
	if !ok || key == nil || strings.ContainsAny(body, "\r\n") { // line ends, which the decoder would pass over
		return 0, "", ErrBadToken
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(body)
	if err != nil || len(data) < tagSize+8 {
		return 0, "", ErrBadToken
	}
	tag, payload := data[:tagSize], data[tagSize:]
	if !hmac.Equal(tag, mac(key, string(p), string(payload))[:tagSize]) {
		return 0, "", ErrBadToken
	}
	return int64(binary.BigEndian.Uint64(payload[:8])), string(payload[8:]), nil
}
