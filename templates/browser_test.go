package templates

import (
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestStartersFitTheWindow opens every starter in a browser, 320 and 600 points wide, and holds that nothing sticks out
// at the side, even where names are long.
func TestStartersFitTheWindow(t *testing.T) {
	t.Parallel()
	browser, err := chromium()
	if err != nil {
		t.Skip("no Chromium is installed")
	}
	var page strings.Builder
	page.WriteString("<!DOCTYPE html><meta charset=utf-8><body>")
	frames := 0
	for _, compiled := range starters(t).List() {
		d := Sample(compiled.Language(), testNow())
		d.Customer.FirstName = "Wilhelmine-Friederike"
		d.Products[0].Name = "Kaffeevollautomatenentkalkungstabletten"
		d.Bundle.Products = d.Products
		m, err := compiled.Render(d)
		if err != nil {
			t.Fatal(err)
		}
		for _, width := range []int{320, 600} {
			fmt.Fprintf(&page, `<iframe data-name="%s.%s" data-width="%d" style="width:%dpx;height:500px;border:0" srcdoc="%s"></iframe>`,
				compiled.Key(), compiled.Language(), width, width, html.EscapeString(m.HTML))
			frames++
		}
	}
	page.WriteString(`<script>onload = () => { for (const f of document.querySelectorAll("iframe")) {
		const root = f.contentDocument.documentElement, all = [...root.querySelectorAll("body *")]
		const needs = Math.ceil(Math.max(root.clientWidth, ...all.map(e => e.getBoundingClientRect().right - 0.5)))
		f.outerHTML = "<p>" + f.dataset.name + " " + f.dataset.width + " " + needs + " " + (root.scrollHeight > 500) + "</p>" } }</script>`)
	file := filepath.Join(t.TempDir(), "mails.html")
	if err := os.WriteFile(file, []byte(page.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking",
		"--host-resolver-rules=MAP * ~NOTFOUND", "--user-data-dir="+t.TempDir(), "--dump-dom", "file://"+file).Output()
	if err != nil {
		t.Fatal(err)
	}
	measured := regexp.MustCompile(`<p>(\S+) (\d+) (\d+) (\w+)</p>`).FindAllStringSubmatch(string(out), -1)
	if len(measured) != frames {
		t.Fatalf("%d of %d mails were measured: %.2000s", len(measured), frames, out)
	}
	for _, m := range measured {
		if m[2] != m[3] || m[4] != "true" {
			t.Errorf("%s needs %s points where there are %s; a mail's height: %s", m[1], m[3], m[2], m[4])
		}
	}
}

// chromium finds the browser under the names that it has.
func chromium() (path string, err error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err = exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", err
}
