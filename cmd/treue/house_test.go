package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module       = "treue"
	fileLimit    = 450
	functionsMax = 80
)

// tree is a module's product code: what is parsed here is read as text, so that nothing is hidden by a build tag or
// a cache.
type tree struct {
	fset     *token.FileSet
	packages []*pkg
}

type pkg struct {
	path, name string // path below the module's root
	imports    []string
	files      []source
}

type source struct {
	path  string
	lines int
	ast   *ast.File
}

// ours returns the imported packages of this module, by their path below its root.
func (p *pkg) ours() (paths []string) {
	for _, imported := range p.imports {
		if path, ok := strings.CutPrefix(imported, module+"/"); ok {
			paths = append(paths, path)
		}
	}
	return paths
}

// load parses every Go file below root that is not a test.
func load(t *testing.T, root string) tree {
	t.Helper()
	house := tree{fset: token.NewFileSet()}
	byPath := map[string]*pkg{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		return house.add(byPath, root, path)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range byPath {
		slices.Sort(p.imports)
		p.imports = slices.Compact(p.imports)
		house.packages = append(house.packages, p)
	}
	slices.SortFunc(house.packages, func(a, b *pkg) int { return strings.Compare(a.path, b.path) })
	return house
}

func (house tree) add(byPath map[string]*pkg, root, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	relative, err := filepath.Rel(root, path)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(house.fset, relative, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	dir := filepath.ToSlash(filepath.Dir(relative))
	if byPath[dir] == nil {
		byPath[dir] = &pkg{path: dir, name: file.Name.Name}
	}
	p := byPath[dir]
	p.files = append(p.files, source{relative, strings.Count(string(text), "\n"), file})
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		p.imports = append(p.imports, imported)
	}
	return nil
}

func (house tree) at(node ast.Node) string { return house.fset.Position(node.Pos()).String() }

func packageComments(house tree) (violations []string) {
	for _, p := range house.packages {
		want := "Package " + p.name + " "
		if p.name == "main" {
			want = "Command " + filepath.Base(p.path) + " "
		}
		var comments []string
		for _, f := range p.files {
			if f.ast.Doc != nil {
				comments = append(comments, f.ast.Doc.Text())
			}
		}
		if len(comments) != 1 {
			violations = append(violations, fmt.Sprintf("%s has %d package comments, one is needed", p.path, len(comments)))
		} else if !strings.HasPrefix(comments[0], want) {
			violations = append(violations, fmt.Sprintf("%s: the package comment must begin %q", p.path, want))
		}
	}
	return violations
}

func vagueNames(house tree) (violations []string) {
	vague := []string{"utils", "util", "common", "helpers", "helper", "models", "types", "service", "services", "misc", "shared", "base"}
	for _, p := range house.packages {
		for _, name := range []string{p.name, filepath.Base(p.path)} {
			if slices.Contains(vague, name) {
				violations = append(violations, fmt.Sprintf("%s: %q names no duty", p.path, name))
				break
			}
		}
	}
	return violations
}

func initFunctions(house tree) (violations []string) {
	house.functions(func(_ *pkg, f *ast.FuncDecl) {
		if f.Recv == nil && f.Name.Name == "init" {
			violations = append(violations, house.at(f)+": init runs where nobody sees it: call it from where it is needed")
		}
	})
	return violations
}

func (house tree) functions(visit func(*pkg, *ast.FuncDecl)) {
	for _, p := range house.packages {
		for _, file := range p.files {
			for _, d := range file.ast.Decls {
				if f, ok := d.(*ast.FuncDecl); ok {
					visit(p, f)
				}
			}
		}
	}
}

// variables are the package variables that only look mutable, each with its reason.
var variables = map[string]string{}

// packageVariables finds variables at package level. Allowed are sentinel errors, compiled expressions, values that
// are computed once, embedded files, interface assertions, tables that their package never changes, and what
// `variables` lists.
func packageVariables(house tree) (violations []string) {
	for _, p := range house.packages {
		for _, file := range p.files {
			for _, d := range file.ast.Decls {
				g, ok := d.(*ast.GenDecl)
				if !ok || g.Tok != token.VAR {
					continue
				}
				for _, s := range g.Specs {
					violations = append(violations, house.mutable(p, g, s.(*ast.ValueSpec))...)
				}
			}
		}
	}
	return violations
}

func (house tree) mutable(p *pkg, g *ast.GenDecl, spec *ast.ValueSpec) (violations []string) {
	if embedded(g.Doc) || embedded(spec.Doc) {
		return nil
	}
	for i, name := range spec.Names {
		fixed := name.Name == "_" || i < len(spec.Values) && (constructed(spec.Values[i]) || p.onlyReads(name.Name, spec.Values[i]))
		if _, listed := variables[p.path+"."+name.Name]; !fixed && !listed {
			violations = append(violations, fmt.Sprintf("%s: package variable %s: return it from a function, or list it with a reason",
				house.at(name), name.Name))
		}
	}
	return violations
}

func embedded(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// constructed reports whether a value comes from one of the functions whose results nobody changes.
func constructed(value ast.Expr) bool {
	call, ok := value.(*ast.CallExpr)
	if !ok {
		return false
	}
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	constructors := []string{"regexp.MustCompile", "errors.New", "fmt.Errorf", "sync.OnceValue", "sync.OnceValues"}
	from, ok := selector.X.(*ast.Ident)
	return ok && slices.Contains(constructors, from.Name+"."+selector.Sel.Name)
}

// onlyReads reports whether a variable is an unexported list or map that is written out once and that no code of its
// package assigns to, takes the address of, or hands to a function that changes its argument.
func (p *pkg) onlyReads(name string, value ast.Expr) bool {
	literal, ok := value.(*ast.CompositeLit)
	if !ok || ast.IsExported(name) {
		return false
	}
	switch literal.Type.(type) {
	case *ast.ArrayType, *ast.MapType:
	default:
		return false
	}
	written := false
	for _, file := range p.files {
		ast.Inspect(file.ast, func(n ast.Node) bool {
			written = written || slices.ContainsFunc(targets(n), func(e ast.Expr) bool { return root(e) == name })
			return !written
		})
	}
	return !written
}

// targets returns the expressions that a node changes or lends out to be changed.
func targets(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			return []ast.Expr{n.X}
		}
	case *ast.CallExpr:
		if len(n.Args) > 0 && changesArgument(n.Fun) {
			return n.Args[:1]
		}
	}
	return nil
}

