package templates

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// ReadSource reads a mail as files hold it: a line `subject: …`, a line
// `preheader: …`, which may be missing, a line of three dashes, then the HTML.
// Other lines of the head say nothing about the mail.
func ReadSource(key, language, text string) (Source, error) {
	s := Source{Key: key, Language: language}
	head, html, ok := strings.Cut(strings.ReplaceAll(text, "\r\n", "\n"), "\n---\n")
	if !ok {
		return s, errors.New("it has no head: write `subject: …`, then a line `---`, then the HTML")
	}
	s.HTML = html
	for line := range strings.Lines(head) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch name {
		case "subject":
			s.Subject = value
		case "preheader":
			s.Preheader = value
		}
	}
	return s, nil
}

// File writes the mail in the form that ReadSource reads.
func (s Source) File() string {
	return "subject: " + s.Subject + "\npreheader: " + s.Preheader + "\n---\n" + s.HTML
}

// fileName is KEY.LANGUAGE.html.
var fileName = regexp.MustCompile(`^([a-z0-9][a-z0-9-]{0,63})\.(de|en)\.html$`)

// ReadFile reads one mail of a folder. Its name says key and language, such as
// spring.de.html.
func ReadFile(folder fs.FS, name string) (Source, error) {
	parts := fileName.FindStringSubmatch(name)
	if parts == nil {
		return Source{}, fmt.Errorf("%s: name it KEY.de.html or KEY.en.html, with small letters, digits and dashes", name)
	}
	text, err := fs.ReadFile(folder, name)
	if err != nil {
		return Source{}, err
	}
	s, err := ReadSource(parts[1], parts[2], string(text))
	if err != nil {
		return s, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// Load compiles all mails of a folder, its files *.html. One that must not be sent,
// see [Check], is an error: a mail without imprint is found here and not by a court.
func Load(folder fs.FS) ([]*Template, error) {
	names, err := fs.Glob(folder, "*.html")
	if err != nil {
		return nil, fmt.Errorf("look for mails: %w", err)
	}
	var all []*Template
	for _, name := range names {
		s, err := ReadFile(folder, name)
		if err != nil {
			return nil, err
		}
		for _, p := range Check(s) {
			if p.Severity == SeverityError {
				return nil, fmt.Errorf("%s: %s", name, p)
			}
		}
		t, err := Compile(s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, t)
	}
	return all, nil
}
