package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"treue/campaigns"
)

// Segment is one of the shop's named rules.
type Segment struct {
	Name      string `gorm:"primaryKey"`
	Rule      string
	UpdatedAt time.Time `gorm:"autoUpdateTime:false"`
}

// TableName returns the table that holds segments.
func (Segment) TableName() string { return "segments" }

// AppliedSegment says what setting a segment changed.
type AppliedSegment struct {
	Segment
	Changed string // created, updated or unchanged
}

// AppliedSegments is what a change of segments came to: the campaigns are those that got a new version by it.
type AppliedSegments struct {
	Segments  []AppliedSegment
	Campaigns []Applied
}

// Segments returns the shop's segments by name.
func (s *Store) Segments(ctx context.Context) ([]Segment, error) {
	all, err := readSegments(s.orm.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("read the segments: %w", err)
	}
	return all, nil
}

// SegmentRules returns the shop's segments as rules are compiled with them.
func (s *Store) SegmentRules(ctx context.Context) (campaigns.Segments, error) {
	all, err := s.Segments(ctx)
	return rulesOf(all), err
}

// SetSegments stores segments and makes a new version of every campaign that thereby means something else; arms stay.
// Nothing is stored if one of them is wrong (*campaigns.SegmentError) or would break a rule that uses it
// (*campaigns.BrokenError). now is the time of the change.
func (s *Store) SetSegments(ctx context.Context, changes campaigns.Segments, now time.Time) (a AppliedSegments, err error) {
	err = s.orm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		before, err := lockSegments(tx, ownSegments)
		if err != nil {
			return err
		}
		if err := before.Check(changes); err != nil {
			return err
		}
		for _, name := range changes.Names() {
			applied, err := saveSegment(tx, before, Segment{name, changes[name], now})
			if err != nil {
				return err
			}
			a.Segments = append(a.Segments, applied)
		}
		a.Campaigns, err = repin(tx, before.With(changes), now)
		return err
	})
	if err != nil {
		return AppliedSegments{}, fmt.Errorf("set segments: %w", err)
	}
	return a, nil
}

// saveSegment writes one segment if it differs. An unchanged one keeps its time.
func saveSegment(tx *gorm.DB, before campaigns.Segments, row Segment) (AppliedSegment, error) {
	old, known := before[row.Name]
	switch {
	case !known:
		return AppliedSegment{row, "created"}, tx.Create(&row).Error
	case old != row.Rule:
		return AppliedSegment{row, "updated"}, tx.Save(&row).Error
	}
	err := tx.Take(&row, "name = ?", row.Name).Error
	return AppliedSegment{row, "unchanged"}, err
}

// repin makes new versions of the campaigns that segments changed. Archived ones decide nothing any more.
func repin(tx *gorm.DB, segments campaigns.Segments, now time.Time) ([]Applied, error) {
	var rows []campaignRow
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("kind <> 'external' AND status <> 'archived'").Order("campaign_key").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	definitions := make([]campaigns.Definition, len(rows))
	byKey := make(map[string]*campaignRow, len(rows))
	for i := range rows {
		byKey[rows[i].CampaignKey] = &rows[i]
		if definitions[i], err = definition(tx, rows[i].CampaignKey, rows[i].Version); err != nil {
			return nil, err
		}
	}
	changed, err := segments.Repin(definitions)
	if err != nil {
		return nil, err
	}
	applied := make([]Applied, len(changed))
	for i, d := range changed {
		row := byKey[d.Key]
		c, err := compile(*row, d, nextVersion(tx, row, d, now))
		if err != nil {
			return nil, err
		}
		c.Version = row.Version
		applied[i] = Applied{c, "updated"}
	}
	return applied, nil
}

// RemoveSegment forgets a segment, or returns ErrNotFound. One that rules use stays: that is a *campaigns.UsedError.
func (s *Store) RemoveSegment(ctx context.Context, name string) error {
	err := s.orm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		all, err := lockSegments(tx, ownSegments)
		if err != nil {
			return err
		}
		if _, known := all[name]; !known {
			return ErrNotFound
		}
		running, err := newest(tx)
		if err != nil {
			return err
		}
		if users := all.Users(name, running); len(users) > 0 {
			return &campaigns.UsedError{Name: name, Users: users}
		}
		return tx.Delete(&Segment{}, "name = ?", name).Error
	})
	var used *campaigns.UsedError
	if err != nil && !errors.As(err, &used) {
		return fmt.Errorf("remove segment %s: %w", name, err)
	}
	return err
}

// The strengths in which the segments are locked: those who store what segments mean must not meet those who change it.
const (
	shareSegments = "LOCK TABLE segments IN SHARE MODE"
	ownSegments   = "LOCK TABLE segments IN SHARE ROW EXCLUSIVE MODE"
)

// lockSegments reads the segments and keeps them as they are until the transaction ends. It comes before every other
// lock of the transaction.
func lockSegments(tx *gorm.DB, lock string) (campaigns.Segments, error) {
	if err := tx.Exec(lock).Error; err != nil {
		return nil, err
	}
	all, err := readSegments(tx)
	return rulesOf(all), err
}

// readSegments returns the rows in the order of their names.
func readSegments(tx *gorm.DB) ([]Segment, error) {
	var rows []Segment
	err := tx.Order("name").Find(&rows).Error
	return rows, err
}

func rulesOf(all []Segment) campaigns.Segments {
	byName := make(campaigns.Segments, len(all))
	for _, s := range all {
		byName[s.Name] = s.Rule
	}
	return byName
}
