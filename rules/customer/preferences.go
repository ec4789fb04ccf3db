package customer

import (
	"slices"
	"time"
)

// Preferences are what a customer chose about mail that is allowed as such. The zero value is no choice at all.
type Preferences struct {
	PausedAt       *time.Time // when the customer asked for a pause; nil: never, or it was ended
	PausedUntil    *time.Time // its end
	UnwantedTopics []string   // topics of campaigns, sorted, unique
	Language       string     // de or en; "": what the shop knows
	Birthday       *time.Time // a date: midnight UTC; nil: what the shop knows
}

// Pause is how long a customer who asks for a rest gets no advertising.
const Pause = 30 * 24 * time.Hour

// Paused reports whether the customer rests at now.
func (p Preferences) Paused(now time.Time) bool {
	return p.PausedUntil != nil && p.PausedUntil.After(now)
}

// Unwanted reports whether the customer turned the topic off. A campaign without a topic cannot be turned off.
func (p Preferences) Unwanted(topic string) bool {
	return topic != "" && slices.Contains(p.UnwantedTopics, topic)
}
