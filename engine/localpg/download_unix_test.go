//go:build unix

package localpg

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

// archive is a .txz with the scripts bin/initdb, bin/pg_ctl (both fail) and bin/postgres ("postgres (PostgreSQL) 17.5").
const archive = `
/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/ALldADEaShsFkZA3OlG9V3Gz1uQT2IkQonAbexNN15tic70r6rNJbkVqC6RLQH2665UL531xp7
xGLwZ7XwcXL/wvKJ1XmYboX9C1sHqiJXeoA4tSCUm8xy/szQTiQjJWrqQBPSE1MVZxdApxsaUBJX5LtJPqmgdcNJiLUCVOb4R3siUMRUSBppdi
iR3HlOinfvdLeV+Hz3EXFp3UaoUcjgjv7a22CW4UHxBAPrDGopeGHpBF6L1nq/PkH9xAAAAAAL+bZZwQjQmyAAHVAYBQAAB66CM9scRn+wIAAA
AABFla
`

// repository serves one build for every platform, as the Maven repositories do.
func repository(t *testing.T, checksum func([]byte) string) (string, *atomic.Int32) {
	t.Helper()
	txz, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(archive, "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	var jar bytes.Buffer
	w := zip.NewWriter(&jar)
	f, err := w.Create("postgres.txz")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(txz); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var downloads atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !strings.Contains(r.URL.Path, string(downloadVersion)):
			http.NotFound(w, r)
		case strings.HasSuffix(r.URL.Path, ".sha256"):
			_, _ = w.Write([]byte(checksum(jar.Bytes())))
		default:
			downloads.Add(1)
			_, _ = w.Write(jar.Bytes())
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL, &downloads
}

func sha256Hex(jar []byte) string {
	sum := sha256.Sum256(jar)
	return hex.EncodeToString(sum[:])
}

func TestDownloadHappensOnce(t *testing.T) {
	t.Parallel()
	url, downloads := repository(t, sha256Hex)
	cache := folder(t)
	if err := os.Mkdir(filepath.Join(cache, "download-left"), 0o700); err != nil {
		t.Fatal(err)
	}
	acct, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		b, err := download(limit(t), url, cache, acct, 0)
		if err != nil {
			t.Fatal(err)
		}
		if want := filepath.Join(cache, downloadName, "bin"); b.dir != want || b.major != 17 {
			t.Errorf("version %d in %s, want 17 in %s", b.major, b.dir, want)
		}
	}
	if n := downloads.Load(); n != 1 {
		t.Errorf("%d downloads, want 1", n)
	}
	b, err := machine{goos: "linux", root: cache, cache: cache}.find(t.Context(), acct, 17)
	if err != nil || b.major != 17 {
		t.Errorf("the next search finds %v (%v)", b, err)
	}
	entries, err := filepath.Glob(filepath.Join(cache, "download-*"))
	if err != nil || len(entries) != 0 {
		t.Errorf("left in the cache: %v (%v)", entries, err)
	}
}

func TestFailedDownloadSaysWhatToInstall(t *testing.T) {
	t.Parallel()
	forged, _ := repository(t, func([]byte) string { return strings.Repeat("0", 64) })
	missing := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(missing.Close)
	for _, url := range []string{forged, missing.URL, "http://127.0.0.1:0"} {
		cache := folder(t)
		_, err := download(limit(t), url, cache, account{}, 0)
		if err == nil || !strings.HasPrefix(err.Error(), noPostgres(runtime.GOOS, 0).Error()) {
			t.Errorf("%s: error %v, want the sentence that says what to install", url, err)
		}
		if _, err := os.Stat(filepath.Join(cache, downloadName)); err == nil {
			t.Errorf("%s: programs were kept", url)
		}
	}
}

func TestDownloadHeedsItsContext(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	reached := make(chan struct{}, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached <- struct{}{}
		<-release
		http.NotFound(w, r)
	}))
	t.Cleanup(srv.Close)
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-reached
		cancel()
	}()
	if _, err := download(ctx, srv.URL, folder(t), account{}, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}
