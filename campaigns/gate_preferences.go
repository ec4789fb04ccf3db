package campaigns

import "time"

// pausedGate keeps customers who asked for a rest from advertising.
type pausedGate struct{ now time.Time }

func (pausedGate) Outcome() Outcome { return GatePaused }

func (g pausedGate) Stop(c *Candidate) string {
	if c.Preferences.Paused(g.now) {
		return "asked for a rest until " + c.Preferences.PausedUntil.UTC().Format(time.RFC3339)
	}
	return ""
}

// topicGate keeps customers who turned the campaign's topic off.
type topicGate struct{ campaign *Campaign }

func (topicGate) Outcome() Outcome { return GateTopic }

func (g topicGate) Stop(c *Candidate) string {
	if c.Preferences.Unwanted(g.campaign.Topic) {
		return "does not want the topic " + g.campaign.Topic
	}
	return ""
}
