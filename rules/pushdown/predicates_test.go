package pushdown_test

// predicate is a rule, what becomes of it, and the joins that this needs.
type predicate struct{ rule, sql, joins string }

func predicates() []predicate {
	return []predicate{
		{
			`orders >= 2`,
			`s.orders >= $1::bigint`,
			``,
		},
		{
			`orders >= 2.5`,
			`s.orders::float8 >= $1::float8`,
			``,
		},
		{
			`2 < orders`,
			`s.orders > $1::bigint`,
			``,
		},
		{
			`revenue > 300`,
			`s.revenue > $1::float8`,
			``,
		},
		{
			`!(revenue > 300)`,
			`(s.revenue > $1::float8) IS NOT TRUE`,
			``,
		},
		{
			`orders >= 2 && revenue > 300 || consent`,
			`s.orders >= $1::bigint AND s.revenue > $2::float8 OR s.consent`,
			``,
		},
		{
			`!(orders > 1)`,
			`NOT (s.orders > $1::bigint)`,
			``,
		},
		{
			`!consent`,
			`NOT s.consent`,
			``,
		},
		{
			`country == "DE"`,
			`s.country = $1::text`,
			``,
		},
		{
			`country != "DE" && !(country == "AT")`,
			`s.country <> $1::text AND (s.country = $2::text) IS NOT TRUE`,
			``,
		},
		{
			`country in ["DE", "AT"]`,
			`s.country = ANY($1::text[])`,
			``,
		},
		{
			`country not in ["DE"]`,
			`(s.country = ANY($1::text[])) IS NOT TRUE`,
			``,
		},
		{
			`city < "M"`,
			`s.city < $1::text COLLATE "C"`,
			``,
		},
		{
			`city contains "%"`,
			`strpos(s.city, $1::text) > 0`,
			``,
		},
		{
			`city startsWith "Bad "`,
			`starts_with(s.city, $1::text)`,
			``,
		},
		{
			`city endsWith "burg"`,
			`right(s.city, $1::int) = $2::text`,
			``,
		},
		{
			`"vip" in tags`,
			`$1::text = ANY(s.tags)`,
			``,
		},
		{
			`len(tags) == 0`,
			`cardinality(s.tags) = $1::bigint`,
			``,
		},
		{
			`len(city) > 3`,
			`char_length(s.city) > $1::bigint`,
			``,
		},
		{
			`days_since_last_order > 90`,
			`s.last_order_on < $1::date`,
			``,
		},
		{
			`days_since_last_order in 30..60`,
			`s.last_order_on BETWEEN $1::date AND $2::date`,
			``,
		},
		{
			`days_since_last_order in [30, 60]`,
			`$1::date - s.last_order_on = ANY($2::bigint[])`,
			``,
		},
		{
			`90.5 > days_since_last_order`,
			`($1::date - s.last_order_on)::float8 < $2::float8`,
			``,
		},
		{
			`last_order_at < date("2026-01-31")`,
			`s.last_order_on < $1::date`,
			``,
		},
		{
			`last_order_at in [date("2026-01-31")]`,
			`s.last_order_on = ANY($1::date[])`,
			``,
		},
		{
			`expected_next_order_at < today()`,
			`s.next_order_on < $1::date`,
			``,
		},
		{
			`month(first_order_at) in [11, 12]`,
			`extract(month FROM s.first_order_on)::int = ANY($1::bigint[])`,
			``,
		},
		{
			`weekday(last_order_at) >= 6`,
			`extract(isodow FROM s.last_order_on)::int >= $1::bigint`,
			``,
		},
		{
			`month(today()) == 11`,
			`$1::float8 = $1::float8`,
			``,
		},
		{
			`birthday_within(3)`,
			`(s.born_on + make_interval(years => greatest($1::int - extract(year FROM s.born_on)::int, 1) + ((s.born_on + make_interval(years => greatest($1::int - extract(year FROM s.born_on)::int, 1)))::date < $2::date)::int))::date - $2::date <= $3::bigint`,
			``,
		},
		{
			`known(country) && known(orders) && known(clv + 1)`,
			`s.country IS NOT NULL AND true AND ((s.clv_historic + s.clv_predicted) + $1::float8) IS NOT NULL`,
			``,
		},
		{
			`clv >= 200`,
			`s.clv_historic + s.clv_predicted >= $1::float8`,
			``,
		},
		{
			`average_order_value >= 40`,
			`s.revenue / nullif(s.orders::float8, 0) >= $1::float8`,
			``,
		},
		{
			`overdue_factor > 2`,
			`($1::date - s.last_order_on)::float8 / nullif(s.rhythm, 0) > $2::float8`,
			``,
		},
		{
			`orders % 5 == 0`,
			`s.orders % $1::bigint = $2::bigint`,
			``,
		},
		{
			`orders % mails_30d == 1`,
			`s.orders % nullif(s.mails_30d, 0) = $1::bigint`,
			``,
		},
		{
			`round(revenue) == 100`,
			`trunc(s.revenue) + trunc((s.revenue - trunc(s.revenue)) * 2) = $1::float8`,
			``,
		},
		{
			`abs(days_since_first_order - 365) <= 3`,
			`abs(($1::date - s.first_order_on)::float8 - $2::float8) <= $3::float8`,
			``,
		},
		{
			`min(clv_historic, orders) > 50`,
			`CASE WHEN s.clv_historic IS NOT NULL THEN least(s.clv_historic, s.orders::float8) END > $1::float8`,
			``,
		},
		{
			`-revenue < 2 * 3`,
			`-s.revenue < $1::float8`,
			``,
		},
		{
			`consent == (revenue > 5)`,
			`s.consent = ((s.revenue > $1::float8) IS TRUE)`,
			``,
		},
		{
			`(consent ? revenue : clv) > 3`,
			`CASE WHEN s.consent THEN s.revenue ELSE s.clv_historic + s.clv_predicted END > $1::float8`,
			``,
		},
		{
			`subscriber`,
			`s.subscribed_on <= $1::date AND (s.subscription_ends_on <= $1::date AND s.subscription_ends_on >= s.subscribed_on) IS NOT TRUE`,
			``,
		},
		{
			`has_tag("Vip")`,
			`s.tags && $1::text[]`,
			``,
		},
		{
			`has_tag("Abo")`,
			`$1::text = ANY(s.tags)`,
			``,
		},
		{
			`has_tag("none")`,
			`false`,
			``,
		},
		{
			`bought("kaffee")`,
			`s.categories && $1::text[]`,
			``,
		},
		{
			`bought_within("Kaffee", 30)`,
			`m1.customer_id IS NOT NULL`,
			`LEFT JOIN (SELECT customer_id FROM lines WHERE category = ANY($1::text[]) AND at >= $3::timestamptz GROUP BY customer_id) m1 ON m1.customer_id = s.customer_id`,
		},
		{
			`!bought_product("A-1042")`,
			`NOT (m1.customer_id IS NOT NULL)`,
			`LEFT JOIN (SELECT customer_id FROM lines WHERE product = $1::text GROUP BY customer_id) m1 ON m1.customer_id = s.customer_id`,
		},
		{
			`bought_with("röstung", "HELL")`,
			`m1.customer_id IS NOT NULL`,
			`LEFT JOIN (SELECT customer_id FROM lines WHERE product_id = ANY($1::bigint[]) GROUP BY customer_id) m1 ON m1.customer_id = s.customer_id`,
		},
		{
			`bought_within("none", 30) || units_bought("none", 30) > 1`,
			`false OR $1::float8 > $2::float8`,
			``,
		},
		{
			`days_since_bought("Tee") > 30`,
			`m1.last_on < $4::date`,
			`LEFT JOIN (SELECT customer_id, (max(at) AT TIME ZONE $3::text)::date AS last_on FROM lines WHERE category = $1::text GROUP BY customer_id) m1 ON m1.customer_id = s.customer_id`,
		},
		{
			`due_in("Tee") < 7`,
			`(((($4::date - m1.first_on)::float8 - ($4::date - m1.last_on)::float8) * (m1.last_units::float8 / 1000)) / nullif(((coalesce(m1.units, 0)::float8 / 1000) - (m1.last_units::float8 / 1000)), 0)) - ($4::date - m1.last_on)::float8 < $5::float8`,
			`LEFT JOIN (SELECT customer_id, sum(units)::bigint AS units, min(day) AS first_on, max(day) AS last_on, (array_agg(last_units ORDER BY day DESC))[1] AS last_units FROM (SELECT customer_id, (at AT TIME ZONE $3::text)::date AS day, sum(units)::bigint AS last_units, sum(units)::bigint AS units FROM lines WHERE category = $1::text GROUP BY customer_id, 2) d GROUP BY customer_id) m1 ON m1.customer_id = s.customer_id`,
		},
		{
			`times_bought("Kaffee", 90) >= 3`,
			`coalesce(m1.orders, 0) >= $4::bigint`,
			`LEFT JOIN (SELECT customer_id, count(DISTINCT order_id) AS orders FROM lines WHERE category = ANY($1::text[]) AND at >= $3::timestamptz GROUP BY customer_id) m1 ON m1.customer_id = s.customer_id`,
		},
		{
			`spent_on("Kaffee", 90) > 10`,
			`coalesce(m1.revenue, 0)::float8 / 100 > $4::float8`,
			`LEFT JOIN (SELECT customer_id, sum(revenue)::bigint AS revenue FROM lines WHERE category = ANY($1::text[]) AND at >= $3::timestamptz GROUP BY customer_id) m1 ON m1.customer_id = s.customer_id`,
		},
		{
			`spent_within(365) > 300 && orders_365d < 5`,
			`coalesce(m1.revenue, 0)::float8 / 100 > $3::float8 AND coalesce(m1.n, 0) < $4::bigint`,
			`LEFT JOIN (SELECT customer_id, count(*) AS n, sum(revenue)::bigint AS revenue FROM orders WHERE at >= $2::timestamptz GROUP BY customer_id) m1 ON m1.customer_id = s.customer_id`,
		},
		{
			`orders_30d == 0`,
			`NOT EXISTS (SELECT FROM orders WHERE e.customer_id = s.customer_id AND at >= $1::timestamptz)`,
			``,
		},
		{
			`crossed("orders", 5, 7)`,
			`s.orders >= $1::bigint AND s.orders::float8 - coalesce(m1.n, 0)::float8 < $4::float8`,
			`LEFT JOIN (SELECT customer_id, count(*) AS n FROM orders WHERE at >= $3::timestamptz GROUP BY customer_id) m1 ON m1.customer_id = s.customer_id`,
		},
		{
			`received("winback-90", 60)`,
			`EXISTS (SELECT FROM contacts WHERE e.customer_id = s.customer_id AND campaign_key = $1::text AND at >= $2::timestamptz)`,
			``,
		},
		{
			`active_campaigns == 0`,
			`NOT EXISTS (SELECT FROM entries WHERE e.customer_id = s.customer_id)`,
			``,
		},
		{
			`points >= 500`,
			`coalesce(m1.units, 0)::float8 / 1000 >= $3::float8`,
			`LEFT JOIN (SELECT customer_id, sum(points)::bigint AS units FROM points WHERE (at IS NULL OR at >= $2::timestamptz) GROUP BY customer_id) m1 ON m1.customer_id = s.customer_id`,
		},
		{
			`points_expiring_within(30) > 0`,
			`coalesce(m1.units, 0)::float8 / 1000 > $4::float8`,
			`LEFT JOIN (SELECT customer_id, sum(points)::bigint AS units FROM points WHERE at >= $2::timestamptz AND at < $3::timestamptz GROUP BY customer_id) m1 ON m1.customer_id = s.customer_id`,
		},
		{
			`was_in_segment("champions", 30)`,
			`m1.n >= $4::bigint AND m1.last_on >= $5::date`,
			`LEFT JOIN (SELECT customer_id, count(*) AS n, (max(at) AT TIME ZONE $3::text)::date AS last_on FROM orders WHERE at < $2::timestamptz GROUP BY customer_id) m1 ON m1.customer_id = s.customer_id`,
		},
		{
			`in_segment("loyal")`,
			`s.segment = $1::text`,
			``,
		},
	}
}
