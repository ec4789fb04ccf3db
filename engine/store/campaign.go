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

// campaignRow, versionRow and splitRow are campaigns as the tables hold them.
type campaignRow struct {
	CampaignKey string `gorm:"primaryKey"`
	Kind        string
	Name        string
	Status      string
	Version     int
	Split       int
	CreatedAt   time.Time
	UpdatedAt   time.Time
	ActivatedAt *time.Time
	Stopped     *string // why the engine paused it; nil: it did not
}

func (campaignRow) TableName() string { return "campaigns" }

type versionRow struct {
	CampaignKey string `gorm:"primaryKey"`
	Version     int    `gorm:"primaryKey"`
	Definition  []byte `gorm:"type:jsonb"`
	CreatedAt   time.Time
}

func (versionRow) TableName() string { return "campaign_versions" }

type splitRow struct {
	CampaignKey string `gorm:"primaryKey"`
	Split       int    `gorm:"primaryKey"`
	Share       float64
	CreatedAt   time.Time
	ReleasedAt  *time.Time
}

func (splitRow) TableName() string { return "campaign_splits" }

// ErrKeyTaken says that a key belongs to an archived campaign: keys are never used again, since arms hang on them.
var ErrKeyTaken = errors.New("campaign key belongs to an archived campaign and is never used again: choose another")

// Applied says what applying a definition changed.
type Applied struct {
	*campaigns.Campaign
	Changed string // created, updated or unchanged
}

// Apply stores a definition: a new campaign as a draft, a changed one as a new version. A changed control share makes
// a new split. The version carries the shop's segments that its rules use, as they stand. now is the time of the change.
func (s *Store) Apply(ctx context.Context, d campaigns.Definition, now time.Time) (Applied, error) {
	a, err := s.apply(ctx, d, now)
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		a, err = s.apply(ctx, d, now) // somebody else has just created it
	}
	if err != nil {
		return Applied{}, fmt.Errorf("apply campaign %s: %w", d.Key, err)
	}
	return a, nil
}

func (s *Store) apply(ctx context.Context, d campaigns.Definition, now time.Time) (a Applied, err error) {
	err = s.orm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		segments, err := lockSegments(tx, shareSegments)
		if err != nil {
			return err
		}
		if d, err = d.WithSegments(segments); err != nil {
			return err
		}
		var row campaignRow
		err = tx.Clauses(clause.Locking{Strength: "UPDATE"}).Take(&row, "campaign_key = ?", d.Key).Error
		switch {
		case errors.Is(err, gorm.ErrRecordNotFound):
			a.Changed = "created"
			row = campaignRow{CampaignKey: d.Key, Status: string(campaigns.Draft), CreatedAt: now}
			err = nil
		case err != nil:
			return err
		case row.Status == string(campaigns.Archived):
			return ErrKeyTaken
		default:
			a.Changed, err = change(tx, &row, d)
		}
		if err == nil && a.Changed != "unchanged" {
			err = nextVersion(tx, &row, d, now)
		}
		a.Campaign, err = compile(row, d, err)
		return err
	})
	return a, err
}

// change compares a definition with the newest version.
func change(tx *gorm.DB, row *campaignRow, d campaigns.Definition) (string, error) {
	old, err := definition(tx, row.CampaignKey, row.Version)
	if err != nil {
		return "", err
	}
	if string(old.Canonical()) == string(d.Canonical()) {
		return "unchanged", nil
	}
	return "updated", nil
}

// nextVersion writes the next version of a campaign, and the next split if the share is another one.
func nextVersion(tx *gorm.DB, row *campaignRow, d campaigns.Definition, now time.Time) error {
	var share splitRow
	if err := tx.Where("campaign_key = ? AND split = ?", d.Key, row.Split).Limit(1).Find(&share).Error; err != nil {
		return err
	}
	isNew := row.Version == 0
	newSplit := isNew || share.Share != d.Holdout
	row.Kind, row.Name, row.UpdatedAt = string(d.Kind), d.Name, now
	row.Version++
	if newSplit {
		row.Split++
	}
	write := tx.Save
	if isNew {
		write = tx.Create // fails where Save would overwrite what somebody else has just created
	}
	if err := write(row).Error; err != nil {
		return err
	}
	if newSplit {
		if err := tx.Create(&splitRow{CampaignKey: d.Key, Split: row.Split, Share: d.Holdout, CreatedAt: now}).Error; err != nil {
			return err
		}
	}
	return tx.Create(&versionRow{CampaignKey: d.Key, Version: row.Version, Definition: d.Canonical(), CreatedAt: now}).Error
}

func compile(row campaignRow, d campaigns.Definition, err error) (*campaigns.Campaign, error) {
	if err != nil {
		return nil, err
	}
	c, err := campaigns.New(d, row.Version, row.Split, campaigns.Status(row.Status))
	if err == nil {
		c.ActivatedAt = row.ActivatedAt
	}
	return c, err
}

func definition(tx *gorm.DB, key string, version int) (campaigns.Definition, error) {
	var v versionRow
	if err := tx.Take(&v, "campaign_key = ? AND version = ?", key, version).Error; err != nil {
		return campaigns.Definition{}, err
	}
	return campaigns.DefinitionFromCanonical(v.Definition)
}

