package web

import (
	"net/http"
	"regexp"
	"strings"
)

// follow leads from a link of a mail to the shop, and nowhere else: where to is looked up, never read from the request.
func (s *site) follow(w http.ResponseWriter, r *http.Request) error {
	token, err := known(r)
	if err != nil {
		return err
	}
	discreet(w)
	address, err := s.Engine.FollowLink(r.Context(), token, machine(r), s.Now())
	if err != nil {
		return err
	}
	http.Redirect(w, r, address, http.StatusFound) //nolint:gosec // an address that we stored when the mail was written
	return nil
}

// machine reports whether a request looks like that of a mail scanner or of a program that fetches links before anybody
// follows them.
func machine(r *http.Request) bool {
	ahead := r.Header.Get("Sec-Purpose") + r.Header.Get("Purpose") + r.Header.Get("X-Purpose") + r.Header.Get("X-Moz")
	return r.Method == http.MethodHead || strings.Contains(ahead, "prefetch") || strings.Contains(ahead, "preview") ||
		!strings.HasPrefix(r.UserAgent(), "Mozilla/") && !strings.HasPrefix(r.UserAgent(), "Opera/") || scanners.MatchString(r.UserAgent())
}

// scanners name themselves as programs, although they also claim to be a browser.
var scanners = regexp.MustCompile(`(?i)bot\b|bot[/;)]|crawl|spider|slurp|preview|scan|headless|proofpoint|mimecast|barracuda|safelinks|urldefense|` +
	`googleimageproxy|yahoomailproxy|facebookexternalhit|whatsapp|skype|curl/|python|go-http-client|java/|wget`)
