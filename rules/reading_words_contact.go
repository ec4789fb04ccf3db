package rules

func contactWords() map[string]words {
	return map[string]words{
		"mails_7d": mailsWithin("7"), "mails_30d": mailsWithin("30"),
		"days_since_last_mail": {date: "last_mail_at"},
		"last_mail_at": {
			de: wording{label: "Tag der letzten Mail", clause: "bekam die letzte Mail {}", of: "der letzten Mail", since: "der letzten Mail", unknown: "bekam noch keine"},
			en: wording{label: "day of the last mail", clause: "got the last mail {}", of: "the last mail", since: "the last mail", unknown: "has got none yet"},
		},
		"last_campaign": {
			de: wording{label: "letzte Kampagne", clause: "die letzte Mail war [von der Kampagne {}]", unknown: "es gab noch keine"},
			en: wording{label: "last campaign", clause: "the last mail was [from the campaign {}]", unknown: "there was none yet"},
		},
		"days_since_last_campaign_order": {date: "last_campaign_order_at"},
		"last_campaign_order_at": {
			de: wording{
				label: "Tag der letzten Bestellung nach einer Kampagne", clause: "die letzte Bestellung binnen 14 Tagen nach einer Kampagne war {}",
				of: "der letzten Bestellung nach einer Kampagne", since: "der letzten Bestellung nach einer Kampagne", unknown: "es gab keine",
			},
			en: wording{
				label: "day of the last order after a campaign", clause: "the last order within 14 days after a campaign was {}",
				of: "the last order after a campaign", since: "the last order after a campaign", unknown: "there was none",
			},
		},
		"active_campaigns": {
			form: formCount,
			de:   wording{label: "Zahl der laufenden Kampagnen", clause: "steckt in {}", none: "steckt in keiner Kampagne", one: "Kampagne", many: "Kampagnen"},
			en:   wording{label: "number of running campaigns", clause: "is in {}", none: "is in no campaign", one: "campaign", many: "campaigns"},
		},
	}
}

func mailsWithin(days string) words {
	return words{
		form: formCount,
		de: wording{
			label: "Zahl der Mails der letzten " + days + " Tage", clause: "bekam in den letzten " + days + " Tagen {}",
			none: "bekam in den letzten " + days + " Tagen keine Mail", one: "Mail", many: "Mails",
		},
		en: wording{
			label: "number of mails of the last " + days + " days", clause: "got {} in the last " + days + " days",
			none: "got no mail in the last " + days + " days", one: "mail", many: "mails",
		},
	}
}

func feedbackWords() map[string]words {
	return map[string]words{
		"feedback_score": {
			form: formAmount,
			de:   wording{label: "letzte Bewertung", clause: "gab zuletzt {} von 10 Punkten", unknown: "hat noch nie bewertet"},
			en:   wording{label: "last feedback score", clause: "last gave {} of 10 points", unknown: "has never given feedback"},
		},
		"days_since_feedback": {date: "last_feedback_at"},
		"last_feedback_at": {
			de: wording{label: "Tag der letzten Bewertung", clause: "hat zuletzt {} bewertet", of: "der letzten Bewertung", since: "der letzten Bewertung", unknown: "hat noch nie bewertet"},
			en: wording{label: "day of the last feedback", clause: "last gave feedback {}", of: "the last feedback", since: "the last feedback", unknown: "has never given feedback"},
		},
		"open_complaint": {
			de: wording{label: "offene Reklamation", yes: "hat eine offene Reklamation", no: "hat keine offene Reklamation"},
			en: wording{label: "open complaint", yes: "has an open complaint", no: "has no open complaint"},
		},
		"points": {
			form: formCount,
			de:   wording{label: "Zahl der Treuepunkte", clause: "hat {}", none: "hat keine Treuepunkte", some: "hat Treuepunkte", one: "Treuepunkt", many: "Treuepunkte"},
			en:   wording{label: "number of loyalty points", clause: "has {}", none: "has no loyalty points", some: "has loyalty points", one: "loyalty point", many: "loyalty points"},
		},
	}
}
