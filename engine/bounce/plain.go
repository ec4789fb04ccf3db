package bounce

import (
	"regexp"
	"strings"
)

var (
	daemon = regexp.MustCompile(`(?i)mailer-?daemon|mail delivery (?:sub)?system|postmaster@|mail delivery service|<>\s*$|bounce-?daemon|maildaemon`)
	failed = regexp.MustCompile(`(?i)undeliver|un-?deliverable|delivery (?:status )?(?:notification|failure|report|has failed|failed|problem)|returned (?:mail|to sender)|mail delivery failed|failure notice|delivery failure|` +
		`could ?n'?o?t be delivered|not delivered|unzustellbar|nicht zugestellt|zustellung fehlgeschlagen|fehlgeschlagen|non remis|[ée]chec de (?:la )?(?:remise|distribution)|no se ha podido entregar|no entregad|error de entrega|` +
		`mancata consegna|impossibile (?:consegnare|recapitare)|non recapitabil|onbestelbaar|niet (?:af)?geleverd|nie dostarczon|niedostarczon|zwrot wiadomo|rejected:`)
	quoted = regexp.MustCompile(`(?im)^[ \t>|*-]*(?:-{2,}.{0,120}(?:copy of|below this line|original(?:e[rns]?)? (?:message|mail|nachricht)|header of the original|message header|urspr[üu]ngliche|kopie der|copie du|copia del|message d'origine|mensaje original|messaggio originale|oorspronkelijk|wiadomo).*|` +
		`(?:return-path|received|dkim-signature|arc-seal|x-[a-z-]+)[ \t]*:.*|original message headers?:.*|urspr[üu]ngliche nachrichtenkopfzeilen.*)$`)
	auto = regexp.MustCompile(`(?i)out of (?:the )?office|auto(?:matic|mated)?[ -:]*(?:re(?:ply|sponse|sponder)|answer)|abwesenheit|automatische antwort|abwesend|nicht im (?:b[üu]ro|haus)|absence du bureau|r[ée]ponse automatique|` +
		`respuesta autom[áa]tica|fuera de (?:la )?oficina|risposta automatica|fuori (?:sede|ufficio)|automatisch antwoord|afwezig|autoodpowied|automatyczna odpowied|vacation|on leave`)
)

// looksLikeBounce recognises reports in a form of their own: qmail, old Exchange, Exim's text, web mailers.
func (m *message) looksLikeBounce() bool {
	if m.get("X-Failed-Recipients") != "" {
		return true
	}
	from := m.get("From") + " " + m.get("Return-Path")
	if daemon.MatchString(from) && !(auto.MatchString(m.subject()) && !failed.MatchString(m.subject())) {
		return failed.MatchString(m.subject()) || failed.MatchString(own(m.words())) || codeIn(own(m.words())) != "" || codeByWords(own(m.words())) != ""
	}
	return failed.MatchString(m.subject()) && !auto.MatchString(m.subject()) && (codeIn(own(m.words())) != "" || codeByWords(own(m.words())) != "")
}

// own returns what a report says itself: the mail that it quotes may talk of anything.
func own(words string) string {
	if at := quoted.FindStringIndex(words); at != nil && at[0] > 0 {
		return words[:at[0]]
	}
	return words
}

var delayed = regexp.MustCompile(`(?i)(?:delivery|zustellung|nachricht|message|remise|entrega|consegna|bezorging).{0,60}(?:delayed|verz[öo]ger|retard|retras|ritard|vertraagd)|will (?:continue|keep) (?:to (?:be )?tr|trying)|you do not need to (?:re)?send|warning message only|THIS IS A WARNING`)

// plainBounce reads a report in words.
func (m *message) plainBounce(r *Report) {
	text := own(m.words())
	r.Text = lineWithCode(text)
	r.Recipient = m.failedAddress(text)
	if delayed.MatchString(m.subject() + "\n" + text) {
		return
	}
	r.Kind, r.Enhanced = decide("", text, m.subject())
}

// failedAddress is the address that a report names first, our own and the reporter's excepted.
func (m *message) failedAddress(text string) string {
	if found := addressesIn(m.get("X-Failed-Recipients")); len(found) > 0 {
		return found[0]
	}
	ours := strings.ToLower(m.get("To") + m.get("From") + m.get("Delivered-To"))
	for _, a := range addressesIn(text) {
		if !strings.Contains(ours, a) && !strings.HasPrefix(a, "postmaster@") && !strings.HasPrefix(a, "mailer-daemon@") {
			return a
		}
	}
	return ""
}

// lineWithCode returns the line that tells most, or the beginning.
func lineWithCode(text string) string {
	for l := range strings.Lines(text) {
		if codeIn(l) != "" || codeByWords(l) != "" {
			return l
		}
	}
	return text
}

// isAutoReply recognises answers that no person wrote (RFC 3834 section 2).
func (m *message) isAutoReply() bool {
	submitted := strings.ToLower(firstWord(m.get("Auto-Submitted")))
	if submitted != "" && submitted != "no" {
		return true
	}
	for _, key := range []string{"X-Autoreply", "X-Autorespond", "X-Auto-Response", "X-AutoReply-From", "X-Mail-Autoreply"} {
		if m.get(key) != "" {
			return true
		}
	}
	return strings.Contains(strings.ToLower(m.get("Precedence")), "auto") || auto.MatchString(m.subject())
}

// isDisposition recognises a read receipt (RFC 8098).
func (m *message) isDisposition() bool {
	return strings.EqualFold(m.params["report-type"], "disposition-notification") || m.first("message/disposition-notification") != nil
}
