package clv

import "fmt"

// Bin is a group of customers, with the mean prediction and the mean of what
// happened; of a calibrated model the two agree in every bin.
type Bin struct {
	From, To          int // repeat purchases, or deciles from 1 for the highest; To is 0 for an open end
	Customers         int
	Predicted, Actual float64 // means per customer; 0 in an empty bin
}

const (
	lastFrequency = 7 // repeat purchases from which on customers share a bin
	deciles       = 10
)

// ByFrequency bins customers by repeat purchases in their history: 0, 1, ...,
// 6, and 7 or more, the bins of Fader, Hardie and Lee 2005.
func ByFrequency(hs []History, predicted, actual []float64) ([]Bin, error) {
	if err := paired(predicted, actual); err != nil {
		return nil, fmt.Errorf("bin by frequency: %w", err)
	}
	if len(hs) != len(actual) {
		return nil, fmt.Errorf("bin by frequency: %w: %d histories, %d actuals", ErrUnequal, len(hs), len(actual))
	}
	bins := make([]Bin, lastFrequency+1)
	for i := range bins {
		bins[i].From, bins[i].To = i, i
	}
	bins[lastFrequency].To = 0
	for i, h := range hs {
		bins[min(max(0, h.X), lastFrequency)].add(predicted[i], actual[i])
	}
	return means(bins), nil
}

// ByDecile bins customers by prediction, the highest tenth first. Predictions
// that tie are ranked in the order given; tenths differ by one customer at most.
func ByDecile(predicted, actual []float64) ([]Bin, error) {
	if err := paired(predicted, actual); err != nil {
		return nil, fmt.Errorf("bin by decile: %w", err)
	}
	bins := make([]Bin, deciles)
	for i := range bins {
		bins[i].From, bins[i].To = i+1, i+1
	}
	for rank, i := range ranked(predicted) {
		bins[rank*deciles/len(predicted)].add(predicted[i], actual[i])
	}
	return means(bins), nil
}

func (b *Bin) add(predicted, actual float64) {
	b.Customers++
	b.Predicted += predicted
	b.Actual += actual
}

// means turns the sums in bins into means.
func means(bins []Bin) []Bin {
	for i := range bins {
		if n := float64(bins[i].Customers); n > 0 {
			bins[i].Predicted /= n
			bins[i].Actual /= n
		}
	}
	return bins
}