// Campaigns returns the newest version of every campaign that runs by our own hand, by key.
func (s *Store) Campaigns(ctx context.Context) ([]*campaigns.Campaign, error) {
	return newest(s.orm.WithContext(ctx))
}

// newest returns the newest version of the campaigns that db is narrowed to.
func newest(db *gorm.DB) ([]*campaigns.Campaign, error) {
	var rows []campaignRow
	db = db.Session(&gorm.Session{})
	if err := db.Where("kind <> 'external'").Order("campaign_key").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the campaigns: %w", err)
	}
	texts, err := newestTexts(db.Session(&gorm.Session{NewDB: true}), rows)
	if err != nil {
		return nil, fmt.Errorf("read the campaigns: %w", err)
	}
	all := make([]*campaigns.Campaign, len(rows))
	for i, row := range rows {
		d, err := campaigns.DefinitionFromCanonical(texts[row.CampaignKey])
		if all[i], err = compile(row, d, err); err != nil {
			return nil, fmt.Errorf("read campaign %s: %w", row.CampaignKey, err)
		}
	}
	return all, nil
}

// newestTexts returns the definitions of the campaigns' newest versions, by key.
func newestTexts(db *gorm.DB, rows []campaignRow) (map[string][]byte, error) {
	texts := make(map[string][]byte, len(rows))
	if len(rows) == 0 {
		return texts, nil
	}
	wanted := make([][]any, len(rows))
	for i, row := range rows {
		wanted[i] = []any{row.CampaignKey, row.Version}
	}
	var versions []versionRow
	err := db.Where("(campaign_key, version) IN ?", wanted).Find(&versions).Error
	for _, v := range versions {
		texts[v.CampaignKey] = v.Definition
	}
	return texts, err
}

// CampaignVersion returns a campaign as of an earlier version, with today's status: entries keep the version in which
// they began.
func (s *Store) CampaignVersion(ctx context.Context, key string, version int) (*campaigns.Campaign, error) {
	var row campaignRow
	db := s.orm.WithContext(ctx)
	if err := db.Take(&row, "campaign_key = ?", key).Error; err != nil {
		return nil, fmt.Errorf("campaign %s: %w", key, notFound(err))
	}
	d, err := definition(db, key, version)
	row.Version = version
	c, err := compile(row, d, notFound(err))
	if err != nil {
		return nil, fmt.Errorf("campaign %s, version %d: %w", key, version, err)
	}
	return c, nil
}

// ErrArchived says that a campaign is over for good.
var ErrArchived = errors.New("the campaign is archived for good: apply it under another key")

// SetStatus changes a campaign's status. Archiving one cancels what it has not yet sent, and nothing wakes it again.
func (s *Store) SetStatus(ctx context.Context, key string, status campaigns.Status, now time.Time) error {
	err := s.orm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var row campaignRow
		if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Take(&row, "campaign_key = ?", key).Error; err != nil {
			return notFound(err)
		}
		switch {
		case row.Status == string(status):
			return nil
		case row.Status == string(campaigns.Archived):
			return ErrArchived
		case status == campaigns.Archived:
			if err := cancelOpen(tx, key, now); err != nil {
				return err
			}
		case status == campaigns.Active && row.ActivatedAt == nil:
			row.ActivatedAt = &now
		}
		row.Status, row.UpdatedAt, row.Stopped = string(status), now, nil
		return tx.Save(&row).Error
	})
	if err != nil {
		return fmt.Errorf("set campaign %s to %s: %w", key, status, err)
	}
	return nil
}

// cancelOpen ends all sends of a campaign but those under way: their attempt is on record and must get its outcome.
func cancelOpen(tx *gorm.DB, key string, now time.Time) error {
	const cancel = `UPDATE sends SET state = 'cancelled', reason = 'campaign archived', finished_at = ?
		WHERE campaign_key = ? AND finished_at IS NULL AND state <> 'sending'`
	if err := tx.Exec(cancel, now, key).Error; err != nil {
		return err
	}
	const withdraw = `DELETE FROM outbox o USING sends s WHERE o.campaign_key = ? AND s.finished_at IS NOT NULL
		AND (s.customer_id, s.campaign_key, s.entry, s.step_key) = (o.customer_id, o.campaign_key, o.entry, o.step_key)`
	return tx.Exec(withdraw, key).Error
}

// Version describes one version of a campaign for its history.
type Version struct {
	Version   int
	CreatedAt time.Time
	campaigns.Definition
}

// History returns all versions of a campaign, newest first.
func (s *Store) History(ctx context.Context, key string) ([]Version, error) {
	var rows []versionRow
	if err := s.orm.WithContext(ctx).Where("campaign_key = ?", key).Order("version DESC").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the history of %s: %w", key, err)
	}
	versions := make([]Version, len(rows))
	for i, row := range rows {
		d, err := campaigns.DefinitionFromCanonical(row.Definition)
		if err != nil {
			return nil, fmt.Errorf("read version %d of %s: %w", row.Version, key, err)
		}
		versions[i] = Version{row.Version, row.CreatedAt, d}
	}
	return versions, nil
}
