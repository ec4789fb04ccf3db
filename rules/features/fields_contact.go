package features

func contactFields() []Field {
	return []Field{
		{
			Name: "mails_7d", Type: Number, Unit: "mails", Whole: true, UnknownWhen: "never", Column: "mails_7d",
			Description: "Contacts of the last 7 days; a mail withheld from the comparison group counts like a real one.",
			Example:     `mails_7d == 0`, Aliases: []string{"emails_7d", "mails_last_7_days"},
		},
		{
			Name: "mails_30d", Type: Number, Unit: "mails", Whole: true, UnknownWhen: "never", Column: "mails_30d",
			Description: "Contacts of the last 30 days; a mail withheld from the comparison group counts like a real one.",
			Example:     `mails_30d < 3`, Aliases: []string{"mails", "emails_30d", "mails_last_30_days"},
		},
		{
			Name: "days_since_last_mail", Type: Number, Unit: "days", Whole: true, UnknownWhen: "there was no mail yet", Formula: `days_since(last_mail_at)`,
			Description: "Calendar days from the last contact to the day of evaluation.",
			Example:     `!(days_since_last_mail <= 14)`, Aliases: []string{"last_contact", "letzte_mail", "days_since_last_contact"},
		},
		{
			Name: "last_mail_at", Type: Date, Unit: "day", UnknownWhen: "there was no mail yet", Column: "last_mail_on",
			Description: "Calendar day of the last contact.",
			Example:     `last_mail_at < date("2026-01-31")`, Aliases: []string{"last_mail", "last_mail_on"},
		},
		{
			Name: "last_campaign", Type: Text, UnknownWhen: "no campaign has written to the customer yet", Column: "last_campaign",
			Description: "Key of the campaign that made the last contact, or would have made it in the comparison group.",
			Example:     `last_campaign == "winback-90"`, Aliases: []string{"letzte_kampagne"},
		},
		{
			Name: "days_since_last_campaign_order", Type: Number, Unit: "days", Whole: true, UnknownWhen: "no order followed a contact", Formula: `days_since(last_campaign_order_at)`,
			Description: "Calendar days since the last order that came within 14 days after a campaign's contact, whatever caused it.",
			Example:     `days_since_last_campaign_order <= 30`, Aliases: []string{"days_since_last_campaign_purchase"},
		},
		{
			Name: "last_campaign_order_at", Type: Date, Unit: "day", UnknownWhen: "no order followed a contact", Column: "last_campaign_order_on",
			Description: "Calendar day of the last order that came within 14 days after a campaign's contact, whatever caused it.",
			Example:     `last_campaign_order_at >= date("2026-01-31")`, Aliases: []string{"last_campaign_purchase"},
		},
		{
			Name: "active_campaigns", Type: Number, Unit: "campaigns", Whole: true, UnknownWhen: "never", Formula: `open_entries()`,
			Description: "Campaigns from which the customer still has a mail to come; places in a comparison group count.",
			Example:     `active_campaigns == 0`, Aliases: []string{"aktive_kampagnen", "running_campaigns"},
		},
		{
			Name: "consent", Type: Boolean, UnknownWhen: "never", Column: "consent",
			Description: "Whether consent to mail is proven and valid. Gates check it anyway, whatever a rule says.",
			Example:     `consent && orders >= 1`, Aliases: []string{"einwilligung", "opt_in", "optin", "newsletter", "subscribed"},
		},
	}
}

func feedbackFields() []Field {
	return []Field{
		{
			Name: "feedback_score", Type: Number, Unit: "0 to 10", UnknownWhen: "there was no feedback yet", Column: "feedback_score",
			Description: "Score of the last feedback, 0 to 10.",
			Example:     `feedback_score <= 6 && days_since_feedback <= 90`, Aliases: []string{"nps", "bewertung", "zufriedenheit", "rating"},
		},
		{
			Name: "last_feedback_at", Type: Date, Unit: "day", UnknownWhen: "there was no feedback yet", Column: "last_feedback_on",
			Description: "Calendar day of the last feedback.",
			Example:     `last_feedback_at >= date("2026-01-31")`, Aliases: []string{"letztes_feedback"},
		},
		{
			Name: "days_since_feedback", Type: Number, Unit: "days", Whole: true, UnknownWhen: "there was no feedback yet", Formula: `days_since(last_feedback_at)`,
			Description: "Calendar days since the last feedback.",
			Example:     `days_since_feedback <= 90`, Aliases: []string{"tage_seit_feedback", "tage_seit_bewertung"},
		},
		{
			Name: "open_complaint", Type: Boolean, UnknownWhen: "never", Column: "open_complaint",
			Description: "Whether a complaint of the customer is still open.",
			Example:     `!open_complaint`, Aliases: []string{"reklamation", "offene_reklamation", "complaint", "open_case"},
		},
		{
			Name: "points", Type: Number, Unit: "points", UnknownWhen: "never", Formula: `points_held()`,
			Description: "Loyalty points that have not expired.",
			Example:     `points >= 500`, Aliases: []string{"punkte", "treuepunkte", "punktestand"},
		},
	}
}
