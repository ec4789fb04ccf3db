package ruletest

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

const (
	maxFileBytes = 4 << 20
	maxNesting   = 200 // brackets or blanks in a line: the parser recurses
)

var marker = regexp.MustCompile(`^(---|\.\.\.)(\s|$)`)

// documents parses the YAML documents of a file, empty ones left out.
func documents(data []byte) ([]ast.Node, error) {
	switch {
	case len(data) > maxFileBytes:
		return nil, place{}.fail("split it", "the file is larger than %d bytes", maxFileBytes)
	case !utf8.Valid(data):
		return nil, place{}.fail("save it as UTF-8", "the file is not UTF-8")
	}
	var bodies []ast.Node
	var text []byte
	parse := func() error {
		file, err := parser.ParseBytes(text, 0)
		if err != nil {
			return syntaxError(err)
		}
		for _, doc := range file.Docs {
			if doc.Body != nil && doc.Body.Type() != ast.NullType && doc.Body.Type() != ast.CommentType {
				bodies = append(bodies, doc.Body)
			}
		}
		return nil
	}
	for i, line := range bytes.SplitAfter(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), []byte("\n")) {
		if bytes.Count(line, []byte("["))+bytes.Count(line, []byte("{"))+bytes.Count(line, []byte("- ")) > maxNesting ||
			len(line)-len(bytes.TrimLeft(line, " ")) > maxNesting {
			return nil, place{i + 1, 1}.fail("", "the line is nested too deeply")
		}
		// The library would split the documents itself, but loses the one after an empty one.
		if marker.Match(line) {
			if err := parse(); err != nil {
				return nil, err
			}
			text = bytes.Repeat([]byte("\n"), i) // keeps the numbers of the lines
			line = append([]byte("   "), line[3:]...)
		}
		text = append(text, line...)
	}
	return bodies, parse()
}

// syntaxError takes the place out of the error of the YAML library.
func syntaxError(err error) error {
	var syntax *yaml.SyntaxError
	if !errors.As(err, &syntax) || syntax.Token == nil || syntax.Token.Position == nil {
		return place{}.fail("", "not YAML: %v", err)
	}
	at := syntax.Token.Position
	return place{at.Line, at.Column}.fail("", "not YAML: %s", syntax.Message)
}

// placeOf returns where a node begins.
func placeOf(n ast.Node) place {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0].Key // a block mapping's own token is the colon of its first key
	}
	if m, ok := n.(*ast.MappingValueNode); ok {
		n = m.Key
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return place{t.Position.Line, t.Position.Column}
	}
	return place{}
}

// entry is one key of a mapping.
type entry struct {
	key   string
	at    place
	value ast.Node // nil: none, or null
}

// entries returns the keys of a mapping in their order.
func entries(n ast.Node, what string) ([]entry, error) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		return nil, placeOf(n).fail("write `key: value` pairs", "%s needs keys and values", what)
	}
	all := make([]entry, 0, len(values))
	for _, v := range values {
		e := entry{v.Key.GetToken().Value, placeOf(v.Key), v.Value}
		if slices.ContainsFunc(all, func(other entry) bool { return other.key == e.key }) {
			return nil, e.at.fail("", "%q stands here twice", e.key)
		}
		if v.Value != nil && v.Value.Type() == ast.NullType {
			e.value = nil
		}
		all = append(all, e)
	}
	return all, nil
}

// reader reads the value of one key.
type reader func(ast.Node) error

// mapping hands the values of a mapping to the readers of their keys.
func mapping(n ast.Node, what string, readers map[string]reader) error {
	all, err := entries(n, what)
	if err != nil {
		return err
	}
	for _, e := range all {
		read, known := readers[e.key]
		switch {
		case !known:
			return e.at.fail(nearest(e.key, readers), "%s has no key %q", what, e.key)
		case e.value == nil:
			return e.at.fail("give it one, or leave the line out", "%q has no value", e.key)
		}
		if err := read(e.value); err != nil {
			return err
		}
	}
	return nil
}

// nearest proposes the known key most like an unknown one.
func nearest(word string, known map[string]reader) string {
	var names []string
	best := ""
	for name := range known {
		names = append(names, name)
		if best == "" || levenshtein.ComputeDistance(word, name) < levenshtein.ComputeDistance(word, best) {
			best = name
		}
	}
	if levenshtein.ComputeDistance(word, best) <= 1+len(best)/3 {
		return "did you mean `" + best + "`?"
	}
	slices.Sort(names)
	return "known: " + strings.Join(names, ", ")
}

// each hands the items of a list to read.
func each(n ast.Node, read func(ast.Node) error) error {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		return placeOf(n).fail("begin each item with `- `", "a list is needed here")
	}
	for _, item := range s.Values {
		if err := read(item); err != nil {
			return err
		}
	}
	return nil
}

// textIn reads a text and where its characters begin: after the quote, or on the line below `|` and `>`.
func textIn(n ast.Node) (string, place, error) {
	at := placeOf(n)
	switch n := n.(type) {
	case *ast.StringNode:
		if origin := strings.TrimSpace(n.Token.Origin); strings.HasPrefix(origin, `"`) || strings.HasPrefix(origin, "'") {
			at.column++
		}
		return n.Value, at, nil
	case *ast.LiteralNode:
		return strings.TrimRight(n.Value.Value, "\n"), place{at.line + 1, 1}, nil
	}
	return "", at, at.fail("put it in quotes", "a text is needed here, and this is %s", what(n))
}

// text reads a text; numbers are none, since YAML would change how they are written.
func text(into *string) reader {
	return func(n ast.Node) (err error) {
		*into, _, err = textIn(n)
		return err
	}
}

// texts reads a list of texts.
func texts(into *[]string) reader {
	return func(n ast.Node) error {
		return each(n, func(item ast.Node) error {
			v, _, err := textIn(item)
			*into = append(*into, v)
			return err
		})
	}
}

// truthIn reads true or false. YAML once took yes and no for them, too; to guess which is meant would be worse.
func truthIn(n ast.Node) (bool, error) {
	if b, ok := n.(*ast.BoolNode); ok {
		return b.Value, nil
	}
	return false, placeOf(n).fail("write true or false", "true or false is needed here, and this is %s", what(n))
}

// numberIn reads a number in plain notation.
func numberIn(n ast.Node) (float64, error) {
	switch n.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		if v, err := strconv.ParseFloat(n.GetToken().Value, 64); err == nil {
			return v, nil
		}
	}
	return 0, placeOf(n).fail("write it without quotes, such as 12.50", "a number is needed here, and this is %s", what(n))
}

// what describes a value for a message.
func what(n ast.Node) string {
	switch n := n.(type) {
	case *ast.StringNode:
		return "the text " + strconv.Quote(n.Value)
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	}
	return n.GetToken().Value
}
