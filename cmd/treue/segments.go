package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"treue/campaigns"
	"treue/engine"
	"treue/engine/store"
	"treue/rules"
)

// segmentsCommand groups what can be done with named rules.
func (a *app) segmentsCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "segments", Short: "Rules with a name, which other rules use as in_segment(\"name\")"})
	cmd.AddCommand(a.segmentsListCommand(), a.segmentsShowCommand(), a.segmentsSetCommand(), a.segmentsApplyCommand(), a.segmentsRemoveCommand())
	return cmd
}

// segmentDoc is a segment in a result.
type segmentDoc struct {
	Name      string     `json:"name"`
	Rule      string     `json:"rule"`
	UpdatedAt *time.Time `json:"updated_at,omitempty"`
	Changed   string     `json:"changed,omitempty"`
	UsedBy    []string   `json:"used_by,omitempty"`
}

// segmentsDoc is the result of all commands on segments.
type segmentsDoc struct {
	Segments  []segmentDoc  `json:"segments"`
	Campaigns []campaignDoc `json:"campaigns,omitempty"` // with a new version
}

func newSegmentDoc(s store.Segment, changed string) segmentDoc {
	return segmentDoc{Name: s.Name, Rule: s.Rule, UpdatedAt: &s.UpdatedAt, Changed: changed}
}

// print shows the segments and, below, which campaigns a change has reached.
func (d *segmentsDoc) print(w io.Writer) {
	var rows []table.Row
	for _, s := range d.Segments {
		rows = append(rows, table.Row{s.Name, s.Rule, s.Changed, strings.Join(s.UsedBy, ", ")})
	}
	grid(w, table.Row{"segment", "rule", "", "used by"}, rows)
	for _, c := range d.Campaigns {
		fmt.Fprintf(w, "campaign %s is now at version %d, with the arms it had\n", c.Key, c.Version)
	}
}

// compile compiles a rule with the shop's segments.
func (a *app) compile(ctx context.Context, source string) (*rules.Rule, error) {
	segments, err := a.segmentsFor(ctx, source)
	if err != nil {
		return nil, err
	}
	return rules.CompileWith(source, a.ruleOptions(segments))
}

// ruleOptions speak to the author in the shop's language.
func (a *app) ruleOptions(segments campaigns.Segments) rules.Options {
	return rules.Options{Segments: segments, Language: a.config.text("language")}
}

// segmentsFor returns the shop's segments if a rule names any: looking at a rule should not need a database.
func (a *app) segmentsFor(ctx context.Context, sources ...string) (campaigns.Segments, error) {
	if !slices.ContainsFunc(sources, func(s string) bool { return len(rules.SegmentsNamed(s)) > 0 }) {
		return campaigns.Segments{}, nil
	}
	return a.shopSegments(ctx)
}

func (a *app) shopSegments(ctx context.Context) (campaigns.Segments, error) {
	s, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	return s.SegmentRules(ctx)
}

func (a *app) segmentsListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the shop's segments and who uses them", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			doc, err := a.segments(cmd.Context())
			if err == nil {
				a.show(doc, doc.print)
			}
			return err
		},
	}
}

func (a *app) segmentsShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Show a segment and who uses it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			doc, err := a.segments(cmd.Context())
			if err != nil {
				return err
			}
			i := slices.IndexFunc(doc.Segments, func(s segmentDoc) bool { return s.Name == args[0] })
			if i < 0 {
				return unknownSegment(args[0], doc)
			}
			doc.Segments = doc.Segments[i : i+1]
			a.show(doc, doc.print)
			return nil
		},
	}
}

// segments reads all segments with their users.
func (a *app) segments(ctx context.Context) (*segmentsDoc, error) {
	s, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.Segments(ctx)
	if err != nil {
		return nil, err
	}
	running, err := s.Campaigns(ctx)
	if err != nil {
		return nil, err
	}
	texts := campaigns.Segments{}
	for _, segment := range all {
		texts[segment.Name] = segment.Rule
	}
	doc := &segmentsDoc{Segments: []segmentDoc{}}
	for _, segment := range all {
		d := newSegmentDoc(segment, "")
		d.UsedBy = texts.Users(segment.Name, running)
		doc.Segments = append(doc.Segments, d)
	}
	return doc, nil
}

