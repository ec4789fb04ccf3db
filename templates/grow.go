package templates

import (
	"fmt"
	"strings"

	"github.com/osteele/liquid/expressions"
	"github.com/osteele/liquid/parser"
)

// grower makes nodes of what the engine has parsed. Outputs come in the order in
// which the builder numbered them.
type grower struct {
	config  expressions.Config
	counts  bool // forloop is asked for
	outputs int  // so far
	loops   int  // that are open
}

func (g *grower) sequence(pieces []parser.ASTNode) (sequence, error) {
	out := make(sequence, 0, len(pieces))
	for _, p := range pieces {
		n, err := g.node(p)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

func (g *grower) node(piece parser.ASTNode) (node, error) {
	switch p := piece.(type) {
	case *parser.ASTText:
		return static{p.Source, g.loops > 0}, nil
	case *parser.ASTTrim:
		return dash(p.TrimDirection), nil
	case *parser.ASTObject:
		g.outputs++
		return output{newValue(p.Args, p.Expr), g.outputs - 1}, nil
	case *parser.ASTBlock:
		if p.Name == "for" {
			return g.loop(p)
		}
		return g.choice(p)
	default:
		return nil, fmt.Errorf("the engine read %T", piece)
	}
}

// choice turns if and unless with their clauses into branches.
func (g *grower) choice(block *parser.ASTBlock) (node, error) {
	var out choice
	for _, clause := range append([]*parser.ASTBlock{block}, block.Clauses...) {
		b := branch{not: clause.Name == "unless", last: clause.Name == "else"}
		if !b.last {
			expression, err := expressions.Parse(clause.Args)
			if err != nil {
				return nil, err
			}
			b.when = newValue(clause.Args, expression)
		}
		var err error
		if b.body, err = g.sequence(clause.Body); err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

func (g *grower) loop(block *parser.ASTBlock) (node, error) {
	statement, err := expressions.ParseStatement(expressions.LoopStatementSelector, block.Args)
	if err != nil {
		return nil, err
	}
	if len(block.Clauses) > 1 {
		return nil, fmt.Errorf("line %d: a loop has one else at most", block.SourceLoc.LineNo)
	}
	l := &loop{variable: statement.Loop.Variable, list: value{expression: statement.Loop.Expr}, limit: -1, counts: g.counts}
	if statement.Loop.Limit != nil {
		limit, err := statement.Loop.Limit.Evaluate(expressions.NewContext(nil, g.config))
		if err != nil {
			return nil, err
		}
		l.limit, _ = limit.(int)
	}
	g.loops++
	if l.body, err = g.sequence(block.Body); err != nil {
		return nil, err
	}
	for _, clause := range block.Clauses {
		if l.none, err = g.sequence(clause.Body); err != nil {
			return nil, err
		}
	}
	g.loops--
	return l, nil
}

// newValue knows an expression that is a path, or a path and what stands in for it, from one that only the engine
// understands.
func newValue(source string, e expressions.Expression) value {
	v := value{expression: e}
	tokens, err := lex(part{}, source, 0)
	if err != nil || tokens[0].kind != tokenPath || reserved(tokens[0].text) {
		return v
	}
	// path | default: argument, and the end
	v.fallback = len(tokens) == 6 && tokens[1].text == "|" && tokens[2].text == "default"
	if len(tokens) == 2 || v.fallback {
		v.path = strings.Split(tokens[0].text, ".")
	}
	return v
}
