// Package assign turns a salted hash into an arm, the same on every machine.
//
// The hash only creates an assignment; the stored row is the truth ever after. Nothing here may therefore change for
// customers already drawn: a different share or a different scheme is a new split with a salt of its own.
package assign

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"strconv"
)

// Arm is the group a customer was drawn into.
type Arm string

// The arms every campaign has.
const (
	Treated Arm = "treated"
	Control Arm = "control"
)

// CampaignSalt is the salt of one split of a campaign: "<key>:s<split>". Campaign keys are never reused, so neither
// are salts, and campaigns with different salts draw independently of each other.
func CampaignSalt(key string, split int) string {
	return key + ":s" + strconv.Itoa(split)
}

// U is the draw of a customer: the first 8 bytes, big-endian, of SHA-256 over the text salt, colon, decimal id.
// It is uniform on 0 to 2^64-1.
func U(salt string, customerID int64) uint64 {
	text := make([]byte, 0, len(salt)+21) // a colon and at most 20 characters of int64
	text = append(text, salt...)
	text = append(text, ':')
	text = strconv.AppendInt(text, customerID, 10)
	sum := sha256.Sum256(text)
	return binary.BigEndian.Uint64(sum[:8])
}

// Fraction is u / 2^64 in [0, 1) for storage and display. It keeps the leading 53 bits and cuts the rest, since
// rounding would turn the largest draws into 1.
func Fraction(u uint64) float64 {
	return math.Ldexp(float64(u>>11), -53)
}

// Of gives the arm of a draw at a control share from 0 to 1: control if u < floor(share * 2^64). A share of 0 or less
// (or NaN) holds nobody out, a share of 1 or more everybody.
func Of(u uint64, share float64) Arm {
	if IsControl(u, share) {
		return Control
	}
	return Treated
}

// IsControl reports whether a draw falls into the control arm; see [Of].
func IsControl(u uint64, share float64) bool {
	if !(share > 0) { // also NaN
		return false
	}
	if share >= 1 {
		return true
	}
	// Scaling by a power of two is exact, and below 1 the product is at most 2^64 - 2^11: the conversion cuts off
	// the fraction, which is the floor, and cannot overflow.
	return u < uint64(math.Ldexp(share, 64))
}
