package simulate

import (
	"context"
	"sync/atomic"

	"treue/engine/delivery"
)

// Postbox is a mail server in memory that takes every mail and keeps none, for simulated years. It counts them.
type Postbox struct{ taken atomic.Int64 }

// Open cannot fail.
func (p *Postbox) Open(context.Context) (delivery.Conn, error) { return p, nil }

// Loopback is true: nothing leaves the process.
func (p *Postbox) Loopback() bool { return true }

// Send accepts the mail.
func (p *Postbox) Send(context.Context, delivery.Prepared) delivery.Outcome {
	p.taken.Add(1)
	return delivery.Outcome{Kind: delivery.Accepted, Reason: delivery.ReasonAccepted, Server: "postbox"}
}

// Close has nothing to free.
func (p *Postbox) Close() error { return nil }

// Taken returns how many mails it took.
func (p *Postbox) Taken() int64 { return p.taken.Load() }
