//go:build torture

package engine

import "testing"

// TestKillTorture kills the sending process ten times over two thousand mails.
func TestKillTorture(t *testing.T) { killTest(t, 2000, 10) }
