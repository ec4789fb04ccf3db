package worth

// Stage is where a customer stands in the life with the shop. Its rule is what it means: whoever it matches is in it.
type Stage struct {
	Name string
	Rule string // in the rule language
}

// StageVersion is the version of [Stages]: it changes with any of the rules, so that figures of different definitions
// are not compared.
const StageVersion = 1

// Stages returns the life-cycle stages, the earliest first. Every customer is in exactly one.
//
// A customer is measured by their own rhythm (drawn towards the shop's): up to twice as long away as usual is in time,
// over four times is gone. Who ordered twice or more is also gone by the model (probability below 0.2), or going (below
// 0.5). Of one-time buyers the model knows little but how many of their kind never return, so only the rhythm counts.
// While nobody has ordered twice there is no rhythm, and nobody is late.
func Stages() []Stage {
	return []Stage{
		{"lead", `orders == 0`},
		{"first_time", `orders == 1 && !(overdue_factor > 2)`},
		{"active", `orders >= 2 && !(overdue_factor > 2 || p_alive < 0.5)`},
		{"defecting", `orders >= 1 && (overdue_factor > 2 || orders >= 2 && p_alive < 0.5) && !(overdue_factor > 4 || orders >= 2 && p_alive < 0.2)`},
		{"inactive", `orders >= 1 && (overdue_factor > 4 || orders >= 2 && p_alive < 0.2)`},
	}
}
