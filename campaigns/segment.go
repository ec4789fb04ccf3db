package campaigns

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"treue/rules"
	"treue/rules/features"
)

// Segments are the shop's named rules: the text of each by its name. Other rules use them as in_segment("name").
type Segments map[string]string

// SegmentError is a segment that cannot be stored as it is. Err is of type rules.Errors if its rule is at fault.
type SegmentError struct {
	Name string
	Err  error
}

// Error returns the segment and what is wrong with it.
func (e *SegmentError) Error() string { return fmt.Sprintf("segment %s: %v", e.Name, e.Err) }

// Unwrap returns what is wrong.
func (e *SegmentError) Unwrap() error { return e.Err }

// BrokenError says that a change of segments would make rules that use them invalid.
type BrokenError struct {
	Broken []string // each with its fault
}

// Error names everything that would break.
func (e *BrokenError) Error() string {
	return "the change would break " + strings.Join(e.Broken, "; ")
}

// UsedError says that a segment cannot go because rules use it.
type UsedError struct {
	Name  string
	Users []string
}

// Error names all users.
func (e *UsedError) Error() string {
	return fmt.Sprintf("segment %s is used by %s: take in_segment(%q) out there first", e.Name, strings.Join(e.Users, ", "), e.Name)
}

var segmentPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// CheckSegmentName refuses what no segment can be called, as a *SegmentError.
func CheckSegmentName(name string) error {
	switch {
	case slices.Contains(features.Segments(), name):
		return &SegmentError{name, errors.New("the name is one of the ten built-in segments: choose another")}
	case !segmentPattern.MatchString(name):
		return &SegmentError{name, errors.New("this is no name: lower-case letters, digits, hyphens and underscores, at most 64, such as coffee_fans")}
	}
	return nil
}

// With returns the segments after a change; neither is altered.
func (s Segments) With(changes Segments) Segments {
	all := make(Segments, len(s)+len(changes))
	maps.Copy(all, s)
	maps.Copy(all, changes)
	return all
}

// Names returns the names in order.
func (s Segments) Names() []string { return slices.Sorted(maps.Keys(s)) }

// Compile compiles a rule that may use the segments.
func (s Segments) Compile(source string) (*rules.Rule, error) {
	return rules.CompileWith(source, rules.Options{Segments: s})
}

// Check reports the first thing that forbids a change of s: a name or rule of the change as a *SegmentError, or the
// segments that it would break as a *BrokenError. What was broken before does not count.
func (s Segments) Check(changes Segments) error {
	after := s.With(changes)
	for _, name := range changes.Names() {
		if err := CheckSegmentName(name); err != nil {
			return err
		}
		if _, err := after.Compile(changes[name]); err != nil {
			return &SegmentError{name, err}
		}
	}
	var broken []string
	for _, name := range s.Names() {
		_, now := after.Compile(after[name])
		if _, before := s.Compile(s[name]); now != nil && before == nil {
			broken = append(broken, fmt.Sprintf("segment %s (%s)", name, oneLine(now)))
		}
	}
	if len(broken) > 0 {
		return &BrokenError{broken}
	}
	return nil
}

// oneLine returns the first fault of a rule without its place.
func oneLine(err error) string {
	if faults, ok := errors.AsType[rules.Errors](err); ok {
		return faults[0].Message
	}
	return fmt.Sprint(err)
}

// Users returns who names the segment in a rule of their own: segments in order, then campaigns, archived ones apart, in
// theirs. Each has its kind before it, as in "segment vip".
func (s Segments) Users(name string, all []*Campaign) []string {
	var users []string
	for _, other := range s.Names() {
		if rule, err := s.Compile(s[other]); err == nil && slices.Contains(rule.Segments(), name) {
			users = append(users, "segment "+other)
		}
	}
	for _, c := range all {
		if c.Status != Archived && c.UsesSegment(name) {
			users = append(users, "campaign "+c.Key)
		}
	}
	return users
}

// closure returns the segments that rules use, directly or through one another; nil if there are none.
func (s Segments) closure(sources ...string) (Segments, error) {
	var used Segments
	for len(sources) > 0 {
		rule, err := s.Compile(sources[0])
		if err != nil {
			return nil, err
		}
		sources = sources[1:]
		for _, name := range rule.Segments() {
			if _, known := used[name]; known {
				continue
			}
			if used == nil {
				used = Segments{}
			}
			used[name] = s[name]
			sources = append(sources, s[name])
		}
	}
	return used, nil
}

// WithSegments returns the definition with the texts of those segments that its rules use, directly or through one
// another, so that the version means the same whatever becomes of them. The error names the rule that is wrong.
func (d Definition) WithSegments(all Segments) (Definition, error) {
	used, err := all.closure(d.Audience)
	if err != nil {
		return d, fmt.Errorf("campaign %s: audience: %w", d.Key, err)
	}
	if d.ExitWhen != "" {
		exit, err := all.closure(d.ExitWhen)
		if err != nil {
			return d, fmt.Errorf("campaign %s: exit_when: %w", d.Key, err)
		}
		if len(exit) > 0 {
			used = used.With(exit)
		}
	}
	d.Segments = used
	return d, nil
}

// Repin returns the definitions that mean something else under s than with the segments they carry, with those of s in
// their place. Definitions that would become invalid are a *BrokenError.
func (s Segments) Repin(definitions []Definition) ([]Definition, error) {
	var changed []Definition
	var broken []string
	for _, d := range definitions {
		pinned, err := d.WithSegments(s)
		switch {
		case err != nil:
			broken = append(broken, fmt.Sprintf("campaign %s (%s)", d.Key, oneLine(err)))
		case !maps.Equal(pinned.Segments, d.Segments):
			changed = append(changed, pinned)
		}
	}
	if len(broken) > 0 {
		return nil, &BrokenError{broken}
	}
	return changed, nil
}

// UsesSegment reports whether one of the campaign's rules names the segment itself.
func (c *Campaign) UsesSegment(name string) bool {
	return slices.Contains(c.audience.Segments(), name) || c.exit != nil && slices.Contains(c.exit.Segments(), name)
}
