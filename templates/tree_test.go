package templates

import (
	"bytes"
	"maps"
	"strings"
	"testing"

	"github.com/osteele/liquid/render"
	"github.com/osteele/liquid/tags"
	"pgregory.net/rapid"
)

// TestSectionsAreWrittenAsTheEngineWould holds the writing of sections against the
// engine's own, dashes, loops and conditions nested at will.
func TestSectionsAreWrittenAsTheEngineWould(t *testing.T) {
	t.Parallel()
	vars := map[string]any{
		"customer": map[string]any{"first_name": "Anna", "last_name": nil, "orders": 4},
		"shop":     map[string]any{"name": nbsp + " Morgenrot" + nbsp, "informal": false},
		"values":   map[string]any{"x": ""},
		"products": []any{map[string]any{"name": "Mühle"}, map[string]any{"name": "Tasse" + nbsp}, map[string]any{"name": ""}},
	}
	rapid.Check(t, func(t *rapid.T) {
		source := liquidBlock(0).Draw(t, "source")
		config := render.NewConfig()
		tags.AddStandardTags(config)
		tree, fault := config.Compile(source, locationZero())
		if fault != nil {
			t.Fatalf("%q: %v", source, fault)
		}
		var want bytes.Buffer
		if fault := render.Render(tree, &want, vars, config); fault != nil {
			t.Fatalf("%q: %v", source, fault)
		}
		section := &section{name: partText, language: german, sites: make([]site, 10_000), config: newConfig(german)}
		if err := section.parse(source); err != nil {
			t.Fatalf("%q: %v", source, err)
		}
		if got, err := section.render(maps.Clone(vars)); err != nil || got != want.String() {
			t.Fatalf("%q\ngave %q, %v\nwant %q", source, got, err, want.String())
		}
	})
}

// liquidBlock is a stretch of Liquid whose blocks are closed.
func liquidBlock(depth int) *rapid.Generator[string] {
	words := rapid.SampledFrom([]string{" ", "\n", "a", " b \n", nbsp + " ", "c"})
	value := rapid.SampledFrom([]string{"customer.first_name", "customer.orders", "shop.name", "products.size", "products.first.name", "values.x", "'d'"})
	condition := rapid.SampledFrom([]string{"customer.first_name", "customer.last_name", "shop.informal", "customer.orders > 3", "nothing.at.all", "products", "values.x", "forloop.first"})
	list := rapid.SampledFrom([]string{"products", "products limit: 1", "products limit: 0", "nothing"})
	return rapid.Custom(func(t *rapid.T) string {
		dash := func() string { return rapid.SampledFrom([]string{"", "-"}).Draw(t, "dash") }
		tag := func(inside string) string { return "{%" + dash() + " " + inside + " " + dash() + "%}" }
		inner := func() string { return liquidBlock(depth+1).Draw(t, "inner") }
		var out strings.Builder
		for range rapid.IntRange(1, 4).Draw(t, "pieces") {
			switch kind := rapid.IntRange(0, 6).Draw(t, "kind"); {
			case kind < 2 || depth > 3:
				out.WriteString(words.Draw(t, "words"))
			case kind < 4:
				out.WriteString("{{" + dash() + " " + value.Draw(t, "value") + " " + dash() + "}}")
			case kind == 4:
				out.WriteString(tag("if "+condition.Draw(t, "if")) + inner() + tag("elsif "+condition.Draw(t, "elsif")) + inner() + "{% else %}" + inner() + "{%- endif %}")
			case kind == 5:
				out.WriteString(tag("unless "+condition.Draw(t, "unless")) + inner() + "{%- else %}" + inner() + "{% endunless %}")
			default:
				out.WriteString(tag("for p in "+list.Draw(t, "list")) + "{{ p.name }}{{ forloop.index }}" + inner() + "{% else %}" + inner() + "{% endfor %}")
			}
		}
		return out.String()
	})
}
