package templates

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadme holds that the reference in README.md is what the code says.
func TestReadme(t *testing.T) {
	t.Parallel()
	const start = "<!-- generated: go test ./templates -run TestReadme -update -->\n"
	raw, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	prose, was, ok := strings.Cut(string(raw), start)
	if !ok {
		t.Fatalf("README.md lacks the line %q", start)
	}
	var b strings.Builder
	b.WriteString("\n| name | type | meaning |\n|---|---|---|\n")
	for _, field := range Vocabulary() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", field.Name, field.Type, field.Description)
	}
	fmt.Fprintf(&b, "\nFilters: `%s`.\n", strings.Join(Filters(), "`, `"))
	fmt.Fprintf(&b, "Styles of `date`: `%s`.\n", strings.Join(dateStyles(), "`, `"))
	if *update {
		if err := os.WriteFile("README.md", []byte(prose+start+b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(was, b.String()); diff != "" {
		t.Errorf("README.md is behind the code; run go test ./templates -run TestReadme -update:\n%s", diff)
	}
}
