package delivery

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/textproto"
	"os"
	"regexp"
	"strings"
	"syscall"
)

// Faults without a reply code that Classify tells apart by errors.Is.
var (
	errStopped      = errors.New("stopped by us")
	errNoTLS        = errors.New("server does not offer STARTTLS; mail is never sent in plain text beyond this machine")
	errNoLogin      = errors.New("server offers neither AUTH PLAIN nor AUTH LOGIN, but the mail URL has a user")
	errNotLoopback  = errors.New("the name of a loopback server leads to another machine")
	errReplyTooLong = errors.New("reply longer than 256 KiB")
	errLineBreak    = errors.New("an SMTP command must not contain a line break")
	errStorage      = errors.New("could not be stored")
)

var (
	enhancedCode = regexp.MustCompile(`^\s*([245]\.\d{1,3}\.\d{1,3})(?:\D|$)`)
	rateWord     = regexp.MustCompile(`(?i)\brate`)
)

// verdict is the part of an outcome that the table decides.
type verdict struct {
	kind   Kind
	reason Reason
}

// Classify names the outcome of an attempt that ended at stage. code is the
// reply code, 0 when there was none and err tells why. enhanced may be empty:
// it is then looked for at the start of text. The enhanced code (RFC 3463) is
// read before the basic one, and only six of them are hard; an unknown 5xx is
// soft, because a customer lost to a guess does not come back. With StageReport
// it judges the status of a bounce message, code 0.
func Classify(stage Stage, code int, enhanced, text string, err error) Outcome {
	if enhanced == "" {
		enhanced = enhancedIn(text)
	}
	o := Outcome{Stage: stage, Code: code, Enhanced: enhanced, Text: clean(text)}
	class := code / 100
	if code == 0 && enhanced != "" {
		class = int(enhanced[0] - '0')
	}
	var v verdict
	switch {
	case class == 2:
		v = positive(stage)
	case class == 4 && stage == StageReport:
		v = permanent(stage, code, enhanced) // a report of failure is final, whatever the class
	case class == 4:
		o.Rate = tooFast(code, enhanced, text)
		v = temporary(o.Rate)
	case class == 5:
		v = permanent(stage, code, enhanced)
	default:
		v = unanswered(stage, code, err)
	}
	o.Kind, o.Reason = v.kind, v.reason
	return o
}

// enhancedIn finds the enhanced code that begins a reply's text (RFC 2034).
func enhancedIn(text string) string {
	if m := enhancedCode.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// positive is the verdict on a 2xx: only the one after the dot means delivery.
func positive(stage Stage) verdict {
	if stage >= StageDot {
		return verdict{Accepted, ReasonAccepted}
	}
	return verdict{Deferred, ReasonProtocol}
}

func temporary(rate bool) verdict {
	if rate {
		return verdict{Deferred, ReasonRate}
	}
	return verdict{Deferred, ReasonTemporary}
}

// tooFast recognises throttling: 421, 450 or 451 with a 4.7.x or the word.
func tooFast(code int, enhanced, text string) bool {
	if code != 421 && code != 450 && code != 451 {
		return false
	}
	return strings.HasPrefix(enhanced, "4.7.") || rateWord.MatchString(text)
}

// permanent is the verdict on a 5xx. Until a recipient has been named, no
// refusal can be about the customer, so it is never a bounce.
func permanent(stage Stage, code int, enhanced string) verdict {
	v := byCode(code, enhanced)
	switch {
	case stage >= StageRcpt || v.kind == SenderFault:
		return v
	case stage == StageMail && (v.kind == Blocked || v.kind == MessageFault):
		return v
	}
	return verdict{SenderFault, ReasonRefused}
}

// byCode is the verdict of the table of enhanced codes and, where it says nothing, of the basic codes of RFC 4954.
func byCode(code int, enhanced string) verdict {
	if v, listed := byStatus(enhanced); listed && v.kind != Blocked {
		return v
	}
	switch code {
	case 530, 534, 535, 538:
		return verdict{SenderFault, ReasonLogin}
	}
	if strings.HasPrefix(enhanced, "5.7.") || strings.HasPrefix(enhanced, "4.7.") {
		return verdict{Blocked, ReasonPolicy}
	}
	return verdict{BouncedSoft, ReasonPermanent}
}

// unanswered is the verdict on silence and on answers that are none.
func unanswered(stage Stage, code int, err error) verdict {
	reason := silence(stage, code, err)
	switch {
	case stage == StageDot:
		return verdict{Unknown, reason}
	case reason == ReasonCertificate, reason == ReasonNoTLS, reason == ReasonLogin, reason == ReasonRefused:
		return verdict{SenderFault, reason}
	}
	return verdict{Deferred, reason}
}

func silence(stage Stage, code int, err error) Reason {
	var timeout net.Error
	var garbled textproto.ProtocolError
	switch {
	case code != 0, errors.Is(err, errReplyTooLong), errors.As(err, &garbled):
		return ReasonProtocol
	case errors.Is(err, errStopped):
		return ReasonCancelled
	case errors.Is(err, errStorage):
		return ReasonStorage
	case errors.Is(err, errNoTLS):
		return ReasonNoTLS
	case errors.Is(err, errNoLogin):
		return ReasonLogin
	case errors.Is(err, errNotLoopback):
		return ReasonRefused
	case stage <= StageTLS && badCertificate(stage, err):
		return ReasonCertificate
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return ReasonTimeout
	case stage == StageConnect && !disconnected(err):
		return ReasonUnreachable
	case disconnected(err):
		return ReasonLost
	}
	return ReasonProtocol
}

// badCertificate tells a handshake that can never work (wrong name, expired,
// unknown authority, refused version) from a network that failed during it.
func badCertificate(stage Stage, err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		host         x509.HostnameError
		invalid      x509.CertificateInvalidError
		record       tls.RecordHeaderError
		op           *net.OpError
	)
	switch {
	case errors.As(err, &verification), errors.As(err, &authority), errors.As(err, &host), errors.As(err, &invalid), errors.As(err, &record):
		return true
	case errors.As(err, &op):
		return op.Op == "remote error" || op.Op == "local error" // TLS alerts
	}
	return stage == StageTLS && err != nil && strings.HasPrefix(err.Error(), "tls: ")
}

// disconnected reports whether the peer or the network ended the connection.
func disconnected(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNABORTED)
}
