package rules

import (
	"fmt"
	"maps"
	"strings"
	"sync"
)

// languageOf reads a language tag. English is spoken to everyone but readers of German.
func languageOf(tag string) tongue {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	return tongue(base == "de")
}

// phrase is a text for people before its language is chosen: an English format and what it names.
type phrase struct {
	format string
	args   []any
}

// worded is an argument that has words of its own.
type worded interface{ in(tongue) string }

// say makes a phrase. Its format is a literal, for germanTexts has the German of each under the English one.
func say(format string, args ...any) phrase { return phrase{format, args} }

// in words the phrase.
func (p phrase) in(l tongue) string {
	format := p.format
	if l == german {
		if translated, found := germanTexts()[format]; found {
			format = translated
		}
	}
	args := make([]any, len(p.args))
	for i, arg := range p.args {
		args[i] = arg
		if w, isWorded := arg.(worded); isWorded {
			args[i] = w.in(l)
		}
	}
	return fmt.Sprintf(format, args...)
}

// in names the kind. The German names stand alone, without an article that would need a case.
func (k Kind) in(l tongue) string {
	if l == german {
		return [...]string{"Ja/Nein", "Zahl", "Text", "Datum", "Liste"}[k]
	}
	return k.String()
}

// germanTexts is built once and only read.
var germanTexts = sync.OnceValue(func() map[string]string {
	all := make(map[string]string)
	for _, texts := range germanGroups() {
		maps.Copy(all, texts)
	}
	return all
})

func germanGroups() []map[string]string {
	return []map[string]string{
		germanSyntax(), germanHabits(), germanNames(), germanValues(), germanLists(), germanBounds(), germanLint(), germanElsewhere(),
	}
}
