package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"treue/campaigns"
	"treue/engine"
	"treue/engine/delivery"
)

type doctorCheck struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Fix    string `json:"fix,omitempty"`
}

func (a *app) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Check the set-up and say how to mend it", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			checks := a.examine(cmd.Context())
			failed := false
			var rows []table.Row
			for _, c := range checks {
				mark := "ok"
				if !c.OK {
					mark, failed = "FAIL", true
				}
				rows = append(rows, table.Row{mark, c.Name, c.Detail, c.Fix})
			}
			a.show(map[string][]doctorCheck{"checks": checks}, func(w io.Writer) { grid(w, table.Row{"", "check", "found", "fix"}, rows) })
			if failed {
				return printed{1}
			}
			return nil
		},
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
	mail := doctorCheck{Name: "mail", OK: true, Detail: "may leave as configured"}
	if err := e.Ground(ctx); err != nil {
		mail = doctorCheck{Name: "mail", Detail: err.Error(), Fix: "set the missing values: `treue config` lists them"}
	}
	checks = append(checks, mail)
	checks = append(checks, signing(ctx, d, a.dns)...)
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

// signing checks that receivers can verify what the keys sign. Mail without a signature is only noted: the mail server
// may sign.
func signing(ctx context.Context, d *delivery.DKIM, dns delivery.Resolver) []doctorCheck {
	if d == nil {
		return []doctorCheck{{Name: "dkim", OK: true, Detail: "mails leave unsigned: the mail server has to sign them", Fix: "set mail.dkim.key_file"}}
	}
	records, err := d.Records()
	if err != nil {
		return []doctorCheck{{Name: "dkim", Detail: err.Error(), Fix: "make a new key"}}
	}
	var checks []doctorCheck
	for _, r := range records {
		c := doctorCheck{Name: "dkim", OK: true, Detail: r.Name + " holds the key that signs"}
		if err := r.Check(ctx, dns); err != nil {
			c = doctorCheck{Name: "dkim", Detail: err.Error(), Fix: "publish " + r.Zone()}
		}
		checks = append(checks, c)
	}
	return checks
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
