package store

// Rows returns one value of every type that GORM maps to a table.
func Rows() []any { return []any{&campaignRow{}, &versionRow{}, &splitRow{}} }
