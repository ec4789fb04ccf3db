package rules_test

import (
	"fmt"
	"maps"
	"strings"
)

// hostile returns texts that a rule must never accept, most of which would end, stall or fill a process that handed
// them to a recursive parser or to a machine without a step limit.
func hostile() map[string]string {
	texts := make(map[string]string)
	for _, group := range []map[string]string{foreign(), heavy(), loops(), disguised(), injected(), absurd(), dense()} {
		maps.Copy(texts, group)
	}
	for name := range strings.FieldsSeq(`none one count find findIndex findLast split replace type int float string get keys values sort concat uniq
		duration mean median toBase64 fromPairs toPairs reverse first last indexOf hasPrefix bitand timezone`) {
		texts["function "+name] = fmt.Sprintf("%s(tags) == 1", name)
	}
	return texts
}

// heavy returns texts that are too long or too deep.
func heavy() map[string]string {
	rep := strings.Repeat
	return map[string]string{
		"prefix operators of 800 kB":   rep("!", 800_000),
		"brackets of 1.2 MB":           rep("(", 1_200_000),
		"balanced brackets of 1 MB":    rep("(", 500_000) + "consent" + rep(")", 500_000),
		"lists of 1 MB":                rep("[", 1_000_000),
		"braces of 1 MB":               rep("{", 1_000_000),
		"minus signs of 1 MB":          rep("-", 1_000_000) + "1 > 0",
		"not of 1 MB":                  rep("not ", 250_000) + "consent",
		"blanks of 1 MB":               rep(" ", 1_000_000),
		"a comment of 1 MB":            "/*" + rep("x", 1_000_000) + "*/ consent",
		"a string of 1 MB":             `country == "` + rep("x", 1_000_000) + `"`,
		"a name of 1 MB":               rep("x", 1_000_000),
		"a number of 1 MB":             "orders > " + rep("9", 1_000_000),
		"prefix operators within 4 kB": rep("!", 4000),
		"not within 4 kB":              rep("not ", 900) + "consent",
		"minus signs within 4 kB":      rep("- ", 1500) + "1 > 0",
		"mixed prefix operators":       rep("!-", 1500) + "orders",
		"brackets within 4 kB":         rep("(", 2000) + "consent" + rep(")", 2000),
		"33 brackets":                  rep("(", 33) + "consent" + rep(")", 33),
		"33 negations":                 rep("!", 33) + "consent",
		"negated brackets":             rep("!(", 20) + "consent" + rep(")", 20),
		"calls in calls":               rep("abs(", 40) + "1" + rep(")", 40) + " > 0",
		"lists in lists":               "orders in " + rep("[", 40) + rep("]", 40),
		"choices in a row":             rep("consent ? true : ", 40) + "true",
		"choices in choices":           rep("consent ? ", 40) + "true" + rep(" : false", 40),
		"brackets in a string and out": `country == "((((" && ` + rep("(", 40),
		"brackets behind a comment":    "/* ((( */ // )))\n" + rep("(", 40),
		"quotes that hide brackets":    `"\"` + rep("(", 40),
		"a chain of 400 conjuncts":     rep("consent&&", 400) + "consent",
		"a sum of 400 numbers":         rep("1+", 400) + "1>0",
		"a chain of 400 comparisons":   "1" + rep("<1", 400),
		"a list of 1,500 items":        "orders in [1" + rep(",1", 1500) + "]",
		"a list and the next":          "orders in [1" + rep(",1", 800) + "] && orders in [2" + rep(",2", 800) + "]",
	}
}

