package web

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// tokens reads the colours of the light or the dark look from the style sheet.
func tokens(t *testing.T, dark bool) map[string][3]float64 {
	t.Helper()
	data, err := staticFiles.ReadFile("static/style.css")
	if err != nil {
		t.Fatal(err)
	}
	light, rest, ok := strings.Cut(string(data), "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("there is no dark look")
	}
	if dark {
		light = rest[:strings.Index(rest, "*,")]
	}
	colours := map[string][3]float64{}
	for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`).FindAllStringSubmatch(light, -1) {
		n, err := strconv.ParseUint(m[2], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		colours[m[1]] = [3]float64{float64(n >> 16 & 255), float64(n >> 8 & 255), float64(n & 255)}
	}
	return colours
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(c [3]float64) float64 {
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v := c[i] / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}

func contrast(a, b [3]float64) float64 {
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

// TestContrast holds 4.5 to 1 for text (WCAG 2.2, 1.4.3) and 3 to 1 for what is drawn (1.4.11), in both looks.
func TestContrast(t *testing.T) {
	t.Parallel()
	for _, dark := range []bool{false, true} {
		c := tokens(t, dark)
		for pair, least := range map[[2]string]float64{
			{"ink", "paper"}: 7, {"ink", "sheet"}: 7, {"ink", "wash"}: 7, {"ink", "warn-wash"}: 4.5,
			{"quiet", "paper"}: 4.5, {"quiet", "sheet"}: 4.5, {"quiet", "wash"}: 4.5,
			{"accent", "paper"}: 4.5, {"accent", "sheet"}: 4.5, {"accent", "accent-wash"}: 4.5, {"on-accent", "accent"}: 4.5,
			{"good", "good-wash"}: 4.5, {"bad", "bad-wash"}: 4.5, {"warn", "warn-wash"}: 4.5, {"quiet", "warn-wash"}: 4.5,
			{"truth", "sheet"}: 4.5, {"truth", "paper"}: 4.5,
		} {
			a, okA := c[pair[0]]
			b, okB := c[pair[1]]
			if !okA || !okB {
				t.Fatalf("dark=%t: no colour %v", dark, pair)
			}
			if got := contrast(a, b); got < least {
				t.Errorf("dark=%t: %s on %s has %.2f, want %.1f", dark, pair[0], pair[1], got, least)
			}
		}
	}
}

// TestStyleUsesTokens holds that colours have one home: the tokens, and white paper for mails and print.
func TestStyleUsesTokens(t *testing.T) {
	t.Parallel()
	data, err := staticFiles.ReadFile("static/style.css")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b`).MatchString(line) && !strings.HasPrefix(line, "--") &&
			!strings.HasPrefix(line, "iframe.mail") && !strings.HasPrefix(line, "body { background: #fff") && !strings.Contains(line, "border-color: #999") {
			t.Errorf("a colour outside the tokens: %s", line)
		}
		if strings.Contains(line, "@import") || strings.Contains(line, "url(") {
			t.Errorf("the style sheet loads something: %s", line)
		}
	}
}
