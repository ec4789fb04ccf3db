// Package lift estimates the effect of a campaign with an interval, power and checks.
//
// Every estimate is a pure function of [Sums]: per arm the number of customers and the sums of their outcome, its
// squares and its cubes. Sums merge by addition, so one pass over the customers in SQL is enough, and a report can be
// computed again from four numbers per arm. With covariates, before/after ratios or projected value beside the banked,
// the sums are those of [Joint], again one pass; [Adjust] reads them. Only [Lin] wants the customers themselves.
//
// The effect is the difference of the arms' means, treated minus control, of everybody assigned (intention to treat).
// Its [Interval] stays honest when a small control meets a skewed outcome, where Welch's interval calls three to four
// times too many useless campaigns a success. [Judge] turns the estimates into a [Verdict], and [Sentence] says it in
// the words of a manager, in German or English.
//
// Around a campaign's verdict stand [Plan] before the launch, [JudgeKind] and [Review] for many campaigns together, and
// [KappaOf] for what projections are worth.
//
// What cannot be computed is never 0: it is an [Undefined] error with a [Reason].
package lift
