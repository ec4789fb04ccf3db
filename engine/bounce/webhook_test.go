package bounce

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
)

// sns wraps what SES says as SNS delivers it.
func sns(t *testing.T, message string) string {
	t.Helper()
	b, err := json.Marshal(map[string]string{"Type": "Notification", "MessageId": "m1", "TopicArn": "arn:aws:sns:eu-central-1:1:bounces", "Message": message})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const sesMail = `"mail":{"timestamp":"2026-05-04T12:00:00.000Z","source":"` + returnTo + `","messageId":"010f","destination":["` + who + `"],"headers":[{"name":"From","value":"post@shop.example"},{"name":"Message-ID","value":"<` + sentID + `>"}]}`

func sesBounce(kind, sub, status, diagnostic string) string {
	return fmt.Sprintf(`{"notificationType":"Bounce","bounce":{"bounceType":%q,"bounceSubType":%q,"feedbackId":"f1","bouncedRecipients":[{"emailAddress":"Kundin@Firma.example","action":"failed","status":%q,"diagnosticCode":%q}]},%s}`,
		kind, sub, status, diagnostic, sesMail)
}

func TestFromSES(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		notice string
		want   Kind
	}{
		{sesBounce("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 user unknown"), Hard},
		{sesBounce("Permanent", "General", "", ""), Hard},
		{sesBounce("Permanent", "NoEmail", "", ""), Hard},
		{sesBounce("Permanent", "General", "5.7.1", "smtp; 550 5.7.1 blocked"), Block},
		{sesBounce("Permanent", "General", "5.1.1", "smtp; 550 5.7.1 blocked"), Block},
		{sesBounce("Permanent", "General", "5.0.0", "smtp; 554 listed at Spamhaus"), Block},
		{sesBounce("Transient", "MailboxFull", "5.2.2", "smtp; 552 5.2.2 full"), Soft},
		{sesBounce("Transient", "General", "", ""), Soft},
		{sesBounce("Transient", "ContentRejected", "", ""), Block},
		{sesBounce("Transient", "MessageTooLarge", "", ""), SenderFault},
		{sesBounce("Undetermined", "Undetermined", "", ""), Soft},
		{`{"eventType":"Complaint","complaint":{"feedbackId":"f2","complaintFeedbackType":"abuse","complainedRecipients":[{"emailAddress":"kundin@firma.example"}]},` + sesMail + `}`, Complaint},
		{`{"eventType":"Complaint","complaint":{"feedbackId":"f2","complaintFeedbackType":"not-spam","complainedRecipients":[{"emailAddress":"kundin@firma.example"}]},` + sesMail + `}`, Unknown},
	} {
		for _, body := range []string{c.notice, sns(t, c.notice)} {
			d, err := FromSES([]byte(body))
			if err != nil || len(d.Reports) != 1 || d.ID == "" {
				t.Fatalf("%s: %+v %v", body, d, err)
			}
			r := d.Reports[0]
			if r.Kind != c.want || r.Recipient != who || !slices.Contains(r.Tokens, token) || !slices.Contains(r.MessageIDs, sentID) {
				t.Errorf("%s: %+v, want %s", body, r, c.want)
			}
		}
	}
	if d, err := FromSES([]byte(sns(t, `{"notificationType":"Delivery",`+sesMail+`}`))); err != nil || len(d.Reports) != 0 {
		t.Errorf("delivery: %+v %v", d, err)
	}
}

func TestSubscription(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=x": true, "https://sns.cn-north-1.amazonaws.com.cn/?x": true,
		"http://sns.eu-central-1.amazonaws.com/": false, "https://sns.evil.example/": false, "https://sns.eu.amazonaws.com@evil.example/": false, "https://sns.x.amazonaws.com:8443/": false, "": false,
	} {
		d, err := FromSES(fmt.Appendf(nil, `{"Type":"SubscriptionConfirmation","SubscribeURL":%q}`, address))
		if (err == nil) != ok || ok && d.Confirm != address {
			t.Errorf("%q: %+v %v", address, d, err)
		}
	}
}

func TestFromPostmark(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		record, kind, details string
		want                  Kind
	}{
		{"Bounce", "HardBounce", "smtp;550 5.1.1 The email account that you tried to reach does not exist.", Hard},
		{"Bounce", "HardBounce", "action: failed", Hard},
		{"Bounce", "HardBounce", "smtp;550 5.7.1 refused by policy", Block},
		{"Bounce", "SoftBounce", "smtp;552 5.2.2 over quota", Soft},
		{"Bounce", "Transient", "", Soft},
		{"Bounce", "SpamNotification", "", Block},
		{"Bounce", "DMARCPolicy", "", SenderFault},
		{"Bounce", "AutoResponder", "550 5.1.1", AutoReply},
		{"Bounce", "Unconfirmed", "", Unknown},
		{"SpamComplaint", "SpamComplaint", "", Complaint},
	} {
		body := fmt.Sprintf(`{"RecordType":%q,"ID":4323372036854775807,"Type":%q,"TypeCode":1,"MessageID":"883953f4","Details":%q,"Email":"Kundin@firma.example","From":%q,"Content":%q}`,
			c.record, c.kind, c.details, returnTo, original)
		d, err := FromPostmark([]byte(body))
		if err != nil || len(d.Reports) != 1 {
			t.Fatalf("%s: %+v %v", body, d, err)
		}
		if r := d.Reports[0]; r.Kind != c.want || r.Recipient != who || !slices.Contains(r.Tokens, token) || !slices.Contains(r.MessageIDs, sentID) {
			t.Errorf("%s: %+v, want %s", body, r, c.want)
		}
	}
	if d, err := FromPostmark([]byte(`{"RecordType":"Open"}`)); err != nil || len(d.Reports) != 0 {
		t.Errorf("open: %+v %v", d, err)
	}
}

// TestForeignReports holds that what is no report is an error and not a verdict.
func TestForeignReports(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "null", "{}", "[]", "x", `{"Type":"Notification","Message":"x"}`, `{"Type":"Notification","Message":"{}"}`, `{"RecordType":7}`} {
		if d, err := FromSES([]byte(body)); err == nil {
			t.Errorf("SES %q: %+v", body, d)
		}
		if d, err := FromPostmark([]byte(body)); err == nil {
			t.Errorf("Postmark %q: %+v", body, d)
		}
	}
}
