package templates

import (
	"embed"
	"errors"
	"fmt"
	"strings"
)

// The bundles are compiled from MJML: starters/src holds the sources and the command that does it.
//
//go:embed starters/*.html
var starterFiles embed.FS

// starterKeys are the mails that come with the product.
func starterKeys() []string {
	return []string{
		"winback-reminder", "winback-offer", "winback-last-call",
		"loyalty-thanks", "tier-reached", "birthday", "anniversary", "feedback-question",
		"crosssell-next", "bundle-offer",
	}
}

// Starters compiles the mails that come with the product, each in German and
// English. German addresses the reader with Sie, or with du if Shop.Informal.
func Starters() (*Set, error) {
	var all []*Template
	for _, key := range starterKeys() {
		for _, language := range []string{german, english} {
			source, err := starterSource(key, language)
			if err != nil {
				return nil, fmt.Errorf("read starter %s (%s): %w", key, language, err)
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

// starterSource reads a bundle: lines of the head, three dashes, HTML. It is an
// ordinary source, which a shop may copy and change.
func starterSource(key, language string) (Source, error) {
	raw, err := starterFiles.ReadFile("starters/" + key + "." + language + ".html")
	if err != nil {
		return Source{}, err
	}
	head, html, ok := strings.Cut(string(raw), "\n---\n")
	if !ok {
		return Source{}, errors.New("the bundle has no head")
	}
	s := Source{Key: key, Language: language, HTML: html}
	for line := range strings.Lines(head) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "subject":
			s.Subject = value
		case "preheader":
			s.Preheader = value
		}
	}
	return s, nil
}
