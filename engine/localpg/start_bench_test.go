package localpg

import (
	"fmt"
	"path/filepath"
	"testing"
)

// BenchmarkStart is a first start with the template at hand: copy, start, first connection, stop.
func BenchmarkStart(b *testing.B) {
	parent := folder(b)
	warm := mustStart(b, Config{Dir: filepath.Join(parent, "warm")})
	mustClose(b, warm)
	for i := 0; b.Loop(); i++ {
		s := mustStart(b, Config{Dir: filepath.Join(parent, fmt.Sprint(i))})
		b.StopTimer()
		mustClose(b, s)
		b.StartTimer()
	}
}

// BenchmarkRestart starts the server of a cluster that exists.
func BenchmarkRestart(b *testing.B) {
	c := Config{Dir: folder(b)}
	for b.Loop() {
		s := mustStart(b, c)
		b.StopTimer()
		mustClose(b, s)
		b.StartTimer()
	}
}

// BenchmarkAttach joins a running server.
func BenchmarkAttach(b *testing.B) {
	c := Config{Dir: folder(b)}
	mustStart(b, c)
	for b.Loop() {
		mustClose(b, mustStart(b, c))
	}
}

// BenchmarkFirstEver has no template: it runs initdb.
func BenchmarkFirstEver(b *testing.B) {
	for b.Loop() {
		s := mustStart(b, Config{Dir: folder(b), CacheDir: folder(b)})
		b.StopTimer()
		mustClose(b, s)
		b.StartTimer()
	}
}
