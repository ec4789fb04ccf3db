//go:build torture && linux

package engine

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wneessen/go-mail"
	"golang.org/x/sync/errgroup"

	"treue/campaigns"
	"treue/engine/delivery"
	"treue/engine/enginetest"
)

// The sizes of the comparison: mails of ten thousand bytes, and as many as take everybody some seconds.
const (
	throughputMails  = 20_000
	throughputFew    = 4_000 // of one sender alone
	throughputLatent = 800
	throughputBytes  = 10_000
	throughputRounds = 3
)

// TestThroughput compares the product, database included, with programs that send without one, all to Postfix' own
// sink and in one run. It needs the package postfix. The rates are mails a second; what counts are their ratios.
//
//	go test -tags torture -timeout 60m -run TestThroughput -v ./engine
func TestThroughput(t *testing.T) {
	for _, program := range []string{"smtp-sink", "smtp-source"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program + " comes with the package postfix")
		}
	}
	for _, sessions := range []int{16, 4} { // as for a large outbox, and as by default
		t.Run(fmt.Sprint(sessions, " connections"), func(t *testing.T) { compareThroughput(t, sessions) })
	}
}

func compareThroughput(t *testing.T, sessions int) {
	t.Helper()
	sink := startSink(t)
	slow := delayed(t, sink, 20*time.Millisecond)
	key := signingKey(t)
	rates := map[string][]float64{}
	measure := func(name string, mails int, send func()) {
		begun := time.Now()
		send()
		rates[name] = append(rates[name], float64(mails)/time.Since(begun).Seconds())
	}
	for range throughputRounds {
		plain, signed := newSending(t, sink, throughputMails, sessions, nil), newSending(t, sink, throughputMails, sessions, key)
		far := newSending(t, slow, throughputLatent, sessions, nil)
		measure("smtp-source", throughputMails, func() { source(t, sink, sessions) })
		measure("dialling", throughputMails, func() { dialling(t, sink, throughputMails, sessions) })
		measure("dialling, one sender", throughputFew, func() { dialling(t, sink, throughputFew, 1) })
		measure("unsigned", throughputMails, plain.empty)
		measure("signed", throughputMails, signed.empty)
		measure("bare signing", throughputMails, func() { bareSigning(t, key, throughputMails, runtime.GOMAXPROCS(0)) })
		measure("bare signing, one processor", throughputFew, func() { bareSigning(t, key, throughputFew, 1) })
		measure("dialling, 20 ms away", throughputLatent, func() { dialling(t, slow, throughputLatent, sessions) })
		measure("unsigned, 20 ms away", throughputLatent, far.empty)
	}
	median := func(name string) float64 { slices.Sort(rates[name]); return rates[name][len(rates[name])/2] }
	for _, name := range slices.Sorted(maps.Keys(rates)) {
		t.Logf("%-28s %6.0f mails/s of %.0f", name, median(name), rates[name])
	}
	for _, ratio := range []struct {
		what  string
		value float64
		least float64
	}{
		{"unsigned to dialling", median("unsigned") / median("dialling"), 1},
		{"unsigned to dialling with one sender", median("unsigned") / median("dialling, one sender"), 1},
		{"unsigned to smtp-source", median("unsigned") / median("smtp-source"), 0.2},
		{"signed to the lower of unsigned and bare signing", median("signed") / min(median("unsigned"), median("bare signing")), 0.85},
		{"the same, one processor signing", median("signed") / min(median("unsigned"), median("bare signing, one processor")), 0.85},
		{"unsigned to dialling, 20 ms away", median("unsigned, 20 ms away") / median("dialling, 20 ms away"), 3},
	} {
		t.Logf("%-50s %5.2f (wanted: %.2f)", ratio.what, ratio.value, ratio.least)
	}
}

// TestMemoryOfAMillion looks at what a process needs that sends while a million sends are planned.
func TestMemoryOfAMillion(t *testing.T) {
	s := newShopWith(t, enginetest.Database(t), enginetest.SMTPConfig{Brief: true}, nil)
	const chunk = 100_000
	for from := 0; from < 1_000_000; from += chunk {
		s.customersFrom(from, from+chunk, nil)
	}
	s.start(func(d *campaigns.Definition) { d.Holdout = 0; oneMail(d) })
	planned := s.planOnly("winback").Plans[0].ToSend()
	sender := s.dispatching()
	s.waitForMails(20_000)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", sender.Process.Pid))
	s.must(err)
	s.must(sender.Process.Kill())
	_ = sender.Wait()
	t.Logf("%d sends planned, %d sent: peak memory %s", planned, s.smtp.Taken(), regexp.MustCompile(`VmHWM:\s*(.*)`).FindSubmatch(status)[1])
}

