package engine

import "strings"

// GroupName is the name of a segment or life-cycle stage as people say it: de or en.
func GroupName(name, language string) string {
	if language == "de" {
		if german, known := groupsInGerman[name]; known {
			return german
		}
	}
	if name == "cant_lose" {
		return "can’t lose"
	}
	return strings.ReplaceAll(name, "_", " ")
}

var groupsInGerman = map[string]string{
	"champions": "Spitzenkunden", "loyal": "Stammkunden", "potential_loyalist": "angehende Stammkunden", "new": "Neukunden",
	"promising": "Vielversprechende", "needs_attention": "Aufmerksamkeit nötig", "about_to_sleep": "kurz vorm Einschlafen", "at_risk": "gefährdet",
	"cant_lose": "unbedingt halten", "hibernating": "eingeschlafen",
	"lead": "Interessenten", "first_time": "Erstkäufer", "active": "aktiv", "defecting": "abwandernd", "inactive": "inaktiv",
}
