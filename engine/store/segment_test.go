package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/store"
)

// setSegments stores segments and returns what changed, as "name: change" and "campaign vN.split" in order.
func (b *bench) setSegments(changes campaigns.Segments) string {
	b.Helper()
	a, err := b.SetSegments(b.ctx(), changes, noon.Add(time.Hour))
	if err != nil {
		b.Fatal(err)
	}
	var said []string
	for _, s := range a.Segments {
		said = append(said, s.Name+": "+s.Changed)
	}
	for _, c := range a.Campaigns {
		said = append(said, fmt.Sprintf("%s v%d.%d", c.Key, c.Version, c.Split))
	}
	return strings.Join(said, ", ")
}

func TestSegments(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, step := range []struct {
		changes campaigns.Segments
		want    string
	}{
		{campaigns.Segments{"fans": `in_segment("buyers")`, "buyers": "orders >= 1"}, "buyers: created, fans: created"},
		{campaigns.Segments{"fans": `in_segment("buyers")`, "buyers": "orders >= 2"}, "buyers: updated, fans: unchanged"},
	} {
		if got := b.setSegments(step.changes); got != step.want {
			t.Errorf("set %v: %s, want %s", step.changes, got, step.want)
		}
	}
	all, err := b.Store.Segments(b.ctx())
	if err != nil || len(all) != 2 || all[0].Name != "buyers" || all[0].Rule != "orders >= 2" || !all[0].UpdatedAt.Equal(noon.Add(time.Hour)) {
		t.Errorf("segments = %+v, %v", all, err)
	}
	rules, err := b.SegmentRules(b.ctx())
	if err != nil || len(rules) != 2 || rules["fans"] != `in_segment("buyers")` {
		t.Errorf("rules = %v, %v", rules, err)
	}
	var used *campaigns.UsedError
	if err := b.RemoveSegment(b.ctx(), "buyers"); !errors.As(err, &used) || strings.Join(used.Users, ", ") != "segment fans" {
		t.Errorf("remove what is used: %v", err)
	}
	if err := errors.Join(b.RemoveSegment(b.ctx(), "fans"), b.RemoveSegment(b.ctx(), "buyers")); err != nil {
		t.Errorf("remove from the top: %v", err)
	}
	if err := b.RemoveSegment(b.ctx(), "fans"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("remove what is gone: %v", err)
	}
}

func TestWrongSegmentsChangeNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.setSegments(campaigns.Segments{"buyers": "orders >= 1"})
	var wrong *campaigns.SegmentError
	_, err := b.SetSegments(b.ctx(), campaigns.Segments{"buyers": "orders >= 2", "later": "ordrs > 1"}, noon)
	if !errors.As(err, &wrong) || wrong.Name != "later" {
		t.Errorf("a wrong one among good ones: %v", err)
	}
	if all, err := b.SegmentRules(b.ctx()); err != nil || len(all) != 1 || all["buyers"] != "orders >= 1" {
		t.Errorf("half of a change was stored: %v, %v", all, err)
	}
}

// TestSegmentsMakeVersions holds that a change of a segment becomes a new version of the campaigns that use it, with
// their arms, and that the version before it keeps its meaning.
func TestSegmentsMakeVersions(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.setSegments(campaigns.Segments{"buyers": "orders >= 1", "fans": `in_segment("buyers") && revenue > 5`})
	uses, leaves, plain, over := definition("uses"), definition("leaves"), definition("plain"), definition("over")
	uses.Audience, leaves.ExitWhen, over.Audience = `in_segment("fans")`, `in_segment("buyers")`, `in_segment("fans")`
	for _, d := range []campaigns.Definition{uses, leaves, plain, over} {
		b.apply(d, "created")
	}
	b.apply(uses, "unchanged")
	if err := b.SetStatus(b.ctx(), "over", campaigns.Archived, noon); err != nil {
		t.Fatal(err)
	}
	if got := b.setSegments(campaigns.Segments{"buyers": "orders >= 2"}); got != "buyers: updated, leaves v2.1, uses v2.1" {
		t.Errorf("set: %s", got)
	}
	if got := b.setSegments(campaigns.Segments{"buyers": "orders >= 2"}); got != "buyers: unchanged" {
		t.Errorf("set again: %s", got)
	}
	for version, want := range map[int]string{1: "orders >= 1", 2: "orders >= 2"} {
		c, err := b.CampaignVersion(b.ctx(), "uses", version)
		if err != nil || c.Segments["buyers"] != want {
			t.Errorf("version %d: %v, %v", version, c, err)
		}
	}
	if c := b.apply(uses, "unchanged"); c.Version != 2 || c.Segments["buyers"] != "orders >= 2" {
		t.Errorf("the same file again: version %d, %v", c.Version, c.Segments)
	}
	var used *campaigns.UsedError
	if err := b.RemoveSegment(b.ctx(), "buyers"); !errors.As(err, &used) || strings.Join(used.Users, ", ") != "segment fans, campaign leaves" {
		t.Errorf("remove: %v", err)
	}
	if got := value[int64](b, `SELECT count(*) FROM campaign_versions WHERE definition ? 'Segments' AND campaign_key = 'plain'`); got != 0 {
		t.Error("a campaign without segments stores some")
	}
	d := definition("unknown")
	d.Audience = `in_segment("nobody")`
	if _, err := b.Apply(b.ctx(), d, noon); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("a campaign of an unknown segment: %v", err)
	}
}

// TestSegmentsAndCampaignsAtOnce holds that whoever comes last, every campaign ends with the segment as it stands.
func TestSegmentsAndCampaignsAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.setSegments(campaigns.Segments{"buyers": "orders >= 1"})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			d := definition(fmt.Sprintf("c%d", i))
			d.Audience = `in_segment("buyers")`
			if _, err := b.Apply(b.ctx(), d, noon); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if _, err := b.SetSegments(b.ctx(), campaigns.Segments{"buyers": fmt.Sprintf("orders >= %d", i+2)}, noon); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	stands, err := b.SegmentRules(b.ctx())
	if err != nil {
		t.Fatal(err)
	}
	all, err := b.Campaigns(b.ctx())
	if err != nil || len(all) != 4 {
		t.Fatal(all, err)
	}
	for _, c := range all {
		if c.Segments["buyers"] != stands["buyers"] {
			t.Errorf("%s carries %q, the segment is %q", c.Key, c.Segments["buyers"], stands["buyers"])
		}
	}
}
