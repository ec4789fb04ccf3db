package engine

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"treue/campaigns"
	"treue/engine/delivery"
	"treue/engine/enginetest"
	"treue/engine/store"
	"treue/rules/customer"
)

// refusals are all the ways in which a customer can have said no; customer i says it in the way i.
func refusals(s *shop) []func(i int) {
	declare := func(kind customer.ConsentKind) func(int) {
		return func(i int) {
			s.must(s.Store().Declare(s.t.Context(), id(i), customer.ConsentEvent{Kind: kind, EffectiveAt: s.now, Source: "test"}, "test"))
		}
	}
	token := s.preferencesOf
	return []func(i int){
		declare(customer.ConsentWithdraw), declare(customer.ConsentObjectMarketing), declare(customer.ConsentObjectProfiling),
		func(i int) {
			s.must(s.UnsubscribeCustomer(s.t.Context(), s.keys.Token(Unsubscribe, id(i), "winback"), s.now, "link"))
		},
		func(i int) {
			s.must(s.Store().Suppress(s.t.Context(), customer.AddressHash(testKeys().Pepper, address(i)), "complaint", s.now))
		},
		func(i int) { s.must(s.Rest(s.t.Context(), token(i), true, s.now)) },
		func(i int) { s.must(s.Choose(s.t.Context(), token(i), Wish{}, s.now)) },
		func(i int) {
			s.must(s.DeclarePreference(s.t.Context(), token(i), customer.ConsentWithdraw, Origin{}, s.now))
		},
	}
}

// preferencesOf is what the link to a customer's preferences names them by.
func (s *shop) preferencesOf(i int) string {
	return s.keys.PreferencesToken(id(i), address(i), "winback")
}

// refused is how many customers say no; willing is the one after them, who does not.
const refused, willing = 8, 8

// firstMails says that mails had left before anybody refused, so that a way has looked at the later ones itself.
const firstMails = -1

// ways are all the paths on which a mail can come about. refuse is called where it is latest. Each returns how many
// copies the willing customer has at the end.
func ways() map[string]func(s *shop, refuse func()) int {
	everybody := states{campaigns.Suppressed: refused, campaigns.Accepted: 1}
	return map[string]func(s *shop, refuse func()) int{
		"plan": func(s *shop, refuse func()) int {
			refuse()
			same(s.t, "to send", s.run("winback").Plans[0].ToSend(), 1)
			return 1
		},
		"preview of a plan": func(s *shop, refuse func()) int {
			refuse()
			plans, err := s.Plan(s.t.Context(), s.now, []string{"winback"})
			s.must(err)
			same(s.t, "to send", plans[0].ToSend(), 1)
			return 0
		},
		"preview of a mail": func(s *shop, refuse func()) int {
			refuse()
			who, err := s.Store().FindCustomer(s.t.Context(), name(0))
			s.must(err)
			_, err = s.Preview(s.t.Context(), "winback-reminder", who, s.now)
			s.must(err)
			return 0
		},
		"dispatch": func(s *shop, refuse func()) int {
			s.planOnly("winback")
			refuse()
			same(s.t, "sends", s.dispatch(), everybody)
			return 1
		},
		"dispatch to the catcher": func(s *shop, refuse func()) int {
			s.planOnly("winback")
			refuse()
			s.dispatchTo("catch:")
			same(s.t, "caught", one[string](s, `SELECT string_agg(recipient, ' ') FROM caught_mails`), address(willing))
			return 0
		},
		"dispatch to files": func(s *shop, refuse func()) int {
			dir := s.t.TempDir()
			s.planOnly("winback")
			refuse()
			s.dispatchTo("eml:" + dir)
			files, err := os.ReadDir(dir)
			s.must(err)
			same(s.t, "files", len(files), 1)
			return 0
		},
		"retry after a deferral": func(s *shop, refuse func()) int {
			s.first(enginetest.AtRcpt, enginetest.SMTPStep{Reply: "451 4.3.0 later"}, campaigns.Deferred)
			refuse()
			s.pass(time.Hour)
			same(s.t, "second try", s.dispatch(), everybody)
			return 1
		},
		"retry after no answer": func(s *shop, refuse func()) int {
			s.first(enginetest.AtDot, enginetest.SMTPStep{Drop: true}, campaigns.Unknown)
			refuse()
			s.pass(time.Hour)
			same(s.t, "second try", s.dispatch(), everybody)
			return 1
		},
		"retry when the server was away": func(s *shop, refuse func()) int {
			s.planOnly("winback")
			s.smtp.Script(enginetest.AtBanner, enginetest.SMTPStep{Drop: true})
			if _, err := s.Dispatch(s.t.Context(), s.now, nil); err == nil {
				s.t.Error("the server was there")
			}
			refuse()
			s.pass(2 * time.Hour)
			same(s.t, "second try", s.dispatch(), everybody)
			return 1
		},
		"second mail of an entry": func(s *shop, refuse func()) int {
			s.apply(func(d *campaigns.Definition) { d.Holdout, d.Topic = 0, "offers" })
			same(s.t, "first mails", s.run("winback").Sends, states{campaigns.Accepted: refused + 1})
			refuse()
			s.days(7)
			same(s.t, "second mails", s.dispatch(), everybody)
			same(s.t, "mails", len(s.smtp.Mails()), refused+2)
			same(s.t, "the last one's reader", s.smtp.Mails()[refused+1].To, address(willing))
			return firstMails
		},
	}
}

