package bounce

import (
	"strings"
	"testing"
)

// BenchmarkParse measures one bounce of the usual size, and a hostile megabyte.
func BenchmarkParse(b *testing.B) {
	for name, raw := range map[string]string{
		"usual":   forms()[0].write(replies()[0]),
		"hostile": header("mailer-daemon@x.example", "failure notice", "text/plain") + strings.Repeat("user mailbox account address quota over spam a.b+cc@d.example 5.0.0 ", 16<<10),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Parse([]byte(raw))
			}
		})
	}
}
