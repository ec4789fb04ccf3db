package clv

// BGNBD is the BG/NBD model (Fader, Hardie and Lee 2005, "Counting Your
// Customers" the Easy Way, Marketing Science 24:275-284).
//
// While alive a customer buys at a rate from Gamma(R, Alpha), Alpha in weeks,
// and leaves for good after each repeat purchase with a probability from
// Beta(A, B). Nobody can leave before the first repeat purchase, so everyone
// who bought once counts as alive: use [MBGNBD] where P(alive) decides.
type BGNBD struct{ R, Alpha, A, B float64 }

// Name returns [NameBGNBD].
func (BGNBD) Name() string { return NameBGNBD }

// Params returns r, alpha (weeks), a and b.
func (m BGNBD) Params() map[string]float64 { return m.dropout().params() }

// PAlive returns the probability that the customer has not left; 1 when X is 0.
func (m BGNBD) PAlive(h History) float64 { return m.dropout().pAlive(h) }

// Expected returns the expected purchases in the next t weeks given the history.
func (m BGNBD) Expected(t Weeks, h History) float64 { return m.future(h).expected(t) }

// ExpectedNew returns the expected repeat purchases of a customer in the t
// weeks after the first purchase, before anything else is known.
func (m BGNBD) ExpectedNew(t Weeks) float64 { return m.Expected(t, History{}) }

// LogLikelihood returns the natural logarithm of the density of one history.
func (m BGNBD) LogLikelihood(h History) float64 { return m.dropout().logLikelihood(h) }

func (m BGNBD) dropout() dropout        { return dropout{r: m.R, alpha: m.Alpha, a: m.A, b: m.B} }
func (m BGNBD) future(h History) future { return m.dropout().future(h) }

func (m BGNBD) prospect(h History) prospect { return m.future(h) }
