package engine

import (
	"cmp"
	"context"
	"slices"
	"time"

	"treue/campaigns/lift"
	"treue/engine/store"
)

// versions are both arms by version of the campaign.
func (r *Report) versions() []lift.Stratum {
	var versions []int
	strata := map[int]lift.Stratum{}
	for arm := range r.Arms {
		for _, st := range r.Arms[arm].Strata {
			s, known := strata[st.Version]
			if !known {
				versions = append(versions, st.Version)
			}
			if arm == 0 {
				s.Control = s.Control.Merge(st.Joint.Linear(1))
			} else {
				s.Treated = s.Treated.Merge(st.Joint.Linear(1))
			}
			strata[st.Version] = s
		}
	}
	slices.Sort(versions)
	all := make([]lift.Stratum, len(versions))
	for i, v := range versions {
		all[i] = strata[v]
	}
	return all
}

// stratumKey is what customers of one stratum have in common.
type stratumKey struct {
	version    int
	segment    string
	covariates bool
	departed   bool
}

func keyOf(st store.Stratum) stratumKey {
	return stratumKey{st.Version, st.Segment, st.Covariates, st.Departed}
}

func (a stratumKey) compare(b stratumKey) int {
	rank := func(known bool) int {
		if known {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(a.version, b.version), cmp.Compare(a.segment, b.segment), cmp.Compare(rank(a.covariates), rank(b.covariates)),
		cmp.Compare(rank(a.departed), rank(b.departed)))
}

// pairs are both arms by stratum, in an order of their own: sums of floats depend on it.
func (r *Report) pairs() []lift.Pair {
	strata := map[stratumKey]lift.Pair{}
	var keys []stratumKey
	for arm := range r.Arms {
		for _, st := range r.Arms[arm].Strata {
			k := keyOf(st)
			p, known := strata[k]
			if !known {
				keys = append(keys, k)
			}
			if arm == 0 {
				p.Control = p.Control.Merge(st.Joint)
			} else {
				p.Treated = p.Treated.Merge(st.Joint)
			}
			strata[k] = p
		}
	}
	slices.SortFunc(keys, stratumKey.compare)
	all := make([]lift.Pair, len(keys))
	for i, k := range keys {
		all[i] = strata[k]
	}
	return all
}

// companions adds what stands beside the verdict and never decides it: the effect adjusted for what was known before,
// and the effect with large amounts cut at a level fixed before the first draw.
func (r *Report) companions(limit *float64) {
	alpha := lift.Alpha(r.External())
	var err error
	if r.Adjusted, err = lift.Adjust(r.pairs(), alpha); err != nil {
		r.Adjusted = lift.Adjusted{Estimate: lift.Estimate{Missing: lift.ReasonOf(err)}}
	}
	if limit == nil {
		return
	}
	var sums [2]lift.Sums
	var cut int64
	for arm := range r.Arms {
		for _, st := range r.Arms[arm].Strata {
			sums[arm] = sums[arm].Merge(st.Capped)
			cut += st.Cut
		}
	}
	capped := lift.AssessCapped(sums[1], sums[0], *limit, cut, alpha)
	r.Capped = &capped
}

// Realised is the CLV lift as it came true: the same arms over the campaign's last read, without any model. It has the
// report's basis, or its estimate is missing because of [OtherBasis].
type Realised struct {
	WindowDays int
	Estimate   lift.Estimate
}

// OtherBasis is why a later read has no estimate beside a report: of an order that came after the first read the margin
// is unknown, and revenue is other money.
const OtherBasis lift.Reason = "other_basis"

// realise adds what the last read says once it is due. It waits for its planned day like the verdict does.
func (e *Engine) realise(ctx context.Context, now time.Time, reports []Report) error {
	for i := range reports {
		r := &reports[i]
		all := reads(r.Campaign)
		last := all[len(all)-1]
		if len(all) == 1 {
			continue
		}
		late := Report{Campaign: r.Campaign, Split: r.Split, Arm: r.Arm, WindowDays: int(last), Arms: r.Arms}
		if plannedEnd(&late).After(now) {
			continue
		}
		w := e.window(r.Campaign, r.Split, last)
		w.Revenue = r.Basis == revenueBasis
		outcomes, err := e.store.Arms(ctx, w, now)
		if err != nil {
			return err
		}
		if basisOf(&outcomes) != r.Basis {
			r.Realised = &Realised{WindowDays: int(last), Estimate: lift.Estimate{Missing: OtherBasis}}
			continue
		}
		late.Arms = withArms(outcomes.Arms, r.Arms[0].Arm, r.Arm)
		in := lift.VerdictInput{Treated: late.Arms[1].Sums, Control: late.Arms[0].Sums, Strata: late.versions()}
		r.Realised = &Realised{WindowDays: int(last), Estimate: in.Estimate()}
	}
	return nil
}

// worthSaying is the share of the variance from which an adjusted figure says something that the raw one does not.
const worthSaying = 0.005

// Companions say in words what stands beside the verdict, as far as there is something to say: de or en. Where the raw
// figure must not be shown they must not be either.
func (r *Report) Companions(language, currency string) []string {
	texts := []string{}
	if !r.Shown() {
		return texts
	}
	if a := &r.Adjusted; a.Defined() && (a.Reduction >= worthSaying || a.Alarm) {
		texts = append(texts, lift.AdjustedSentence(*a, language, currency))
	}
	if c := r.Capped; c != nil && c.Defined() && c.Customers > 0 {
		texts = append(texts, lift.CappedSentence(*c, language, currency))
	}
	return texts
}

// Shown reports whether a page may show amounts: a figure that is seen is remembered, whatever stands beside it.
func (r *Report) Shown() bool {
	return r.Estimate.Defined() && r.Verdict.Code != lift.TooEarly && r.Verdict.Code != lift.NotTrustworthy
}