// foreign returns texts with parts that rules leave out, or that no rule should hold.
func foreign() map[string]string {
	rep := strings.Repeat
	return map[string]string{
		"three loops":                "all(tags, any(tags, one(tags, # == #)))",
		"a loop":                     "any(tags, # == 'vip')",
		"a loop by pipe":             "tags | filter(# != '') | len() > 2",
		"a fold":                     "reduce(1..100000, #acc + #) > 1",
		"a fold over a range":        "sum(1..1000000000) > 1",
		"a map":                      `map(tags, upper(#))[0] == "A"`,
		"a sort":                     "len(sortBy(tags, #)) > 1",
		"groups":                     "len(groupBy(tags, #)) > 1",
		"repeat":                     `repeat("x", 1000000000) == country`,
		"join":                       `join(tags, repeat("x", 9999)) == country`,
		"JSON out":                   `toJSON(tags) == "x"`,
		"JSON in":                    `fromJSON("[[[[[[[[[[]]]]]]]]]]") == 1`,
		"flatten":                    "len(flatten([tags, tags])) > 1",
		"a range as a value":         "len(1..1000000000) > 1",
		"a range compared":           "1..1000000000 == 2",
		"a range beyond integers":    "orders in 0..9223372036854775807",
		"a range of strings":         `country in "a".."z"`,
		"the clock":                  "now() > last_order_at",
		"environment":                `$env["orders"] > 1`,
		"environment as a name":      "$env == 1",
		"reflection":                 `$env.orders.Kind() == 1`,
		"a method":                   "first_order_at.Unix() > 1",
		"an index":                   "tags[9999999999] == 'x'",
		"a slice":                    "tags[0:99999999] == tags",
		"a map literal":              `{"a": 1}.a == 1`,
		"a variable":                 "let a = orders; a > 1",
		"a sequence":                 "orders > 1; consent",
		"a condition block":          "if consent { true } else { false }",
		"coalescing":                 "(country ?? 'x') == 'x'",
		"a pipe":                     "orders | abs() > 1",
		"a power tower":              "9 ** 9 ** 9 ** 9 > 1",
		"a power":                    "orders ^ 999 > 1",
		"doubling a text":            rep("(", 10) + "country" + rep("+country)", 10) + " == 'x'",
		"a long pattern":             `channel matches "` + rep("a?", 150) + `"`,
		"a pattern of repetitions":   `channel matches "((a{30}){30}){30}"`,
		"a pattern of large classes": `channel matches "` + rep(`\\pL{100}`, 20) + `"`,
		"a wrong pattern":            `channel matches "(?<=a)b"`,
		"a pattern from a field":     "channel matches country",
		"NUL":                        "orders > 1\x00",
		"NUL in a string":            "country == \"a\x00b\"",
		"NUL by escape":              `country == "\x00"`,
		"another control character":  "orders > 1\x1b[31m",
		"invalid UTF-8":              "country == \"\xff\xfe\"",
		"truncated UTF-8":            "country == \"\xe4\xb8",
		"a byte order mark":          "\ufefforders > 1",
		"a zero-width space":         "orders\u200b > 1",
		"direction marks":            "orders > 1 \u202e&& consent",
		"letters of other alphabets": "оrders > 1", // Cyrillic о
		"full-width signs":           "orders ＞ 1",
		"an emoji":                   "orders > 🙂",
		"bytes":                      `b"x" == country`,
		"an unclosed string":         `country == "x`,
		"an unclosed raw string":     "country == `x",
		"an unclosed comment":        "consent /* x",
		"a stray backslash":          `orders > 1 \`,
		"SQL":                        "1 = 1; DROP TABLE customers --",
		"SQL in quotes":              `country == 'x' OR '1'='1'`,
		"a template":                 "{{.Orders}} > 1",
		"a shell":                    "$(reboot)",
		"an integer too large":       "orders > 99999999999999999999",
		"a float too large":          "orders > 1e999",
		"a wrong escape":             `country == "\q"`,
		"nothing":                    "",
		"only blanks":                " \t\r\n ",
		"only an operator":           "&&",
		"only a comment":             "// x",
		"only a number":              "1",
		"commas":                     ",,,,",
		"closing first":              ")orders > 1(",
		"crossed brackets":           "orders in [(1])",
		"too many faults":            rep("x=", 500),
	}
}

// loops returns texts that would run long or fill the memory in expr's own machine.
func loops() map[string]string {
	rep := strings.Repeat
	return map[string]string{
		"a map over a billion":         "len(map(1..1000000000, #)) > 1",
		"a filter over a billion":      "len(filter(1..1000000000, # > 1)) > 1",
		"a fold over a billion":        "reduce(1..1000000000, #acc + #, 0) > 1",
		"loops in loops in loops":      "any(1..99999, any(1..99999, any(1..99999, # == orders)))",
		"a loop behind a true":         "consent || all(1..1000000000, # > 0)",
		"a loop in an argument":        "abs(count(1..1000000000, # > 0)) > 1",
		"a pipe into a loop":           "1..1000000000 | map(# * 2) | sum() > 1",
		"a range in a list":            "orders in [1..1000000000]",
		"a range of ranges":            "orders in (1..9)..(1..9)",
		"a range of fields":            "orders in 1..mails_30d",
		"a range backwards":            "orders in 1000000000..1",
		"a text times a number":        `"a" * 1000000000 == country`,
		"a text repeated":              `country == repeat("a", 1000000000)`,
		"a text of texts":              `country == ` + rep(`"aaaaaaaaaaaaaaaa" + `, 100) + `"a"`,
		"a pattern of a million":       `channel matches "a{1000}{1000}"`,
		"a pattern of two thousand":    `channel matches "x{2001}"`,
		"a pattern in brackets":        `channel matches "` + rep("(", 99) + "a" + rep(")*", 50) + `"`,
		"a pattern of large repeats":   `channel matches "([\\pL\\pN\\pS]{50}){20}"`,
		"a pattern that looks back":    `channel matches "(a)\\1"`,
		"a pattern with a wrong range": `channel matches "[z-a]"`,
		"an unclosed pattern":          `channel matches "[a"`,
		"a pattern for a number":       `orders matches "[0-9]+"`,
		"a pattern of two":             `channel matches "a" + "b"`,
		"an arrow":                     "(orders -> orders > 1)(1)",
		"a block":                      "{|x| x > 1}",
		"a predicate alone":            "# > 1",
		"an accumulator alone":         "#acc > 1",
		"a member of a predicate":      ".orders > 1",
		"a sum of a loop":              "sum(tags, len(#)) > 1",
		"a sort with an order":         `sortBy(tags, #, "desc")[0] == "a"`,
	}
}

// disguised returns texts that look like other ones, or hide a part of themselves.
func disguised() map[string]string {
	return map[string]string{
		"a Cyrillic a":                      "cl\u0430r > 1",
		"a Cyrillic c":                      "\u0441onsent",
		"a Greek omicron":                   "\u03bfrders > 1",
		"a full-width letter":               "ｏrders > 1",
		"a mathematical letter":             "𝐨rders > 1",
		"a dotless i":                       "t\u0131er == 'a'",
		"a Turkish capital":                 "T\u0130ER == 'a'",
		"a combining accent":                "orders\u0301 > 1",
		"a variation selector":              "orders\ufe0f > 1",
		"a soft hyphen":                     "or\u00adders > 1",
		"a zero-width joiner":               "or\u200dders > 1",
		"a zero-width non-joiner":           "or\u200cders > 1",
		"a word joiner":                     "orders\u2060 > 1",
		"a byte order mark within":          "orders\ufeff > 1",
		"an override before a name":         "\u202eorders > 1",
		"an isolate around a name":          "\u2066orders\u2069 > 1",
		"an override to the left":           "consent \u202d|| orders > 1",
		"a tag character":                   "orders > 1\U000e0041",
		"a private character":               "orders > \ue000",
		"a surrogate half as bytes":         "country == \"\xed\xa0\x80\"",
		"an overlong slash":                 "country == \"\xc0\xaf\"",
		"bytes beyond Unicode":              "country == \"\xf4\x90\x80\x80\"",
		"latin-1":                           "city == \"K\xf6ln\"",
		"UTF-16":                            "o\x00r\x00d\x00e\x00r\x00s\x00 \x00>\x00 \x001\x00",
		"a bell":                            "orders > 1\a",
		"backspaces that hide":              "consent\b\b\b\b\b\b\borders",
		"a form feed":                       "orders\f> 1",
		"a vertical tab":                    "orders\v> 1",
		"a delete":                          "orders > 1\x7f",
		"an escape sequence in a text":      "country == \"\x1b]0;title\x07\"",
		"a C1 control":                      "orders > 1 \u009b31m",
		"a dash of typography":              "orders — 1 > 0",
		"a point of multiplication":         "orders · 2 > 1",
		"Arabic digits":                     "orders > ٣",
		"full-width digits":                 "orders > ３",
		"Roman digits":                      "orders > Ⅳ",
		"superscripts":                      "orders² > 4",
		"a fraction":                        "orders > ½",
		"infinity as a sign":                "orders < ∞",
		"an emoji as a name":                "🛒 > 1",
		"a family of emojis":                "👨\u200d👩\u200d👧 > 1",
		"a flag":                            "country == 🇩🇪",
		"a percent sign alone":              "%",
		"percent verbs":                     "%s%d%n%x == 1",
		"a percent verb in a name":          `ord%!d(MISSING) > 1`,
		"quotes of three tongues":           "country == ‹DE›“„",
		"an apostrophe in a text":           "country == 'D'E'",
		"only a byte order mark":            "\ufeff",
		"a text over two lines":             "country == \"a\nb\"",
		"a text over two Windows lines":     "country == 'a\r\nb'",
		"an unclosed quote of another kind": "country == \"x'",
		"an escape at the end":              `country == "x\`,
		"an escape of nothing":              `country == "\u12"`,
		"a half escape":                     `country == "\x1"`,
		"an escape beyond Unicode":          `country == "\U00110000"`,
		"an octal escape of NUL":            `country == "\000"`,
		"a comment in a comment":            "consent /* a /* b */ c */",
		"a comment that closes nothing":     "consent */",
		"an unclosed comment over lines":    "/* // consent\n",
		"a shebang":                         "#!/bin/sh",
		"another language's comment":        "# orders\norders > 1",
		"SQL comments":                      "orders > 1 -- all",
	}
}
