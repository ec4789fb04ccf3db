package campaigns

import "time"

// RateKind says why a mailbox provider gets less mail than usual.
type RateKind string

// The kinds of trouble with a provider.
const (
	RateFine   RateKind = ""
	RateFast   RateKind = "rate"   // it asked us to slow down
	RatePolicy RateKind = "policy" // it rejects our mail by policy
	RateFault  RateKind = "fault"  // our login, certificate or domain records are wrong: nothing leaves at all
)

// How long pauses are. Each is twice the one before it until mail is taken again.
const (
	minPause    = time.Minute
	policyPause = 15 * time.Minute
	reportPause = time.Hour
	maxPause    = 4 * time.Hour
)

// raiseEvery is how long a lowered rate has to work before it is raised.
const raiseEvery = time.Hour

// leastRate is the lowest rate, in mails an hour, that counts as having been too fast when none was known.
const leastRate = 120

// Rate is how fast mail may leave for a mailbox provider. The zero Rate has no limit.
type Rate struct {
	Kind        RateKind
	Reason      string        // the outcome that led here
	Since       time.Time     // when the trouble began
	PausedUntil time.Time     // nothing leaves before
	Pause       time.Duration // the latest pause, without its jitter; 0: none of late
	PerHour     int           // learnt limit; 0: none
	Ceiling     int           // learnt limits are lifted when they have come back to it
	Fixed       int           // the shop's own limit; 0: none
	RaisedAt    time.Time     // when PerHour last changed
}

// Traffic is what a provider was given of late, over all processes.
type Traffic struct {
	Tried   int // attempts within ten minutes
	Blocked int // recipients rejected by policy among them
}

// Limit returns the mails an hour that may leave; 0: any number.
func (r Rate) Limit() int {
	if r.PerHour == 0 || r.Fixed > 0 && r.Fixed < r.PerHour {
		return r.Fixed
	}
	return r.PerHour
}

// Throttled is the rate after the provider said that mail comes too fast: half as much, after twice the pause. jitter,
// from 1 to 1.25, stretches the pause, so that several shops do not come back at once. What is said during a pause was
// caused before it, and changes nothing.
func (r Rate) Throttled(at time.Time, reason string, seen Traffic, jitter float64) Rate {
	if at.Before(r.PausedUntil) {
		return r
	}
	return r.lowered(seen, at).paused(at, RateFast, reason, minPause, jitter)
}

// Rejected is the rate after the provider rejected a mail by policy. One mail may have deserved it; from three
// recipients and 1 % within ten minutes on it is us.
func (r Rate) Rejected(at time.Time, reason string, seen Traffic, jitter float64) Rate {
	if at.Before(r.PausedUntil) || seen.Blocked < 3 || seen.Blocked*100 < seen.Tried {
		return r
	}
	return r.lowered(seen, at).paused(at, RatePolicy, reason, policyPause, jitter)
}

// Faulted is the rate after an attempt failed by a fault of ours.
func (r Rate) Faulted(at time.Time, reason string, jitter float64) Rate {
	return r.faulted(at, reason, minPause, jitter)
}

// Reported is the rate after a report said that a mail taken earlier failed by a fault of ours. What the server in
// between takes meanwhile proves nothing, so the pause is longer.
func (r Rate) Reported(at time.Time, reason string, jitter float64) Rate {
	return r.faulted(at, reason, reportPause, jitter)
}

func (r Rate) faulted(at time.Time, reason string, first time.Duration, jitter float64) Rate {
	if r.Kind == RateFault && at.Before(r.PausedUntil) {
		return r
	}
	return r.paused(at, RateFault, reason, first, jitter)
}

// Recovered is the rate after the provider took mail again: a fault is over, a lowered rate grows by half every hour
// until it is what it was.
func (r Rate) Recovered(at time.Time) Rate {
	if r.Kind == RateFine || at.Before(r.PausedUntil) {
		return r
	}
	if r.PerHour > 0 && at.Sub(r.RaisedAt) >= raiseEvery {
		r.PerHour, r.Pause, r.RaisedAt = r.PerHour+(r.PerHour+1)/2, r.Pause/2, at
	}
	switch {
	case r.PerHour == 0 || r.PerHour >= r.Ceiling:
		return Rate{Fixed: r.Fixed}
	case r.Kind == RateFault:
		r.Kind = RateFast
	}
	return r
}

// lowered halves what is allowed, or, where everything was, what was sent of late.
func (r Rate) lowered(seen Traffic, at time.Time) Rate {
	limit := r.Limit()
	if limit == 0 {
		limit = max(6*seen.Tried, leastRate)
	}
	if r.Ceiling == 0 {
		r.Ceiling = limit
	}
	r.PerHour, r.RaisedAt = max(limit/2, 1), at
	return r
}

func (r Rate) paused(at time.Time, kind RateKind, reason string, first time.Duration, jitter float64) Rate {
	if r.Kind == RateFine {
		r.Since = at
	}
	r.Kind, r.Reason = kind, reason
	r.Pause = min(max(2*r.Pause, first), maxPause)
	r.PausedUntil = at.Add(min(time.Duration(float64(r.Pause)*jitter), maxPause))
	return r
}
