package bounce

import (
	"bufio"
	"net/textproto"
	"regexp"
	"strings"
)

// statusPart returns the part of a delivery status notification (RFC 3464 section 2.1), or nil. Some servers label it
// as plain text; what it is then shows by its fields.
func (m *message) statusPart() *part {
	if p := m.first("message/delivery-status", "message/global-delivery-status"); p != nil {
		return p
	}
	if m.kind != "multipart/report" {
		return nil
	}
	for i := range m.parts {
		if p := &m.parts[i]; p.kind == "text/plain" && finalRecipient.MatchString(p.text) && statusField.MatchString(p.text) {
			return p
		}
	}
	return nil
}

var (
	finalRecipient = regexp.MustCompile(`(?im)^Final-Recipient[ \t]*:`)
	statusField    = regexp.MustCompile(`(?im)^Status[ \t]*:`)

	// code finds an enhanced code in words, alone or behind a basic code.
	code      = regexp.MustCompile(`(?:^|[\s(#:;'"\[=,-])([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:$|[\s):;,'"\]>.-])`)
	basicCode = regexp.MustCompile(`(?:^|[\s(#:;'"\[>])([45][0-9]{2})(?:[\s-]|$)`)
)

// notification reads an RFC 3464 report: the first recipient that failed. A delay, a relay or a delivery has no effect.
func (m *message) notification(r *Report) {
	for _, group := range groups(m.statusPart().text) {
		action := strings.ToLower(firstWord(group.Get("Action")))
		if group.Get("Final-Recipient")+group.Get("Original-Recipient")+group.Get("Action") == "" {
			continue // of the message as a whole
		}
		r.Recipient = recipientOf(group)
		r.Text = unfold(group.Get("Diagnostic-Code"))
		if action != "" && action != "failed" && action != "failure" {
			r.Enhanced = codeIn(group.Get("Status"))
			continue
		}
		r.Kind, r.Enhanced = decide(codeIn(group.Get("Status")), r.Text, own(m.words()))
		if r.Text == "" {
			r.Text = own(m.words())
		}
		return
	}
}

// decide settles on a code: what the remote server said goes before what the reporting one made of it, and a policy in
// either of them before both, so that no policy ever kills an address. A code that says nothing (x.0.0) leaves the
// decision to the words, diagnostic first.
func decide(status, diagnostic, human string) (Kind, string) {
	remote := codeIn(diagnostic)
	for _, c := range []string{remote, status} {
		if k := judge(c); c != "" && (k == Block || k == SenderFault) {
			return k, c
		}
	}
	for _, c := range []string{remote, status} {
		if c != "" && !strings.HasSuffix(c, ".0.0") {
			return judge(c), c
		}
	}
	for _, text := range []string{diagnostic, human} {
		if c := codeByWords(text); c != "" {
			return judge(c), ""
		}
	}
	return Soft, status
}

// groups splits the fields of a delivery status at its blank lines.
func groups(text string) []textproto.MIMEHeader {
	var all []textproto.MIMEHeader
	for _, block := range regexp.MustCompile(`(?:\r?\n[ \t]*){2,}`).Split(text, maxParts) {
		h, err := textproto.NewReader(bufio.NewReader(strings.NewReader(strings.TrimSpace(block) + "\r\n\r\n"))).ReadMIMEHeader()
		if len(h) > 0 || err == nil {
			all = append(all, h)
		}
	}
	return all
}

// recipientOf prefers the address we wrote to over the one it was forwarded to.
func recipientOf(group textproto.MIMEHeader) string {
	for _, key := range []string{"Original-Recipient", "Final-Recipient", "X-Actual-Recipient"} {
		if found := addressesIn(group.Get(key)); len(found) > 0 {
			return found[0]
		}
	}
	return ""
}

func codeIn(text string) string {
	best := ""
	for _, m := range code.FindAllStringSubmatch(unfold(text), maxMarks) {
		c := m[1]
		if c[0] == '2' {
			continue
		}
		if best == "" || strings.HasSuffix(best, ".0.0") {
			best = c
		}
	}
	return best
}

func unfold(s string) string { return strings.Join(strings.Fields(s), " ") }

func firstWord(s string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	return strings.TrimRight(word, ";,")
}
