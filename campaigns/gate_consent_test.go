package campaigns

import (
	"fmt"
	"testing"
	"time"

	"treue/rules/customer"
)

func TestConsentGate(t *testing.T) {
	t.Parallel()
	early, middle, late := when("2025-01-01T10:00:00Z"), when("2025-06-01T10:00:00Z"), when("2026-01-01T10:00:00Z")
	for _, c := range []struct {
		name    string
		consent customer.ConsentDates
		want    string
	}{
		{"granted", customer.ConsentDates{GrantedAt: early}, ""},
		{"never", customer.ConsentDates{}, "no proven consent"},
		{"withdrawn", customer.ConsentDates{GrantedAt: early, WithdrawnAt: middle}, "consent withdrawn"},
		{"withdrawn without a grant", customer.ConsentDates{WithdrawnAt: middle}, "consent withdrawn"},
		{"withdrawn in the same instant", customer.ConsentDates{GrantedAt: early, WithdrawnAt: early}, "consent withdrawn"},
		{"granted again", customer.ConsentDates{GrantedAt: late, WithdrawnAt: middle}, ""},
		{"objected", customer.ConsentDates{GrantedAt: early, ObjectedAt: middle}, "objected to advertising"},
		{"objected, then granted", customer.ConsentDates{GrantedAt: late, ObjectedAt: middle}, ""},
		{"objection to profiling is another gate's", customer.ConsentDates{GrantedAt: early, ProfilingObjectedAt: late}, ""},
	} {
		x := Candidate{Facts: Facts{HasAddress: true, Consent: c.consent}}
		same(t, c.name, consentGate{campaignOf(t, nil)}.Stop(&x), c.want)
		x.HasAddress = false
		same(t, c.name+", no address", consentGate{campaignOf(t, nil)}.Stop(&x), "no address")
	}
}

// TestExistingCustomer goes through all 16 combinations of the conditions of UWG section 7(3): mail may leave in one.
func TestExistingCustomer(t *testing.T) {
	t.Parallel()
	c := campaignOf(t, func(d *Definition) { d.LegalBasis, d.Categories = ExistingCustomer, []string{"Coffee"} })
	at := when("2025-01-01T10:00:00Z")
	passed := 0
	for bits := range 16 {
		sale, notice, similarGoods, silent := bits&1 != 0, bits&2 != 0, bits&4 != 0, bits&8 != 0
		x := Candidate{Facts: Facts{HasAddress: true, BasisOrder: sale, Categories: []string{"Tea"}}}
		if notice {
			x.NoticeAt = at
		}
		if similarGoods {
			x.Categories = append(x.Categories, "Coffee > Beans")
		}
		if !silent {
			x.Consent.ObjectedAt = at
		}
		want := ""
		switch {
		case !sale:
			want = "address was not collected in a sale"
		case !silent:
			want = "objected to advertising"
		case !notice:
			want = "no notice of the right to object at collection"
		case !similarGoods:
			want = "has bought nothing similar"
		default:
			passed++
		}
		same(t, fmt.Sprintf("sale %t, notice %t, similar %t, silent %t", sale, notice, similarGoods, silent), consentGate{c}.Stop(&x), want)
	}
	same(t, "combinations in which mail may leave", passed, 1)
}

func TestExistingCustomerWhoWithdrew(t *testing.T) {
	t.Parallel()
	c := campaignOf(t, func(d *Definition) { d.LegalBasis, d.Categories = ExistingCustomer, []string{"Coffee"} })
	early, late := when("2025-01-01T10:00:00Z"), when("2026-01-01T10:00:00Z")
	for _, tt := range []struct {
		name      string
		consent   customer.ConsentDates
		wantStops bool
	}{
		{"withdrew a consent", customer.ConsentDates{GrantedAt: early, WithdrawnAt: late}, true},
		{"withdrew without one", customer.ConsentDates{WithdrawnAt: late}, true},
		{"consented again", customer.ConsentDates{WithdrawnAt: early, GrantedAt: late}, false},
		{"objected, then consented", customer.ConsentDates{ObjectedAt: early, GrantedAt: late}, false},
		{"consented, withdrew, objected", customer.ConsentDates{GrantedAt: early, WithdrawnAt: early, ObjectedAt: late}, true},
	} {
		x := willing(1)
		x.Consent = tt.consent
		same(t, tt.name, consentGate{c}.Stop(&x) != "", tt.wantStops)
	}
}

func TestSimilar(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		advertised, bought string
		want               bool
	}{
		{"Coffee", "Coffee", true},
		{"coffee", "COFFEE", true},
		{"Coffee", "Coffee > Beans", true},
		{"Coffee", "Coffee>Beans", true},
		{"Coffee > Beans", "Coffee", false},
		{"Coffee", "Coffee machines", false},
		{"Coffee", "Coff", false},
		{"Coffee", "", false},
		{"Größe", "GRÖßE > L", true},
	} {
		same(t, c.advertised+" and "+c.bought, similar([]string{"Tea", c.advertised}, []string{c.bought}), c.want)
	}
	same(t, "nothing bought", similar([]string{"Coffee"}, nil), false)
	same(t, "nothing advertised", similar(nil, []string{"Coffee"}), false)
}

func TestSuppressedGate(t *testing.T) {
	t.Parallel()
	x := willing(1)
	same(t, "clean", suppressedGate{}.Stop(&x), "")
	x.Suppressed = true
	same(t, "suppressed", suppressedGate{}.Stop(&x), "address is suppressed")
}

func TestObjectionGate(t *testing.T) {
	t.Parallel()
	early, late := when("2025-01-01T10:00:00Z"), when("2026-01-01T10:00:00Z")
	for _, c := range []struct {
		name             string
		objected, allows *time.Time
		want             string
	}{
		{"never objected", nil, nil, ""},
		{"objected", early, nil, "objected to profiling"},
		{"allowed again", early, late, ""},
		{"objected again", late, early, "objected to profiling"},
		{"both at once", early, early, "objected to profiling"},
		{"allowed without objecting", nil, late, ""},
	} {
		x := willing(1)
		x.Consent.ProfilingObjectedAt, x.Consent.ProfilingAllowedAt = c.objected, c.allows
		same(t, c.name, objectionGate{}.Stop(&x), c.want)
	}
}
