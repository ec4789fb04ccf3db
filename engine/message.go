package engine

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"treue/campaigns"
	"treue/engine/delivery"
	"treue/engine/store"
	"treue/rules/customer"
	"treue/templates"
)

// prepare renders the mail of a send to its final bytes, in room if that is large enough. An error concerns this mail
// alone.
func (e *Engine) prepare(c *campaigns.Campaign, claim *store.Claim, facts mailFacts, now time.Time, room []byte) (delivery.Prepared, error) {
	if claim.Step < 1 || claim.Step > len(c.Steps) {
		return delivery.Prepared{}, fmt.Errorf("step %d is not in version %d of the campaign", claim.Step, c.Version)
	}
	step := c.Steps[claim.Step-1]
	t, ok := e.template(step.Template, claim.Customer.Language)
	if !ok {
		return delivery.Prepared{}, fmt.Errorf("there is no template %q", step.Template)
	}
	data := e.mailData(&step, claim, facts, t.Language(), c.Key)
	m, err := t.Render(data)
	if err != nil {
		return delivery.Prepared{}, err
	}
	if facts.route != nil {
		m = m.WithLinks(facts.route.through)
	}
	mailto := ""
	if e.Config.Unsubscribe != "" {
		mailto = "mailto:" + e.Config.Unsubscribe + "?subject=" + url.PathEscape("unsubscribe "+e.keys.Token(Unsubscribe, claim.CustomerID, c.Key))
	}
	return e.signed(delivery.Prepare(delivery.Message{
		ReturnPath: e.returnPath(claim.CustomerID, claim.MessageID, customer.AddressHash(e.keys.Pepper, claim.Customer.Email), now),
		From:       e.From, ReplyTo: e.ReplyTo, To: claim.Customer.Email, Subject: m.Subject, HTML: m.HTML, Text: m.Text,
		MessageID: claim.MessageID, Date: now, Language: t.Language(), Unsubscribe: data.Links.Unsubscribe, UnsubscribeMailto: mailto,
		ListID: c.Key + "." + e.domain(), FeedbackID: c.Key + ":" + string(c.Kind) + ":marketing:treue",
		Room: room,
	}))
}

// signed signs a mail that could be written, if there are keys.
func (e *Engine) signed(mail delivery.Prepared, err error) (delivery.Prepared, error) {
	if err != nil || e.DKIM == nil {
		return mail, err
	}
	return e.DKIM.Sign(mail)
}

// mailData is what the mail may say about the customer. A ghost send is rendered, too, with a stand-in for the code
// that it does not use up: what fails for one arm must fail for both.
func (e *Engine) mailData(step *campaigns.Step, claim *store.Claim, facts mailFacts, language, campaign string) templates.Data {
	d := templates.Data{
		Customer: facts.customer,
		Shop:     e.Shop,
		Values:   step.Values,
		Products: facts.products,
		Bundle:   facts.bundle,
		Links: templates.Links{
			Unsubscribe: e.UnsubscribeLink(claim.CustomerID, campaign), Preferences: e.PreferencesLink(claim.CustomerID, claim.Customer.Email, campaign),
			Shop: e.Shop.URL,
		},
	}
	d.Customer.FirstName, d.Customer.LastName = claim.Customer.FirstName, claim.Customer.LastName
	d.Customer.Email, d.Customer.Language = claim.Customer.Email, language
	if o := step.Offer; o != nil {
		d.Offer = &templates.Offer{
			Percent: int(o.Percent), Amount: e.money(o.Amount), FreeShipping: o.FreeShipping, Gift: o.Gift,
			MinOrder: e.money(o.MinOrder), Code: claim.CouponCode,
		}
		if o.Unique && claim.CouponCode == "" {
			d.Offer.Code = "GHOST"
		}
		if claim.ValidUntil != nil {
			d.Offer.ValidUntil = claim.ValidUntil.In(e.Zone)
		}
	}
	return d
}

// money converts major units, as campaign files have them, to what templates print. No amount is no money.
func (e *Engine) money(major float64) templates.Money {
	if major == 0 {
		return templates.Money{}
	}
	return templates.Money{Minor: int64(major*100 + 0.5), Currency: e.Currency}
}

// UnsubscribeLink returns the link by which a customer ends advertising.
func (e *Engine) UnsubscribeLink(customerID int64, campaign string) string {
	return e.link(Unsubscribe, e.keys.Token(Unsubscribe, customerID, campaign))
}

// PreferencesLink returns the link to a customer's own page. It opens as long as email is the customer's address.
func (e *Engine) PreferencesLink(customerID int64, email, campaign string) string {
	return e.link(Preferences, e.keys.PreferencesToken(customerID, email, campaign))
}

// link is where a token of a purpose leads. Unsubscribing keeps the shortest address: it stands in every mail's header.
func (e *Engine) link(p Purpose, token string) string {
	path := "/u/"
	switch p {
	case Unsubscribe:
	case Preferences:
		path = "/u/p/"
	case Confirm:
		path = "/u/c/"
	case Follow:
		path = "/u/r/"
	}
	return strings.TrimRight(e.PublicURL, "/") + path + token
}

// domain is the sending domain: that of the sender's address.
func (e *Engine) domain() string {
	return e.From.Addr[strings.LastIndexByte(e.From.Addr, '@')+1:]
}
