package rules

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"treue/rules/features"
)

// habit looks at one place in a rule for something people type that the language does not have, or that it would
// silently read as something else. It returns nil where it sees nothing.
type habit func(tokens []token, i int) *fault

var (
	thousands = regexp.MustCompile(`^[1-9][0-9]{0,2}(\.[0-9]{3})+$`)
	base      = regexp.MustCompile(`^[xXoObB][0-9a-fA-F_]+$`)
)

func habits() []habit {
	return []habit{
		bareDate, thousandsDots, malformedNumber, decimalComma, percentSign, numberUnit, foreignOperator, foreignWord, equalsSign, foreignBase,
		unsupportedPart, unknownCall, strayCharacter,
	}
}

// checkHabits reports at most one habit per place.
func checkHabits(tokens []token) []fault {
	var found []fault
	looks, end := habits(), 0
	for i := range tokens {
		if tokens[i].from < end {
			continue
		}
		for _, look := range looks {
			if f := look(tokens, i); f != nil {
				found, end = append(found, *f), f.to
				break
			}
		}
	}
	return found
}

func mend(tokens []token, first, last int, message, hint phrase, fix string) *fault {
	return &fault{from: tokens[first].from, to: tokens[last].to, message: message, hint: hint, fix: &fix}
}

func at(tokens []token, i int) token {
	if i < 0 || i >= len(tokens) {
		return token{kind: tokenStray}
	}
	return tokens[i]
}

func (t token) is(kind tokenKind, texts ...string) bool {
	if t.kind != kind {
		return false
	}
	return len(texts) == 0 || slices.Contains(texts, t.text)
}

// bareDate refuses 31.01.2026, and 2026-01-31, which would be a subtraction.
func bareDate(tokens []token, i int) *fault {
	if tokens[i].kind != tokenNumber {
		return nil
	}
	last, text := i, tokens[i].text
	for last < i+4 && at(tokens, last+1).from == tokens[last].to && (at(tokens, last+1).is(tokenOperator, "-") || at(tokens, last+1).kind == tokenNumber) {
		last++
		text += tokens[last].text
	}
	iso, found := isoDate(text)
	if !found {
		return nil
	}
	fix := "date(" + quote(iso) + ")"
	return mend(tokens, i, last, say("a date needs quotes"), say("write %s", fix), fix)
}

// malformedNumber refuses digits that make no number, and numbers that int64 or float64 cannot hold.
func malformedNumber(tokens []token, i int) *fault {
	t := tokens[i]
	if t.kind != tokenNumber {
		return nil
	}
	digits := strings.ReplaceAll(t.text, "_", "")
	_, err := strconv.ParseFloat(digits, 64)
	if err == nil && !strings.ContainsAny(digits, ".eE") {
		_, err = strconv.ParseInt(digits, 10, 64)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, strconv.ErrRange):
		return &fault{from: t.from, to: t.to, message: say("the number is too large"), hint: say("write a smaller one")}
	}
	return &fault{from: t.from, to: t.to, message: say("%q is not a number", t.text), hint: say("write digits with at most one point")}
}

// thousandsDots refuses 1.000, which the parser reads as 1.
func thousandsDots(tokens []token, i int) *fault {
	t := tokens[i]
	if t.kind != tokenNumber || !thousands.MatchString(t.text) {
		return nil
	}
	fix := strings.ReplaceAll(t.text, ".", "")
	if comma, cents := at(tokens, i+1), at(tokens, i+2); comma.is(tokenOperator, ",") && comma.from == t.to && cents.kind == tokenNumber && cents.from == comma.to && !separates(tokens[:i]) {
		fix += "." + cents.text
		return mend(tokens, i, currencyAfter(tokens, i+2), say("thousands are not separated, and decimals have a point"), say("write %s", fix), fix)
	}
	return mend(tokens, i, currencyAfter(tokens, i), say("%s is ambiguous: a point separates decimals, not thousands", t.text),
		say("write %s, or %s if a decimal was meant", fix, strings.TrimRight(t.text, "0")+"0"), fix)
}

// decimalComma refuses 0,5 wherever a comma cannot separate arguments or list items.
func decimalComma(tokens []token, i int) *fault {
	left, comma, right := at(tokens, i), at(tokens, i+1), at(tokens, i+2)
	adjacent := left.to == comma.from && comma.to == right.from
	if left.kind != tokenNumber || !comma.is(tokenOperator, ",") || right.kind != tokenNumber || !adjacent || separates(tokens[:i]) {
		return nil
	}
	if len(right.text) == 3 && !strings.HasPrefix(left.text, "0") {
		fix := left.text + right.text
		return mend(tokens, i, currencyAfter(tokens, i+2), say("a comma cannot stand in a number"),
			say("write %s, or %s if a decimal was meant", fix, left.text+"."+strings.TrimRight(right.text, "0")+"0"), fix)
	}
	fix := left.text + "." + right.text
	return mend(tokens, i, currencyAfter(tokens, i+2), say("decimals are written with a point, not a comma"), say("write %s", fix), fix)
}

