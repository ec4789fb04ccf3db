//go:build unix

package engine

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/enginetest"
	"treue/rules/customer"
)

// postfix is a mail server of the test's own on the loopback interface.
type postfix struct {
	t   *testing.T
	dir string
	url string
}

const postfixMain = `compatibility_level = 3.6
queue_directory = DIR/queue
data_directory = DIR/data
command_directory = /usr/sbin
daemon_directory = DAEMONS
mail_owner = postfix
setgid_group = postdrop
maillog_file = DIR/maillog
maillog_file_prefixes = DIR
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = mx.mail.test
mydestination =
alias_maps =
virtual_mailbox_domains = mail.test, bounce.shop.example
virtual_mailbox_base = DIR/mail
virtual_mailbox_maps = regexp:DIR/boxes
virtual_uid_maps = static:OWNER
virtual_gid_maps = static:OWNER
relay_domains = far.test
transport_maps = inline:{far.test=smtp:[127.0.0.1]:FAR}
smtp_dns_support_level = disabled
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = check_recipient_access texthash:DIR/access, permit_mynetworks, reject
smtpd_reject_unlisted_recipient = yes
`

const postfixMaster = `127.0.0.1:PORT inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
scache unix - - n - 1 scache
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`

const postfixBoxes = `/^b\+.*@bounce\.shop\.example$/ returned/
/^ok@mail\.test$/ ok/
/^grey@mail\.test$/ grey/
/^(full|blocked|large)@mail\.test$/ refused/
`

// postfixAccess refuses by recipient what a large provider refuses by its own reasons.
const postfixAccess = `full@mail.test    552 5.2.2 mailbox full
blocked@mail.test 550 5.7.1 refused by policy
large@mail.test   552 5.3.4 message too big for this mailbox
`

// startPostfix starts a Postfix that hands mail for far.test to another server.
func startPostfix(t *testing.T, far string) *postfix {
	t.Helper()
	program, err := exec.LookPath("postfix")
	if err != nil || os.Getuid() != 0 {
		t.Skip("a Postfix of the test's own needs root and the package postfix")
	}
	owner, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	p := &postfix{t: t, dir: t.TempDir()}
	_, farPort, _ := net.SplitHostPort(far)
	port := freePort(t)
	p.url = "smtp://127.0.0.1:" + port
	fill := strings.NewReplacer("DIR", p.dir, "DAEMONS", "/usr/lib/postfix/sbin", "OWNER", owner.Uid, "FAR", farPort, "PORT", port)
	for _, sub := range []string{"queue", "data", "mail", "config"} {
		p.must(os.Mkdir(filepath.Join(p.dir, sub), 0o755))
	}
	for up := p.dir; up != "/" && up != os.TempDir(); up = filepath.Dir(up) {
		p.must(os.Chmod(up, 0o755))
	}
	p.own("data", "postfix")
	p.own("mail", "nobody")
	p.write("config/main.cf", fill.Replace(postfixMain))
	p.write("config/master.cf", fill.Replace(postfixMaster))
	p.write("boxes", postfixBoxes)
	p.write("access", postfixAccess+"grey@mail.test 450 4.2.0 greylisted, come back later\n")
	p.run(program, "start")
	t.Cleanup(func() {
		p.run(program, "stop")
		if log, err := os.ReadFile(filepath.Join(p.dir, "maillog")); err == nil && t.Failed() {
			t.Logf("%s", log)
		}
	})
	return p
}

// forgive lets the greylisted mailbox take mail. After a mere reload a daemon of before may still answer.
func (p *postfix) forgive() {
	p.t.Helper()
	p.run("postfix", "stop")
	p.write("access", postfixAccess)
	p.run("postfix", "start")
}

func (p *postfix) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *postfix) write(name, text string) {
	p.t.Helper()
	p.must(os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644))
}

