package engine

import (
	"bytes"
	"errors"

	"treue/rules/customer"
)

// ErrOtherMailbox says that a link to the preferences went to another address than the customer has now, or that nobody
// knows where it went. Whoever opens it may be somebody else.
var ErrOtherMailbox = errors.New("this link did not go to the customer's present address")

// mailbox signs links to the preferences together with the address that they go to. Until there was such a purpose they
// named no address, and were signed as Preferences.
const mailbox Purpose = "mailbox"

// mailboxSize is how many bytes of an address's hash a link carries.
const mailboxSize = 8

// Bearer is whom a link to the preferences names.
type Bearer struct {
	CustomerID int64
	Campaign   string // in whose mail the link stands
	address    []byte // the first bytes of the hash of where it went; empty: not known
}

// PreferencesToken makes the part of a link to the preferences that names the customer, the mailbox and the mail.
func (k Keys) PreferencesToken(customerID int64, email, campaign string) string {
	return k.Token(mailbox, customerID, string(k.mailboxOf(email))+campaign)
}

// ReadPreferences returns whom a link to the preferences names, or ErrBadToken.
func (k Keys) ReadPreferences(token string) (Bearer, error) {
	if id, rest, err := k.ReadToken(mailbox, token); err == nil && len(rest) >= mailboxSize {
		return Bearer{id, rest[mailboxSize:], []byte(rest[:mailboxSize])}, nil
	}
	id, campaign, err := k.ReadToken(Preferences, token)
	return Bearer{CustomerID: id, Campaign: campaign}, err
}

// reads reports whether a link went to an address.
func (k Keys) reads(b Bearer, email string) bool {
	return email != "" && bytes.Equal(b.address, k.mailboxOf(email))
}

func (k Keys) mailboxOf(email string) []byte {
	return customer.AddressHash(k.Pepper, email)[:mailboxSize]
}
