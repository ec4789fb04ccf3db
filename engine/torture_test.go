//go:build torture

package engine

import (
	"testing"
	"time"
)

// The long forms. Each is run alone:
//
//	go test -tags torture -timeout 60m -run 'TestKillTorture' -v ./engine

// TestKillTorture kills the sending process 200 times over 100,000 mails. Alone on the machine it repeats at most two mails for
// a kill on average.
func TestKillTorture(t *testing.T) {
	const kills = 200
	if n := killTest(t, 100_000, kills); n > 2*kills {
		t.Errorf("%d repeats for %d kills: want at most 2 each on average", n, kills)
	}
}

// TestPostgresTorture stops Postgres 20 times, without giving it time to write anything down.
func TestPostgresTorture(t *testing.T) { postgresTest(t, 40_000, 20) }

// TestProcessesTorture lets up to four processes work for eight minutes, and kills, stops and freezes them.
func TestProcessesTorture(t *testing.T) { processesTest(t, 60_000, 8*time.Minute) }