// first runs a campaign whose mails all fail in one way.
func (s *shop) first(stage enginetest.SMTPStage, step enginetest.SMTPStep, want campaigns.State) {
	s.t.Helper()
	for i := range refused + 1 {
		s.smtp.ScriptTo(address(i), stage, step)
	}
	same(s.t, "first try", s.run("winback").Sends, states{want: refused + 1})
}

// dispatchTo sends what is due by another way than the shop's mail server.
func (s *shop) dispatchTo(mailURL string) {
	s.t.Helper()
	sender, err := delivery.Parse(mailURL, delivery.Options{Hello: "shop.example", Keeper: Catcher{Store: s.Store()}})
	s.must(err)
	e, err := New(s.Config, s.Store(), sender, s.Templates(), testKeys())
	s.must(err)
	sent, err := e.Dispatch(s.t.Context(), s.now, nil)
	s.must(err)
	same(s.t, "sends", sent, states{campaigns.Suppressed: refused, campaigns.Accepted: 1})
}

// TestNoWayAroundTheGates crosses every refusal with every path: nothing ever reaches who refused, and who did not is
// written to as ever.
func TestNoWayAroundTheGates(t *testing.T) {
	t.Parallel()
	for way, take := range ways() {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, func(c *Config) { c.Connections = 1 })
			s.customers(refused+1, nil)
			s.start(func(d *campaigns.Definition) { d.Holdout, d.Topic = 0, "offers"; oneMail(d) })
			all := refusals(s)
			same(t, "refusals", len(all), refused)
			want := take(s, func() {
				for i, refuse := range all {
					refuse(i)
				}
			})
			if want == firstMails { // they went out before anybody refused
				return
			}
			got := 0
			for _, m := range s.smtp.Mails() {
				if m.To != address(willing) {
					t.Errorf("a mail to %s, who refused", m.To)
				}
				got++
			}
			same(t, "mails to who refused nothing", got, want)
		})
	}
}

// TestTwoPlacesOpenAConnection holds that a mail can leave in two places alone: the worker, behind Begin, and mails that
// are no advertising: the confirmation of a consent, an operator's test, and the managers' month. A third one needs its own row in ways.
func TestTwoPlacesOpenAConnection(t *testing.T) {
	t.Parallel()
	opens := regexp.MustCompile(`\b[sS]ender\.Open\(|\bconn\.Send\(`)
	found := map[string]int{}
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "engine/delivery/") {
			return err
		}
		text, err := fs.ReadFile(root, path)
		if n := len(opens.FindAll(text, -1)); n > 0 {
			found[path] = n
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "places", found, map[string]int{"engine/worker.go": 1, "engine/relief.go": 1, "engine/servicemail.go": 2})
}

