package lift

// Estimate is everything a report says about one outcome of one treated arm against control, at one level.
type Estimate struct {
	Interval                 // per customer
	Treated         int64    // customers of the treated arm in the sums; totals are theirs
	PValue          float64  // see the function of that name
	MDE             float64  // achieved, at [UsualPower]
	Relative        *Fieller // nil where RelativeMissing says why
	RelativeMissing Reason
	Missing         Reason // why nothing above Relative is defined; "" if it is
}

// Assess computes an estimate. What is undefined carries its reason instead of a number.
func Assess(treated, control Sums, alpha float64) Estimate {
	e := Estimate{Treated: treated.N}
	relative, err := Relative(treated, control, alpha)
	if err != nil {
		e.RelativeMissing = ReasonOf(err)
	} else {
		e.Relative = &relative
	}
	if e.Interval, err = DecisionInterval(treated, control, alpha); err != nil {
		e.Missing = ReasonOf(err)
		return e
	}
	if e.PValue, err = PValue(treated, control); err != nil {
		e.Missing = ReasonOf(err)
		return e
	}
	if e.MDE, err = MDE(treated, control, alpha, UsualPower); err != nil {
		e.Missing = ReasonOf(err)
	}
	return e
}

// Defined reports whether the estimate has an interval.
func (e Estimate) Defined() bool { return e.Missing == "" }

// Total is the effect on the treated arm as a whole with its printed limits: the difference times its customers. It
// says nothing about customers who were not treated.
func (e Estimate) Total() (value, low, high float64) {
	n := float64(e.Treated)
	return e.Diff * n, e.PrintLow * n, e.PrintHigh * n
}
