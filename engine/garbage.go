package engine

import (
	"os"
	"runtime/debug"
)

// Roomy lets the heap grow by so many per cent of what is kept before garbage is collected, until restore is called: work that
// throws away many times what it keeps would otherwise be collecting most of the time. It changes nothing where there is more
// room already, or where the operator has said how much (GOGC). Of several at the same time the first that ends restores the
// usual measure: the others go on, a little slower.
func Roomy(percent int) (restore func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(percent)
	if before < 0 || before >= percent {
		debug.SetGCPercent(before)
		return func() {}
	}
	return func() { debug.SetGCPercent(before) }
}
