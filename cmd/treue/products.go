package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"treue/engine/store"
	"treue/rules/basket"
)

func (a *app) productsCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "products", Short: "What customers will want next, and what belongs in one offer"})
	cmd.AddCommand(a.productsNextCommand(), a.productsBundlesCommand())
	return cmd
}

// nextProductDoc is one suggestion.
type nextProductDoc struct {
	ProductID string `json:"product_id"`
	Name      string `json:"name"`
	Reason    string `json:"reason"`
}

func nextProductDocs(next []store.NextProduct) []nextProductDoc {
	docs := make([]nextProductDoc, len(next))
	for i, n := range next {
		docs[i] = nextProductDoc{n.ProductID, n.Name, why(n)}
	}
	return docs
}

// why says in words why a product is suggested.
func why(n store.NextProduct) string {
	switch n.Reason {
	case basket.Due:
		return "due again"
	case basket.Because:
		return "because bought " + n.Because
	case basket.Category:
		return "sells well in the next category"
	case basket.Popular:
	}
	return "sells well"
}

// suggestionsOf returns when suggestions were last computed.
func (a *app) suggestionsOf(cmd *cobra.Command) (*store.Store, store.NextProductsState, error) {
	s, err := a.open(cmd.Context())
	if err != nil {
		return nil, store.NextProductsState{}, err
	}
	state, err := s.NextProductsState(cmd.Context())
	if errors.Is(err, store.ErrNotFound) {
		return nil, state, wrongInput(errors.New("nothing is suggested yet: run `treue refresh`"))
	}
	return s, state, err
}

func (a *app) productsNextCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "next CUSTOMER", Short: "Show what a customer will want next, and why", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			now, err := a.now()
			if err != nil {
				return err
			}
			s, state, err := a.suggestionsOf(cmd)
			if err != nil {
				return err
			}
			who, err := a.customer(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			next, err := s.NextProductsOf(cmd.Context(), []int64{who.ID}, now)
			if err != nil {
				return err
			}
			docs := nextProductDocs(next[who.ID])
			a.show(map[string]any{"customer_id": who.ExternalID, "as_of": state.AsOf, "next_products": docs}, func(w io.Writer) {
				if len(docs) == 0 {
					fmt.Fprintln(w, "nothing: no line of an order is known, or the customer objects to profiling")
					return
				}
				printNextProducts(w, table.Row{"product", "name", "reason"}, docs)
			})
			return nil
		},
	}
	a.asOfFlag(cmd)
	return cmd
}

func printNextProducts(w io.Writer, head table.Row, docs []nextProductDoc) {
	var rows []table.Row
	for _, d := range docs {
		rows = append(rows, table.Row{d.ProductID, d.Name, d.Reason})
	}
	grid(w, head, rows)
}

// bundleDoc is two products that belong in one offer.
type bundleDoc struct {
	ProductIDs [2]string `json:"product_ids"`
	Names      [2]string `json:"names"`
	Orders     int64     `json:"orders"`
	Support    float64   `json:"support"`
	Lift       float64   `json:"lift"`
}

func (a *app) productsBundlesCommand() *cobra.Command {
	limit := 20
	cmd := &cobra.Command{
		Use: "bundles", Short: "Show products that are ordered together far more often than by chance", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 {
				return wrongInput(fmt.Errorf("--limit is %d: want 1 or more", limit))
			}
			s, state, err := a.suggestionsOf(cmd)
			if err != nil {
				return err
			}
			bundles, err := s.Bundles(cmd.Context(), limit)
			if err != nil {
				return err
			}
			docs, rows := []bundleDoc{}, []table.Row{}
			for _, b := range bundles {
				support := float64(b.Orders) / float64(max(state.Orders, 1))
				docs = append(docs, bundleDoc{b.ProductIDs, b.Names, b.Orders, support, b.Lift})
				rows = append(rows, table.Row{b.Names[0], b.Names[1], grouped(b.Orders), amount(fmt.Sprintf("%.2f %%", 100*support)), amount(fmt.Sprintf("%.1f", b.Lift))})
			}
			a.show(map[string]any{"as_of": state.AsOf, "orders": state.Orders, "bundles": docs}, func(w io.Writer) {
				grid(w, table.Row{"product", "and", "orders", "of all", "times chance"}, rows)
			})
			return nil
		},
	}
	cmd.Flags().IntVar(&limit, "limit", limit, "how many to show")
	return cmd
}
