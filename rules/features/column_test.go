package features_test

import (
	"reflect"
	"slices"
	"testing"

	"treue/rules/features"
)

// places returns the addresses that a column's accessors give for a snapshot.
func places(c features.Column, s *features.Snapshot) []any {
	var found []any
	if c.Count != nil {
		found = append(found, c.Count(s))
	}
	if c.Amount != nil {
		found = append(found, c.Amount(s))
	}
	if c.Word != nil {
		found = append(found, c.Word(s))
	}
	if c.Day != nil {
		found = append(found, c.Day(s))
	}
	if c.Flag != nil {
		found = append(found, c.Flag(s))
	}
	if c.Words != nil {
		found = append(found, c.Words(s))
	}
	return found
}

// TestColumnsCoverTheSnapshot holds that every statistic is kept in exactly one column.
func TestColumnsCoverTheSnapshot(t *testing.T) {
	t.Parallel()
	var s features.Snapshot
	owners := make(map[uintptr]string)
	var names []string
	for _, c := range features.Columns() {
		at := places(c, &s)
		if len(at) != 1 {
			t.Fatalf("column %s has %d accessors", c.Name, len(at))
		}
		place := reflect.ValueOf(at[0]).Pointer()
		if other, taken := owners[place]; taken {
			t.Errorf("columns %s and %s are one place", c.Name, other)
		}
		if slices.Contains(names, c.Name) {
			t.Errorf("two columns are called %s", c.Name)
		}
		owners[place], names = c.Name, append(names, c.Name)
	}
	value := reflect.ValueOf(&s).Elem()
	for i := range value.NumField() {
		field := value.Type().Field(i).Name
		if _, kept := owners[value.Field(i).Addr().Pointer()]; !kept && field != "CustomerID" && field != "History" {
			t.Errorf("%s is kept in no column", field)
		}
	}
}

// TestEveryFieldHasItsColumn holds that no field reads a column which is not there.
func TestEveryFieldHasItsColumn(t *testing.T) {
	t.Parallel()
	var columns []string
	for _, c := range features.Columns() {
		columns = append(columns, c.Name)
	}
	read := make(map[string]string)
	for _, f := range features.Everything() {
		if f.Formula == "" && !slices.Contains(columns, f.Column) {
			t.Errorf("%s reads column %q", f.Name, f.Column)
		}
		if other, taken := read[f.Column]; taken && f.Column != "" {
			t.Errorf("%s and %s are one column", f.Name, other)
		}
		read[f.Column] = f.Name
	}
}

// TestBlankForgetsEverything holds that nothing of an earlier customer stays in a snapshot that is filled anew.
func TestBlankForgetsEverything(t *testing.T) {
	t.Parallel()
	used := buyer()
	used.History = coffee()
	features.Blank(used)
	for _, f := range features.Everything() {
		if f.Formula == "" && !equal(f.Value(used, at), f.Value(nobody(), at)) {
			t.Errorf("%s stays %v", f.Name, f.Value(used, at))
		}
	}
	if used.History != nil || used.CustomerID != 0 || used.ExternalID != "" || used.RepeatSpend == used.RepeatSpend {
		t.Error("history, identity or repeat spend stays")
	}
}
