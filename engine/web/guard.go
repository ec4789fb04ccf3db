package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
)

// maxBody bounds what anybody may send, in bytes. No form here comes near it.
const maxBody = 64 << 10

// pagePolicy is the Content-Security-Policy of all pages: no script, nothing from elsewhere, nobody may frame them.
const pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'"

// pagePolicyFor lets a page's form lead to one more site.
func pagePolicyFor(site string) string {
	return strings.Replace(pagePolicy, "form-action 'self'", "form-action 'self' "+site, 1)
}

// guarded wraps the routes in what holds for all of them.
func (s *site) guarded(routes *http.ServeMux) (http.Handler, error) {
	protection := http.NewCrossOriginProtection()
	protection.AddInsecureBypassPattern(oneClick)
	protection.AddInsecureBypassPattern(consentForm)
	protection.SetDenyHandler(s.everybody(func(http.ResponseWriter, *http.Request) error { return errForeignForm }))
	inner := protection.Handler(routes)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		answer := &recorder{ResponseWriter: w}
		defer func() { s.log(r, answer, time.Since(begun)) }()
		defer s.recover(answer, r)
		setHeaders(w.Header())
		r.Body = http.MaxBytesReader(answer, r.Body, limitOf(r))
		inner.ServeHTTP(answer, r)
	}), nil
}

// setHeaders sets the headers that a handler may still change.
func setHeaders(h http.Header) {
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cache-Control", "no-store")
}

// recover turns a panic into a page with an id that the log has, too.
func (s *site) recover(w *recorder, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(cause)
	}
	id := rand.Text()[:10]
	s.Engine.Log.Error("a page failed", "id", id, "route", r.Pattern, "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
	if w.status == 0 {
		s.sorry(w, r, id)
	}
}

// log writes one line per request. The route stands for the path: paths hold tokens and numbers of mails.
func (s *site) log(r *http.Request, w *recorder, took time.Duration) {
	s.Engine.Log.Debug("request", "method", methodName(r.Method), "route", r.Pattern, "status", w.status, "bytes", w.bytes, "took", took)
}

// methodName keeps invented methods out of the log.
func methodName(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// recorder notes what was answered.
type recorder struct {
	http.ResponseWriter

	status int
	bytes  int64
}

// WriteHeader notes the status.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
