package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"golang.org/x/text/language"
)

//go:embed templates/*.html
var templateFiles embed.FS

// The languages of the pages.
const (
	german  = "de"
	english = "en"
)

// frame is what every page has around its content.
type frame struct {
	Lang    string
	Title   string // a key of the catalogue, or a name
	Nav     string // the menu's current item; "" off the menu
	Style   string // address of the style sheet
	Look    string // that of what reports look like
	Icon    string
	Version string
	AsOf    time.Time
	Shop    string
	Private bool // an operator's page: with a menu
}

// frame returns the frame of an answer.
func (s *site) frame(r *http.Request, title string) frame {
	return frame{
		Lang: s.language(r), Title: title, Style: s.assets.address("style.css"), Look: s.assets.address("report.css"), Icon: s.assets.address("icon.svg"),
		Version: s.Version, AsOf: s.Now(), Shop: s.Engine.Shop.Name,
	}
}

// operatorFrame returns the frame of an operator's page.
func (s *site) operatorFrame(r *http.Request, title, nav string) frame {
	f := s.frame(r, title)
	f.Nav, f.Private = nav, true
	return f
}

// language returns the language to answer in: the shop's for operators, the reader's own for customers.
func (s *site) language(r *http.Request) string {
	fallback := s.Language
	if fallback == "" {
		fallback = s.Engine.Language
	}
	if s.Language != "" && !strings.HasPrefix(r.URL.Path, "/u/") && r.URL.Path != "/consent" {
		return s.Language
	}
	wanted, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(wanted) == 0 {
		return fallback
	}
	offered := []language.Tag{language.Make(fallback), language.German, language.English}
	_, i, confidence := language.NewMatcher(offered).Match(wanted...)
	if confidence == language.No {
		return english // who reads neither is more likely to know English
	}
	base, _ := offered[i].Base()
	return base.String()
}

// views are the templates of one language, by page.
type views map[string]*template.Template

// loadViews parses every page together with the layout and the parts that pages share.
func loadViews(l locale) (views, error) {
	pages, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("web templates: %w", err)
	}
	all := views{}
	for _, file := range pages {
		name := strings.TrimSuffix(path.Base(file), ".html")
		if strings.HasPrefix(name, "part-") {
			continue
		}
		t := template.New(name).Funcs(l.functions()).Option("missingkey=error")
		if all[name], err = t.ParseFS(templateFiles, "templates/part-*.html", file); err != nil {
			return nil, fmt.Errorf("web template %s: %w", name, err)
		}
	}
	return all, nil
}

// show renders a page completely before the first byte leaves, so that a fault cannot end in half a page.
func (s *site) show(w http.ResponseWriter, status int, name, lang string, page any) error {
	var b bytes.Buffer
	t, ok := s.views[lang][name]
	if !ok {
		return fmt.Errorf("render %s: there is no such template", name)
	}
	if err := t.ExecuteTemplate(&b, "layout", page); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", lang)
	w.Header().Set("Vary", "Accept-Language")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a reader who has left needs no answer
	return nil
}
