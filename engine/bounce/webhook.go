package bounce

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Delivery is what a mail provider posted: the reports, and what makes it the same when it is posted again.
type Delivery struct {
	ID      string
	Reports []Report
	Confirm string // address that a person must open before reports come; "" if none
}

// errNoReport says that a body is none of the documents that a provider posts.
var errNoReport = errors.New("no report of this provider")

// marksOf collects the marks of our mail from what a provider says of it.
func marksOf(r *Report, texts ...string) {
	m := &message{}
	for _, t := range texts {
		m.parts = append(m.parts, part{"text/plain", t + "\n"})
	}
	m.marks(r, nil)
}

// snsEnvelope is a notification of Amazon SNS, around what SES says.
type snsEnvelope struct {
	Type         string `json:"Type"`
	MessageID    string `json:"MessageId"`
	Message      string `json:"Message"`
	SubscribeURL string `json:"SubscribeURL"`
}

// sesNotice is what SES publishes about a mail: "Amazon SNS notification contents for Amazon SES" and "event data".
type sesNotice struct {
	NotificationType string `json:"notificationType"`
	EventType        string `json:"eventType"`
	Mail             struct {
		Source    string `json:"source"`
		MessageID string `json:"messageId"`
		Headers   []struct {
			Name  string `json:"name"`
			Value string `json:"value"`
		} `json:"headers"`
	} `json:"mail"`
	Bounce struct {
		Type       string         `json:"bounceType"`
		SubType    string         `json:"bounceSubType"`
		FeedbackID string         `json:"feedbackId"`
		Recipients []sesRecipient `json:"bouncedRecipients"`
	} `json:"bounce"`
	Complaint struct {
		FeedbackID string         `json:"feedbackId"`
		Type       string         `json:"complaintFeedbackType"`
		Recipients []sesRecipient `json:"complainedRecipients"`
	} `json:"complaint"`
}

type sesRecipient struct {
	Address    string `json:"emailAddress"`
	Status     string `json:"status"`
	Diagnostic string `json:"diagnosticCode"`
}

// FromSES reads what Amazon SES posts through SNS, wrapped or raw. A notice of another kind has no reports.
func FromSES(body []byte) (Delivery, error) {
	var e snsEnvelope
	if err := json.Unmarshal(body, &e); err != nil {
		return Delivery{}, fmt.Errorf("read a notice of SES: %w", err)
	}
	switch e.Type {
	case "SubscriptionConfirmation":
		if !amazon(e.SubscribeURL) {
			return Delivery{}, errNoReport
		}
		return Delivery{ID: e.MessageID, Confirm: e.SubscribeURL}, nil
	case "Notification":
		body = []byte(e.Message)
	}
	var n sesNotice
	if err := json.Unmarshal(body, &n); err != nil {
		return Delivery{}, fmt.Errorf("read a notice of SES: %w", err)
	}
	kind := n.NotificationType + n.EventType
	if kind == "" {
		return Delivery{}, errNoReport
	}
	switch kind {
	case "Bounce":
		return n.delivery(n.Bounce.FeedbackID, n.Bounce.Recipients, n.bounced), nil
	case "Complaint":
		return n.delivery(n.Complaint.FeedbackID, n.Complaint.Recipients, n.complained), nil
	}
	return Delivery{ID: n.Mail.MessageID}, nil
}

// amazon reports whether an address belongs to SNS, so that nobody is sent elsewhere.
func amazon(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https" && u.User == nil && u.Port() == "" && strings.HasPrefix(u.Host, "sns.") &&
		(strings.HasSuffix(u.Host, ".amazonaws.com") || strings.HasSuffix(u.Host, ".amazonaws.com.cn"))
}

