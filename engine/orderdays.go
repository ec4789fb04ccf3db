package engine

import (
	"bytes"
	"encoding/binary"

	"treue/rules/features"
)

// daysBlock is how many buyers share a block of orderDays.
const daysBlock = 4096

// orderDays are the days on which buyers ordered, a byte or two per day. They are added in order of the buyers.
type orderDays struct {
	blocks [][]byte
	open   []byte // the block that grows
	buyers int
}

// add takes up the days of the next buyer and returns their place in the block. The first day is not kept.
func (d *orderDays) add(days []features.OrderDay) uint32 {
	if d.buyers > 0 && d.buyers%daysBlock == 0 {
		d.blocks, d.open = append(d.blocks, bytes.Clone(d.open)), d.open[:0]
	}
	d.buyers++
	place, last := uint32(len(d.open)), days[0].On
	for _, day := range days {
		// The lowest bit says that the number of orders follows; mostly it is one.
		gap := uint64(day.On-last) << 1
		if last = day.On; day.Orders == 1 {
			d.open = binary.AppendUvarint(d.open, gap)
			continue
		}
		d.open = binary.AppendUvarint(binary.AppendUvarint(d.open, gap|1), uint64(day.Orders))
	}
	return place
}

// of appends the n days, from the first on, that the buyer at that index has at that place.
func (d *orderDays) of(at int, place uint32, first features.Day, n int, into []features.OrderDay) []features.OrderDay {
	block := d.open
	if i := at / daysBlock; i < len(d.blocks) {
		block = d.blocks[i]
	}
	block = block[place:]
	for on := first; n > 0; n-- {
		gap, size := binary.Uvarint(block)
		block = block[size:]
		on += features.Day(gap >> 1)
		orders := uint64(1)
		if gap&1 != 0 {
			orders, size = binary.Uvarint(block)
			block = block[size:]
		}
		into = append(into, features.OrderDay{On: on, Orders: int32(orders)})
	}
	return into
}
