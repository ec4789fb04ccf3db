// Package basket finds what is bought together and what a customer will want next: pure numbers.
//
// A [Learner] is shown every customer's purchases, one customer after the other, and becomes a [Model]. The model gives
// [Suggestion]s for a customer's purchases, and [Bundle]s for the shop. Time and room are linear in the purchases: what
// would be quadratic is bounded, and sampled by a fixed rule where the bound is met.
//
// Everything is a function of its arguments: no clock, no input or output, no randomness.
package basket
