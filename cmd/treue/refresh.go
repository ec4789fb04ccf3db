package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"treue/engine"
	"treue/rules/clv"
)

// refreshDoc is the result of a refresh.
type refreshDoc struct {
	AsOf      time.Time `json:"as_of"`
	Customers int64     `json:"customers"`
	Buyers    int64     `json:"buyers"`
	Model     modelDoc  `json:"model"`
	Spend     spendDoc  `json:"spend"`
	Seconds   float64   `json:"seconds"`
}

type modelDoc struct {
	Name          string             `json:"name"`
	Params        map[string]float64 `json:"params"`
	LogLikelihood *float64           `json:"log_likelihood"`
	Converged     bool               `json:"converged"`
	Outcome       string             `json:"outcome"`
	StdErr        map[string]float64 `json:"std_err"` // of the parameters; null where unknown
	Reason        string             `json:"reason"`
}

type spendDoc struct {
	Name          string             `json:"name"`
	Params        map[string]float64 `json:"params"`
	LogLikelihood *float64           `json:"log_likelihood"`
	StdErr        map[string]float64 `json:"std_err"`
}

func (a *app) refreshCommand() *cobra.Command {
	var model string
	cmd := &cobra.Command{
		Use:   "refresh",
		Short: "Compute every customer's snapshot and lifetime value",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			e, now, err := a.startAt(cmd.Context())
			if err != nil {
				return err
			}
			began := a.wall()
			r, err := e.Refresh(cmd.Context(), now, model, true)
			if err != nil {
				return err
			}
			d := refreshed(r, a.wall().Sub(began))
			a.show(d, d.print)
			return nil
		},
	}
	cmd.Flags().StringVar(&model, "model", "auto", "purchase model of this refresh: auto, bgnbd, mbgnbd, paretonbd or nbd")
	_ = cmd.RegisterFlagCompletionFunc("model", cobra.FixedCompletions(purchaseModels(), cobra.ShellCompDirectiveNoFileComp))
	a.asOfFlag(cmd)
	return cmd
}

// purchaseModels are the names that --model takes.
func purchaseModels() []string {
	return []string{clv.NameAuto, clv.NameBGNBD, clv.NameMBGNBD, clv.NameParetoNBD, clv.NameNBD}
}

func refreshed(r engine.Refreshed, took time.Duration) refreshDoc {
	m := r.Model
	return refreshDoc{
		AsOf: r.Set.AsOf, Customers: r.Set.Customers, Buyers: r.Set.Buyers,
		Model:   modelDoc{m.Name, m.Params, m.LogLikelihood, m.Converged, m.Outcome, clv.Covariance(m.Covariance).StdErr(m.Params), m.Reason},
		Spend:   spendDoc{m.SpendName, m.SpendParams, m.SpendLogLikelihood, clv.Covariance(m.SpendCovariance).StdErr(m.SpendParams)},
		Seconds: seconds(took),
	}
}

func (d refreshDoc) print(w io.Writer) {
	fmt.Fprintf(w, "%s customers, %s of them buyers, as of %s, in %.1f s\n", grouped(d.Customers), grouped(d.Buyers), d.AsOf.Format("2006-01-02 15:04"), d.Seconds)
	fmt.Fprintf(w, "purchases: %s: %s\n", d.Model.Name, d.Model.Reason)
	fmt.Fprintf(w, "spend: %s\n", d.Spend.Name)
}