func changesArgument(f ast.Expr) bool {
	switch f := f.(type) {
	case *ast.Ident:
		return slices.Contains([]string{"append", "clear", "copy", "delete"}, f.Name)
	case *ast.SelectorExpr:
		from, name := root(f.X), f.Sel.Name
		return from == "sort" || from == "slices" && (strings.HasPrefix(name, "Sort") ||
			slices.Contains([]string{"Reverse", "Compact", "CompactFunc", "Delete", "DeleteFunc", "Insert", "Replace"}, name))
	}
	return false
}

// root returns the name at the left end of an expression such as table[i].field, "" if it has none.
func root(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.IndexExpr:
		return root(e.X)
	case *ast.SelectorExpr:
		return root(e.X)
	case *ast.ParenExpr:
		return root(e.X)
	}
	return ""
}

// clockReaders finds uses of the wall clock below engine, where time is an argument.
func clockReaders(house tree) (violations []string) {
	for _, p := range house.packages {
		floor, _, _ := strings.Cut(p.path, "/")
		if !slices.Contains([]string{"rules", "campaigns", "templates", "migrations"}, floor) {
			continue
		}
		for _, file := range p.files {
			alias := importName(file.ast, "time")
			ast.Inspect(file.ast, func(n ast.Node) bool {
				selector, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				from, ok := selector.X.(*ast.Ident)
				if ok && from.Name == alias && slices.Contains([]string{"Now", "Since", "Until", "After", "Tick", "Sleep"}, selector.Sel.Name) {
					violations = append(violations, fmt.Sprintf("%s: time.%s below engine: time is an argument here",
						house.at(n), selector.Sel.Name))
				}
				return true
			})
		}
	}
	return violations
}

