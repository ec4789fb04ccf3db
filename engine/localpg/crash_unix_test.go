//go:build unix

package localpg

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// child is another process that has started or joined the server of a folder.
type child struct {
	cmd   *exec.Cmd
	stdin io.Closer
}

func startChild(t *testing.T, dir string) child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := child{cmd: cmd, stdin: stdin}
	t.Cleanup(func() { _ = stdin.Close() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "postgres://") {
		t.Fatalf("the child says %q (%v), want a connection string", line, err)
	}
	return c
}

// kill is kill -9: nothing of the child's own code runs any more.
func (c child) kill(t *testing.T) {
	t.Helper()
	if err := c.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.cmd.Wait()
}

func placeOf(t *testing.T, dir string) place {
	t.Helper()
	acct, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	at, err := settle(dir, acct, false)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func awaitStopped(t *testing.T, at place) {
	t.Helper()
	if err := (&reins{}).awaitStop(limit(t), at); err != nil {
		t.Fatalf("the server of %s does not stop: %v", at.base, err)
	}
}

func TestServerStopsWhenItsOnlyClientIsKilled(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	startChild(t, dir).kill(t)
	awaitStopped(t, placeOf(t, dir))
}

func TestServerStopsWhenAllClientsAreKilled(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	children := []child{startChild(t, dir), startChild(t, dir), startChild(t, dir)}
	for i, c := range children {
		if i == len(children)-1 && stopped(placeOf(t, dir)) {
			t.Fatal("the server has stopped although a client is left")
		}
		c.kill(t)
	}
	awaitStopped(t, placeOf(t, dir))
}

func TestServerSurvivesTheDeathOfWhoStartedIt(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	starter := startChild(t, dir)
	s := mustStart(t, Config{Dir: dir})
	run := identity(t, s)
	starter.kill(t)
	if got := identity(t, s); got != run {
		t.Fatal("the server was started anew")
	}
	mustClose(t, s)
	if !stopped(s.place) {
		t.Fatal("the server runs although everybody has left")
	}
}

func TestStartRightAfterAKill(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	// The next client comes while the server is in all stages of stopping.
	for range 3 {
		startChild(t, dir).kill(t)
		s := mustStart(t, Config{Dir: dir})
		ask(t, s, "SELECT 1")
		startChild(t, dir).kill(t)
		ask(t, s, "SELECT 2")
		mustClose(t, s)
	}
}

func TestProgramsOfAClientDoNotHoldTheServer(t *testing.T) {
	t.Parallel()
	s := mustStart(t, Config{Dir: folder(t)})
	sleeper := exec.Command("sleep", "600")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = sleeper.Process.Kill()
		_ = sleeper.Wait()
	}()
	mustClose(t, s)
	if !stopped(s.place) {
		t.Fatal("a child process of the client keeps the server running")
	}
}

func TestInterruptInTheTerminalDoesNotReachTheServer(t *testing.T) {
	t.Parallel()
	s := mustStart(t, Config{Dir: folder(t)})
	server, err := unix.Getsid(postmaster(s.place))
	if err != nil {
		t.Fatal(err)
	}
	ours, err := unix.Getsid(0)
	if err != nil {
		t.Fatal(err)
	}
	if server == ours {
		t.Fatal("the server runs in the session of its client")
	}
}

// supervisors are the script's two processes, the older first.
func supervisors(t *testing.T, at place) []int {
	t.Helper()
	var pids []int
	for pid, line := range processes(t) {
		if strings.Contains(line, "treue-postgres") && strings.Contains(line, at.run) {
			pids = append(pids, pid)
		}
	}
	if len(pids) != 2 {
		t.Fatalf("supervising processes %v, want two", pids)
	}
	return []int{min(pids[0], pids[1]), max(pids[0], pids[1])}
}

