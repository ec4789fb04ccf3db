package clv

// MBGNBD is the modified BG/NBD model (Batislam, Denizel and Filiztekin 2007,
// International Journal of Research in Marketing 24:201-209; Hoppe and Wagner
// 2007, Marketing JRM 3:75-90).
//
// It differs from [BGNBD] in that a customer may also leave right after the
// first purchase, so that one-time buyers fade like everyone else. Alpha is in
// weeks.
type MBGNBD struct{ R, Alpha, A, B float64 }

// Name returns [NameMBGNBD].
func (MBGNBD) Name() string { return NameMBGNBD }

// Params returns r, alpha (weeks), a and b.
func (m MBGNBD) Params() map[string]float64 { return m.dropout().params() }

// PAlive returns the probability that the customer has not left.
func (m MBGNBD) PAlive(h History) float64 { return m.dropout().pAlive(h) }

// Expected returns the expected purchases in the next t weeks given the history.
func (m MBGNBD) Expected(t Weeks, h History) float64 { return m.future(h).expected(t) }

// ExpectedNew returns the expected repeat purchases of a customer in the t
// weeks after the first purchase, before anything else is known.
func (m MBGNBD) ExpectedNew(t Weeks) float64 { return m.Expected(t, History{}) }

// LogLikelihood returns the natural logarithm of the density of one history.
func (m MBGNBD) LogLikelihood(h History) float64 { return m.dropout().logLikelihood(h) }

func (m MBGNBD) dropout() dropout {
	return dropout{r: m.R, alpha: m.Alpha, a: m.A, b: m.B, early: true}
}
func (m MBGNBD) future(h History) future { return m.dropout().future(h) }

func (m MBGNBD) prospect(h History) prospect { return m.future(h) }
