package templates

import (
	"fmt"
	"reflect"
	"sync/atomic"
	"time"
)

// maxItems bounds every list, and with it every loop.
const maxItems = 100

// binder turns Data into plain maps, lists and scalars, so that no method of a Go type
// is within a template's reach. What is not known is nil.
type binder struct {
	language string
	data     *shape // the names of Data's fields, in their order
	last     atomic.Pointer[boundShop]
}

// boundShop is the shop as templates see it. Mails of one template nearly always have
// the same, and no mail changes it.
type boundShop struct {
	shop Shop
	vars any
}

func newBinder(language string) *binder { return &binder{language: language, data: vocabulary()} }

// bind gives the variables of one mail.
func (b *binder) bind(d *Data) (map[string]any, error) {
	shown := len(d.Products)
	if d.Bundle != nil {
		shown = max(shown, len(d.Bundle.Products))
	}
	if shown > maxItems {
		return nil, fmt.Errorf("products holds %d entries; give a mail at most %d", shown, maxItems)
	}
	const more = 4 // mail, a loop's variable and forloop
	vars := make(map[string]any, len(b.data.names)+more)
	for i, v := 0, reflect.ValueOf(d).Elem(); i < v.NumField(); i++ {
		name := b.data.names[i]
		if name == "shop" {
			vars[name] = b.shop(d.Shop)
			continue
		}
		vars[name] = plain(v.Field(i), b.data.fields[name])
	}
	return vars, nil
}

// shop adds the lines of the imprint.
func (b *binder) shop(s Shop) any {
	if last := b.last.Load(); last != nil && last.shop == s {
		return last.vars
	}
	fields := b.data.fields["shop"]
	vars := plain(reflect.ValueOf(s), fields)
	imprint, _ := vars.(map[string]any)["imprint"].(map[string]any)
	if lines := s.Imprint.Lines(b.language); len(lines) > 0 {
		imprint["lines"] = plain(reflect.ValueOf(lines), fields.fields["imprint"].fields["lines"])
	}
	b.last.Store(&boundShop{s, vars})
	return vars
}

// plain converts by kind, not by name, so that a field added to Data needs no
// line here. Yes and no stay as they are: false is an answer, not a gap.
func plain(v reflect.Value, s *shape) any {
	switch {
	case v.Kind() == reflect.Bool:
		return v.Bool()
	case v.Kind() == reflect.Struct:
		return plainGroup(v, s)
	case v.IsZero():
		return nil
	default:
		return plainFilled(v, s)
	}
}

// plainGroup converts the fields. Amounts and days are values, not groups.
func plainGroup(v reflect.Value, s *shape) any {
	switch s.kind {
	case kindMoney:
		if value, ok := reflect.TypeAssert[Money](v); ok && value.Currency != "" {
			return value
		}
		return nil
	case kindDate:
		if value, ok := reflect.TypeAssert[time.Time](v); ok && !value.IsZero() {
			return value
		}
		return nil
	}
	group := make(map[string]any, v.NumField())
	for i := range v.NumField() {
		name := s.names[i]
		group[name] = plain(v.Field(i), s.fields[name])
	}
	return group
}

// plainFilled converts a value that is not its type's zero.
func plainFilled(v reflect.Value, s *shape) any {
	switch v.Kind() {
	case reflect.Pointer:
		return plain(v.Elem(), s)
	case reflect.Int:
		return int(v.Int())
	case reflect.Slice:
		return plainList(v, s)
	case reflect.Map:
		group := make(map[string]any, v.Len())
		for entries := v.MapRange(); entries.Next(); {
			group[entries.Key().String()] = plain(entries.Value(), s)
		}
		return group
	default:
		return v.String()
	}
}

// plainList makes an empty list nil, so that a condition on it is false.
func plainList(v reflect.Value, s *shape) any {
	if v.Len() == 0 {
		return nil
	}
	list := make([]any, v.Len())
	for i := range list {
		list[i] = plain(v.Index(i), s.elem)
	}
	return list
}

// Lines writes the imprint as a reader of the language expects it, leaving out
// what is not given.
func (i Imprint) Lines(language string) []string {
	direct, telephone, email, vat := "Represented by: ", "Telephone: ", "E-mail: ", "VAT ID: "
	if language == german {
		direct, telephone, email, vat = "Vertreten durch: ", "Telefon: ", "E-Mail: ", "USt-IdNr.: "
	}
	var out []string
	add := func(label, text string) {
		if text != "" {
			out = append(out, label+text)
		}
	}
	add("", join(" ", i.Name, i.Form))
	add("", join(", ", i.Street, join(" ", i.Zip, i.City), i.Country))
	add(direct, i.Representatives)
	add(telephone, i.Phone)
	add(email, i.Email)
	add("", i.Register)
	add(vat, i.VATID)
	return out
}

// join puts a separator between the texts that are not empty.
func join(separator string, texts ...string) string {
	out := ""
	for _, text := range texts {
		if out != "" && text != "" {
			out += separator
		}
		out += text
	}
	return out
}
