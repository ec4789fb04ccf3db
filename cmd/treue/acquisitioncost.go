package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// acquisitionCost begins the keys of a family of settings: one per acquisition channel.
const acquisitionCost = "acquisition_cost."

// ofFamily reports whether a key is of the family, and names its channel.
func ofFamily(key string) (channel string, ok bool) {
	channel, ok = strings.CutPrefix(key, acquisitionCost)
	return channel, ok && channel != "" && channel != "*"
}

// familyFromEnvironment reads TREUE_ACQUISITION_COST_CHANNEL, for channels in lower case.
func (c *config) familyFromEnvironment() {
	prefix := variable(acquisitionCost)
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		if channel, ok := strings.CutPrefix(name, prefix); ok && channel != "" {
			c.values[acquisitionCost+strings.ToLower(channel)] = origin{value, name}
		}
	}
}

// family returns the keys of the family that are set, sorted.
func (c *config) family() []string {
	var keys []string
	for key := range c.values {
		if _, ok := ofFamily(key); ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// acquisitionCosts reads the family by channel.
func (r *reading) acquisitionCosts() map[string]float64 {
	costs := map[string]float64{}
	for _, key := range r.family() {
		channel, _ := ofFamily(key)
		costs[channel] = parsed(r, key, number, fmt.Sprintf("what winning a customer through %s costs, such as 12.50", channel))
	}
	return costs
}
