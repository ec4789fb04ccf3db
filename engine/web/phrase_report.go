package web

// reportPhrases are those around a report; its own words are in engine/report.
var reportPhrases = map[string]phrase{
	"reports.title":   {"Berichte", "Reports"},
	"reports.about":   {"Was jede Kampagne je Kunde gebracht hat: mit Mail minus Vergleichsgruppe.", "What every campaign was worth per customer: with mail minus comparison group."},
	"reports.month":   {"Die Seite für die Leitung, Monat für Monat", "The managers' page, month by month"},
	"reports.files":   {"Alle Berichte als Datei:", "All reports as a file:"},
	"reports.none":    {"Noch gibt es nichts zu berichten: In keine Kampagne ist jemand eingetreten.", "There is nothing to report yet: nobody has entered a campaign."},
	"report.none":     {"Noch ist niemand eingetreten; der Bericht beginnt mit dem ersten Kunden.", "Nobody has entered yet; the report begins with the first customer."},
	"report.campaign": {"Zur Kampagne", "To the campaign"},
	"month.earlier":   {"Monat davor", "Month before"},
	"month.next":      {"Monat danach", "Month after"},
}
