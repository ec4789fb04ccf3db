package rules

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// phrasesSaid returns every format with which this package calls say, and with how many arguments.
func phrasesSaid(t *testing.T) map[string]int {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("files of the package: %v, %v", files, err)
	}
	found := make(map[string]int)
	set := gotoken.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "reading") { // readings have tables of their own
			continue
		}
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, isCall := n.(*ast.CallExpr)
			if !isCall {
				return true
			}
			if callee, named := call.Fun.(*ast.Ident); !named || callee.Name != "say" {
				return true
			}
			format, literal := call.Args[0].(*ast.BasicLit)
			if !literal || call.Ellipsis.IsValid() {
				t.Errorf("%s: say needs a literal format and its arguments one by one", set.Position(call.Pos()))
				return true
			}
			text, err := strconv.Unquote(format.Value)
			if err != nil {
				t.Fatal(err)
			}
			if before, again := found[text]; again && before != len(call.Args)-1 {
				t.Errorf("%s: %q with %d and with %d arguments", set.Position(call.Pos()), text, before, len(call.Args)-1)
			}
			found[text] = len(call.Args) - 1
			return true
		})
	}
	return found
}

func verbs(format string) []string {
	found := regexp.MustCompile(`%(\[[0-9]+\])?[.0-9]*[a-zA-Z%]`).FindAllString(format, -1)
	return slices.DeleteFunc(found, func(verb string) bool { return verb == "%%" })
}

// TestEveryPhraseHasItsGerman also finds German texts that nothing says any more.
func TestEveryPhraseHasItsGerman(t *testing.T) {
	t.Parallel()
	said := phrasesSaid(t)
	if len(said) < 100 {
		t.Fatalf("only %d phrases found", len(said))
	}
	for format, args := range said {
		translated, found := germanTexts()[format]
		if !found {
			t.Errorf("no German for %q", format)
			continue
		}
		if len(verbs(format)) != args || strings.Contains(format, "%[") {
			t.Errorf("%q has %d verbs for %d arguments", format, len(verbs(format)), args)
		}
		indexed := regexp.MustCompile(`\[[0-9]+\]`)
		want, got := slices.Sorted(slices.Values(verbs(format))), slices.Sorted(slices.Values(verbs(indexed.ReplaceAllString(translated, ""))))
		if !slices.Equal(want, got) {
			t.Errorf("%q takes %v, its German %v", format, want, got)
		}
	}
	for format := range germanTexts() {
		if _, found := said[format]; !found {
			t.Errorf("nothing says %q", format)
		}
	}
}

// TestGermanTextsAreToldOnce holds that no two groups translate the same phrase.
func TestGermanTextsAreToldOnce(t *testing.T) {
	t.Parallel()
	total := 0
	for _, texts := range germanGroups() {
		total += len(texts)
	}
	if total != len(germanTexts()) {
		t.Errorf("%d translations of %d phrases", total, len(germanTexts()))
	}
}

func TestLanguageOf(t *testing.T) {
	t.Parallel()
	tests := map[string]tongue{"": english, "en": english, "de": german, "de-AT": german, "DE": german, "fr": english, "den": english}
	for tag, want := range tests {
		if got := languageOf(tag); got != want {
			t.Errorf("%q: got %v, want %v", tag, got, want)
		}
	}
}
