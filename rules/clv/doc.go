// Package clv holds the lifetime-value models: pure numbers.
//
// A customer is a [History] (how often, how long, how recently) and a [Spend]
// (how much). [FitModel] learns from all histories how customers of a shop
// differ, [FitSpend] how their order values differ; the results are frozen as
// a name and a map of parameters and come back through [ModelFromParams] and
// [SpendFromParams]. A [Forecaster] then predicts customer by customer.
//
// Two kinds of doubt are kept apart. What one customer will do is a matter of
// chance: [Horizon.Interval], and for many customers a [Forecaster]. How far
// the expectation itself is off, since parameters are estimates, is another:
// [Covariance] and [Uncertainty]. Whether the model is any good, only later
// purchases tell: [Assess], [ByFrequency], [ByDecile], and the benchmarks
// [Textbook], [RateForward], [SameAgain], [BoughtWithin] and [PastSpend].
//
// Everything is a function of its arguments: no clock, no input or output, no
// randomness, and sums run in one fixed order, so that the same customers in
// any order give the same digits.
package clv