// startSink starts Postfix' sink, which takes everything.
func startSink(t *testing.T) string {
	t.Helper()
	address := "127.0.0.1:" + freePort(t)
	sink := exec.Command("smtp-sink", "-u", "nobody", address, "100")
	sink.Stderr = os.Stderr
	if err := sink.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sink.Process.Kill(); _ = sink.Wait() })
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
			return address
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// delayed is the same server as seen from a place from which every answer takes so much longer.
func delayed(t *testing.T, target string, delay time.Duration) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			go relay(near, target, delay)
		}
	}()
	return listener.Addr().String()
}

func relay(near net.Conn, target string, delay time.Duration) {
	defer near.Close()
	far, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer far.Close()
	go func() { _, _ = io.Copy(far, near); _ = far.(*net.TCPConn).CloseWrite() }()
	buffer := make([]byte, 64<<10)
	for {
		n, err := far.Read(buffer)
		if err != nil {
			return
		}
		time.Sleep(delay)
		if _, err := near.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// source lets Postfix' own generator send.
func source(t *testing.T, address string, sessions int) {
	t.Helper()
	out, err := exec.Command("smtp-source", "-d", "-s", strconv.Itoa(sessions), "-l", strconv.Itoa(throughputBytes),
		"-m", strconv.Itoa(throughputMails), "-f", "a@shop.example", "-t", "b@customer.example", address).CombinedOutput()
	if err != nil {
		t.Fatalf("smtp-source: %v: %s", err, out)
	}
}

// dialling is what a program does that has go-mail and no database: one connection for every mail.
func dialling(t *testing.T, address string, mails, sessions int) {
	t.Helper()
	host, port, _ := strings.Cut(address, ":")
	number, _ := strconv.Atoi(port)
	text := strings.Repeat("Wir vermissen Sie. ", throughputBytes/19)
	var g errgroup.Group
	for range sessions {
		g.Go(func() error {
			for range mails / sessions {
				client, err := mail.NewClient(host, mail.WithPort(number), mail.WithTLSPolicy(mail.NoTLS), mail.WithHELO("shop.example"))
				if err != nil {
					return err
				}
				m := mail.NewMsg()
				if err := m.From("a@shop.example"); err != nil {
					return err
				}
				if err := m.To("b@customer.example"); err != nil {
					return err
				}
				m.Subject("Wir vermissen Sie")
				m.SetBodyString(mail.TypeTextHTML, text)
				if err := client.DialAndSend(m); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

// sending is a shop with a full outbox.
type sending struct {
	*shop
	mails int
}

func newSending(t *testing.T, address string, mails, sessions int, key *rsa.PrivateKey) *sending {
	t.Helper()
	s := newShop(t, nil)
	c := testConfig(s.zone)
	c.Connections = sessions
	if key != nil {
		file := filepath.Join(t.TempDir(), "dkim.pem")
		s.must(os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}), 0o600))
		var err error
		c.DKIM, err = delivery.LoadDKIM("shop.example", []delivery.KeyFile{{Selector: "t1", Path: file}})
		s.must(err)
	}
	s.Engine = s.engineOver(s.openStore(), c, "smtp://"+address)
	s.customers(mails, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0; oneMail(d) })
	same(t, "planned", s.planOnly("winback").Plans[0].ToSend(), mails)
	return &sending{s, mails}
}

// empty sends everything.
func (s *sending) empty() {
	s.t.Helper()
	same(s.t, "sent", s.dispatch(), map[campaigns.State]int{campaigns.Accepted: s.mails})
}

func signingKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// bareSigning signs as many hashes as there are mails.
func bareSigning(t *testing.T, key *rsa.PrivateKey, mails, processors int) {
	t.Helper()
	var wg sync.WaitGroup
	for range processors {
		wg.Go(func() {
			for i := range mails / processors {
				hash := sha256.Sum256([]byte(strconv.Itoa(i)))
				if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, hash[:]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
