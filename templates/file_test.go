package templates

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestReadSource(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       Source
		says       string
	}{
		{"whole", "subject: A: b\npreheader: c\nmade: 1\n---\n<p>d</p>\n---\n", Source{Key: "k", Language: "de", Subject: "A: b", Preheader: "c", HTML: "<p>d</p>\n---\n"}, ""},
		{"Windows", "subject: A\r\n---\r\n<p>\r\n", Source{Key: "k", Language: "de", Subject: "A", HTML: "<p>\n"}, ""},
		{"no head", "<p>d</p>", Source{Key: "k", Language: "de"}, "it has no head"},
	} {
		got, err := ReadSource("k", "de", c.text)
		if (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// TestFileRoundTrip holds that what is shown of a mail can be saved and read again.
func TestFileRoundTrip(t *testing.T) {
	t.Parallel()
	for _, compiled := range starters(t).List() {
		s := compiled.Source()
		back, err := ReadSource(s.Key, s.Language, s.File())
		if err != nil || back != s {
			t.Errorf("%s.%s came back otherwise, %v", s.Key, s.Language, err)
		}
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	good, _ := starters(t).Template("birthday", "de")
	lawless := "subject: x\n---\n<p>x</p>"
	for _, c := range []struct {
		name  string
		files map[string]string
		says  string // in the error; "": there is none
	}{
		{"none", map[string]string{"notes.txt": "x", "sub.html.bak": "x"}, ""},
		{"one", map[string]string{"spring-1.de.html": good.Source().File()}, ""},
		{"a name", map[string]string{"Spring.html": good.Source().File()}, "Spring.html: name it"},
		{"no head", map[string]string{"spring.de.html": "<p>x</p>"}, "spring.de.html: it has no head"},
		{"a fault", map[string]string{"spring.de.html": strings.Replace(good.Source().File(), "{{ offer.code }}", "{{ offer.coed }}", 1)}, "did you mean offer.code?"},
		{"no imprint", map[string]string{"spring.de.html": lawless}, "spring.de.html: "},
	} {
		files := fstest.MapFS{}
		for name, text := range c.files {
			files[name] = &fstest.MapFile{Data: []byte(text)}
		}
		all, err := Load(files)
		if (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
		if c.name == "one" && (len(all) != 1 || all[0].Key() != "spring-1" || all[0].Language() != "de") {
			t.Errorf("loaded %d", len(all))
		}
	}
}
