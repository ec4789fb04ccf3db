package store

import "treue/rules/basket"

// mostHeld is how many purchases are held between learning from them and suggesting by them, some 40 MB; of a larger shop
// they are read twice.
const mostHeld = 1 << 20

// heldBuyers are buyers with what they bought.
type heldBuyers struct {
	ids       []int64
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
	h.ids, h.ends = append(h.ids, b.id), append(h.ends, len(h.purchases))
}

// each visits all of them.
func (h *heldBuyers) each(do func(buyer) error) error {
	from := 0
	for i, id := range h.ids {
		if err := do(buyer{id, h.purchases[from:h.ends[i]:h.ends[i]]}); err != nil {
			return err
		}
		from = h.ends[i]
	}
	return nil
}
