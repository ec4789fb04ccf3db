package main

import "treue/engine"

// kind names what groups customers.
func (t tongue) kind(kind string) string {
	switch kind {
	case "segment":
		return t.say("Segment", "segment")
	case "stage":
		return t.say("Lebensphase", "stage")
	}
	return t.say("Stufe", "tier")
}

// group names a segment, stage or tier for people.
func (t tongue) group(kind, name string) string {
	if kind == "tier" {
		return name
	}
	return engine.GroupName(name, t.language)
}
