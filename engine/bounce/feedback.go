package bounce

import "strings"

// isFeedback recognises an abuse report (RFC 5965, and RFC 6522 for its envelope).
func (m *message) isFeedback() bool {
	return strings.EqualFold(m.params["report-type"], "feedback-report") || m.first("message/feedback-report") != nil
}

// feedback reads an abuse report. Mailbox providers mostly strike the address out, so that our own marks must do. Only
// what a reader did counts: a report about authentication, or that a mail is no spam, is none.
func (m *message) feedback(r *Report) {
	p := m.first("message/feedback-report")
	if p == nil {
		if p = m.first("text/plain"); p == nil {
			return
		}
	}
	kind := ""
	for _, group := range groups(p.text) {
		if v := group.Get("Feedback-Type"); v != "" {
			kind = strings.ToLower(firstWord(v))
		}
		for _, key := range []string{"Original-Rcpt-To", "Removal-Recipient"} {
			if found := addressesIn(group.Get(key)); len(found) > 0 && r.Recipient == "" {
				r.Recipient = found[0]
			}
		}
	}
	switch kind {
	case "abuse", "fraud", "opt-out", "opt-out-list", "other", "virus":
		r.Kind, r.Text = Complaint, kind
	default:
		r.Text = kind
	}
}
