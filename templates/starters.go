package templates

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"text/template"
)

//go:embed starters/*.html
var starterFiles embed.FS

// starterKeys are the mails that come with the product.
func starterKeys() []string {
	return []string{"winback-reminder", "winback-offer", "winback-last-call", "loyalty-thanks", "crosssell-next"}
}

// Starters compiles the mails that come with the product, each in German and
// English. German addresses the reader with Sie, or with du if Shop.Informal.
func Starters() (*Set, error) {
	files, err := fs.Sub(starterFiles, "starters")
	if err != nil {
		return nil, fmt.Errorf("open starters: %w", err)
	}
	var all []*Template
	for _, key := range starterKeys() {
		for _, language := range []string{german, english} {
			source, err := starterSource(files, key, language)
			if err != nil {
				return nil, fmt.Errorf("compose %s (%s): %w", key, language, err)
			}
			compiled, err := Compile(source)
			if err != nil {
				return nil, fmt.Errorf("compile starter %s (%s): %w", key, language, err)
			}
			all = append(all, compiled)
		}
	}
	return NewSet(all...), nil
}

// starterSource puts layout, footer and content together. The result is an
// ordinary source, which a shop may copy and change.
func starterSource(files fs.FS, key, language string) (Source, error) {
	c := &composer{files: files, language: language}
	name := key + "." + language + ".html"
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return Source{}, err
	}
	head, content, ok := strings.Cut(string(raw), "\n---\n")
	subject, preheader, two := strings.Cut(head, "\n")
	if !ok || !two {
		return Source{}, errors.New(name + " does not begin with subject, preheader and ---")
	}
	s := Source{
		Key: key, Language: language,
		Subject:   c.compose(strings.TrimPrefix(subject, "subject: "), nil),
		Preheader: c.compose(strings.TrimPrefix(preheader, "preheader: "), nil),
	}
	s.HTML = c.file("layout.html", map[string]string{
		"Language": language, "Content": c.compose(content, nil), "Footer": c.block("footer", nil),
	})
	return s, c.fault
}

// composer fills in the blocks of a starter, written between [[ and ]] so that
// they do not touch Liquid. It works once, when starters are loaded, and on our
// own files only; customers' values never pass through it.
type composer struct {
	files    fs.FS
	language string
	fault    error // the first
}

// functions are the blocks that a starter may name. title and paragraph compose
// their words again, since these may hold blocks themselves.
func (c *composer) functions() template.FuncMap {
	block := func(name string) func() string { return func() string { return c.block(name, nil) } }
	words := func(name string) func(string) string {
		return func(text string) string { return c.file(name, c.compose(text, nil)) }
	}
	return template.FuncMap{
		"greeting": block("greeting"), "signature": block("signature"), "coupon": block("coupon"),
		"products":  func() string { return c.file("products.html", nil) },
		"title":     words("title.html"),
		"paragraph": words("paragraph.html"),
		"button":    c.button,
		"you":       formOfAddress,
		"discount":  c.discount,
		"colour":    func() string { return `{{ shop.colour | default: "#7a3b1d" }}` },
	}
}

// formOfAddress chooses between Sie and du when a mail is rendered.
func formOfAddress(formal, informal string) string {
	return "{% if shop.informal %}" + informal + "{% else %}" + formal + "{% endif %}"
}

// discount writes what an offer takes off, as a share or as an amount.
func (c *composer) discount() string {
	percent := "%"
	if c.language == german {
		percent = nbsp + "%"
	}
	return "{% if offer.percent %}{{ offer.percent }}" + percent + "{% else %}{{ offer.amount | money }}{% endif %}"
}

// button leads into the shop by the customer's own link, if there is one.
func (c *composer) button(words string) string {
	return c.file("button.html", map[string]string{"Link": "{{ links.shop | default: shop.url }}", "Words": words})
}

// block composes a file that differs by language.
func (c *composer) block(name string, data any) string {
	return c.file(name+"."+c.language+".html", data)
}

// file composes one file of the folder.
func (c *composer) file(name string, data any) string {
	raw, err := fs.ReadFile(c.files, name)
	if err != nil {
		c.fail(err)
		return ""
	}
	return strings.TrimSuffix(c.compose(string(raw), data), "\n")
}

// compose fills in blocks; a fault is kept and ends the loading of starters.
func (c *composer) compose(source string, data any) string {
	parsed, err := template.New("").Delims("[[", "]]").Funcs(c.functions()).Parse(source)
	if err != nil {
		c.fail(err)
		return ""
	}
	var out strings.Builder
	if err := parsed.Execute(&out, data); err != nil {
		c.fail(err)
	}
	return out.String()
}

func (c *composer) fail(err error) {
	if c.fault == nil {
		c.fault = err
	}
}