// currencyAfter returns the position of a currency sign right after another token, or that of the token.
func currencyAfter(tokens []token, i int) int {
	if at(tokens, i+1).is(tokenStray, "€", "$", "£") {
		return i + 1
	}
	return i
}

// separates reports whether a comma after these tokens would separate list items or arguments.
func separates(before []token) bool {
	if len(before) > 0 && before[len(before)-1].is(tokenOperator, ",") {
		return true // that comma did; a list of a thousand numbers is not searched for each
	}
	depth := 0
	for i, b := range slices.Backward(before) {
		switch {
		case b.is(tokenBracket, ")", "]", "}"):
			depth++
		case b.is(tokenBracket, "[", "(", "{") && depth > 0:
			depth--
		case b.is(tokenBracket, "[", "{"):
			return true
		case b.is(tokenBracket, "("):
			return at(before, i-1).kind == tokenWord && !isKeyword(at(before, i-1).text)
		}
	}
	return false
}

// percentSign refuses 90% and 90 Prozent, but not the remainder in orders % 2.
func percentSign(tokens []token, i int) *fault {
	number, sign, after := at(tokens, i), at(tokens, i+1), at(tokens, i+2)
	isSign := sign.is(tokenOperator, "%") && !startsOperand(after) || sign.is(tokenWord, "Prozent", "prozent", "percent", "pct")
	if number.kind != tokenNumber || !isSign {
		return nil
	}
	value, err := strconv.ParseFloat(number.text, 64)
	if err != nil {
		return nil
	}
	fix := strconv.FormatFloat(value/100, 'g', 12, 64)
	return mend(tokens, i, i+1, say("percentages are not written with %%"), say("shares are 0 to 1: write %s", fix), fix)
}

func startsOperand(t token) bool {
	switch t.kind {
	case tokenNumber, tokenString:
		return true
	case tokenWord:
		return !isKeyword(t.text) && translateWord(t.text) == ""
	case tokenBracket:
		return t.text == "("
	case tokenOperator:
		return t.text == "-" || t.text == "+"
	}
	return false
}

func isKeyword(word string) bool {
	switch word {
	case "and", "or", "not", "in", "contains", "startsWith", "endsWith", "matches":
		return true
	}
	return false
}

// numberUnit refuses 90 Tage and 100 €.
func numberUnit(tokens []token, i int) *fault {
	number, unit := at(tokens, i), at(tokens, i+1)
	switch {
	case number.is(tokenStray, "€", "$", "£") && unit.kind == tokenNumber:
		return mend(tokens, i, i+1, say("numbers carry no currency"), say("write %s", unit.text), unit.text)
	case number.kind != tokenNumber:
		return nil
	case unit.is(tokenStray, "€", "$", "£"):
		return mend(tokens, i, i+1, say("numbers carry no currency"), say("write %s", number.text), number.text)
	case unit.kind != tokenWord || isKeyword(unit.text) || translateWord(unit.text) != "" || !endsClause(at(tokens, i+2)):
		return nil
	case unit.from == number.to && base.MatchString(unit.text):
		return nil
	}
	if _, known := fieldNamed(unit.text); known {
		return nil
	}
	if count, found := inDays(number.text, unit.text); found {
		return mend(tokens, i, i+1, say("numbers carry no unit"), say("write the days: %s", count), count)
	}
	return mend(tokens, i, i+1, say("numbers carry no unit"), say("write %s; the field says what it counts", number.text), number.text)
}

// inDays turns weeks, months of 30 and years of 365 days into days, in which rules count time.
func inDays(count, unit string) (string, bool) {
	n, err := strconv.Atoi(count)
	if err != nil || n > maxDays {
		return "", false
	}
	days := 0
	switch strings.ToLower(unit) {
	case "woche", "wochen", "week", "weeks":
		days = 7
	case "monat", "monate", "monaten", "month", "months":
		days = 30
	case "jahr", "jahre", "jahren", "year", "years":
		days = 365
	}
	return strconv.Itoa(n * days), days > 0
}

// endsClause tells a unit from a field that begins the next comparison.
func endsClause(t token) bool {
	switch t.kind {
	case tokenOperator:
		return t.is(tokenOperator, "&&", "||", "&", "?", ":", ",", ";")
	case tokenWord:
		word := translateWord(t.text)
		return t.text == "and" || t.text == "or" || word == "&&" || word == "||"
	case tokenBracket:
		return t.text == ")" || t.text == "]"
	}
	return t.text == ""
}