// importName returns the name under which a file knows an import, "" if it has none.
func importName(file *ast.File, path string) string {
	for _, spec := range file.Imports {
		if spec.Path.Value != strconv.Quote(path) {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return filepath.Base(path)
	}
	return ""
}

func oversized(house tree) (violations []string) {
	for _, p := range house.packages {
		for _, file := range p.files {
			if file.lines > fileLimit {
				violations = append(violations, fmt.Sprintf("%s has %d lines, at most %d are allowed", file.path, file.lines, fileLimit))
			}
		}
	}
	house.functions(func(_ *pkg, f *ast.FuncDecl) {
		lines := house.fset.Position(f.End()).Line - house.fset.Position(f.Pos()).Line + 1
		if lines > functionsMax {
			violations = append(violations, fmt.Sprintf("%s: %s has %d lines, at most %d are allowed", house.at(f), f.Name.Name, lines, functionsMax))
		}
	})
	return violations
}

// TestVariablesAreNeeded holds that every listed exception still exists.
func TestVariablesAreNeeded(t *testing.T) {
	t.Parallel()
	house := load(t, "../..")
	declared := map[string]bool{}
	for _, p := range house.packages {
		for _, file := range p.files {
			for _, d := range file.ast.Decls {
				if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
					for _, s := range g.Specs {
						for _, name := range s.(*ast.ValueSpec).Names {
							declared[p.path+"."+name.Name] = true
						}
					}
				}
			}
		}
	}
	for name, reason := range variables {
		if !declared[name] || reason == "" {
			t.Errorf("%s is gone or has no reason: take it off the list", name)
		}
	}
}

