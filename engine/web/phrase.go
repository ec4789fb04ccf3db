package web

// phrase is one text in both languages. Formats take their arguments in the same order in both.
type phrase struct{ de, en string }

// lookUp finds a phrase in the catalogue.
func lookUp(key string) (phrase, bool) {
	for _, part := range []map[string]phrase{commonPhrases, campaignPhrases, reportPhrases, preferencePhrases, valuePhrases} {
		if p, ok := part[key]; ok {
			return p, true
		}
	}
	return phrase{}, false
}

// commonPhrases are those of the frame, the start page, the mails, the customer's pages and errors.
var commonPhrases = map[string]phrase{
	"skip":        {"Zum Inhalt", "Skip to content"},
	"menu":        {"Hauptmenü", "Main menu"},
	"nav.start":   {"Übersicht", "Overview"},
	"nav.value":   {"Kundenwert", "Value"},
	"nav.reports": {"Berichte", "Reports"},
	"nav.mails":   {"Mails", "Mails"},
	"asof":        {"Stand %s", "As of %s"},
	"range":       {"%s bis %s", "%s to %s"},
	"days":        {"%s Tage", "%s days"},
	"day":         {"1 Tag", "1 day"},
	"mails":       {"%s Mails", "%s mails"},

	"alarm.title":   {"Mails gehen nicht wie sonst hinaus", "Mail does not leave as usual"},
	"alarm.fault":   {"Es geht keine Mail hinaus: Anmeldung, Zertifikat oder DNS-Einträge stimmen nicht (gemeldet von %s). `treue doctor` sagt, was zu tun ist.", "No mail leaves: login, certificate or DNS records are wrong (reported by %s). `treue doctor` says what to do."},
	"alarm.policy":  {"%s lehnt Mails dieses Shops ab.", "%s rejects mail of this shop."},
	"alarm.rate":    {"%s verlangt, langsamer zu senden.", "%s asks for slower sending."},
	"alarm.stopped": {"Die Kampagne %s ist angehalten: drei Mails hintereinander ließen sich so nicht zustellen.", "Campaign %s is stopped: three of its mails in a row could not be delivered as they are."},
	"alarm.paused":  {"Pause bis %s.", "Paused until %s."},

	"start.title":         {"Übersicht", "Overview"},
	"start.story":         {"Was geschah", "What was done"},
	"start.campaigns":     {"Kampagnen", "Campaigns"},
	"start.none":          {"Noch keine Kampagne.", "No campaign yet."},
	"start.none.how":      {"Eine Kampagne ist eine YAML-Datei; dieser Befehl lädt sie:", "A campaign is a YAML file; this command loads it:"},
	"start.next":          {"Nächster Lauf", "Next run"},
	"start.next.none":     {"keiner geplant", "none planned"},
	"start.sent":          {"Mails angenommen", "Mails accepted"},
	"start.open":          {"Noch unterwegs", "On their way"},
	"start.ghosts":        {"Vergleichsgruppe, ohne Mail", "Comparison group, no mail"},
	"start.unmeasured":    {"Noch ist niemand eingetreten.", "Nobody has entered yet."},
	"start.percustomer":   {"je Kunde", "per customer"},
	"start.report":        {"Zum Bericht", "Read the report"},
	"runs.title":          {"Letzte Läufe", "Latest runs"},
	"runs.when":           {"Zeitpunkt", "When"},
	"runs.campaign":       {"Kampagne", "Campaign"},
	"runs.matched":        {"Passend", "Matched"},
	"runs.treated":        {"Mit Mail", "With mail"},
	"runs.control":        {"Vergleich", "Comparison"},
	"runs.state":          {"Ergebnis", "Result"},
	"runs.state.finished": {"geplant", "planned"},
	"runs.state.running":  {"läuft", "running"},
	"runs.state.held":     {"angehalten", "held"},

	"mails.title":    {"Aufgefangene Mails", "Caught mails"},
	"mails.about":    {"Statt zu senden, legt der eingebaute Fänger jede Mail hier ab.", "Instead of sending them, the built-in catcher keeps every mail here."},
	"mails.none":     {"Noch keine Mail aufgefangen.", "No mail caught yet."},
	"mails.of":       {"%s bis %s von %s", "%s to %s of %s"},
	"mails.when":     {"Zeitpunkt", "When"},
	"mails.to":       {"An", "To"},
	"mails.subject":  {"Betreff", "Subject"},
	"mails.newer":    {"Neuere", "Newer"},
	"mails.older":    {"Ältere", "Older"},
	"mails.pages":    {"Seiten", "Pages"},
	"mail.nosubject": {"(ohne Betreff)", "(no subject)"},
	"mail.back":      {"Alle Mails", "All mails"},
	"mail.from":      {"Von", "From"},
	"mail.headers":   {"Kopfzeilen", "Headers"},
	"mail.html":      {"So sieht sie aus", "What it looks like"},
	"mail.nohtml":    {"Diese Mail hat keine HTML-Fassung.", "This mail has no HTML version."},
	"mail.text":      {"Nur-Text-Fassung", "Plain text version"},
	"mail.notext":    {"Diese Mail hat keine Textfassung.", "This mail has no text version."},
	"mail.links":     {"Links in dieser Mail", "Links in this mail"},
	"mail.raw":       {"Als .eml herunterladen", "Download as .eml"},
	"mail.broken":    {"Die Mail ist beschädigt; hier steht, was lesbar ist.", "The mail is damaged; this is what can be read."},

	"unsubscribe.title":      {"Keine Werbung mehr?", "No more advertising?"},
	"unsubscribe.ask":        {"Ein Klick genügt: Danach schicken wir Ihnen keine Werbung mehr an diese Adresse.", "One click is enough: after that we send no more advertising to this address."},
	"unsubscribe.button":     {"Werbung abbestellen", "Unsubscribe"},
	"unsubscribe.note":       {"Sie müssen sich nicht anmelden und keinen Grund nennen.", "You need not log in or give a reason."},
	"unsubscribe.done":       {"Sie sind abgemeldet", "You are unsubscribed"},
	"unsubscribe.done.text":  {"Wir schicken Ihnen ab sofort keine Werbung mehr an diese Adresse. Eine Mail, die in diesem Augenblick schon unterwegs ist, kann noch ankommen.", "From now on we send no more advertising to this address. A mail that is already on its way at this moment may still arrive."},
	"unsubscribe.done.close": {"Sie können diese Seite schließen.", "You can close this page."},

	"notice.nopage":        {"Diese Seite gibt es nicht", "There is no such page"},
	"notice.nopage.text":   {"Vielleicht ist der Link veraltet, oder es fehlt ein Zeichen.", "Perhaps the link is out of date, or a character is missing."},
	"notice.badlink":       {"Dieser Link ist nicht gültig", "This link is not valid"},
	"notice.badlink.text":  {"Wahrscheinlich wurde er beim Kopieren abgeschnitten. Bitte öffnen Sie den Link noch einmal direkt aus der Mail. Hilft das nicht, antworten Sie einfach auf die Mail und schreiben „abmelden“: Das gilt genauso.", "It was probably cut off when it was copied. Please open the link once more straight from the mail. If that does not help, just reply to the mail and write “unsubscribe”: that counts just as much."},
	"notice.nothere":       {"Hier nicht zu sehen", "Not to be seen from here"},
	"notice.nothere.text":  {"Diese Seiten öffnen sich nur auf dem Rechner selbst, auf dem Treue läuft, unter localhost. Von einem anderen Rechner führt ein SSH-Tunnel dorthin.", "These pages open only on the machine that Treue runs on, at localhost. From another machine an SSH tunnel leads there."},
	"notice.foreign":       {"Nicht angenommen", "Not accepted"},
	"notice.foreign.text":  {"Das Formular kam von einer anderen Website. Es wurde nichts geändert.", "The form came from another website. Nothing was changed."},
	"notice.toolarge":      {"Zu groß", "Too large"},
	"notice.toolarge.text": {"So viele Daten nimmt diese Adresse nicht an. Es wurde nichts geändert.", "This address does not take that much data. Nothing was changed."},
	"notice.fault":         {"Das ging schief", "That went wrong"},
	"notice.fault.text":    {"Der Fehler liegt bei uns. Bitte versuchen Sie es in einer Minute noch einmal.", "The fault is ours. Please try again in a minute."},
	"notice.fault.id":      {"Im Protokoll steht er unter %s.", "The log has it as %s."},
}
