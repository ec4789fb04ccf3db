package rules

import (
	"slices"
	"strings"
	"testing"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser/lexer"
	"pgregory.net/rapid"
)

// pieces are parts of texts that a scanner might read in two ways.
var pieces = []string{
	"orders", "1.5", "21..56", ".5", "1e3", " ", "\n", "(", ")", "[", "]", "\"a(\"", "'b['", "`c``)`", "// (\n", "/* ( */", "/", "*",
	"&&", "!", "-", "=", "€", "„x“", ".", "1.000", "ä", "\\", "\"", "'", "`", "b", "#", "?", "??",
}

// TestScannerAgreesWithExpr compares the brackets we count with those that expr's lexer sees: a bracket hidden from
// us would escape the bound on nesting.
func TestScannerAgreesWithExpr(t *testing.T) {
	t.Parallel()
	piece := rapid.SampledFrom(pieces)
	compared := 0
	rapid.Check(t, func(t *rapid.T) {
		for range 50 {
			text := strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), "")
			tokens, faults := scan([]rune(text))
			checkCover(t, text, tokens)
			theirs, err := lexer.Lex(file.NewSource(text))
			if err != nil || len(faults) > 0 {
				continue
			}
			compared++
			var want, got []int
			for _, token := range theirs {
				if token.Kind == lexer.Bracket {
					want = append(want, token.From)
				}
			}
			for _, token := range tokens {
				if token.kind == tokenBracket {
					got = append(got, token.from)
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%q: brackets at %v, expr sees %v", text, got, want)
			}
		}
	})
	if compared < 500 {
		t.Errorf("only %d texts compared", compared)
	}
}

// checkCover holds that tokens follow each other and say where they stand.
func checkCover(t *rapid.T, text string, tokens []token) {
	src, at := []rune(text), 0
	for _, token := range tokens {
		if token.from < at || token.to <= token.from || token.to > len(src) || string(src[token.from:token.to]) != token.text {
			t.Fatalf("%q: token %+v after %d", text, token, at)
		}
		at = token.to
	}
}
