package engine

import (
	"bytes"
	"crypto/hmac"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"
)

// BounceMark is what the envelope sender of a mail says about it, once its signature has been proven. Prefixes stand
// for the whole, since an address has little room.
type BounceMark struct {
	CustomerID    int64
	MessagePrefix string // the first 12 hexadecimal digits of the Message-ID
	AddressPrefix []byte // the first 4 bytes of the hash of the address it went to
}

// Sizes of a bounce token in bytes: customer, day of expiry, Message-ID, address, tag. Together they are 52 letters, so
// that 11 of the 64 of a local part are left for the mailbox's own name and 1 for the plus.
const (
	markID, markDay, markMessage, markAddress, markTag = 8, 2, 6, 4, 12

	markBody   = markID + markDay + markMessage + markAddress
	markLetter = 52

	// MaxBounceName is the longest local part of a bounce address.
	MaxBounceName = 64 - 1 - markLetter
)

// bouncePurpose binds the tag, so that no link is a bounce token and no bounce token a link.
const bouncePurpose = "bounce"

// bounceLife is how long a mail may take to come back.
const bounceLife = 60 * 24 * time.Hour

// markLetters survive servers that change the case of a local part.
func markLetters() *base32.Encoding {
	return base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
}

// BounceToken signs what a mail is recognised by when it comes back, until a day. messageID is one that MessageID made.
func (k Keys) BounceToken(customerID int64, messageID string, addressHash []byte, until time.Time) string {
	message, _ := hex.DecodeString(messageID[:min(len(messageID), 2*markMessage)])
	body := binary.BigEndian.AppendUint64(nil, uint64(customerID))
	body = binary.BigEndian.AppendUint16(body, dayNumber(until))
	body = append(body, fixed(message, markMessage)...)
	body = append(body, fixed(addressHash, markAddress)...)
	return markLetters().EncodeToString(append(body, bounceTag(k.Link, k.ID, body)...))
}

// ReadBounceToken returns what the token says if we signed it and its day has not passed at now, or ErrBadToken. Upper
// and lower case are the same.
func (k Keys) ReadBounceToken(token string, now time.Time) (BounceMark, error) {
	if len(token) != markLetter || strings.ContainsFunc(token, func(r rune) bool { return r > '~' }) {
		return BounceMark{}, ErrBadToken
	}
	token = strings.ToLower(token)
	data, err := markLetters().DecodeString(token)
	if err != nil || len(data) != markBody+markTag || markLetters().EncodeToString(data) != token { // a second spelling of the same bytes
		return BounceMark{}, ErrBadToken
	}
	body, tag := data[:markBody], data[markBody:]
	if !slices.ContainsFunc(k.linkKeys(), func(key LinkKey) bool { return hmac.Equal(tag, bounceTag(key.Key, k.ID, body)) }) {
		return BounceMark{}, ErrBadToken
	}
	if binary.BigEndian.Uint16(body[markID:]) < dayNumber(now) {
		return BounceMark{}, ErrBadToken
	}
	rest := body[markID+markDay:]
	return BounceMark{
		CustomerID:    int64(binary.BigEndian.Uint64(body[:markID])),
		MessagePrefix: hex.EncodeToString(rest[:markMessage]), AddressPrefix: bytes.Clone(rest[markMessage:]),
	}, nil
}

func bounceTag(key []byte, id string, body []byte) []byte {
	return mac(key, bouncePurpose, id, string(body))[:markTag]
}

// dayNumber counts days since 1970; two bytes last until 2149.
func dayNumber(t time.Time) uint16 { return uint16(t.Unix() / (24 * 60 * 60)) }

func fixed(b []byte, n int) []byte {
	out := make([]byte, n)
	copy(out, b)
	return out
}

// returnPath is the envelope sender of a mail: the bounce mailbox with a token of the mail's own, or "" without one.
func (e *Engine) returnPath(customerID int64, messageID string, addressHash []byte, now time.Time) string {
	name, domain, ok := strings.Cut(e.Bounce, "@")
	if !ok {
		return ""
	}
	return name + "+" + e.keys.BounceToken(customerID, messageID, addressHash, now.Add(bounceLife)) + "@" + domain
}

// checkBounce refuses a bounce address that has no room for a token.
func checkBounce(address string) error {
	name, domain, ok := strings.Cut(address, "@")
	switch {
	case address == "":
		return nil
	case !ok || name == "" || domain == "" || strings.Contains(domain, "@"):
		return errors.New("mail.bounce is no address: want one such as b@bounce.shop.example")
	case len(name) > MaxBounceName || strings.Contains(name, "+"):
		return errors.New("mail.bounce: the part before the @ must have at most 11 letters and no plus: what follows it is signed")
	}
	return nil
}
