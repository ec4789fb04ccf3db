package engine

import (
	"runtime/debug"
	"testing"
)

// garbage is the measure by which it is collected.
func garbage() int {
	now := debug.SetGCPercent(100)
	debug.SetGCPercent(now)
	return now
}

// TestOperatorsMeasureOfGarbageStays runs beside no other test: the measure is that of the process.
func TestOperatorsMeasureOfGarbageStays(t *testing.T) {
	before := garbage()
	defer debug.SetGCPercent(before)
	for _, test := range []struct {
		said        string
		own, during int
	}{{"", 100, 300}, {"", 400, 400}, {"", -1, -1}, {"50", 50, 50}, {"off", -1, -1}} {
		t.Setenv("GOGC", test.said)
		debug.SetGCPercent(test.own)
		restore := Roomy(300)
		same(t, "during", garbage(), test.during)
		restore()
		same(t, "behind", garbage(), test.own)
	}
}
