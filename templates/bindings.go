package templates

import (
	"fmt"
	"reflect"
	"time"
)

// maxItems bounds every list, and with it every loop.
const maxItems = 100

// bindings turns Data into plain maps, lists and scalars, so that no method of a
// Go type is within a template's reach. What is not known is nil.
func bindings(d Data, language string) (map[string]any, error) {
	shown := len(d.Products)
	if d.Bundle != nil {
		shown = max(shown, len(d.Bundle.Products))
	}
	if shown > maxItems {
		return nil, fmt.Errorf("products holds %d entries; give a mail at most %d", shown, maxItems)
	}
	vars, _ := plain(reflect.ValueOf(d)).(map[string]any)
	imprint, _ := vars["shop"].(map[string]any)["imprint"].(map[string]any)
	if lines := d.Shop.Imprint.Lines(language); len(lines) > 0 {
		imprint["lines"] = plain(reflect.ValueOf(lines))
	}
	return vars, nil
}

// plain converts by kind, not by name, so that a field added to Data needs no
// line here. Yes and no stay as they are: false is an answer, not a gap.
func plain(v reflect.Value) any {
	switch value := v.Interface().(type) {
	case Money:
		if value.Currency == "" {
			return nil
		}
		return value
	case time.Time:
		if value.IsZero() {
			return nil
		}
		return value
	}
	if v.Kind() == reflect.Struct {
		group := make(map[string]any, v.NumField())
		for i := range v.NumField() {
			group[liquidName(v.Type().Field(i))] = plain(v.Field(i))
		}
		return group
	}
	if v.Kind() == reflect.Bool {
		return v.Bool()
	}
	if v.IsZero() {
		return nil
	}
	return plainFilled(v)
}

// plainFilled converts a value that is not its type's zero.
func plainFilled(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer:
		return plain(v.Elem())
	case reflect.Int:
		return int(v.Int())
	case reflect.Slice:
		return plainList(v)
	case reflect.Map:
		group := make(map[string]any, v.Len())
		for entries := v.MapRange(); entries.Next(); {
			group[entries.Key().String()] = plain(entries.Value())
		}
		return group
	default:
		return v.String()
	}
}

// plainList makes an empty list nil, so that a condition on it is false.
func plainList(v reflect.Value) any {
	if v.Len() == 0 {
		return nil
	}
	list := make([]any, v.Len())
	for i := range list {
		list[i] = plain(v.Index(i))
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
