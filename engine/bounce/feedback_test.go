package bounce

import (
	"fmt"
	"slices"
	"testing"
)

// TestFeedback reads abuse reports as mailbox providers write them.
func TestFeedback(t *testing.T) {
	t.Parallel()
	n := 0
	for _, provider := range []string{"staff@hotmail.example", "feedbackloop@yahoo.example", "fbl@gmx.example", "abuse@t-online.example", "complaints@comcast.example"} {
		for feedback, want := range map[string]Kind{"abuse": Complaint, "fraud": Complaint, "opt-out": Complaint, "other": Complaint, "virus": Complaint, "not-spam": Unknown, "auth-failure": Unknown, "dmarc": Unknown} {
			for _, redacted := range []bool{true, false} {
				raw := arf(provider, feedback, redacted)
				r := Parse([]byte(raw))
				n++
				if r.Kind != want || !slices.Contains(r.MessageIDs, sentID) || (r.Recipient == who) == redacted || slices.Contains(r.Tokens, token) == redacted {
					t.Errorf("%s, %s, redacted %t: %+v", provider, feedback, redacted, r)
				}
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d reports", n)
	}
}

func arf(from, feedback string, redacted bool) string {
	b := "From: <" + from + ">\r\nTo: b@bounce.shop.example\r\nSubject: FW: Mailbox full?\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=\"x\"\r\n\r\n" +
		"--x\r\nContent-Type: text/plain\r\n\r\nThis is an email abuse report for a message received from IP 192.0.2.1. User unknown, 5.1.1.\r\n" +
		"--x\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: " + feedback + "\r\nUser-Agent: SomeGenerator/1.0\r\nVersion: 1\r\n"
	mail := "From: Shop <post@shop.example>\r\nSubject: Mailbox full?\r\nMessage-ID: <" + sentID + ">\r\n\r\nHello\r\n"
	if !redacted {
		b += fmt.Sprintf("Original-Mail-From: <%s>\r\nOriginal-Rcpt-To: <%s>\r\n", returnTo, who)
		mail = original
	}
	return b + "\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n" + mail + "\r\n--x--\r\n"
}
