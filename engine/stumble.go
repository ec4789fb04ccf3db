package engine

import (
	"context"
	"sync"
	"time"

	"treue/engine/store"
)

// stumblesAllowed is how many mails of a campaign in a row may be unfit for delivery: the next campaign's may be fine,
// the next mail of this one will not.
const stumblesAllowed = 3

// stumbles counts, by campaign, the mails in a row that no server takes as they are. It is safe for concurrent use.
type stumbles struct {
	mu    sync.Mutex
	inRow map[string]int
}

// add counts one more and reports whether that was the last that is allowed.
func (s *stumbles) add(campaign string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inRow == nil {
		s.inRow = map[string]int{}
	}
	s.inRow[campaign]++
	return s.inRow[campaign] == stumblesAllowed
}

// over ends a row: a mail of the campaign was taken.
func (s *stumbles) over(campaign string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.inRow, campaign)
}

// stumbled notes a mail that is unfit for delivery. Three of a campaign in a row pause it, until a person has mended it.
func (e *Engine) stumbled(ctx context.Context, campaign, why string, at time.Time) error {
	if !e.stumbles.add(campaign) {
		return nil
	}
	e.stumbles.over(campaign)
	stopped, err := e.store.StopCampaign(ctx, campaign, "three mails in a row could not be delivered as they are: "+why, at)
	if stopped {
		e.Log.Warn("campaign stopped", "campaign", campaign, "reason", why)
	}
	return err
}

// Stopped returns the campaigns that were paused because their mails cannot be delivered as they are.
func (e *Engine) Stopped(ctx context.Context) ([]store.Stopped, error) {
	return e.store.StoppedCampaigns(ctx)
}