// foreignBase refuses 0x10: rules are read by people.
func foreignBase(tokens []token, i int) *fault {
	number, rest := at(tokens, i), at(tokens, i+1)
	if number.kind != tokenNumber || rest.kind != tokenWord || rest.from != number.to {
		return nil
	}
	text := number.text + rest.text
	value, err := strconv.ParseInt(text, 0, 64)
	if err != nil {
		return &fault{from: number.from, to: rest.to, message: say("%q is not a number", text), hint: say("write decimal digits")}
	}
	fix := strconv.FormatInt(value, 10)
	return mend(tokens, i, i+1, say("numbers are written in decimal"), say("write %s", fix), fix)
}

func translateOperator(text string) string {
	switch text {
	case "=>", "≥":
		return ">="
	case "=<", "≤":
		return "<="
	case "<>", "!==", "≠":
		return "!="
	case "===":
		return "=="
	case "&", "∧":
		return "&&"
	case "∨":
		return "||"
	case "−", "–":
		return "-"
	case "×":
		return "*"
	case "÷":
		return "/"
	case "¬":
		return "!"
	}
	return ""
}

func foreignOperator(tokens []token, i int) *fault {
	t := tokens[i]
	fix := translateOperator(t.text)
	if fix == "" || t.kind == tokenString {
		return nil
	}
	return mend(tokens, i, i, say("there is no operator %s", t.text), say("write %s", fix), fix)
}

// translateWord returns what other languages' words are called in a rule, "" if it knows none.
func translateWord(word string) string {
	switch word {
	case "AND", "And", "UND", "und", "Und":
		return "&&"
	case "OR", "Or", "ODER", "oder", "Oder":
		return "||"
	case "NOT", "Not", "NICHT", "nicht", "Nicht":
		return "!"
	case "IN", "In":
		return "in"
	case "True", "TRUE", "wahr", "ja", "yes":
		return "true"
	case "False", "FALSE", "falsch", "nein", "no":
		return "false"
	case "CONTAINS", "Contains", "LIKE", "like", "enthält":
		return "contains"
	case "startswith", "starts_with", "STARTSWITH":
		return "startsWith"
	case "endswith", "ends_with", "ENDSWITH":
		return "endsWith"
	case "MATCHES", "Matches":
		return "matches"
	case "is", "IS", "ist":
		return "=="
	}
	return ""
}

func foreignWord(tokens []token, i int) *fault {
	t := tokens[i]
	fix := translateWord(t.text)
	if fix == "" || t.kind != tokenWord {
		return nil
	}
	if standsForText(tokens, i) && (fix == "true" || fix == "false" || fix == "==") {
		return nil // country == no: Norway without quotes
	}
	if fix == "!" && at(tokens, i+1).is(tokenWord, "in", "IN", "In", "contains", "startsWith", "endsWith", "matches") {
		fix = "not"
	}
	return mend(tokens, i, i, say("there is no operator or value %s", t.text), say("write %s", fix), fix)
}

// standsForText reports whether a word is a list item or compared with a text field, so that it may lack quotes.
func standsForText(tokens []token, i int) bool {
	before := at(tokens, i-1)
	if before.is(tokenBracket, "[") || before.is(tokenOperator, ",") {
		return true
	}
	field, found := fieldNamed(at(tokens, i-2).text)
	return found && field.Type == features.Text && before.is(tokenOperator, "==", "!=", "=")
}

func equalsSign(tokens []token, i int) *fault {
	if !tokens[i].is(tokenOperator, "=") {
		return nil
	}
	return mend(tokens, i, i, say("a single = compares nothing"), say("use == to compare"), "==")
}

func unsupportedPart(tokens []token, i int) *fault {
	t := tokens[i]
	hint, found := unsupported(t)
	if !found {
		return nil
	}
	return &fault{from: t.from, to: t.to, message: say("%q is not part of the rule language", t.text), hint: hint}
}

// unknownCall keeps expr's own functions away from its parser, which gives some of them a syntax of their own.
func unknownCall(tokens []token, i int) *fault {
	t := tokens[i]
	if t.kind != tokenWord || isKeyword(t.text) || !at(tokens, i+1).is(tokenBracket, "(") {
		return nil
	}
	if _, known := functionNamed(t.text); known {
		return nil
	}
	f := &fault{from: t.from, to: t.to, message: say("unknown function %q", t.text), hint: say("functions are %s", strings.Join(functionNames(), ", "))}
	if _, isField := fieldNamed(t.text); isField {
		f.message, f.hint = say("%s is a field, not a function", t.text), say("write %s without brackets", t.text)
	} else if instead, found := elsewhere(t.text); found {
		f.hint = instead
	} else if near, found := nearest(t.text, functionNames()); found {
		f.hint, f.fix = say("did you mean `%s`?", near), &near
	}
	return f
}

func strayCharacter(tokens []token, i int) *fault {
	t := tokens[i]
	if t.kind != tokenStray {
		return nil
	}
	return &fault{
		from: t.from, to: t.to, message: say("the character %q (%U) has no meaning in a rule", t.text, []rune(t.text)[0]),
		hint: say("remove it, or put text in straight quotes"),
	}
}
