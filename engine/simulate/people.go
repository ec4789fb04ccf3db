package simulate

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"treue/rules/customer"
)

// Person is a customer of the invented shop with what no shop knows of its customers.
type Person struct {
	customer.Customer
	Joined         int     // day of the first order
	Level          float64 // logarithm of how much dearer their orders are than usual
	Rate           float64 // orders a day while they are customers
	Stays          float64 // days until they are lost for good
	Responsiveness float64 // how much more mail moves them than others; 1 on average
}

// How customers differ. Rates and stays are gamma distributed, so that many buy once and some for years.
const (
	rateShape, meanRate         = 1.1, 1.0 / 50
	stayShape, meanStay         = 0.8, 300.0
	responseShape               = 3.0
	tailIndex                   = 2.3 // of Pareto's law, which wholesale customers' orders follow: the fourth moment is infinite
	provenConsent               = 0.66
	withdrawnConsent            = 0.05
	unprovenConsent             = 0.08
	englishShare, austrianShare = 0.12, 0.09
)

// wholesale is the stream that says who is a wholesale customer.
const wholesale = 0x77686f6c65

// person invents the customer of that place in the order of joining.
func (s *Shop) person(r *rand.Rand, no, joined int) Person {
	first, last := pick(r, firstNames()), pick(r, lastNames())
	number := fmt.Sprint(s.number(no))
	p := Person{Joined: joined, Customer: customer.Customer{
		ID: customer.NewID(source, number), Source: source, ExternalID: number, FirstName: first, LastName: last,
		Email: address(r, first, last, number), Language: "de", Country: "DE", Timezone: s.Zone.String(),
		Channel: pick(r, []string{"search", "recommendation", "marketplace", "social"}),
	}}
	if r.Float64() < englishShare {
		p.Language = "en"
	}
	if r.Float64() < austrianShare {
		p.Country = "AT"
	}
	signed := s.at(joined, firstHour*hour)
	p.SignedUpAt = &signed
	s.ask(r, &p)
	p.Level = levelSpread * r.NormFloat64()
	if s.Wholesale > 0 {
		// A stream of their own, so that the others stay who they are.
		if w := stream(s.Seed, uint64(no), wholesale); w.Float64() < s.Wholesale {
			p.Level += w.ExpFloat64() / tailIndex
		}
	}
	p.Rate = distuv.Gamma{Alpha: rateShape, Beta: rateShape / meanRate, Src: r}.Rand()
	p.Stays = distuv.Gamma{Alpha: stayShape, Beta: stayShape / meanStay, Src: r}.Rand()
	p.Responsiveness = distuv.Gamma{Alpha: responseShape, Beta: responseShape, Src: r}.Rand()
	return p
}

// number is the shop's own number of a customer: six digits. It depends on the seed because arms are drawn from it: under
// equal numbers every shop would be split in the same way.
func (s *Shop) number(no int) int { return 100_000 + int(mix(s.Seed)%800_000) + no }

// ask is the box at the checkout: ticked with proof, ticked long ago without any, taken back later, or left empty.
func (s *Shop) ask(r *rand.Rand, p *Person) {
	yes, no := true, false
	at := s.at(p.Joined, firstHour*hour+r.IntN(hour))
	switch u := r.Float64(); {
	case u < provenConsent:
		p.Consent, p.ConsentAt, p.ConsentSource = &yes, &at, "checkout"
	case u < provenConsent+withdrawnConsent:
		later := at.Add(time.Duration(r.IntN(30*24)) * time.Hour)
		p.Consent, p.ConsentAt, p.ConsentSource = &no, &later, "customer service"
	case u < provenConsent+withdrawnConsent+unprovenConsent:
		p.Consent = &yes
	}
}

// address is unique by its number and lies in a domain that nobody can own (RFC 2606).
func address(r *rand.Rand, first, last, number string) string {
	plain := strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "é", "e")
	local := plain.Replace(strings.ToLower(first + "." + last))
	return local + number + "@" + pick(r, []string{"post.example", "mail.example", "example.org", "example.net"})
}

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

func firstNames() []string {
	return []string{
		"Anna", "Ben", "Clara", "David", "Elif", "Felix", "Greta", "Hannes", "Ida", "Jonas", "Katharina", "Leon", "Marie", "Nils", "Olga", "Paul",
		"Rosa", "Simon", "Theresa", "Uwe", "Vera", "Wolfgang", "Yasmin", "Zoé", "Jürgen", "Käthe", "Björn", "Sabine", "Mehmet", "Agnieszka",
	}
}

func lastNames() []string {
	return []string{
		"Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker", "Schulz", "Hoffmann", "Koch", "Bauer", "Richter",
		"Klein", "Wolf", "Schröder", "Neumann", "Schwarz", "Zimmermann", "Braun", "Krüger", "Hofmann", "Hartmann", "Lange", "Groß", "Yilmaz",
		"Nowak", "Köhler", "Jansen", "Vogel",
	}
}
