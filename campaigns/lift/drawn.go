package lift

import (
	"hash/fnv"
	"strconv"
)

// GrowthBookBucket is the draw of GrowthBook's hash, version 2, in steps of 1/10,000 from 0 to below 1: FNV-1a of the
// decimal FNV-1a of seed and value. With it the arms of a campaign that was drawn there can be drawn again, and an
// imported arm that contradicts its draw be found.
func GrowthBookBucket(seed, value string) float64 {
	once := strconv.FormatUint(uint64(fnv32a(seed+value)), 10)
	return float64(fnv32a(once)%10_000) / 10_000
}

func fnv32a(text string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text)) // never fails, by the contract of hash.Hash
	return h.Sum32()
}