// TestPausesEnd holds that a pause keeps nobody longer than 30 days, and that an import changes no choice.
func TestPausesEnd(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(1, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0; oneMail(d) })
	token := s.preferencesOf(0)
	s.must(s.Rest(t.Context(), token, true, s.now))
	born := time.Date(1980, 2, 29, 0, 0, 0, 0, time.UTC)
	s.must(s.Choose(t.Context(), token, Wish{Language: "en", Birthday: &born}, s.now))
	s.customers(1, func(_ int, c *customer.Customer) { c.Birthday = &s.now })
	c, err := s.Centre(t.Context(), token, s.now)
	s.must(err)
	same(t, "kept", []any{c.Language, c.Birthday.Format(time.DateOnly), c.Preferences.Paused(s.now)}, []any{"en", "1980-02-29", true})
	same(t, "paused", counts(&s.run("winback").Plans[0])["paused"], 1)
	s.pass(customer.Pause)
	same(t, "after the pause", s.run("winback").Sends, states{campaigns.Accepted: 1})
	if err := s.Rest(t.Context(), s.keys.Token(Unsubscribe, id(0), "winback"), true, s.now); err == nil {
		t.Error("a link to unsubscribe opens the preferences")
	}
	if err := s.Rest(t.Context(), s.keys.Token(Preferences, 5, "winback"), true, s.now); err == nil {
		t.Error("a stranger has preferences")
	}
}

// TestTopicsNotShownStay holds that saving the page leaves topics alone that it does not show.
func TestTopicsNotShownStay(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(1, nil)
	s.start(func(d *campaigns.Definition) { d.Topic = "offers" })
	token := s.preferencesOf(0)
	s.must(s.Store().Choose(t.Context(), id(0), s.now, func(store.Choices) customer.Preferences {
		return customer.Preferences{UnwantedTopics: []string{"gone", "offers"}}
	}))
	s.must(s.Choose(t.Context(), token, Wish{Wanted: []string{"offers", "invented"}}, s.now))
	c, err := s.Centre(t.Context(), token, s.now)
	s.must(err)
	same(t, "unwanted", c.Preferences.UnwantedTopics, []string{"gone"})
	same(t, "topics", c.Topics, []store.Topic{{Key: "offers", Names: []string{"Win back"}}})
}

// TestPersonalDataIsWhole holds that rows of every table about a customer are in the answer, whoever adds one.
func TestPersonalDataIsWhole(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.customers(2, nil)
	s.start(func(d *campaigns.Definition) { d.Holdout = 0; oneMail(d) })
	s.run("winback")
	s.must(s.Rest(t.Context(), s.preferencesOf(0), true, s.now))
	s.sql(`CREATE TABLE added_later (customer_id bigint, note text)`)
	s.sql(`INSERT INTO added_later VALUES ($1, 'mine'), ($2, 'somebody else''s')`, id(0), id(1))
	d, err := s.PersonalData(t.Context(), id(0), s.now)
	s.must(err)
	for table, rows := range map[string]int{
		"customers": 1, "consents": 1, "orders": 2, "assignments": 1, "entries": 1, "sends": 1, "decisions": 1, "preferences": 1, "added_later": 1,
	} {
		same(t, table, len(d.Records[table]), rows)
	}
	for table, rows := range d.Records {
		for _, row := range rows {
			if strings.Contains(string(row), address(1)) || strings.Contains(string(row), "somebody else") {
				t.Errorf("%s tells of another customer: %s", table, row)
			}
		}
	}
	same(t, "mails", []any{len(d.Mails), d.Mails[0].Rule, d.Mails[0].Campaign}, []any{1, definition(nil).Audience, "Win back"})
	if len(d.Scores) < 10 {
		t.Errorf("only %d scores", len(d.Scores))
	}
	s.must(s.DeclarePreference(t.Context(), s.preferencesOf(0), customer.ConsentObjectProfiling, Origin{}, s.now))
	d, err = s.PersonalData(t.Context(), id(0), s.now)
	s.must(err)
	same(t, "scores after the objection", len(d.Scores), 0)
}
