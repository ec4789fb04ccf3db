package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"treue/campaigns"
	"treue/engine/store"
)

// patience is how long a health check waits for the database: less than those who ask are willing to wait.
const patience = 2 * time.Second

// alive says that the process serves.
func (s *site) alive(w http.ResponseWriter, _ *http.Request) error {
	return plain(w, http.StatusOK, "ok")
}

// ready says whether the database answers and has the schema of this program. It names no address and no cause: who
// may read that has the log.
func (s *site) ready(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	if err := s.Engine.Store().Ping(ctx); err != nil {
		s.Engine.Log.Warn("not ready", "error", err)
		return plain(w, http.StatusServiceUnavailable, "the database does not answer")
	}
	current, newest, err := s.Engine.Store().SchemaVersion(ctx)
	switch {
	case err != nil:
		s.Engine.Log.Warn("not ready", "error", err)
		return plain(w, http.StatusServiceUnavailable, "the schema's version cannot be read")
	case current != newest:
		return plain(w, http.StatusServiceUnavailable, fmt.Sprintf("the schema has version %d, this program needs %d: run `treue migrate`", current, newest))
	}
	troubles, err := s.Engine.Troubles(ctx)
	if err != nil {
		s.Engine.Log.Warn("not ready", "error", err)
		return plain(w, http.StatusServiceUnavailable, "the database does not answer")
	}
	stopped, err := s.Engine.Stopped(ctx)
	if err != nil {
		s.Engine.Log.Warn("not ready", "error", err)
		return plain(w, http.StatusServiceUnavailable, "the database does not answer")
	}
	// Still ready: the customers' links work, and a restart would mend nothing.
	switch {
	case slices.ContainsFunc(troubles, func(r store.RateOf) bool { return r.Kind == campaigns.RateFault }):
		return plain(w, http.StatusOK, "ready, but no mail can be sent: `treue doctor` says why")
	case len(stopped) > 0:
		return plain(w, http.StatusOK, "ready, but campaign "+stopped[0].Key+" is stopped: `treue doctor` says why")
	}
	return plain(w, http.StatusOK, "ready")
}

func plain(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
	return nil
}

// maxNonce bounds what we sign for strangers.
const maxNonce = 64

// selfTest signs a nonce, so that a run can see that the public address leads to a server with its keys.
func (s *site) selfTest(w http.ResponseWriter, r *http.Request) error {
	nonce := r.PathValue("nonce")
	if len(nonce) > maxNonce {
		nonce = nonce[:maxNonce]
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := io.WriteString(w, s.Engine.SignSelfTest(nonce)) //nolint:gosec // a sum in hexadecimal digits, as plain text
	return err
}
