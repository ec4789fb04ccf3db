// Package ruletest is users' own rule tests: files that say which customer a rule must match, evaluated without a
// database.
//
//	segments: {fans: 'bought("Bohnen") && orders >= 3'}  # beside the shop's own; may be left out
//	today: 2026-03-31                                    # 2026-01-01 if left out, never the clock
//	tests:
//	  - name: quiet regular
//	    rule: orders >= 2 && days_since_last_order > 90   # or campaign: FILE.yaml, FILE.yaml#KEY
//	    cases:
//	      - given: {orders: 3, days_since_last_order: 120}
//	        history:
//	          orders: [{days_ago: 120, total: 49.90, lines: [{category: Kaffee, product: A-1, quantity: 2, price: 12.5, attributes: {roast: hell}}]}]
//	          mails: [{days_ago: 3, campaign: winback-90}]
//	          campaigns: [winback-90]                     # still has a mail to come
//	          points: [{points: 200, expires_in: 30}]
//	          cuts: {recency: [180, 90, 60, 30], frequency: [2, 3, 4, 6]}  # for was_in_segment
//	        expect: true
//
// A file may hold several documents, or a list of tests. A date is 2026-03-31, today, or days from today such as -120d.
// What is not given is taken from the history, where it says something, and is unknown otherwise; counts and sums are
// then 0. A field with a formula is given like any other: the statistics behind it are solved for. Where several would
// do, a rule that reads them is refused, and the case must give them, too.
package ruletest
