package campaigns

import (
	"fmt"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// NamedRule is a segment of a file and where its rule stands.
type NamedRule struct {
	Name, Rule string
	At         Position
}

// ParseSegments reads a file of segments, a YAML mapping of names to rules, in its order. The rules are left to
// Segments.Check. The error is a *FileError.
func ParseSegments(data []byte) ([]NamedRule, error) {
	switch {
	case len(data) > maxFileBytes:
		return nil, &FileError{Message: fmt.Sprintf("the file is larger than %d bytes", maxFileBytes)}
	case !utf8.Valid(data):
		return nil, &FileError{Message: "the file is not UTF-8", Hint: "save it as UTF-8"}
	}
	if err := boundNesting(data); err != nil {
		return nil, err
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, syntaxError(err)
	}
	var all []NamedRule
	lines := map[string]int{}
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.NullType || doc.Body.Type() == ast.CommentType {
			continue
		}
		values, err := entries(doc.Body, "a file of segments")
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			named, err := namedRule(v)
			if err != nil {
				return nil, err
			}
			if line, seen := lines[named.Name]; seen {
				return nil, fail(v.Key, "", "segment %q is already defined at line %d", named.Name, line)
			}
			lines[named.Name] = position(v.Key).Line
			all = append(all, named)
		}
	}
	if len(all) == 0 {
		return nil, &FileError{Line: 1, Column: 1, Message: "the file holds no segment", Hint: "write `name: rule`, such as buyers: orders >= 1"}
	}
	return all, nil
}

// namedRule reads one line of the mapping.
func namedRule(v *ast.MappingValueNode) (NamedRule, error) {
	n := NamedRule{Name: v.Key.GetToken().Value}
	if v.Value == nil || v.Value.Type() == ast.NullType {
		return n, fail(v.Key, "give it one, or leave the line out", "segment %q has no rule", n.Name)
	}
	if err := CheckSegmentName(n.Name); err != nil {
		return n, fail(v.Key, "", "%v", err)
	}
	n.At = textPosition(v.Value)
	return n, text(&n.Rule)(v.Value)
}
