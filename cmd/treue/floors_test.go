package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A floor is a package's height in the house and its one duty. Imports go strictly downwards: never to the same
// height, never up. To add a package, add it here with its duty.
type floor struct {
	path   string
	height int
	duty   string
}

var floors = []floor{
	{"cmd/treue", 90, "one file per subcommand, wiring, configuration"},
	{"engine/enginetest", 85, "test helpers only; no production code imports it"},
	{"engine/web", 80, "operators' pages, the HTTP API and the customer's links"},
	{"engine/simulate", 80, "invents a shop whose true lift is known and drives the real cycle day by day"},
	{"engine/report", 75, "writes what campaigns were worth for people: a page, a sheet of paper, a text, a table"},
	{"engine", 70, "the cycle and its clockwork: schedule, refresh, plan, dispatch, measure"},
	{"engine/ingest", 65, "streams customers, orders, products and past exposures in from shop exports"},
	{"engine/store", 60, "everything Postgres, one file per noun"},
	{"engine/bounce", 60, "reads what came back: bounces and complaints"},
	{"engine/delivery", 55, "outcomes of a delivery attempt by SMTP or to a directory, bounces"},
	{"engine/localpg", 60, "runs a private Postgres for the demo, the first steps and the tests"},
	{"campaigns", 50, "gates, arbitration, plan, assignment, send states, outcomes: pure decisions"},
	{"rules/pushdown", 45, "a compiled rule as a parameterised SQL predicate"},
	{"rules/ruletest", 45, "users' own rule tests"},
	{"rules/worth", 35, "what the customers together are worth: who carries it, how it moves, whether predictions held"},
	{"rules", 40, "compile, evaluate and explain a rule over a customer's snapshot"},
	{"rules/features", 30, "the dated snapshot a rule can read"},
	{"rules/basket", 10, "what is bought together and what a customer will want next: pure numbers"},
	{"rules/clv", 10, "the lifetime-value models: pure numbers"},
	{"rules/customer", 10, "customers, orders, consent: the bottom nouns"},
	{"campaigns/assign", 10, "salted hash to arm, the same on every machine"},
	{"campaigns/lift", 10, "estimators, intervals, power, checks"},
	{"engine/chart", 10, "draws intervals, curves and funnels as shapes that a page and a sheet of paper share"},
	{"templates", 10, "renders subject, HTML and text of a customer's mail"},
	{"migrations", 10, "numbered SQL, embedded"},
}

// An arrow is an import that the heights would allow and the house does not. `*` stands for every package of ours;
// `except` lists importers for which the arrow is fine.
type arrow struct {
	from, to string
	except   []string
	reason   string
}

var banned = []arrow{
	{"*", "engine/enginetest", nil, "test helpers must not end up in the binary"},
	{"*", "cmd/treue", nil, "wiring is on top: nothing may need it"},
	{"rules/clv", "*", nil, "a model is checked against papers as pure numbers, without a customer around it"},
	{"rules/basket", "*", nil, "suggestions are measured on plain purchases, without a shop around them"},
	{"rules/customer", "*", nil, "the bottom nouns are what everybody shares; they may depend on nobody"},
	{"campaigns/assign", "*", nil, "an auditor recomputes an arm from key and id alone"},
	{"campaigns/lift", "*", nil, "statistics are checked against vectors, without the decisions that made the arms"},
	{"templates", "*", nil, "who sees a template sees all it can reach: the values handed to it"},
	{"migrations", "*", nil, "old SQL must not change its meaning with today's Go"},
	{"engine/localpg", "*", nil, "it starts any Postgres and knows nothing of what is kept there"},
	{"campaigns", "rules/clv", nil, "decisions read the snapshot; a model behind its back could disagree with the preview"},
	{"campaigns", "rules/pushdown", nil, "decisions know no SQL"},
	{"*", "rules/ruletest", []string{"cmd/treue", "engine/web"}, "users' tests are started by users"},
	{"*", "rules/pushdown", []string{"engine/store", "engine/enginetest", "cmd/treue"}, "SQL belongs beside the database"},
	{"*", "engine/localpg", []string{"cmd/treue", "engine/enginetest"}, "who needs a database is given one; starting it is wiring"},
	{"*", "engine/simulate", []string{"cmd/treue"}, "an invented shop must be out of reach of a real one"},
	{"*", "engine/web", []string{"cmd/treue", "engine/enginetest"}, "pages are a skin: what they show is asked below"},
	{"engine/store", "engine/delivery", nil, "what is kept knows nothing of how mail travels"},
	{"engine/delivery", "rules/customer", nil, "delivery sees a message, never a customer"},
	{"engine/ingest", "engine/delivery", nil, "an import must not be able to send"},
}

// A guest is a third-party import that only some packages may receive.
type guest struct {
	prefix string
	hosts  []string
	reason string
}

