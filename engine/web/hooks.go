package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"strings"

	"treue/engine/bounce"
)

// Bounds of what mail providers report: the length of the secret they know, in bytes, and the size of one report.
const (
	minHookSecret = 20
	maxReport     = 1 << 20
)

// limitOf is how much a request may carry, in bytes.
func limitOf(r *http.Request) int64 {
	if strings.HasPrefix(r.URL.Path, "/hooks/") {
		return maxReport
	}
	return maxBody
}

// hook takes the reports of a mail provider, who knows the secret in the path. A report that cannot be read is refused
// for good; one that cannot be recorded is asked for again.
func (s *site) hook(read func([]byte) (bounce.Delivery, error)) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !s.knows(r.PathValue("secret")) {
			return errNoPage
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		d, err := read(body)
		if err != nil {
			return plain(w, http.StatusBadRequest, errNoReport.Error())
		}
		if d.Confirm != "" {
			s.Engine.Log.Warn("the mail provider asks whether its reports are wanted: open the address once", "address", d.Confirm)
		}
		for i, report := range d.Reports {
			if _, err := s.Engine.ReceiveReport(r.Context(), report, fmt.Appendf(nil, "%s %d", d.ID, i), s.Now()); err != nil {
				return err
			}
		}
		return plain(w, http.StatusOK, "ok")
	}
}

// knows compares in a time that tells nothing.
func (s *site) knows(secret string) bool {
	given, own := sha256.Sum256([]byte(secret)), sha256.Sum256([]byte(s.HookSecret))
	return subtle.ConstantTimeCompare(given[:], own[:]) == 1
}
