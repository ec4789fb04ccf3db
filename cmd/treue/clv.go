package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"treue/campaigns/lift"
	"treue/rules/features"
)

// clvCommand groups what a manager asks of customer value.
func (a *app) clvCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "clv", Short: "What the customers are worth: who carries it, how it moves, whether predictions hold"})
	cmd.AddCommand(a.clvValidateCommand(), a.clvSegmentsCommand(), a.clvChannelsCommand(), a.clvAlertsCommand())
	return cmd
}

// tongue writes figures and words for people, in the shop's language.
type tongue struct{ language, currency string }

func (a *app) tongue() tongue { return tongue{a.config.text("language"), a.config.text("currency")} }

// say chooses between German and English.
func (t tongue) say(german, english string, args ...any) string {
	format := english
	if t.language == "de" {
		format = german
	}
	if len(args) == 0 {
		return format
	}
	return fmt.Sprintf(format, args...)
}

const unknownFigure = "–"

// money is an amount with cents, or a dash.
func (t tongue) money(v float64) amount {
	if math.IsNaN(v) {
		return unknownFigure
	}
	return amount(lift.FormatMoney(v, t.language, t.currency))
}

// whole is an amount without cents from 100 on, or a dash.
func (t tongue) whole(v float64) amount {
	if math.IsNaN(v) || math.Abs(v) < 100 {
		return t.money(v)
	}
	return amount(lift.FormatWhole(v, t.language, t.currency))
}

// figure is a number with decimals, or a dash.
func (t tongue) figure(v float64, decimals int) amount {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return unknownFigure
	}
	return amount(lift.FormatNumber(v, decimals, t.language))
}

// percent is a share in whole per cent, below 10 % with one decimal.
func (t tongue) percent(share float64) amount {
	if math.IsNaN(share) || math.IsInf(share, 0) {
		return unknownFigure
	}
	decimals := 0
	if math.Abs(share) < 0.0995 {
		decimals = 1
	}
	return amount(lift.FormatNumber(share*100, decimals, t.language) + " %")
}

// change is a difference with its sign.
func (t tongue) change(v float64, write func(float64) amount) amount {
	if v > 0 {
		return "+" + write(v)
	}
	return write(v)
}

// basis names what values are counted in.
func (t tongue) basis(basis string) string {
	if basis == "margin" {
		return t.say("Deckungsbeitrag", "margin")
	}
	return t.say("Umsatz", "revenue")
}

// day is a calendar day.
func (t tongue) day(d features.Day) string {
	if t.language == "de" {
		return d.Date().Format("02.01.2006")
	}
	return d.Date().Format("2 Jan 2006")
}

// title is a method's or model's name as people write it.
func (t tongue) method(name string) string {
	switch name {
	case "bgnbd":
		return "BG/NBD"
	case "mbgnbd":
		return "MBG/NBD"
	case "paretonbd":
		return "Pareto/NBD"
	case "nbd":
		return "NBD"
	case "textbook":
		return t.say("Lehrbuchformel", "textbook formula")
	case "rate_forward":
		return t.say("eigenes Tempo weiter", "own rate carried on")
	case "same_again":
		return t.say("noch einmal so viel", "the same again")
	case "past_spend":
		return t.say("bisheriger Umsatz", "past spend")
	case "bought_within":
		return t.say("letzter Kauf", "last purchase")
	}
	return strings.ReplaceAll(name, "_", " ")
}