var guests = []guest{
	{"github.com/jackc/pgx", []string{"engine/store", "engine/localpg", "engine/enginetest"}, "everything Postgres has one home"},
	{"gorm.io", []string{"engine/store"}, "everything Postgres has one home"},
	{
		"database/sql",
		[]string{"engine/store", "engine/localpg", "engine/enginetest", "migrations"},
		"everything Postgres has one home",
	},
	{"github.com/pressly/goose", []string{"migrations", "engine/store"}, "the schema changes in one place"},
	{"github.com/wneessen/go-mail", []string{"engine/delivery", "engine/enginetest"}, "one door for mail, so that one place can refuse it"},
	{"codeberg.org/go-pdf", []string{"engine/report"}, "paper is one more form of a report"},
	{"net/smtp", []string{"engine/delivery", "engine/enginetest"}, "one door for mail, so that one place can refuse it"},
	{"github.com/emersion/go-imap", []string{"engine/bounce"}, "what strangers send us is taken apart in one place"},
	{"github.com/emersion/go-message", []string{"engine/bounce"}, "what strangers send us is taken apart in one place"},
	{"github.com/emersion/go-msgauth", []string{"engine/delivery"}, "who signs a mail holds its final bytes"},
	{"blitiri.com.ar/go/spf", []string{"engine/delivery"}, "what receivers think of a sender is asked in one place"},
	{"github.com/spf13/cobra", []string{"cmd/treue"}, "flags are the command line's"},
	{"github.com/knadh/koanf", []string{"cmd/treue"}, "configuration is read once, on top, and handed down"},
}

func TestFloors(t *testing.T) {
	t.Parallel()
	house := load(t, "../..")
	if len(house.packages) < 3 {
		t.Fatalf("only %d packages found under the module's root", len(house.packages))
	}
	for name, check := range checks() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, violation := range check(house) {
				t.Error(violation)
			}
		})
	}
}

// checks are the rules of the house, by name.
func checks() map[string]func(tree) []string {
	return map[string]func(tree) []string{
		"known packages":    unknownPackages,
		"downwards":         upwardImports,
		"banned arrows":     bannedArrows,
		"guests":            misplacedGuests,
		"fan-out":           wideFanOut,
		"package comments":  packageComments,
		"package names":     vagueNames,
		"no init":           initFunctions,
		"package variables": packageVariables,
		"clock":             clockReaders,
		"sizes":             oversized,
	}
}

func floorOf(path string) (floor, bool) {
	i := slices.IndexFunc(floors, func(f floor) bool { return f.path == path })
	if i < 0 {
		return floor{}, false
	}
	return floors[i], true
}

func unknownPackages(house tree) (violations []string) {
	for _, p := range house.packages {
		if _, ok := floorOf(p.path); !ok {
			violations = append(violations, p.path+": not in the table of floors: add it with its height and its duty")
		}
	}
	return violations
}

func upwardImports(house tree) (violations []string) {
	for _, p := range house.packages {
		from, known := floorOf(p.path)
		for _, imported := range p.ours() {
			to, ok := floorOf(imported)
			switch {
			case !known:
			case !ok:
				violations = append(violations, fmt.Sprintf("%s imports %s, which is not in the table of floors", p.path, imported))
			case to.height >= from.height:
				violations = append(violations, fmt.Sprintf("%s (height %d) imports %s (height %d): imports go downwards",
					p.path, from.height, imported, to.height))
			}
		}
	}
	return violations
}

func bannedArrows(house tree) (violations []string) {
	for _, p := range house.packages {
		for _, imported := range p.ours() {
			for _, a := range banned {
				if fits(a.from, p.path) && fits(a.to, imported) && !slices.Contains(a.except, p.path) {
					violations = append(violations, fmt.Sprintf("%s imports %s: %s", p.path, imported, a.reason))
				}
			}
		}
	}
	return violations
}

func fits(pattern, path string) bool { return pattern == "*" || pattern == path }

func misplacedGuests(house tree) (violations []string) {
	for _, p := range house.packages {
		for _, imported := range p.imports {
			for _, g := range guests {
				if (imported == g.prefix || strings.HasPrefix(imported, g.prefix+"/")) && !slices.Contains(g.hosts, p.path) {
					violations = append(violations, fmt.Sprintf("%s imports %s, which belongs to %s: %s",
						p.path, imported, strings.Join(g.hosts, ", "), g.reason))
				}
			}
		}
	}
	return violations
}

// wideFanOut counts packages of ours only: a package that needs more than eight of them does more than one thing.
// The engine is the one place where all steps of the cycle meet, and what is asked of all customers together: it may know
// each of these and no more. The store streams what the floors below it make.
func wideFanOut(house tree) (violations []string) {
	for _, p := range house.packages {
		limit := 8
		switch p.path {
		case "engine":
			limit = 12
		case "engine/store":
			limit = 9
		}
		if n := len(p.ours()); n > limit && !strings.HasPrefix(p.path, "cmd/") {
			violations = append(violations, fmt.Sprintf("%s imports %d packages of ours, at most %d are allowed", p.path, n, limit))
		}
	}
	return violations
}

func TestTablesAgree(t *testing.T) {
	t.Parallel()
	known := func(path string) bool { _, ok := floorOf(path); return ok || path == "*" }
	for i, f := range floors {
		if f.duty == "" || slices.IndexFunc(floors, func(o floor) bool { return o.path == f.path }) != i {
			t.Errorf("%s stands twice or has no duty", f.path)
		}
	}
	for _, a := range banned {
		if !known(a.from) || !known(a.to) || a.reason == "" || slices.ContainsFunc(a.except, func(p string) bool { return !known(p) }) {
			t.Errorf("%s -> %s names an unknown package or has no reason", a.from, a.to)
		}
	}
	for _, g := range guests {
		if g.reason == "" || slices.ContainsFunc(g.hosts, func(p string) bool { return !known(p) }) {
			t.Errorf("%s names an unknown host or has no reason", g.prefix)
		}
	}
}
