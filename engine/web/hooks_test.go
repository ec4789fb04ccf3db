package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"treue/engine/web"
	"treue/rules/customer"
)

const hookSecret = "a-secret-of-enough-letters"

// TestHooks holds that a mail provider who knows the secret suppresses addresses, and that nobody else does.
func TestHooks(t *testing.T) {
	t.Parallel()
	s := newShop(t, storeOf(t), func(c *web.Config) { c.HookSecret = hookSecret })
	signed := opened()
	s.importAll([]customer.Customer{
		{ID: customer.NewID("shop", "a"), Source: "shop", ExternalID: "a", Email: "a@mail.example", SignedUpAt: &signed},
		{ID: customer.NewID("shop", "b"), Source: "shop", ExternalID: "b", Email: "b@mail.example", SignedUpAt: &signed},
	}, nil)
	bounce := `{"RecordType":"Bounce","ID":1,"Type":"HardBounce","MessageID":"x","Details":"smtp;550 5.1.1 unknown","Email":"a@mail.example","From":"post@shop.example"}`
	complaint := `{"notificationType":"Complaint","mail":{"messageId":"m","source":"post@shop.example"},"complaint":{"feedbackId":"f","complainedRecipients":[{"emailAddress":"b@mail.example"}]}}`
	large := `{"RecordType":"Open","Content":"` + strings.Repeat("x", 900<<10) + `"}`
	post := func(path, body string) int {
		return s.do(request{method: http.MethodPost, path: path, body: body, remote: "192.0.2.7:1234", host: "mail.shop.example", header: map[string]string{"Content-Type": "application/json"}}).StatusCode
	}
	for _, c := range []struct {
		path, body string
		want       int
		hard, spam int64
	}{
		{"/hooks/postmark/another-secret-of-enough", bounce, 404, 0, 0},
		{"/hooks/postmark/", bounce, 405, 0, 0},
		{"/hooks/mailgun/" + hookSecret, bounce, 405, 0, 0},
		{"/hooks/postmark/" + hookSecret, "no document", 400, 0, 0},
		{"/hooks/postmark/" + hookSecret, large, 200, 0, 0},
		{"/hooks/postmark/" + hookSecret, large + large, 413, 0, 0},
		{"/hooks/postmark/" + hookSecret, bounce, 200, 1, 0},
		{"/hooks/postmark/" + hookSecret, bounce, 200, 1, 0},
		{"/hooks/ses/" + hookSecret, complaint, 200, 1, 1},
		{"/hooks/ses/" + hookSecret, `{"Type":"SubscriptionConfirmation","SubscribeURL":"https://sns.eu-central-1.amazonaws.com/?x"}`, 200, 1, 1},
	} {
		if got := post(c.path, c.body); got != c.want {
			t.Errorf("%s: %d, want %d", c.path, got, c.want)
		}
		counts, err := s.store.MailEventCounts(t.Context(), asked().Add(-time.Hour))
		s.must(err)
		if counts["hard"] != c.hard || counts["complaint"] != c.spam {
			t.Errorf("%s: %v", c.path, counts)
		}
	}
	log := s.log.String()
	if !strings.Contains(log, "https://sns.eu-central-1.amazonaws.com/") || strings.Contains(log, hookSecret) || strings.Contains(log, "@mail.example") {
		t.Errorf("the log lacks the address to confirm, or holds a secret or a customer's address:\n%s", log)
	}
	metrics := body(t, s.do(request{path: "/metrics"}))
	if !strings.Contains(metrics, `treue_mail_returned_day{kind="complaint"} 1`) || !strings.Contains(metrics, `treue_mail_returned_day{kind="soft"} 0`) {
		t.Errorf("the alarm does not count:\n%s", metrics)
	}
}

// TestHooksAreOff holds that without a secret there are no such routes, and that a short one is refused.
func TestHooksAreOff(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil, nil)
	if got := s.do(request{method: http.MethodPost, path: "/hooks/ses/" + hookSecret, body: "{}"}).StatusCode; got != http.StatusMethodNotAllowed {
		t.Errorf("got %d", got)
	}
	_, err := web.New(web.Config{Engine: s.engine, Now: asked, HookSecret: "short"})
	if err == nil || !strings.Contains(err.Error(), "mail.hooks") {
		t.Errorf("got %v", err)
	}
}
