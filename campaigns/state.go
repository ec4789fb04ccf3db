package campaigns

import "time"

// State is where a send stands. A send ends in exactly one final state and stays there.
type State string

// The states of a send: the open ones first, then the final ones.
const (
	Planned  State = "planned"
	Claimed  State = "claimed"  // a worker has it in hand
	Sending  State = "sending"  // recorded before the mail server hears of it
	Deferred State = "deferred" // refused for now
	Unknown  State = "unknown"  // the server's answer never came: it may have been delivered
	Held     State = "held"     // waits for a person

	Accepted   State = "accepted"
	Bounced    State = "bounced"
	Suppressed State = "suppressed"
	Cancelled  State = "cancelled"
	Expired    State = "expired"
	Failed     State = "failed"
	Ghost      State = "ghost" // a control customer's: everything but the mail
)

// Final reports whether the send will not change any more.
func (s State) Final() bool {
	switch s {
	case Accepted, Bounced, Suppressed, Cancelled, Expired, Failed, Ghost:
		return true
	}
	return false
}

// Result is what an attempt at a mail server came to.
type Result string

// The results of an attempt.
const (
	ResultAccepted    Result = "accepted"
	ResultDeferred    Result = "deferred"     // 4xx, or the connection failed before the final dot
	ResultUnknown     Result = "unknown"      // no answer after the final dot
	ResultBounced     Result = "bounced"      // the address is dead or refused this mail
	ResultFailed      Result = "failed"       // the mail itself or the policy towards it
	ResultSenderFault Result = "sender_fault" // nothing is wrong with mail or address
)

// Attempt is a send's history of attempts when the newest one ended.
type Attempt struct {
	Attempts int     // this one included
	Unknowns int     // attempts that ended unknown, this one included
	Spread   float64 // from 1 on: stretches the hourly pauses, so that many mails do not come back at once; 0 is 1
}

// Retries is the shop's own part of the plan by which attempts are repeated; the zero value repeats all that may be.
type Retries struct {
	HoldUnknown bool // a mail whose answer never came is not sent again unless a person says so
}

// After returns the state after an attempt and, for an open state, when to try again.
func (p Retries) After(r Result, a Attempt, now time.Time) (State, time.Time) {
	switch r {
	case ResultAccepted:
		return Accepted, now
	case ResultBounced:
		return Bounced, now
	case ResultFailed:
		return Failed, now
	case ResultSenderFault:
		return Deferred, now.Add(time.Hour)
	case ResultUnknown:
		if p.HoldUnknown {
			return Held, now
		}
		return afterUnknown(a, now)
	default:
		return Deferred, now.Add(deferral(a))
	}
}

// afterUnknown tries twice more, so that a mail has three copies at most, and then asks a person.
func afterUnknown(a Attempt, now time.Time) (State, time.Time) {
	switch a.Unknowns {
	case 0, 1:
		return Unknown, now.Add(15 * time.Minute)
	case 2:
		return Unknown, now.Add(time.Hour)
	default:
		return Held, now
	}
}

// deferral is the pause after the attempt: 1, 5, 15 and 60 minutes, then an hour and a little more each time.
func deferral(a Attempt) time.Duration {
	pauses := [...]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}
	if a.Attempts <= len(pauses) {
		return pauses[max(a.Attempts, 1)-1]
	}
	return time.Duration(float64(time.Hour) * max(a.Spread, 1))
}