func (n *sesNotice) delivery(id string, recipients []sesRecipient, judged func(sesRecipient) (Kind, string)) Delivery {
	d := Delivery{ID: "ses " + n.NotificationType + n.EventType + " " + id + " " + n.Mail.MessageID}
	for _, who := range recipients {
		r := Report{Recipient: strings.ToLower(who.Address), Text: line(who.Diagnostic)}
		r.Kind, r.Enhanced = judged(who)
		texts := []string{n.Mail.Source}
		for _, h := range n.Mail.Headers {
			texts = append(texts, h.Name+": "+h.Value)
		}
		marksOf(&r, texts...)
		d.Reports = append(d.Reports, r)
	}
	return d
}

// bounced takes the server's code where SES passes one on, else SES's own types.
func (n *sesNotice) bounced(who sesRecipient) (Kind, string) {
	status := codeIn(who.Status)
	if status != "" && !strings.HasSuffix(status, ".0.0") || codeIn(who.Diagnostic) != "" || codeByWords(who.Diagnostic) != "" {
		return decide(status, who.Diagnostic, "")
	}
	switch n.Bounce.Type + "/" + n.Bounce.SubType {
	case "Permanent/General", "Permanent/NoEmail", "Permanent/Suppressed", "Permanent/OnAccountSuppressionList":
		return Hard, ""
	case "Transient/ContentRejected", "Transient/AttachmentRejected":
		return Block, ""
	case "Transient/MessageTooLarge":
		return SenderFault, ""
	}
	return Soft, ""
}

func (n *sesNotice) complained(sesRecipient) (Kind, string) {
	if n.Complaint.Type == "not-spam" {
		return Unknown, ""
	}
	return Complaint, ""
}

// postmarkNotice is what Postmark posts: "Bounce webhook" and "Spam complaint webhook" of its documentation.
type postmarkNotice struct {
	RecordType  string      `json:"RecordType"`
	ID          json.Number `json:"ID"`
	Type        string      `json:"Type"`
	MessageID   string      `json:"MessageID"`
	Description string      `json:"Description"`
	Details     string      `json:"Details"`
	Email       string      `json:"Email"`
	From        string      `json:"From"`
	Content     string      `json:"Content"`
}

// FromPostmark reads what Postmark posts. A notice of another kind has no reports.
func FromPostmark(body []byte) (Delivery, error) {
	var n postmarkNotice
	if err := json.Unmarshal(body, &n); err != nil {
		return Delivery{}, fmt.Errorf("read a notice of Postmark: %w", err)
	}
	if n.RecordType == "" {
		return Delivery{}, errNoReport
	}
	d := Delivery{ID: "postmark " + n.RecordType + " " + n.ID.String() + " " + n.MessageID}
	if n.RecordType != "Bounce" && n.RecordType != "SpamComplaint" {
		return d, nil
	}
	r := Report{Recipient: strings.ToLower(n.Email), Text: line(n.Details)}
	r.Kind, r.Enhanced = n.judged()
	marksOf(&r, n.From, n.Content)
	d.Reports = []Report{r}
	return d, nil
}

// judged takes the server's code where Postmark passes one on, else Postmark's own types.
func (n *postmarkNotice) judged() (Kind, string) {
	if n.RecordType == "SpamComplaint" || n.Type == "SpamComplaint" {
		return Complaint, ""
	}
	switch n.Type {
	case "AutoResponder", "AddressChange", "Subscribe", "OpenRelayTest", "ChallengeVerification":
		return AutoReply, ""
	}
	if c := codeIn(n.Details); c != "" && !strings.HasSuffix(c, ".0.0") {
		return decide("", n.Details, "")
	}
	switch n.Type {
	case "HardBounce", "BadEmailAddress":
		return Hard, ""
	case "SpamNotification", "Blocked", "ISPBlocked", "VirusNotification":
		return Block, ""
	case "DMARCPolicy", "TemplateRenderingFailed", "SMTPApiError":
		return SenderFault, ""
	case "Transient", "SoftBounce", "DnsError", "Undeliverable":
		return Soft, ""
	}
	return Unknown, ""
}
