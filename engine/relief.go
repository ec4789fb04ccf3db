package engine

import (
	"context"
	"maps"
	"slices"
	"time"

	"treue/engine/delivery"
	"treue/engine/store"
)

// reliefAfter is how long a mail server may take over one mail until its worker gets a stand-in. Servers that look at
// content while the client waits need some seconds; one that hangs may do so for ten minutes (RFC 5321 section
// 4.5.3.2.6), which is too long for the mails of everybody else.
const reliefAfter = 15 * time.Second

// send makes the attempt. While a server leaves it unanswered for long, a stand-in does the worker's other work, and
// nothing more is begun for that provider.
func (w *worker) send(ctx context.Context, c *store.Claim, mail delivery.Prepared) delivery.Outcome {
	done := make(chan struct{})
	timer := time.AfterFunc(w.relief, func() {
		defer close(done)
		w.relieve(c.Provider)
	})
	o := w.conn.Send(ctx, mail)
	if !timer.Stop() {
		<-done // what it did to the worker is visible from here on
		w.answered(c.Provider)
	}
	return o
}

// relieve leaves the next mail to others and starts a stand-in, unless as many mails hang as there are connections: a server takes no more than twice that
// number from us.
func (w *worker) relieve(provider string) {
	w.leave()
	w.mu.Lock()
	w.hangs[provider]++
	hanging := 0
	for _, n := range w.hangs {
		hanging += n
	}
	w.mu.Unlock()
	if hanging > w.Connections {
		return
	}
	w.Log.Warn("a mail server takes its time", "provider", provider, "mails", hanging)
	w.relieved = true
	w.start(&worker{dispatch: w.dispatch})
}

// answered notes that a mail hangs no longer.
func (d *dispatch) answered(provider string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.hangs[provider]--; d.hangs[provider] == 0 {
		delete(d.hangs, provider)
	}
}

// hanging are the providers with a mail that no server has answered for long.
func (d *dispatch) hanging() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Collect(maps.Keys(d.hangs))
}
