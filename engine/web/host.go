package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// proxyMarks are headers that a proxy adds: a request that bears one did not begin on this machine.
func proxyMarks() []string {
	return []string{"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Cf-Connecting-Ip", "True-Client-Ip"}
}

// isLocal reports whether a request was made on this machine by a browser that meant this machine. The address alone
// would let a foreign page in by a name that resolves to 127.0.0.1, the Host header alone anybody who forges it.
// HTTP/1.0 is what an old nginx speaks behind the scenes, with a Host header of its own and no mark; browsers do not.
func isLocal(r *http.Request) bool {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !remote.Addr().Unmap().IsLoopback() || !r.ProtoAtLeast(1, 1) {
		return false
	}
	for _, mark := range proxyMarks() {
		if len(r.Header.Values(mark)) > 0 {
			return false
		}
	}
	return loopbackName(r.Host)
}

// loopbackName reports whether a Host header names this machine: one of three spellings, with or without a port.
func loopbackName(host string) bool {
	if name, port, err := net.SplitHostPort(host); err == nil {
		if strings.Trim(port, "0123456789") != "" {
			return false
		}
		return name == "127.0.0.1" || name == "::1" || strings.EqualFold(name, "localhost")
	}
	return host == "127.0.0.1" || host == "[::1]" || strings.EqualFold(host, "localhost")
}
