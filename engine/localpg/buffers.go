package localpg

import (
	"bufio"
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// The server's cache of pages is an eighth of the memory, within these bounds in MB: Postgres' documentation asks for a
// quarter on a machine of its own, and this one is shared. Pages that are not needed take none.
const (
	leastBuffers = 128
	mostBuffers  = 1024
)

// sharedBuffers is the size of that cache. Where nothing tells how much memory there is, it is the least.
func sharedBuffers(read func(string) ([]byte, error)) string {
	memory := memoryMB(read)
	return fmt.Sprintf("%dMB", min(max(memory/8, leastBuffers), mostBuffers))
}

// memoryMB is the memory of the machine, or of the container if that has less; 0: unknown. See proc(5) and the kernel's
// documentation of control groups, versions 2 and 1.
func memoryMB(read func(string) ([]byte, error)) int64 {
	memory := machineMB(read)
	for _, limit := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		text, err := read(limit)
		if err != nil {
			continue
		}
		if bytes, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
			memory = min(memory, bytes>>20)
		}
	}
	return memory
}

func machineMB(read func(string) ([]byte, error)) int64 {
	text, err := read("/proc/meminfo")
	if err != nil {
		return 0
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var kB int64
		if _, err := fmt.Sscanf(lines.Text(), "MemTotal: %d kB", &kB); err == nil {
			return kB >> 10
		}
	}
	return 0
}
