// Package simulate invents a shop whose true lift is known and drives the real cycle day by day.
//
// Every customer buys from a random stream of their own, which no mail can touch: that is what would have happened
// anyway. A mail that the ledger shows as accepted adds orders on top, as many as the campaign's planted effect and the
// customer's responsiveness say. The truth of a campaign is therefore a sum of conditional expectations, known without
// looking at any outcome, and the engine's report is an estimate that can be held against it.
//
// The audiences are kept apart, so that one campaign's extra orders cannot bring customers into another campaign while
// a window is open: every effect stands alone.
package simulate
