package engine

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// LinkKey is a key that signed the customer's links until it was replaced.
type LinkKey struct {
	ID        string    `json:"id"`
	Key       []byte    `json:"key"`
	RetiredAt time.Time `json:"retired_at"`
}

// linkLife is how long links of a retired key are read: who unsubscribes by a mail of last year must find the way.
const linkLife = 3 * 365 * 24 * time.Hour

// Rotated returns keys that sign links anew. Links signed before are still read, for three years from now. Everything
// else stays: addresses must be recognised, and a mail keeps its Message-ID.
func (k Keys) Rotated(now time.Time) Keys {
	fresh := NewKeys()
	retired := []LinkKey{{k.linkID(), k.Link, now}}
	for _, old := range k.Retired {
		if now.Sub(old.RetiredAt) < linkLife {
			retired = append(retired, old)
		}
	}
	k.Link, k.LinkID, k.Retired = fresh.Link, fresh.ID, retired
	return k
}

// RotateKeys replaces the key of links in a key file and returns the new keys. Running servers go on with the old one
// until they are started anew, and know no link of the new one before.
func RotateKeys(file string, now time.Time) (Keys, error) {
	if _, err := os.Stat(file); err != nil {
		return Keys{}, fmt.Errorf("rotate the keys: %w", err)
	}
	k, err := LoadKeys(file)
	if err != nil {
		return k, err
	}
	k = k.Rotated(now)
	data, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return k, fmt.Errorf("rotate the keys: %w", err)
	}
	temp, err := beside(file, data)
	defer os.Remove(temp)
	if err == nil {
		err = os.Rename(temp, file)
	}
	if err != nil {
		return k, fmt.Errorf("rotate the keys: %w", err)
	}
	return k, nil
}

// linkID names the key that signs links.
func (k Keys) linkID() string {
	if k.LinkID == "" {
		return k.ID
	}
	return k.LinkID
}

// linkKeys are all keys whose links are read, the present one first.
func (k Keys) linkKeys() []LinkKey {
	return append([]LinkKey{{ID: k.linkID(), Key: k.Link}}, k.Retired...)
}

// linkKey returns the key of that name, nil if there is none.
func (k Keys) linkKey(id string) []byte {
	for _, key := range k.linkKeys() {
		if key.ID == id {
			return key.Key
		}
	}
	return nil
}
