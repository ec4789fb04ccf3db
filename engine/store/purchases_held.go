package store

import (
	"context"
	"time"

	"treue/rules/basket"
)

// mostHeld is how many purchases are held between learning from them and suggesting by them, some 40 MB; of a larger shop
// they are read twice.
const mostHeld = 1 << 20

// heldBuyers are buyers with what they bought.
type heldBuyers struct {
	buyers    []buyer
	ends      []int // of each buyer's purchases
	purchases []basket.Purchase
	over      bool // there are more than are held
}

func (h *heldBuyers) add(b buyer) {
	if h.over = h.over || len(h.purchases)+len(b.purchases) > mostHeld; h.over {
		*h = heldBuyers{over: true}
		return
	}
	h.purchases = append(h.purchases, b.purchases...)
	h.buyers, h.ends = append(h.buyers, buyer{id: b.id, nextCategory: b.nextCategory}), append(h.ends, len(h.purchases))
}

// each visits all buyers of the set: those that are held, or else as [Store.eachBuyer].
func (h *heldBuyers) each(ctx context.Context, s *Store, set Set, zone *time.Location, do func(buyer) error) error {
	if h.over {
		return s.eachBuyer(ctx, set, zone, do)
	}
	from := 0
	for i, b := range h.buyers {
		b.purchases = h.purchases[from:h.ends[i]:h.ends[i]]
		if err := do(b); err != nil {
			return err
		}
		from = h.ends[i]
	}
	return nil
}
