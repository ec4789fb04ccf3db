package ingest

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"treue/rules/customer"
)

// dialect is a way of writing orders to a file.
type dialect struct {
	name      string
	delimiter rune
}

func printable() []*unicode.RangeTable {
	return []*unicode.RangeTable{unicode.L, unicode.N, unicode.P, unicode.S, unicode.M}
}

func (d dialect) write(orders []customer.Order, crlf bool) string {
	names := []string{"order_id", "customer_id", "ordered_at", "total", "tax", "coupon_code", "status"}
	var file bytes.Buffer
	out := csv.NewWriter(&file)
	if d.name == "CSV" {
		out.Comma, out.UseCRLF = d.delimiter, crlf
		_ = out.Write(names)
	}
	for _, o := range orders {
		cells := []string{o.ExternalID, o.CustomerExternalID, o.OrderedAt.Format(time.RFC3339), written(&o.Total), written(o.Tax), o.CouponCode, string(o.Status)}
		if d.name == "CSV" {
			_ = out.Write(cells)
			continue
		}
		object := map[string]any{}
		for i, name := range names {
			object[name] = cells[i]
		}
		line, _ := json.Marshal(object)
		file.Write(append(line, '\n'))
	}
	out.Flush()
	return file.String()
}

func written(amount *int64) string {
	if amount == nil {
		return ""
	}
	return strings.TrimSuffix(fmt.Sprintf("%d.%02d", *amount/100, *amount%100), ".00")
}
