// Package worth says what the customers together are worth: who carries it, how it moves and whether predictions held.
//
// One customer's value comes from [treue/rules/clv] and stands in the snapshot. Here are the questions that a manager
// asks of all of them: a [Portfolio] adds up values with their interval, [Concentrate] says how few carry how much,
// [Stages] name where customers stand in their life with the shop, a [Cohort] says when customers have paid back what
// winning them cost, [Watch] tells a change from noise, and [Validate] holds the models to what customers did later.
//
// Everything is a function of its arguments: no clock, no input or output, no randomness.
package worth
