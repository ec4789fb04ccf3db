package web_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine"
	"treue/engine/enginetest"
	"treue/rules/customer"
)

func TestUnsubscribeWhileMailLeaves(t *testing.T) {
	t.Parallel()
	unsubscribeTest(t, 2500, 300)
}

// leaving is a customer who unsubscribes while mail leaves.
type leaving struct {
	email string
	at    time.Time     // when the answer came: the decision is committed
	took  time.Duration // from the request to the answer
	begun bool          // the mail was already on its way at that moment
}

// unsubscribeTest lets customers unsubscribe by one click while a campaign is being sent. Whose mail was not on its way
// when the answer came gets none.
func unsubscribeTest(t *testing.T, customers, leave int) {
	smtp := enginetest.StartSMTPWith(t, enginetest.SMTPConfig{Brief: true})
	smtp.Script(enginetest.AtDot, enginetest.SMTPStep{Delay: 3 * time.Millisecond, Sticky: true})
	s := newShopMailing(t, storeOf(t), smtp.URL(), nil)
	ids := s.quiet(customers)
	_, err := s.store.Apply(t.Context(), s.definitions()[0], opened())
	s.must(err)
	s.must(s.store.SetStatus(t.Context(), "winback", campaigns.Active, opened()))
	_, err = s.engine.Run(t.Context(), opened(), engine.RunOptions{Keys: []string{"winback"}, Confirm: true, NoDispatch: true})
	s.must(err)

	sent := make(chan error, 1)
	go func() {
		_, err := s.engine.Dispatch(context.Background(), opened(), nil)
		sent <- err
	}()
	var left []leaving
	random := rand.New(rand.NewPCG(7, 4))
	for _, i := range random.Perm(customers)[:leave] {
		left = append(left, s.leave(i, ids[i]))
	}
	s.must(<-sent)

	mails := map[string]time.Time{}
	for _, m := range smtp.Mails() {
		mails[m.To] = m.Begun
	}
	latest, spared := time.Duration(0), 0
	took := make([]time.Duration, 0, leave)
	for _, l := range left {
		took = append(took, l.took)
		begun, mailed := mails[l.email]
		switch {
		case mailed && !l.begun && begun.After(l.at):
			t.Errorf("%s unsubscribed before the mail began, and it left %v later", l.email, begun.Sub(l.at))
		case mailed && begun.After(l.at):
			latest = max(latest, begun.Sub(l.at))
		case !mailed:
			spared++
		}
	}
	slices.Sort(took)
	t.Logf("%d mails, %d left meanwhile, %d of them without a mail: latest MAIL FROM %v after the answer; one click p50 %v, p99 %v, worst %v",
		len(mails), leave, spared, latest, took[len(took)/2], took[len(took)*99/100], took[len(took)-1])
	if spared == 0 {
		t.Error("the campaign was over before anybody left")
	}
}

// quiet imports customers whom the win-back campaign wants.
func (s *shop) quiet(n int) []int64 {
	s.t.Helper()
	yes, signed := true, opened().AddDate(-1, 0, 0)
	var people []customer.Customer
	var orders []customer.Order
	var ids []int64
	for i := range n {
		id := fmt.Sprintf("c%d", i)
		ids = append(ids, customer.NewID("shop", id))
		people = append(people, customer.Customer{
			ID: ids[i], Source: "shop", ExternalID: id, Email: quietAddress(i), Consent: &yes, ConsentAt: &signed, ConsentSource: "checkout",
		})
		orders = append(orders, s.order(id, "a", opened().AddDate(0, 0, -200+i%40)), s.order(id, "b", opened().AddDate(0, 0, -140+i%30)))
	}
	s.importAll(people, orders)
	return ids
}

func quietAddress(i int) string { return fmt.Sprintf("kundin%d@mail.example", i) }

// leave unsubscribes a customer as a mailbox provider does.
func (s *shop) leave(i int, id int64) leaving {
	s.t.Helper()
	l := leaving{email: quietAddress(i)}
	begin := time.Now()
	res := s.do(request{method: "POST", path: s.unsubscribeLink(id), host: "mail.shop.example", remote: "192.0.2.7:1", body: "List-Unsubscribe=One-Click"})
	l.at, l.took = time.Now(), time.Since(begin)
	if res.StatusCode != http.StatusOK {
		s.t.Fatalf("one click: %s", res.Status)
	}
	sends, err := s.store.SendsOf(s.t.Context(), "winback", id)
	s.must(err)
	for _, send := range sends {
		l.begun = l.begun || send.State != campaigns.Planned
	}
	return l
}
