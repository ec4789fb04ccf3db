package campaigns

import (
	"embed"
	"fmt"
	"path"
	"strings"
)

//go:embed starters/*.yaml
var starterFiles embed.FS

// Starter is a campaign file to begin with.
type Starter struct {
	Name string // of the file, without its ending
	Text []byte // YAML, with comments for its reader
}

// Starters returns campaign files of every kind, sorted by name.
func Starters() ([]Starter, error) {
	files, err := starterFiles.ReadDir("starters")
	if err != nil {
		return nil, fmt.Errorf("embedded starter campaigns: %w", err)
	}
	starters := make([]Starter, len(files))
	for i, f := range files {
		data, err := starterFiles.ReadFile(path.Join("starters", f.Name()))
		if err != nil {
			return nil, fmt.Errorf("embedded starter campaign %s: %w", f.Name(), err)
		}
		starters[i] = Starter{strings.TrimSuffix(f.Name(), ".yaml"), data}
	}
	return starters, nil
}