// unknownSegment proposes the segment that was likely meant.
func unknownSegment(name string, all *segmentsDoc) error {
	var names []string
	for _, s := range all.Segments {
		names = append(names, s.Name)
	}
	text := fmt.Sprintf("the shop has no segment %q", name)
	if near := engine.Nearest(name, names); near != "" {
		text += fmt.Sprintf(": did you mean %q?", near)
	}
	return wrongInput(errors.New(text))
}

func (a *app) segmentsSetCommand() *cobra.Command {
	return &cobra.Command{
		Use: "set NAME EXPR", Short: "Name a rule, or change what a name stands for (- reads the rule from standard input)", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			source, err := a.ruleText(args[1])
			if err != nil {
				return err
			}
			return a.setSegments(cmd.Context(), campaigns.Segments{args[0]: source}, func(_ string, err error) error { return err })
		},
	}
}

// segmentsApplyCommand is for shops that keep their segments in a repository, as they do their campaigns.
func (a *app) segmentsApplyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "apply FILE", Short: "Store a file of segments, each a line `name: rule`; others stay as they are", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := a.readFile(args[0])
			if err != nil {
				return wrongInput(err)
			}
			named, err := campaigns.ParseSegments(data)
			if err != nil {
				return wrongInput(fmt.Errorf("%s: %w", args[0], err))
			}
			changes, places := campaigns.Segments{}, map[string]campaigns.Position{}
			for _, n := range named {
				changes[n.Name], places[n.Name] = n.Rule, n.At
			}
			return a.setSegments(cmd.Context(), changes, func(name string, err error) error {
				return fmt.Errorf("%s: %w", args[0], ruleInFile("segment "+name, places[name], err))
			})
		},
	}
}

// setSegments checks a change in the shop's language and stores it. place says where the fault of a rule stands.
func (a *app) setSegments(ctx context.Context, changes campaigns.Segments, place func(name string, err error) error) error {
	for _, name := range changes.Names() {
		if err := campaigns.CheckSegmentName(name); err != nil {
			return wrongInput(err)
		}
	}
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	before, err := s.SegmentRules(ctx)
	if err != nil {
		return err
	}
	for _, name := range changes.Names() {
		if _, err := rules.CompileWith(changes[name], a.ruleOptions(before.With(changes))); err != nil {
			return wrongInput(place(name, err))
		}
	}
	applied, err := s.SetSegments(ctx, changes, a.wall())
	if err != nil {
		return refused(err)
	}
	doc := &segmentsDoc{}
	for _, segment := range applied.Segments {
		doc.Segments = append(doc.Segments, newSegmentDoc(segment.Segment, segment.Changed))
	}
	for _, c := range applied.Campaigns {
		doc.Campaigns = append(doc.Campaigns, newCampaignDoc(c.Campaign, c.Changed))
	}
	a.show(doc, doc.print)
	return nil
}

// refused marks what the user asked of the segments and cannot have.
func refused(err error) error {
	var wrong *campaigns.SegmentError
	var broken *campaigns.BrokenError
	var used *campaigns.UsedError
	if errors.As(err, &wrong) || errors.As(err, &broken) || errors.As(err, &used) {
		return wrongInput(err)
	}
	return err
}

func (a *app) segmentsRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Forget a segment that no rule uses", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := a.segments(cmd.Context())
			if err != nil {
				return err
			}
			i := slices.IndexFunc(all.Segments, func(s segmentDoc) bool { return s.Name == args[0] })
			if i < 0 {
				return unknownSegment(args[0], all)
			}
			if err := a.store.RemoveSegment(cmd.Context(), args[0]); err != nil {
				return refused(err)
			}
			removed := all.Segments[i]
			removed.Changed = "removed"
			doc := &segmentsDoc{Segments: []segmentDoc{removed}}
			a.show(doc, doc.print)
			return nil
		},
	}
}