func (p *postfix) own(name, owner string) {
	p.t.Helper()
	u, err := user.Lookup(owner)
	p.must(err)
	uid, err := strconv.Atoi(u.Uid)
	p.must(err)
	p.must(os.Chown(filepath.Join(p.dir, name), uid, -1))
}

func (p *postfix) run(program, what string) {
	p.t.Helper()
	out, err := exec.Command(program, "-c", filepath.Join(p.dir, "config"), what).CombinedOutput()
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(p.dir, "maillog"))
		p.t.Fatalf("postfix %s: %v\n%s\n%s", what, err, out, log)
	}
}

// box returns the mails that a mailbox has got.
func (p *postfix) box(name string) []string {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, "mail", name, "new", "*"))
	p.must(err)
	var mails []string
	for _, f := range files {
		text, err := os.ReadFile(f)
		p.must(err)
		mails = append(mails, string(text))
	}
	return mails
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// TestPostfix sends to a real Postfix, which accepts, refuses, defers, and returns later what it had accepted.
func TestPostfix(t *testing.T) {
	t.Parallel()
	far := enginetest.StartSMTP(t)
	far.ScriptTo("gone@far.test", enginetest.AtRcpt, enginetest.SMTPStep{Reply: "550 5.1.1 no such user", Sticky: true})
	far.ScriptTo("policy@far.test", enginetest.AtRcpt, enginetest.SMTPStep{Reply: "550 5.7.1 we do not like you", Sticky: true})
	p := startPostfix(t, far.Addr())
	s := newShop(t, nil)
	c := testConfig(s.zone)
	c.Bounce = "b@bounce.shop.example"
	s.Engine = s.engineOver(s.openStore(), c, p.url)
	people := []string{"ok@mail.test", "nobody@mail.test", "full@mail.test", "blocked@mail.test", "large@mail.test", "grey@mail.test", "gone@far.test", "policy@far.test", "fine@far.test"}
	s.customers(len(people), func(i int, c *customer.Customer) { c.Email = people[i] })
	s.start(func(d *campaigns.Definition) { oneMail(d); d.Holdout = 0 })
	s.run("winback")
	want := map[string]string{
		"ok@mail.test": "accepted", "nobody@mail.test": "bounced 550", "full@mail.test": "bounced 552", "blocked@mail.test": "failed 550",
		"large@mail.test": "failed 552", "grey@mail.test": "deferred 450", "gone@far.test": "accepted", "policy@far.test": "accepted", "fine@far.test": "accepted",
	}
	same(t, "after the run", s.fates(), want)
	same(t, "blocked addresses", s.suppressed(), name(1)+" hard bounce")

	s.await("two returned mails", func() bool { return len(p.box("returned")) == 2 })
	s.pass(2 * time.Minute)
	p.forgive()
	for _, raw := range p.box("returned") {
		s.receive(raw)
	}
	s.dispatch()
	want["grey@mail.test"], want["gone@far.test"], want["policy@far.test"] = "accepted", "bounced", "bounced"
	same(t, "after what came back", s.fates(), want)
	same(t, "blocked addresses in the end", s.suppressed(), fmt.Sprintf("%s hard bounce, %s hard bounce", name(1), name(6)))
	s.await("the mails delivered", func() bool {
		return len(p.box("ok")) == 1 && len(p.box("grey")) == 1 && far.Taken() == 1
	})
	if !strings.Contains(p.box("ok")[0], "List-Unsubscribe-Post: List-Unsubscribe=One-Click") {
		t.Errorf("the mail has lost its headers: %s", p.box("ok")[0])
	}
}

// fates are the states of all sends by address, with the server's code if it refused.
func (s *shop) fates() map[string]string {
	s.t.Helper()
	fates := map[string]string{}
	for _, line := range all[string](s, `SELECT email || ' ' || state || coalesce(' ' || nullif(code, 250), '')
		FROM sends JOIN customers USING (customer_id)`) {
		email, fate, _ := strings.Cut(line, " ")
		fates[email] = fate
	}
	return fates
}
