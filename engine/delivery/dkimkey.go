package delivery

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
)

// The sizes of RSA keys that every receiver accepts (RFC 8301 section 3.2, less what is weak today).
const (
	minRSABits = 2048
	maxRSABits = 4096
)

// maxKeyFile bounds what is read of a file that may be anything.
const maxKeyFile = 64 << 10

var selectorName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$`)

// readKey reads a private key that nobody else on the machine can read.
func readKey(path string) (crypto.Signer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	const others = 0o007
	if runtime.GOOS != "windows" && info.Mode().Perm()&others != 0 {
		return nil, fmt.Errorf("everybody on this machine may open it (mode %04o): `chmod 600 %s`", info.Mode().Perm(), path)
	}
	if info.Size() > maxKeyFile {
		return nil, errors.New("is too big to be a key")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseKey(data)
}

// parseKey reads PKCS #8 or PKCS #1 in PEM.
func parseKey(data []byte) (crypto.Signer, error) {
	const how = "`openssl genrsa -out FILE 2048` or `openssl genpkey -algorithm ed25519 -out FILE` makes one"
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("is not PEM: " + how)
	}
	var key any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		if block.Headers["DEK-Info"] != "" {
			return nil, errors.New("is encrypted: store it without a passphrase, readable by this program alone")
		}
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("is encrypted: store it without a passphrase, readable by this program alone")
	default:
		return nil, fmt.Errorf("holds a %q, not a private key: %s", block.Type, how)
	}
	if err != nil {
		return nil, errors.New("is damaged: " + how)
	}
	return usable(key)
}

// usable refuses keys that receivers would not accept.
func usable(key any) (crypto.Signer, error) {
	if k, ok := key.(ed25519.PrivateKey); ok {
		return k, nil
	}
	k, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("is of a kind that DKIM does not know (%T): want RSA or Ed25519", key)
	}
	if bits := k.N.BitLen(); bits < minRSABits || bits > maxRSABits {
		return nil, fmt.Errorf("is an RSA key of %d bits: want 2048", bits)
	}
	return k, nil
}
