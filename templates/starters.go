package templates

import (
	"embed"
	"fmt"
	"io/fs"
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
	files, err := fs.Sub(starterFiles, "starters")
	if err != nil {
		return nil, fmt.Errorf("open starters: %w", err)
	}
	var all []*Template
	for _, key := range starterKeys() {
		for _, language := range []string{german, english} {
			source, err := ReadFile(files, key+"."+language+".html")
			if err != nil {
				return nil, fmt.Errorf("read starter: %w", err)
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
