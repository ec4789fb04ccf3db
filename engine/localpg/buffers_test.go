package localpg

import (
	"os"
	"testing"
)

func TestSharedBuffers(t *testing.T) {
	t.Parallel()
	const (
		host = "MemFree:  1 kB\nMemTotal:       24576000 kB\n"
		v2   = "/sys/fs/cgroup/memory.max"
		v1   = "/sys/fs/cgroup/memory/memory.limit_in_bytes"
	)
	for _, c := range []struct {
		what  string
		files map[string]string
		want  string
	}{
		{"nothing is known", nil, "128MB"},
		{"a large machine", map[string]string{"/proc/meminfo": host}, "1024MB"},
		{"a middling one", map[string]string{"/proc/meminfo": "MemTotal: 4096000 kB\n"}, "500MB"},
		{"a small one", map[string]string{"/proc/meminfo": "MemTotal: 512000 kB\n"}, "128MB"},
		{"a container", map[string]string{"/proc/meminfo": host, v2: "2147483648\n"}, "256MB"},
		{"a container without a limit", map[string]string{"/proc/meminfo": host, v2: "max\n"}, "1024MB"},
		{"an old container", map[string]string{"/proc/meminfo": host, v1: "2147483648\n"}, "256MB"},
		{"an old one without a limit", map[string]string{"/proc/meminfo": host, v1: "9223372036854771712\n"}, "1024MB"},
	} {
		read := func(name string) ([]byte, error) {
			if text, ok := c.files[name]; ok {
				return []byte(text), nil
			}
			return nil, os.ErrNotExist
		}
		if got := sharedBuffers(read); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}
