package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"treue/campaigns"
	"treue/engine"
)

type doctorCheck struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Fix    string `json:"fix,omitempty"`
	Record string `json:"record,omitempty"` // in Fix: a DNS record to publish
}

func (a *app) doctorCommand() *cobra.Command {
	var testTo string
	c := &cobra.Command{
		Use: "doctor", Short: "Check the set-up and say how to mend it", Args: cobra.NoArgs,
		Long: "Check the set-up: database, orders, what receivers of mail look at (SPF, DKIM, DMARC, encryption), imprint and unsubscribe links. Each finding says what to do; records for the DNS are ready to copy. Exit code 1: something has to be mended.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			checks := a.examine(cmd.Context())
			if testTo != "" {
				checks = append(checks, a.sendTest(cmd.Context(), testTo))
			}
			a.show(map[string][]doctorCheck{"checks": checks}, func(w io.Writer) { printChecks(w, checks) })
			failed := slices.ContainsFunc(checks, func(c doctorCheck) bool { return !c.OK })
			if failed {
				return printed{1}
			}
			return nil
		},
	}
	c.Flags().StringVar(&testTo, "send-test", "", "send a test mail to this address, as mails of campaigns leave")
	return c
}

// printChecks prints the findings, and below them the DNS records in full: a table would break what is to be copied.
func printChecks(w io.Writer, checks []doctorCheck) {
	var rows []table.Row
	var records []string
	for _, c := range checks {
		mark, fix := "ok", c.Fix
		if !c.OK {
			mark = "FAIL"
		}
		if c.Record != "" {
			records = append(records, c.Record)
			fix = strings.ReplaceAll(fix, c.Record, fmt.Sprintf("record %d below", len(records)))
		}
		rows = append(rows, table.Row{mark, c.Name, c.Detail, fix})
	}
	grid(w, table.Row{"", "check", "found", "fix"}, rows)
	for i, r := range records {
		fmt.Fprintf(w, "\nrecord %d\n%s\n", i+1, r)
	}
}

// examine runs the checks in the order in which a set-up is made; keys that cannot be loaded or a broken database end
// it.
func (a *app) examine(ctx context.Context) []doctorCheck {
	d, err := a.config.dkim(a.config.sender())
	if err != nil {
		return []doctorCheck{{Name: "dkim", Detail: err.Error(), Fix: "mend the settings of mail.dkim: `treue config` lists them"}}
	}
	e, err := a.start(ctx)
	if err != nil {
		return []doctorCheck{{Name: "database", Detail: err.Error(), Fix: "mend the database or its address"}}
	}
	checks := []doctorCheck{{Name: "database", OK: true, Detail: "reachable, schema current, keys match"}}
	_, newest, err := e.Store().NewestImport(ctx, "orders")
	checks = append(checks, freshness(newest, a.wall(), e.MaxDataAge, err))
	checks = append(checks, a.ground(ctx, e)...)
	checks = append(checks, a.receivers(ctx, e, d)...)
	checks = append(checks, sending(ctx, e, a.wall())...)
	checks = append(checks, stopped(ctx, e)...)
	all, err := e.Store().Campaigns(ctx)
	active := 0
	for _, c := range all {
		if c.Status == campaigns.Active {
			active++
		}
	}
	campaign := doctorCheck{Name: "campaigns", OK: err == nil, Detail: fmt.Sprintf("%d, %d of them active", len(all), active)}
	if len(all) == 0 {
		campaign.Fix = "`treue campaigns starters` prints files to begin with"
	}
	return append(checks, campaign)
}

func freshness(newest *time.Time, now time.Time, limit time.Duration, err error) doctorCheck {
	c := doctorCheck{Name: "orders", Fix: "import the shop's orders, daily"}
	switch {
	case err != nil:
		c.Detail = err.Error()
	case newest == nil:
		c.Detail = "never imported"
	case now.Sub(*newest) > limit:
		c.Detail = fmt.Sprintf("imported %.0f hours ago", now.Sub(*newest).Hours())
	default:
		c.OK, c.Fix, c.Detail = true, "", fmt.Sprintf("imported %.0f hours ago", now.Sub(*newest).Hours())
	}
	return c
}

// stopped reports the campaigns that wait for a person.
func stopped(ctx context.Context, e *engine.Engine) []doctorCheck {
	all, err := e.Stopped(ctx)
	if err != nil {
		return []doctorCheck{{Name: "stopped", Detail: err.Error()}}
	}
	var checks []doctorCheck
	for _, c := range all {
		checks = append(checks, doctorCheck{
			Name: "stopped", Detail: fmt.Sprintf("%s since %s: %s", c.Key, c.At.Format(time.DateTime), c.Reason),
			Fix: "mend the campaign's mail (pictures belong on a server, not into it), then `treue campaigns activate " + c.Key + "`",
		})
	}
	return checks
}

// sending reports what keeps mail from leaving. A provider that asked for less is obeyed, and no fault of the set-up.
func sending(ctx context.Context, e *engine.Engine, now time.Time) []doctorCheck {
	troubles, err := e.Troubles(ctx)
	if err != nil {
		return []doctorCheck{{Name: "sending", Detail: err.Error()}}
	}
	var checks []doctorCheck
	for _, t := range troubles {
		c := doctorCheck{Name: "sending", OK: t.Kind == campaigns.RateFast, Detail: fmt.Sprintf("%s since %s: %s", t.Provider, t.Since.Format(time.DateTime), t.Reason)}
		if t.PausedUntil.After(now) {
			c.Detail += ", paused until " + t.PausedUntil.Format(time.DateTime)
		}
		if n := t.Limit(); n > 0 {
			c.Detail += fmt.Sprintf(", %d mails an hour", n)
		}
		switch t.Kind {
		case campaigns.RateFault:
			c.Fix = "all mail waits: mend login, certificate or DNS records, then `treue run KEY --confirm`"
		case campaigns.RatePolicy:
			c.Fix = "the provider rejects our mail: look at content, complaints and its postmaster page"
		}
		checks = append(checks, c)
	}
	if len(checks) == 0 {
		checks = []doctorCheck{{Name: "sending", OK: true, Detail: "no provider is slowed down or paused"}}
	}
	return checks
}
