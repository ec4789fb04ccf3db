package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"treue/engine/report"
)

//go:embed static
var staticFiles embed.FS

// assets are the files that pages load, under names that hold their content's hash: such a file never changes, and a
// browser may keep it for ever.
type assets struct {
	files  map[string][]byte // by hashed name
	hashed map[string]string // plain name to hashed name
}

func loadAssets() (assets, error) {
	a := assets{map[string][]byte{}, map[string]string{}}
	style, err := report.Style()
	if err != nil {
		return a, fmt.Errorf("web assets: %w", err)
	}
	a.add("report.css", []byte(style))
	entries, err := staticFiles.ReadDir("static")
	if err != nil {
		return a, fmt.Errorf("web assets: %w", err)
	}
	for _, e := range entries {
		data, err := staticFiles.ReadFile("static/" + e.Name())
		if err != nil {
			return a, fmt.Errorf("web assets: %w", err)
		}
		a.add(e.Name(), data)
	}
	return a, nil
}

func (a assets) add(name string, data []byte) {
	sum := sha256.Sum256(data)
	ending := path.Ext(name)
	hashed := strings.TrimSuffix(name, ending) + "." + hex.EncodeToString(sum[:6]) + ending
	a.files[hashed], a.hashed[name] = data, hashed
}

// address returns where a browser finds a file.
func (a assets) address(name string) string { return "/static/" + a.hashed[name] }

// static serves a file that pages load.
func (s *site) static(w http.ResponseWriter, r *http.Request) error {
	data, ok := s.assets.files[r.PathValue("file")]
	if !ok {
		return errNoPage
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, r.PathValue("file"), time.Time{}, bytes.NewReader(data))
	return nil
}
