package bounce

import (
	"regexp"
	"strings"
)

// A rule names the code that a server left out, by its words.
type rule struct {
	code  string
	words *regexp.Regexp
}

// rules are tried in their order: policy goes first, since "user unknown" in a refusal of spam is no proof that the user
// is. English, German, French, Spanish, Italian, Dutch and Polish, as servers and their translated notices have them.
var rules = [...]rule{
	{"5.7.26", regexp.MustCompile(`(?i)unauthenticated (?:e-?mail|sender)|does not (?:meet|pass).{0,40}authentication|(?:spf|dkim|dmarc).{0,60}(?:fail|did not pass|required)|authentication checks? failed`)},
	{"5.7.1", regexp.MustCompile(`(?i)\b(?:anti-?)?spam|junk ?mail|black[ -]?list|block[ -]?list|\bdnsbl\b|\brbl\b|spamhaus|spamcop|barracuda|reputation|` +
		`policy (?:reasons?|violation|rejection|restriction)|(?:local|security|site|content|delivery) policy|blocked (?:by|using|due|for|because)|(?:has been|is|was) blocked|` +
		`banned|not authori[sz]ed|access denied|poor sender|unsolicited|unerw[üu]nscht|richtlinie|abgewiesen wegen|gesperrt wegen|sperrliste|` +
		`liste noire|politique|bloqu[ée]|ind[ée]sirable|lista negra|pol[íi]tica|correo no deseado|lista nera|politica|bloccat[oa]|indesiderat|` +
		`geblokkeerd|beleid|ongewenst|zwarte lijst|zablokowan|polityk|czarn[ae]j? li[śs]|niechcian|` +
		`problem occurred.{0,60}postmaster|tosa@rx|mail(?:s)? (?:from|by) (?:your|this) (?:ip|host|server|domain)|bad dns ptr|no ptr|reverse dns|rate limit|too many (?:connections|messages|mails|recipients)|message (?:content )?rejected`)},
	{"5.2.2", regexp.MustCompile(`(?i)(?:over|exceed\w*|exceeds?|out of|above).{0,25}(?:quota|storage|space|limit)|quota.{0,25}(?:exceed|full|reached|violation)|(?:mail)?(?:box|folder|inbox).{0,20}(?:is )?(?:full|over)|` +
		`full mailbox|insufficient.{0,20}(?:storage|space)|not enough (?:storage|space)|postfach.{0,30}(?:voll|[üu]berf[üu]llt)|speicherplatz|kontingent|` +
		`bo[îi]te.{0,40}pleine|quota d[ée]pass[ée]|buz[óo]n.{0,40}llen|cuota.{0,20}(?:excedid|superad)|casella.{0,40}piena|quota superata|` +
		`postvak.{0,40}vol|mailbox.{0,20}vol\b|skrzynk.{0,60}(?:pe[łl]n|przepe[łl]n)|przekroczon.{0,20}limit|\bdisk full`)},
	{"5.1.1", regexp.MustCompile(`(?i)(?:user|recipient|mailbox|account|address|addressee|e-?mail)(?: name| address| account)?s?.{0,60}(?:unknown|not (?:be )?found|doe?s(?:n'?t| not) exist|do not exist|not exist\b|no longer (?:exist|valid|available)|not (?:a )?valid|invalid|not (?:listed|known|recogni[sz]ed|local))|` +
		`(?:unknown|no such|invalid|non-?existent|bad|not a (?:known|valid)) (?:local )?(?:user|recipient|mailbox|account|address|person|local.?part|destination)|` +
		`no mailbox (?:here )?by that name|no (?:mail)?box.{0,20}(?:here|found)|doesn'?t have an? [\w.' ]{1,40}account|mailbox (?:is )?unavailable|unrouteable address|all relevant mx records point to non|` +
		`host or domain name not found|domain.{0,40}(?:does not exist|not found|couldn'?t be found)|couldn'?t find any host|account (?:is |has been )?(?:disabled|inactive|closed|deactivated|deleted)|mailbox (?:is )?(?:disabled|inactive)|` +
		`(?:empf[äa]nger|adresse|benutzer|postfach|konto)[^.\n]{0,60}(?:unbekannt|nicht (?:gefunden|vorhanden|bekannt|g[üu]ltig)|existiert nicht|ung[üu]ltig)|unbekannte[rn]? (?:empf[äa]nger|benutzer|adresse)|kein(?:e|en)? (?:solche|g[üu]ltige|postfach)|` +
		`(?:utilisateur|destinataire|adresse|compte|bo[îi]te)[^.\n]{0,60}(?:inconnue?|introuvable|n'existe (?:pas|plus)|invalide)|` +
		`(?:usuario|destinatario|direcci[óo]n|cuenta|buz[óo]n)[^.\n]{0,60}(?:desconocid[oa]|no (?:existe|encontrad[oa]|v[áa]lid[oa])|inexistente|no se (?:encontr[óo]|ha encontrado))|` +
		`(?:utente|destinatario|indirizzo|casella|account)[^.\n]{0,60}(?:sconosciut[oa]|inesistente|non (?:esiste|trovat[oa]|valid[oa])|non [èe] stat[oa] trovat[oa])|` +
		`(?:gebruiker|ontvanger|adres|account|postvak)[^.\n]{0,60}(?:onbekend|bestaat niet|niet gevonden|ongeldig)|onbekende (?:gebruiker|ontvanger)|` +
		`(?:u[żz]ytkownik|odbiorca|adresat?|konto|skrzynka)[^.\n]{0,60}(?:nieznan[ya]|nie istnieje|nie (?:zosta[łl][ao]? )?(?:znalezion[oya]|odnalezion[oya]))`)},
}

// codeByWords returns the code that the words stand for, or "". A basic code of class 4 keeps the words from meaning
// something final: "450 user unknown" is what greylisting and mistakes of a server's set-up look like.
func codeByWords(text string) string {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	text = unfold(text)
	for _, r := range rules {
		if !r.words.MatchString(text) {
			continue
		}
		if m := basicCode.FindStringSubmatch(text); m != nil && m[1][0] == '4' && r.code == "5.1.1" {
			return "4.2.0"
		}
		return r.code
	}
	return ""
}