func processes(t *testing.T) map[int]string {
	t.Helper()
	lines := map[int]string{}
	if dirs, _ := filepath.Glob("/proc/[0-9]*"); len(dirs) > 0 {
		for _, dir := range dirs {
			pid, err := strconv.Atoi(filepath.Base(dir))
			if err != nil {
				t.Fatal(err)
			}
			lines[pid] = string(bytes.ReplaceAll(commandLine(pid), []byte{0}, []byte{' '}))
		}
		return lines
	}
	out, err := exec.Command("ps", "-A", "-ww", "-o", "pid=,args=").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		number, args, _ := strings.Cut(strings.TrimSpace(line), " ")
		if pid, err := strconv.Atoi(number); err == nil {
			lines[pid] = args
		}
	}
	return lines
}

func TestRecoveryWhenProcessesAreKilled(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                   string
		server, script, reader bool
		restarts               bool
	}{
		{"server", true, false, false, true},
		{"reader", false, false, true, true},
		{"script", false, true, false, false},
		{"server and script", true, true, false, true},
		{"script and reader", false, true, true, true},
		{"everything", true, true, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := Config{Dir: folder(t)}
			first := mustStart(t, c)
			run := identity(t, first)
			pids := supervisors(t, first.place)
			// The script goes first: it would end by itself when it saw the server end.
			victims := []struct {
				pid  int
				kill bool
			}{{pids[0], tt.script}, {pids[1], tt.reader}, {postmaster(first.place), tt.server}}
			for _, v := range victims {
				if v.kill {
					if err := unix.Kill(v.pid, unix.SIGKILL); err != nil {
						t.Fatal(err)
					}
				}
			}
			second := mustStart(t, c)
			if got := identity(t, second); (got != run) != tt.restarts {
				t.Errorf("server started at %s, before at %s; want a new one: %v", got, run, tt.restarts)
			}
			mustClose(t, second)
			// The client from before still holds the server that was started for the second.
			ask(t, first, "SELECT 1")
			mustClose(t, first)
			awaitStopped(t, first.place) // children of the one that was killed may outlive it for a moment
		})
	}
}

func TestProcessFileOfAnEarlierLife(t *testing.T) {
	t.Parallel()
	acct, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	// After a restart of the machine the number may belong to any process of the same user: Postgres alone would give up.
	stranger := command(t.Context(), acct, "/bin/sleep", "600")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = stranger.Process.Kill()
		_ = stranger.Wait()
	}()
	for _, pid := range []int{stranger.Process.Pid, 1 << 22, 1} {
		c := Config{Dir: folder(t)}
		s := mustStart(t, c)
		mustClose(t, s)
		text := strings.Join([]string{strconv.Itoa(pid), s.place.data, "1700000000", "5432", s.place.sock, "", "  5432001     12345", "ready", ""}, "\n")
		for _, file := range []string{pidFile(s.place), filepath.Join(s.place.sock, ".s.PGSQL.5432.lock")} {
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := acct.own(file); err != nil {
				t.Fatal(err)
			}
		}
		again := mustStart(t, c)
		ask(t, again, "SELECT 1")
	}
}

func TestServerThatSomebodyStartedByHandIsLeftAlone(t *testing.T) {
	t.Parallel()
	c := Config{Dir: folder(t)}
	s := mustStart(t, c)
	mustClose(t, s)
	acct, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	b, err := thisMachine("").find(t.Context(), acct, 0)
	if err != nil {
		t.Fatal(err)
	}
	byHand := command(t.Context(), acct, b.program("postgres"), "-D", s.place.data, "-k", s.place.sock, "-p", "5433", "-c", "listen_addresses=")
	if err := byHand.Start(); err != nil {
		t.Fatal(err)
	}
	url := strings.Replace(s.URL(), "5432", "5433", 1)
	if err := poll(limit(t), func() (bool, error) { return connect(t.Context(), url) == nil, nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(limit(t), c); err == nil || !strings.Contains(err.Error(), "not started by treue") {
		t.Errorf("error %v, want one that names the foreign server", err)
	}
	if connect(t.Context(), url) != nil {
		t.Error("the foreign server was stopped")
	}
	if err := byHand.Process.Signal(unix.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = byHand.Wait()
	mustStart(t, c)
}
