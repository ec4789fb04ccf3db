package main

import (
	"context"
	"fmt"
	"strings"

	"treue/engine"
	"treue/engine/delivery"
)

// ground reports what the law and the links in mails need.
func (a *app) ground(ctx context.Context, e *engine.Engine) []doctorCheck {
	mail := doctorCheck{Name: "mail", OK: true, Detail: "may leave as configured"}
	if err := e.Ground(ctx); err != nil {
		mail = doctorCheck{Name: "mail", Detail: err.Error(), Fix: "set the missing values: `treue config` lists them"}
	}
	imprint := doctorCheck{Name: "imprint", OK: true, Detail: "complete"}
	if missing := e.MissingImprint(); len(missing) > 0 {
		imprint.Detail, imprint.Fix = "missing: imprint."+strings.Join(missing, ", imprint."), "set them: the law wants them in every mail (section 5 DDG)"
		imprint.OK = a.sender.Loopback()
	}
	links := doctorCheck{Name: "unsubscribe", OK: true, Detail: e.PublicURL + " leads to this shop"}
	switch err := e.SelfTest(ctx); {
	case !strings.HasPrefix(e.PublicURL, "https://"):
		links.Detail, links.Fix = e.PublicURL+" is not https: unsubscribe links work on this machine alone", "set public_url to the https address under which `treue serve` can be reached"
		links.OK = a.sender.Loopback()
	case err != nil:
		links.Detail, links.Fix = "unsubscribe links would be dead: "+err.Error(), "start `treue serve` with the same data folder, and let the proxy for "+e.PublicURL+" lead to it"
		links.OK = false
	}
	return []doctorCheck{mail, imprint, links}
}

// receivers reports what receivers of mail look at. While a server on this machine takes the mail, its records in the
// DNS are only noted: whether it passes mail on is out of sight.
func (a *app) receivers(ctx context.Context, e *engine.Engine, d *delivery.DKIM) []doctorCheck {
	c := delivery.SenderCheck{
		From: domainOf(e.From.Addr), ReplyTo: domainOf(e.ReplyTo.Addr), Return: domainOf(e.Bounce), DKIM: d, Sender: a.sender, DNS: a.dns,
	}
	if a.config.sender() == "" {
		c.From = "" // the built-in address is nobody's
	}
	var checks []doctorCheck
	for _, f := range c.Findings(ctx) {
		check := doctorCheck(f)
		if !f.OK && a.sender.Loopback() && f.Name != "dkim" && f.Name != "tls" {
			check.OK, check.Detail = true, f.Detail+" (matters as soon as mail leaves this machine)"
		}
		checks = append(checks, check)
	}
	return checks
}

func domainOf(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}

// sendTest sends a test mail, and reports what the server said.
func (a *app) sendTest(ctx context.Context, to string) doctorCheck {
	c := doctorCheck{Name: "test mail"}
	e, err := a.start(ctx)
	if err != nil {
		c.Detail, c.Fix = err.Error(), "mend what the other checks name"
		return c
	}
	o, err := e.SendTest(ctx, to, a.wall())
	switch {
	case err != nil:
		c.Detail, c.Fix = err.Error(), "mend what the other checks name, then try again"
	case o.Kind != delivery.Accepted:
		c.Detail, c.Fix = strings.TrimSpace(fmt.Sprintf("%s %s", o, o.Text)), "the server's words say why"
	default:
		c.OK, c.Detail = true, strings.TrimSpace(fmt.Sprintf("%s took it: %s", o.Server, o.Text))
		c.Fix = "look whether it arrives, and not among spam"
	}
	return c
}
