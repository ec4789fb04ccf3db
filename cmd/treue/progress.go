package main

import (
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
)

// bar shows the progress of what takes longer than a second; on a terminal only.
type bar struct {
	writer  progress.Writer
	tracker *progress.Tracker
}

// newBar starts a bar over total units: bytes, days or mails.
func (a *app) newBar(message string, total int64, units progress.Units) *bar {
	if !isTerminal(a.errOut) || a.flags.json {
		return &bar{}
	}
	w := progress.NewWriter()
	w.SetOutputWriter(a.errOut)
	w.SetUpdateFrequency(100 * time.Millisecond)
	w.SetTrackerLength(30)
	w.SetStyle(progress.StyleBlocks)
	t := &progress.Tracker{Message: message, Total: total, Units: units}
	w.AppendTracker(t)
	go w.Render()
	return &bar{w, t}
}

func (b *bar) set(n int64, message string) {
	if b.tracker == nil {
		return
	}
	b.tracker.SetValue(n)
	if message != "" {
		b.tracker.UpdateMessage(message)
	}
}

// done ends the bar and waits until it is drawn.
func (b *bar) done() {
	if b.tracker == nil {
		return
	}
	b.tracker.MarkAsDone()
	for b.writer.IsRenderInProgress() && b.writer.LengthActive() > 0 {
		time.Sleep(10 * time.Millisecond)
	}
	b.writer.Stop()
}

// watched counts what is read, for the bar.
type watched struct {
	io.Reader
	read func(n int64)
	n    int64
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	w.n += int64(n)
	w.read(w.n)
	return n, err
}
