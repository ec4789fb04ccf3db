package rules

import (
	"errors"
	"reflect"
	"strings"
	"time"

	"github.com/expr-lang/expr/builtin"
	exprcheck "github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"

	"treue/rules/features"
)

// exprConfig describes the rule language to expr: our fields and functions, and none of its own. Formulas of our own
// may read hidden ones, too.
func exprConfig(inner bool) *conf.Config {
	config := conf.New(exprEnv(inner))
	config.Expect, config.ExpectAny = reflect.Bool, true
	config.MaxNodes = MaxNodes + MaxElements
	for name := range config.Builtins {
		config.Disabled[name] = true
	}
	config.Builtins = conf.FunctionsTable{}
	for _, f := range functionTable() {
		if f.hidden && !inner {
			continue
		}
		config.Functions[f.Name] = &builtin.Function{Name: f.Name, Types: []reflect.Type{exprType(f)}}
	}
	return config
}

// exprEnv gives every field a value of its type.
func exprEnv(inner bool) map[string]any {
	env := make(map[string]any)
	for _, f := range features.Everything() {
		if f.Hidden && !inner {
			continue
		}
		switch f.Type {
		case features.Text:
			env[f.Name] = ""
		case features.Boolean:
			env[f.Name] = false
		case features.Date:
			env[f.Name] = time.Time{}
		case features.List:
			env[f.Name] = []string{}
		case features.Number:
			env[f.Name] = 0.0
			if f.Whole {
				env[f.Name] = 0
			}
		}
	}
	return env
}

// exprType is a function's Go type. Numbers are passed as any, since expr tells whole ones from others.
func exprType(f function) reflect.Type {
	var params []reflect.Type
	for _, param := range f.params {
		params = append(params, exprKind(param.kind, f.anyKind, false))
	}
	if f.variadic {
		last := len(params) - 1
		params[last] = reflect.SliceOf(params[last])
	}
	return reflect.FuncOf(params, []reflect.Type{exprKind(f.result, false, f.whole)}, f.variadic)
}

func exprKind(k Kind, anyKind, whole bool) reflect.Type {
	switch {
	case anyKind:
		return reflect.TypeFor[any]()
	case k == KindBool:
		return reflect.TypeFor[bool]()
	case k == KindText:
		return reflect.TypeFor[string]()
	case k == KindDate:
		return reflect.TypeFor[time.Time]()
	case whole:
		return reflect.TypeFor[int]()
	}
	return reflect.TypeFor[float64]()
}

// parse runs expr's parser on a text that has passed every bound.
func parse(source string, tokens []token, config *conf.Config) (*parser.Tree, *fault) {
	tree, err := parser.ParseWithConfig(source, config)
	if err != nil {
		return nil, translate(err, tokens)
	}
	return tree, nil
}

// confirm lets expr's own checker judge the tree: whatever we accept is also a valid expr expression.
func confirm(tree *parser.Tree, tokens []token, config *conf.Config) *fault {
	if _, err := exprcheck.Check(tree, config); err != nil {
		return translate(err, tokens)
	}
	return nil
}

// translate words expr's errors for people who never saw its grammar.
func translate(err error, tokens []token) *fault {
	var cause *file.Error
	if !errors.As(err, &cause) {
		return &fault{message: say("the rule cannot be read: %s", err.Error())}
	}
	f := &fault{from: cause.From, to: cause.To, message: say("the rule cannot be read: %s", cause.Message)}
	switch {
	case strings.Contains(cause.Message, "maximum allowed nodes"):
		f.message, f.hint = say("the rule has more than %d parts or %d list items", MaxNodes, MaxElements), say("split it")
	case strings.Contains(cause.Message, "token EOF"), strings.Contains(cause.Message, "end of expression"):
		f.from = tokens[len(tokens)-1].to
		f.to = f.from
		f.message, f.hint = say("the rule ends where a value is missing"), say("finish it: orders >= 2")
	case strings.Contains(cause.Message, "unexpected token"):
		f.message, f.hint = unexpected(cause.From, tokens)
	}
	return f
}

func unexpected(at int, tokens []token) (message, hint phrase) {
	for i, t := range tokens {
		if t.from != at {
			continue
		}
		if i > 0 && startsOperand(t) && (startsOperand(tokens[i-1]) || tokens[i-1].is(tokenBracket, ")", "]")) {
			return say("unexpected %s", t.text), say("is && or || missing before it?")
		}
		return say("unexpected %s", t.text), say("a value, a field or a bracket belongs here")
	}
	return say("unexpected character"), phrase{}
}
