package delivery

import (
	"bytes"
	"crypto"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"pgregory.net/rapid"
)

// theirs has go-msgauth sign a mail with one key.
func theirs(t interface{ Fatal(...any) }, d *DKIM, k dkimKey, raw []byte) string {
	var b bytes.Buffer
	head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	if err := dkim.Sign(&b, bytes.NewReader(raw), &dkim.SignOptions{
		Domain: d.domain, Selector: k.selector, Signer: k.signer, Hash: crypto.SHA256, HeaderKeys: headersToSign(headerFields(head)),
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	}); err != nil {
		t.Fatal(err)
	}
	signature, _, _ := strings.Cut(b.String(), string(raw))
	return signature
}

// tag returns the value of one tag of a signature without its folding.
func tag(signature, name string) string {
	_, value, _ := strings.Cut(strings.NewReplacer("\r\n", "", " ", "").Replace(signature), name+"=")
	value, _, _ = strings.Cut(value, ";")
	return value
}

// TestSignatureAgrees: whatever the headers and the body, both kinds of key sign the hashes that go-msgauth computes,
// and go-msgauth finds that they hold.
func TestSignatureAgrees(t *testing.T) {
	t.Parallel()
	d, z := bothKeys(t)
	pieces := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "Ü", "=20", " ", "  ", "\t", "\r\n", "\r\n", "\r\n ", "\r\n\t", "\r\n.", ":", "b="}), 0, 30)
	rapid.Check(t, func(rt *rapid.T) {
		value := func(label string) string {
			words := strings.Fields(strings.Join(pieces.Draw(rt, label), ""))
			return strings.Join(words, rapid.SampledFrom([]string{" ", "  ", "\t ", "\r\n ", "\r\n\t", " \r\n  "}).Draw(rt, "fold"))
		}
		raw := "From: " + value("from") + "\r\nsubject:" + value("subject") + " \r\nX-Other: " + value("other") + "\r\nTo : x\r\nTo: y\r\nMessage-ID:<a@b>\r\n"
		if rapid.Bool().Draw(rt, "list") {
			raw += "List-Unsubscribe: <" + value("list id") + ">\r\n"
		}
		raw += "\r\n" + strings.Join(pieces.Draw(rt, "body"), "")
		mail, err := d.Sign(Prepared{Raw: []byte(raw)}, time.Now())
		if err != nil {
			rt.Fatal(err)
		}
		for _, k := range d.keys {
			s := theirs(rt, d, k, []byte(raw))
			for _, name := range []string{"bh", "h"} {
				if !bytes.Contains(mail.Raw, []byte(name+"="+tag(s, name)+";")) {
					rt.Fatalf("%q: %s= is not %s in\n%s", raw, name, tag(s, name), mail.Raw)
				}
			}
		}
		if all, good := verified(t, z, mail.Raw); all != 2 || good != 2 {
			rt.Fatalf("%d of %d signatures hold, want 2 of 2:\n%s", good, all, mail.Raw)
		}
	})
}
