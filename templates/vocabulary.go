package templates

import (
	"reflect"
	"sort"
	"strings"
	"time"
	"unicode"
)

// Field is one name a template may use.
type Field struct {
	Name        string // such as customer.first_name; products[].price for what a tile holds
	Type        string // text, number, yes/no, money, date or list
	Description string
}

// Vocabulary lists every name a template may use, in the order of [Data].
func Vocabulary() []Field {
	return describe("", vocabulary())
}

// kind is the type of a value as a template sees it.
type kind int

const (
	kindText kind = iota
	kindNumber
	kindBool
	kindMoney
	kindDate
	kindGroup
	kindList
)

// String is the word that errors and the vocabulary use.
func (k kind) String() string {
	return [...]string{"text", "number", "yes/no", "money", "date", "group", "list"}[k]
}

// shape describes a value: what a group holds, what a list lists.
type shape struct {
	kind   kind
	doc    string
	names  []string          // of a group, in order
	fields map[string]*shape // of a group; nil if any name goes
	elem   *shape            // of a list
}

// vocabulary is the shape of Data, with what is derived from it.
func vocabulary() *shape {
	root := shapeOf(reflect.TypeFor[Data]())
	imprint := root.fields["shop"].fields["imprint"]
	imprint.add("lines", &shape{kind: kindList, elem: &shape{}, doc: "the whole imprint, line by line"})
	return root
}

// withMail adds what is known once subject and preheader are written.
func (s *shape) withMail() *shape {
	mail := &shape{kind: kindGroup, fields: map[string]*shape{}}
	mail.add("subject", &shape{doc: "the finished subject"})
	mail.add("preheader", &shape{doc: "the finished preheader; empty if there is none"})
	mail.add("language", &shape{doc: "language of the template"})
	s.add("mail", mail)
	return s
}

func (s *shape) add(name string, field *shape) {
	s.names = append(s.names, name)
	s.fields[name] = field
}

// shapeOf reads the types of Data; a pointer is what it points at, since a template
// cannot tell them apart.
func shapeOf(t reflect.Type) *shape {
	switch {
	case t == reflect.TypeFor[Money]():
		return &shape{kind: kindMoney}
	case t == reflect.TypeFor[time.Time]():
		return &shape{kind: kindDate}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return shapeOf(t.Elem())
	case reflect.Slice:
		return &shape{kind: kindList, elem: shapeOf(t.Elem())}
	case reflect.Map:
		return &shape{kind: kindGroup}
	case reflect.Int:
		return &shape{kind: kindNumber}
	case reflect.Bool:
		return &shape{kind: kindBool}
	case reflect.Struct:
		group := &shape{kind: kindGroup, fields: map[string]*shape{}}
		for i := range t.NumField() {
			field := shapeOf(t.Field(i).Type)
			field.doc = t.Field(i).Tag.Get("doc")
			group.add(liquidName(t.Field(i)), field)
		}
		return group
	default:
		return &shape{kind: kindText}
	}
}

// liquidName writes a Go field's name as templates do: ImageURL is image_url.
func liquidName(f reflect.StructField) string {
	if name := f.Tag.Get("liquid"); name != "" {
		return name
	}
	var b strings.Builder
	runes := []rune(f.Name)
	for i, r := range runes {
		if i > 0 && unicode.IsUpper(r) && !unicode.IsUpper(runes[i-1]) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// describe lists the leaves below a shape.
func describe(prefix string, s *shape) []Field {
	var out []Field
	for _, name := range s.names {
		field, full := s.fields[name], prefix+name
		switch {
		case field.kind == kindGroup && field.fields == nil:
			out = append(out, Field{full + ".NAME", kindText.String(), field.doc})
		case field.kind == kindGroup:
			out = append(out, describe(full+".", field)...)
		default:
			out = append(out, Field{full, field.kind.String(), field.doc})
			if field.kind == kindList {
				out = append(out, describe(full+"[].", field.elem)...)
			}
		}
	}
	return out
}

// paths lists what an unknown name could have meant.
func (s *shape) paths(prefix string) []string {
	var out []string
	for name, field := range s.fields {
		out = append(out, prefix+name)
		if field.kind == kindGroup {
			out = append(out, field.paths(prefix+name+".")...)
		}
	}
	sort.Strings(out)
	return out
}
