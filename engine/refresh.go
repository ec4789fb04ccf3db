package engine

import (
	"context"
	"errors"
	"maps"
	"math"
	"time"

	"treue/engine/store"
	"treue/rules/clv"
	"treue/rules/features"
)

// Models stay frozen between full fits: for a week, or until the orders have grown by a twentieth.
const (
	modelLife   = 7 * 24 * time.Hour
	modelGrowth = 1.05
)

// Refreshed says what a refresh did.
type Refreshed struct {
	Set   store.Set
	Model store.Model
}

// Refresh computes the snapshots of all customers as known at now and publishes them. A full one fits the models anew,
// with the named purchase model: auto, bgnbd, mbgnbd or nbd.
func (e *Engine) Refresh(ctx context.Context, now time.Time, model string, full bool) (Refreshed, error) {
	snapshots, set, m, err := e.compute(ctx, now, model, full)
	if err != nil {
		return Refreshed{}, err
	}
	if set, err = e.store.Publish(ctx, set, snapshots); err != nil {
		return Refreshed{}, err
	}
	return Refreshed{Set: set, Model: m}, e.renewNextProducts(ctx, set, full)
}

// compute makes the snapshots as known at now.
func (e *Engine) compute(ctx context.Context, now time.Time, model string, full bool) ([]features.Snapshot, store.Set, store.Model, error) {
	newest, _, err := e.store.NewestImport(ctx, "orders")
	if err != nil {
		return nil, store.Set{}, store.Model{}, err
	}
	all, err := e.store.Aggregates(ctx, now, e.terms())
	if err != nil {
		return nil, store.Set{}, store.Model{}, err
	}
	p := newPopulation(all, features.DayOf(now, e.Zone))
	p.observe()
	m, err := e.model(ctx, p, now, model, full)
	if err != nil {
		return nil, store.Set{}, m, err
	}
	p.rank(m)
	set := store.Set{
		AsOf: now, Day: p.day, LastImport: newest, ModelID: m.ID,
		Customers: int64(len(p.snapshots)), Buyers: int64(len(p.buyers)),
	}
	return p.snapshots, set, m, nil
}

// model returns the frozen model if it still serves, else a new fit. Either way it has valued the population.
func (e *Engine) model(ctx context.Context, p *population, now time.Time, name string, full bool) (store.Model, error) {
	if !full {
		m, err := e.store.LatestModel(ctx, now.Add(-modelLife), now)
		switch {
		case err == nil && p.served(m):
			return m, p.value(m)
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return m, err
		}
	}
	m, err := p.fit(name)
	if err != nil {
		return m, err
	}
	m.AsOf, m.FittedAt = now, now
	m.ID, err = e.store.SaveModel(ctx, m)
	return m, err
}

// served reports whether a frozen model still fits: the shop has not grown much, values are counted in the same money
// and no cut points of a newer version are missing.
func (p *population) served(m store.Model) bool {
	return float64(p.orders) <= modelGrowth*float64(m.Orders) && m.Basis() == p.basis() && features.CutsFromMap(m.Cuts).Complete()
}

// fit fits both models and computes the cut points.
func (p *population) fit(name string) (store.Model, error) {
	histories := make([]clv.History, len(p.buyers))
	spends := make([]clv.Spend, len(p.buyers))
	var revenue float64
	for i, s := range p.buyers {
		histories[i], spends[i] = p.history(s), spend(s)
		revenue += s.Revenue
	}
	fit, err := clv.FitModel(name, histories)
	if err != nil {
		return store.Model{}, err
	}
	m := store.Model{
		Name: fit.Model.Name(), Params: fit.Model.Params(), LogLikelihood: known(fit.LogLikelihood), Converged: fit.Converged, Reason: fit.Reason,
		SpendName: noSpend, SpendParams: map[string]float64{}, Cuts: map[string][]float64{},
		Customers: int64(len(p.snapshots)), Buyers: int64(len(p.buyers)), Orders: p.orders,
	}
	money, err := clv.FitSpend(spends, revenue/float64(max(p.orders, 1)))
	switch {
	case err == nil:
		m.SpendName, m.SpendParams, m.SpendLogLikelihood = money.Model.Name(), money.Model.Params(), known(money.LogLikelihood)
	case !errors.Is(err, clv.ErrNoSpend):
		return m, err
	}
	m.SetBasis(p.basis(), p.margin)
	if err := p.value(m); err != nil {
		return m, err
	}
	maps.Copy(m.Cuts, features.NewCuts(p.buyers, p.day).Map())
	return m, nil
}

// noSpend stands for the spend model of a shop that has sold nothing yet: its predicted values are unknown.
const noSpend = "none"

// models restores a stored fit; spend is nil for a shop that has sold nothing yet.
func models(m store.Model) (purchases clv.Model, spend clv.SpendModel, err error) {
	if purchases, err = clv.ModelFromParams(m.Name, m.Params); err != nil || m.SpendName == noSpend {
		return purchases, nil, err
	}
	spend, err = clv.SpendFromParams(m.SpendName, m.SpendParams)
	return purchases, spend, err
}

func known(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
