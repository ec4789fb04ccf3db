package clv

// prospect is one customer's coming purchases under a model: [future] where
// customers leave after a purchase, [lasting] where they leave at any moment.
type prospect interface {
	// fill sets out[i] to the expected purchases within ts[i] weeks; ts ascends.
	// What it keeps may be nil.
	fill(out []float64, ts []Weeks, kept *keptFactors)
	// counts appends the probabilities of 0, 1, 2, ... purchases within t weeks
	// to out, up to where less than rest is left.
	counts(out []float64, t Weeks, rest float64) []float64
}

// prospector is a model of this package.
type prospector interface {
	prospect(h History) prospect
}