// TestChecksCanFail gives every check a small tree that breaks its rule, and all of them one that breaks none.
func TestChecksCanFail(t *testing.T) {
	t.Parallel()
	const clv = "// Package clv is fine.\npackage clv\n"
	for _, c := range []struct {
		check string
		files map[string]string
		says  string // a part of the only violation; empty: there is none
	}{
		{"known packages", map[string]string{"rules/new/a.go": "package new\n"}, "add it with its height"},
		{"known packages", map[string]string{"rules/clv/a.go": clv, "_x/a.go": "package x\n", "rules/testdata/a.go": "package x\n"}, ""},
		{"downwards", map[string]string{"rules/a.go": `package rules; import "treue/campaigns"`}, "imports go downwards"},
		{"downwards", map[string]string{"engine/store/a.go": `package store; import "treue/engine/bounce"`}, "imports go downwards"},
		{"downwards", map[string]string{"rules/a.go": `package rules; import "treue/rules/unheard"`}, "not in the table"},
		{"downwards", map[string]string{"engine/a.go": `package engine; import "treue/engine/store"`}, ""},
		{"downwards", map[string]string{"rules/a_test.go": `package rules; import "treue/campaigns"`}, ""},
		{"banned arrows", map[string]string{"campaigns/a.go": `package campaigns; import "treue/rules/clv"`}, "disagree with the preview"},
		{"banned arrows", map[string]string{"engine/a.go": `package engine; import "treue/engine/enginetest"`}, "test helpers"},
		{"banned arrows", map[string]string{"rules/clv/a.go": `package clv; import "treue/rules/customer"`}, "pure numbers"},
		{"banned arrows", map[string]string{"cmd/treue/a.go": `package main; import "treue/engine/localpg"`}, ""},
		{"guests", map[string]string{"engine/a.go": `package engine; import "github.com/jackc/pgx/v5"`}, "one home"},
		{"guests", map[string]string{"engine/store/a.go": `package store; import "github.com/jackc/pgx/v5"`}, ""},
		{"guests", map[string]string{"engine/a.go": `package engine; import "gorm.iou/x"`}, ""},
		{"fan-out", map[string]string{"engine/web/a.go": "package web\n" + nineImports()}, "9 packages"},
		{"fan-out", map[string]string{"cmd/treue/a.go": "package main\n" + nineImports()}, ""},
		{"package comments", map[string]string{"rules/clv/a.go": "package clv\n"}, "0 package comments"},
		{"package comments", map[string]string{"rules/clv/a.go": clv, "rules/clv/b.go": clv}, "2 package comments"},
		{"package comments", map[string]string{"rules/clv/a.go": "// The models.\npackage clv\n"}, `begin "Package clv "`},
		{"package comments", map[string]string{"cmd/treue/a.go": "// Package main runs.\npackage main\n"}, `begin "Command treue "`},
		{"package comments", map[string]string{"rules/clv/a.go": clv, "rules/clv/b.go": "package clv\n"}, ""},
		{"package names", map[string]string{"rules/utils/a.go": "package utils\n"}, "no duty"},
		{"package names", map[string]string{"rules/money/a.go": "package types\n"}, "no duty"},
		{"package names", map[string]string{"rules/clv/a.go": clv}, ""},
		{"no init", map[string]string{"rules/a.go": "package rules; func init() {}"}, "nobody sees"},
		{"no init", map[string]string{"rules/a.go": "package rules; type t int; func (t) init() {}"}, ""},
		{"package variables", map[string]string{"rules/a.go": "package rules; var cache = map[string]int{}; func f() { cache[`a`]++ }"}, "variable cache"},
		{"package variables", map[string]string{"rules/a.go": "package rules; var list = []int{2, 1}", "rules/b.go": "package rules; func f() { slices.Sort(list) }"}, "variable list"},
		{"package variables", map[string]string{"rules/a.go": "package rules; var list = []int{2, 1}; func f() { (list)[0] = 3 }"}, "variable list"},
		{"package variables", map[string]string{"rules/a.go": "package rules; var list = []int{2, 1}; func f() *int { return &list[0] }"}, "variable list"},
		{"package variables", map[string]string{"rules/a.go": "package rules; var List = []int{2, 1}"}, "variable List"},
		{"package variables", map[string]string{"rules/a.go": "package rules; var pool = sync.Pool{}"}, "variable pool"},
		{"package variables", map[string]string{"rules/a.go": "package rules; var once = sync.OnceValue(f); var cache = f()"}, "variable cache"},
		{"package variables", map[string]string{"rules/a.go": "package rules; var list = []int{2, 1}; func f() int { x := list[0]; x = 3; return x }"}, ""},
		{"package variables", map[string]string{"rules/a.go": "package rules; var a, counter = errors.New(`a`), 1"}, "variable counter"},
		{"package variables", map[string]string{"rules/a.go": "package rules; var counter int"}, "variable counter"},
		{"package variables", map[string]string{"rules/a.go": "package rules; var _ error = x{}; var e = errors.New(`e`)"}, ""},
		{"package variables", map[string]string{"rules/a.go": "package rules\n//go:embed a.txt\nvar text string\nfunc f() { var x int }"}, ""},
		{"clock", map[string]string{"rules/a.go": `package rules; import "time"; var t = time.Now()`}, "time.Now below engine"},
		{"clock", map[string]string{"campaigns/lift/a.go": `package lift; import t "time"; var a = t.Since`}, "time.Since below engine"},
		{"clock", map[string]string{"engine/a.go": `package engine; import "time"; var t = time.Now()`}, ""},
		{"clock", map[string]string{"rules/a.go": "package rules; func f() { time.Now() }"}, ""},
		{"sizes", map[string]string{"rules/a.go": "package rules\n" + strings.Repeat("\n", fileLimit)}, "451 lines"},
		{"sizes", map[string]string{"rules/a.go": "package rules\nfunc f() {\n" + strings.Repeat("\n", functionsMax-1) + "}\n"}, "81 lines"},
		{"sizes", map[string]string{"rules/a.go": "package rules\nfunc f() {\n" + strings.Repeat("\n", functionsMax-2) + "}\n"}, ""},
	} {
		dir := t.TempDir()
		for path, text := range c.files {
			path = filepath.Join(dir, path)
			if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got := checks()[c.check](load(t, dir))
		if c.says == "" && len(got) > 0 || c.says != "" && (len(got) != 1 || !strings.Contains(got[0], c.says)) {
			t.Errorf("%s over %v: %q, want %q", c.check, c.files, got, c.says)
		}
	}
}

func nineImports() string {
	var text strings.Builder
	for _, f := range floors[len(floors)-9:] {
		fmt.Fprintf(&text, "import %q\n", module+"/"+f.path)
	}
	return text.String()
}
