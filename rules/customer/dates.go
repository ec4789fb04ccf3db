package customer

import "time"

// ConsentDates are the newest events of each kind in a customer's consent chain, as known at some moment; nil where
// there was none. What they mean is decided here alone.
type ConsentDates struct {
	GrantedAt           *time.Time // proven grants only
	WithdrawnAt         *time.Time
	ObjectedAt          *time.Time // to advertising (UWG 7(3) no. 3, GDPR 21(2))
	ProfilingObjectedAt *time.Time // to profiling (GDPR 21(1))
	ProfilingAllowedAt  *time.Time
	TrackingAllowedAt   *time.Time // proven agreements only (TDDDG 25(1))
	TrackingWithdrawnAt *time.Time
}

// Valid reports whether a proven consent stands: the grant is newer than every withdrawal and objection.
func (d ConsentDates) Valid() bool {
	return d.GrantedAt != nil && newer(d.GrantedAt, d.WithdrawnAt) && newer(d.GrantedAt, d.ObjectedAt)
}

// Objected reports whether advertising is objected to: a consent given later lifts the objection.
func (d ConsentDates) Objected() bool {
	return d.ObjectedAt != nil && !(d.GrantedAt != nil && newer(d.GrantedAt, d.ObjectedAt))
}

// ObjectedToProfiling reports whether the customer may not be scored.
func (d ConsentDates) ObjectedToProfiling() bool {
	return d.ProfilingObjectedAt != nil && !(d.ProfilingAllowedAt != nil && newer(d.ProfilingAllowedAt, d.ProfilingObjectedAt))
}

// Stands reports whether a declaration of that kind would change nothing, made once more.
func (d ConsentDates) Stands(kind ConsentKind) bool {
	switch kind {
	case ConsentGrant:
		return d.Valid()
	case ConsentWithdraw:
		return d.WithdrawnAt != nil && !(d.GrantedAt != nil && newer(d.GrantedAt, d.WithdrawnAt))
	case ConsentObjectMarketing:
		return d.Objected()
	case ConsentObjectProfiling:
		return d.ObjectedToProfiling()
	case ConsentAllowProfiling:
		return !d.ObjectedToProfiling()
	case ConsentAllowTracking:
		return d.Tracked()
	case ConsentWithdrawTracking:
		return d.TrackingWithdrawnAt != nil && !(d.TrackingAllowedAt != nil && newer(d.TrackingAllowedAt, d.TrackingWithdrawnAt))
	}
	return false
}

// Tracked reports whether the customer's own clicks may be kept. Whoever wants no advertising or no profile later does not
// want that either.
func (d ConsentDates) Tracked() bool {
	for _, no := range []*time.Time{d.TrackingWithdrawnAt, d.WithdrawnAt, d.ObjectedAt, d.ProfilingObjectedAt} {
		if d.TrackingAllowedAt == nil || !newer(d.TrackingAllowedAt, no) {
			return false
		}
	}
	return true
}

// newer reports whether a lies strictly after b; the absent lies before everything. At the same instant the
// customer's refusal wins.
func newer(a, b *time.Time) bool { return b == nil || a.After(*b) }
