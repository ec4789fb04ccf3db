package delivery

import (
	"context"
	"errors"
	"net"
)

// Resolver asks the DNS; *net.Resolver is one. A name that does not exist or has no such record is a *net.DNSError with
// IsNotFound.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupIPAddr(ctx context.Context, name string) ([]net.IPAddr, error)
	LookupAddr(ctx context.Context, address string) ([]string, error)
}

// absent reports whether the DNS answered that there is nothing, as opposed to not answering.
func absent(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}
