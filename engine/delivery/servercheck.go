package delivery

import (
	"context"
	"crypto/tls"
	"fmt"
	"time"
)

// servers logs in to every mail server and leaves again.
func (c SenderCheck) servers(ctx context.Context) []Finding {
	smtp, ok := c.Sender.(*smtpSender)
	if !ok {
		return []Finding{{Name: "tls", OK: true, Detail: "no mail server is set: mail stays on this machine"}}
	}
	var all []Finding
	for _, s := range smtp.servers {
		all = append(all, s.look(ctx))
	}
	return all
}

// look opens a session and says how it is secured.
func (s *server) look(ctx context.Context) Finding {
	f := Finding{Name: "tls"}
	session, failure := s.open(ctx)
	if failure != nil {
		f.Detail, f.Fix = failure.Error(), mendServer(failure.Outcome)
		return f
	}
	defer session.quit()
	f.OK = true
	state, secured := session.secured()
	if !secured {
		f.Detail = s.address() + " answers on this machine, in plain text"
		return f
	}
	f.Detail = fmt.Sprintf("%s answers by %s", s.address(), tls.VersionName(state.Version))
	if len(state.PeerCertificates) > 0 {
		f.Detail += ", its certificate is valid until " + state.PeerCertificates[0].NotAfter.Format(time.DateOnly)
	}
	if s.login != nil {
		f.Detail += ", and knows our login"
	}
	return f
}

// secured returns how the session is encrypted, if it is.
func (s *session) secured() (tls.ConnectionState, bool) {
	if conn, implicit := s.wire.Conn.(*tls.Conn); implicit {
		return conn.ConnectionState(), true
	}
	return s.client.TLSConnectionState()
}

// mendServer says what to do about a server that cannot be used.
func mendServer(o Outcome) string {
	switch o.Reason {
	case ReasonCertificate:
		return "its certificate must be valid for the name in mail.url: use the name that the operator gives, or have it renewed"
	case ReasonNoTLS:
		return "use the port with STARTTLS (587), or smtps:// (465): mail never leaves in plain text"
	case ReasonLogin:
		return "mend user and secret in mail.url"
	case ReasonUnreachable, ReasonTimeout:
		return "check host and port of mail.url, and whether a firewall keeps port 587 or 465 closed"
	}
	return "ask the operator of the mail server why it refuses us"
}
