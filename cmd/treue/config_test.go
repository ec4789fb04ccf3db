package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOrigins holds that flags beat environment beats file beats default, and that secrets never show.
func TestOrigins(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "treue.yaml")
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(file, []byte("currency: CHF\nlanguage: en\ncaps: {7d: 1}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(secret, []byte("smtp://me:pass word@mail.example:587\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TREUE_DATA_DIR", dir)
	t.Setenv("TREUE_LANGUAGE", "de")
	t.Setenv("TREUE_MAIL_URL_FILE", secret)
	t.Setenv("TREUE_DATABASE_URL", "postgres://me:hidden@db.example/treue")
	c, err := loadConfig(globalFlags{settings: []string{"caps.30d=9"}})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]origin{
		"currency": {"CHF", file}, "language": {"de", "TREUE_LANGUAGE"}, "caps.7d": {"1", file}, "caps.30d": {"9", "flag"},
		"timezone": {"Europe/Berlin", "default"}, "mail.url": {"smtp://me:pass word@mail.example:587", "TREUE_MAIL_URL_FILE"},
	} {
		if got := c.values[key]; got != want {
			t.Errorf("%s: got %+v, want %+v", key, got, want)
		}
	}
	var out strings.Builder
	a := &app{out: &out, config: c}
	if err := a.configCommand().RunE(nil, nil); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.Contains(text, "hidden") || strings.Contains(text, "pass") || !strings.Contains(text, "db.example") {
		t.Errorf("secrets are not masked:\n%s", text)
	}
}

func TestUnknownSettingInFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "c.yaml")
	if err := os.WriteFile(file, []byte("mial:\n  url: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := loadConfig(globalFlags{configFile: file, dataDir: dir})
	if err == nil || !strings.Contains(err.Error(), "mail.url") {
		t.Errorf("got %v, want the nearest setting", err)
	}
}
