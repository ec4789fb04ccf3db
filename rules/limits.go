package rules

import (
	"strings"
	"unicode/utf8"
)

// The bounds of a rule. They hold before any parser sees the text, since expr's parser is recursive and a running
// rule could not be stopped.
const (
	MaxSource   = 4096 // bytes
	MaxDepth    = 32   // brackets within brackets, prefix operators in a row, and choices (?:)
	MaxNodes    = 300  // names, literals, operators and calls, list elements not counted
	MaxElements = 1000 // list elements
	MaxPattern  = 200  // bytes of a regular expression
)

// maxPatternSize bounds a regular expression after its repetitions are multiplied out.
const maxPatternSize = 1000

// checkText refuses texts that no scanner should have to read.
func checkText(source string) *fault {
	switch {
	case len(source) > MaxSource:
		return &fault{
			message: say("the rule has %d bytes, at most %d are allowed", len(source), MaxSource),
			hint:    say("keep long lists of customers as tags and ask has_tag(...)"),
		}
	case !utf8.ValidString(source):
		at := len([]rune(source[:invalidAt(source)]))
		return &fault{from: at, to: at + 1, message: say("the rule is not valid UTF-8"), hint: say("save the text as UTF-8")}
	}
	for i, r := range []rune(source) {
		if r < ' ' && !strings.ContainsRune("\t\n\r", r) || r == 0x7f {
			return &fault{from: i, to: i + 1, message: say("control character %U in the rule", r), hint: say("remove it")}
		}
	}
	return nil
}

func invalidAt(source string) int {
	for i, r := range source {
		if r == utf8.RuneError && !strings.HasPrefix(source[i:], "\uFFFD") {
			return i
		}
	}
	return len(source)
}

// level is an open bracket and the depth around it.
type level struct {
	bracket token
	around  int
}

// checkNesting reports unbalanced brackets and nesting beyond MaxDepth. Prefix operators before a bracket stay open
// until it closes; choices nest to the right and never close.
func checkNesting(tokens []token) []fault {
	var open []level
	depth, prefixes, choices := 0, 0, 0
	for _, t := range tokens {
		switch {
		case isPrefix(t):
			prefixes++
		case t.is(tokenBracket, "(", "[", "{"):
			open = append(open, level{t, depth})
			depth, prefixes = depth+prefixes+1, 0
		case t.kind == tokenBracket:
			if len(open) == 0 || closing(open[len(open)-1].bracket.text) != t.text {
				return []fault{{from: t.from, to: t.to, message: say("this %q closes nothing", t.text), hint: say("remove it, or open it before")}}
			}
			depth, prefixes = open[len(open)-1].around, 0
			open = open[:len(open)-1]
		case t.is(tokenOperator, "?"):
			choices, prefixes = choices+1, 0
		default:
			prefixes = 0
		}
		if depth+prefixes+choices > MaxDepth {
			return []fault{{from: t.from, to: t.to, message: say("the rule is nested deeper than %d levels", MaxDepth), hint: say("split it with && or use a list: x in [..]")}}
		}
	}
	if len(open) > 0 {
		t := open[len(open)-1].bracket
		return []fault{{from: t.from, to: t.to, message: say("this %q is never closed", t.text), hint: say("close it with %s", closing(t.text))}}
	}
	return nil
}

func isPrefix(t token) bool {
	switch t.text {
	case "!", "-", "+":
		return t.kind == tokenOperator
	case "not":
		return t.kind == tokenWord
	}
	return false
}

func closing(bracket string) string {
	switch bracket {
	case "(":
		return ")"
	case "[":
		return "]"
	}
	return "}"
}

// unsupported says what to write instead of the parts of expr that rules leave out.
func unsupported(t token) (phrase, bool) {
	switch {
	case t.is(tokenWord, "let"):
		return say("write the expression itself where its name would stand"), true
	case t.is(tokenWord, "if", "else"):
		return say("use condition ? a : b, or && and ||"), true
	case t.is(tokenOperator, ";"):
		return say("a rule is one expression; join conditions with &&"), true
	case t.is(tokenOperator, "|"):
		return say("use || for or"), true
	case t.is(tokenOperator, "??"):
		return say("use known(x) ? x : other"), true
	case t.is(tokenOperator, ".", "?."):
		return say("fields have no parts; use the field's name alone"), true
	case t.is(tokenOperator, "::"):
		return say("call functions by their name alone"), true
	case t.is(tokenOperator, "#"):
		return say("name the field"), true
	case t.is(tokenOperator, "**", "^"):
		return say("multiply: x * x"), true
	case t.is(tokenBracket, "{"):
		return say("use ( ) to group and [ ] for lists"), true
	}
	return phrase{}, false
}
