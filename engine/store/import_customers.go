package store

import (
	"context"
	"iter"
	"slices"

	"treue/rules/customer"
)

const stageCustomers = `CREATE TEMP TABLE staged (
	line integer, customer_id bigint, source text, external_id text, email text, address_hash bytea, first_name text, last_name text,
	language text, country text, timezone text, birthday date, signed_up_at timestamptz, postcode text, city text, customer_group text,
	acquisition_channel text, acquisition_cost bigint, subscription_started_at timestamptz, subscription_ended_at timestamptz, tags text[],
	notice_at timestamptz, basis_order_id text, basis_category text) ON COMMIT DROP`

const attributes = `email, address_hash, first_name, last_name, language, country, timezone, birthday, signed_up_at, postcode, city, customer_group,
	acquisition_channel, acquisition_cost, subscription_started_at, subscription_ended_at, tags, notice_at, basis_order_id, basis_category`

var stageCustomersColumns = []string{
	"line", "customer_id", "source", "external_id", "email", "address_hash", "first_name", "last_name", "language", "country", "timezone",
	"birthday", "signed_up_at", "postcode", "city", "customer_group", "acquisition_channel", "acquisition_cost", "subscription_started_at",
	"subscription_ended_at", "tags", "notice_at", "basis_order_id", "basis_category",
}

// ImportCustomers merges customers and what they declared about advertising. A newcomer whose address belongs to a
// known customer becomes that customer's alias; an erased customer does not come back. pepper keys the address hashes.
func (s *Store) ImportCustomers(ctx context.Context, in Import, pepper []byte, rows iter.Seq2[Numbered[customer.Customer], error]) (Counts, error) {
	var declared []declaration
	stage := func(n Numbered[customer.Customer]) []any {
		declared = append(declared, declarations(n, in.Now)...)
		return stagedCustomer(n, pepper)
	}
	merge := func(ctx context.Context, t *intake) (Counts, error) {
		c, err := mergeCustomers(ctx, t)
		if err != nil {
			return c, err
		}
		changed, err := t.declare(ctx, declared)
		c.Updated += changed
		c.Unchanged -= changed
		return c, err
	}
	return importRows(ctx, s, in, stageCustomers, stageCustomersColumns, rows, stage, merge)
}

func stagedCustomer(n Numbered[customer.Customer], pepper []byte) []any {
	c := n.Record
	var hash []byte
	if c.Email != "" {
		hash = customer.AddressHash(pepper, c.Email)
	}
	return []any{
		n.Line, c.ID, c.Source, c.ExternalID, textOrNull(c.Email), hash, textOrNull(c.FirstName), textOrNull(c.LastName),
		textOrNull(c.Language), textOrNull(c.Country), textOrNull(c.Timezone), c.Birthday, c.SignedUpAt, textOrNull(c.Postcode),
		textOrNull(c.City), textOrNull(c.Group), textOrNull(c.Channel), c.AcquisitionCost, c.SubscriptionStartedAt, c.SubscriptionEndedAt,
		list(c.Tags), c.NoticeAt, textOrNull(c.BasisOrderID), textOrNull(c.BasisCategory),
	}
}

const lastCustomerWins = `DELETE FROM staged a USING (SELECT customer_id, max(line) AS line FROM staged GROUP BY customer_id HAVING count(*) > 1) b
	WHERE a.customer_id = b.customer_id AND a.line < b.line`

// adoptable are the rows that bring the shop's own account of who was known from a form alone: of every such customer
// the first newcomer with the address.
const adoptable = `CREATE TEMP TABLE adopted ON COMMIT DROP AS
	SELECT DISTINCT ON (f.customer_id) s.line, f.customer_id
	FROM staged s JOIN address_keys k USING (address_hash) JOIN customers f ON f.customer_id = k.customer_id
	WHERE f.source = '` + consentSource + `' AND f.erased_at IS NULL AND s.source <> f.source
		AND NOT EXISTS (SELECT FROM customers c WHERE c.customer_id = s.customer_id)
		AND NOT EXISTS (SELECT FROM customer_aliases a WHERE a.alias_id = s.customer_id AND a.customer_id <> f.customer_id)
	ORDER BY f.customer_id, s.line`

// readdressed puts rows under the id that their customer got from a form. An account that was adopted in an earlier
// import is known by its alias: it has the customer's own identity, and so is no second account.
var readdressed = []string{
	`UPDATE staged s SET customer_id = a.customer_id FROM adopted a WHERE a.line = s.line`,
	`UPDATE staged s SET customer_id = f.customer_id FROM customer_aliases a JOIN customers f USING (customer_id)
		WHERE a.alias_id = s.customer_id AND (f.source, f.external_id) = (a.source, a.external_id)`,
}

// adoptForms lets the shop's accounts reach customers who were known from a form alone. They keep the id under which
// everything is on record; the shop's becomes an alias, so that whatever comes under it finds them.
func adoptForms(ctx context.Context, t *intake) error {
	if err := t.execAll(ctx, adoptable); err != nil {
		return err
	}
	_, err := t.exec(ctx, `INSERT INTO customer_aliases (alias_id, customer_id, source, external_id, created_at)
		SELECT s.customer_id, a.customer_id, s.source, s.external_id, $1::timestamptz FROM adopted a JOIN staged s USING (line)
		ON CONFLICT DO NOTHING`, t.in.Now)
	if err != nil {
		return err
	}
	return t.execAll(ctx, readdressed...)
}

// keepAccepted notes whose declarations count, even when nothing else of a row does; counted will hold the rows that
// were inserted or updated.
var keepAccepted = []string{
	`DELETE FROM staged s USING customers c WHERE c.customer_id = s.customer_id AND c.erased_at IS NOT NULL`,
	`CREATE TEMP TABLE accepted ON COMMIT DROP AS SELECT line, false AS withdrawal_only FROM staged`,
	`CREATE TEMP TABLE counted (line integer) ON COMMIT DROP`,
	`DELETE FROM staged s USING customer_aliases a WHERE a.alias_id = s.customer_id`,
}

// addressOwners says to whom every address in the file belongs: to who has it, else to the first known customer who
// takes it, else to the first newcomer.
const addressOwners = `CREATE TEMP TABLE owners ON COMMIT DROP AS
	SELECT DISTINCT ON (s.address_hash) s.address_hash, coalesce(k.customer_id, s.customer_id) AS owner_id, c.customer_id IS NOT NULL AS known
	FROM staged s LEFT JOIN address_keys k USING (address_hash) LEFT JOIN customers c ON c.customer_id = s.customer_id
	WHERE s.address_hash IS NOT NULL
	ORDER BY s.address_hash, known DESC, s.line`

// takenAddresses are known customers who would take the address of another one.
const takenAddresses = `SELECT s.line, 'address already belongs to customer ' || p.external_id || ': the accounts must be merged first' AS reason
	FROM staged s JOIN customers c USING (customer_id) JOIN owners o ON o.address_hash = s.address_hash JOIN customers p ON p.customer_id = o.owner_id
	WHERE o.owner_id <> s.customer_id`

// settleAliases takes out second accounts: unknown customers whose address belongs to somebody else.
var settleAliases = []string{
	`WITH a AS (
		INSERT INTO customer_aliases (alias_id, customer_id, source, external_id, created_at)
		SELECT s.customer_id, o.owner_id, s.source, s.external_id, $1::timestamptz FROM staged s JOIN owners o USING (address_hash)
		WHERE o.owner_id <> s.customer_id RETURNING alias_id)
	INSERT INTO counted SELECT s.line FROM staged s JOIN a ON a.alias_id = s.customer_id`,
	`DELETE FROM staged s USING customer_aliases a WHERE a.alias_id = s.customer_id`,
}

// updateCustomers changes what a file says anew; an empty cell clears nothing, and what customers said of
// themselves stands. Tags are a statement as a whole. The identity changes for customers known from a form alone.
const updateCustomers = `WITH u AS (UPDATE customers c SET (source, external_id, ` + attributes + `, updated_at) = (s.source, s.external_id, n.*, $1)
	FROM staged s, customers o, LATERAL (SELECT coalesce(s.email, o.email), coalesce(s.address_hash, o.address_hash),
		coalesce(s.first_name, o.first_name), coalesce(s.last_name, o.last_name), coalesce((SELECT language FROM preferences w WHERE w.customer_id = s.customer_id), s.language, o.language),
		coalesce(s.country, o.country), coalesce(s.timezone, o.timezone), coalesce((SELECT birthday FROM preferences w WHERE w.customer_id = s.customer_id), s.birthday, o.birthday),
		coalesce(s.signed_up_at, o.signed_up_at), coalesce(s.postcode, o.postcode), coalesce(s.city, o.city),
		coalesce(s.customer_group, o.customer_group), coalesce(s.acquisition_channel, o.acquisition_channel),
		coalesce(s.acquisition_cost, o.acquisition_cost), coalesce(s.subscription_started_at, o.subscription_started_at),
		coalesce(s.subscription_ended_at, o.subscription_ended_at), CASE WHEN s.tags = '{}' THEN o.tags ELSE s.tags END,
		coalesce(s.notice_at, o.notice_at), coalesce(s.basis_order_id, o.basis_order_id), coalesce(s.basis_category, o.basis_category)
	) n(` + attributes + `)
	WHERE c.customer_id = s.customer_id AND o.customer_id = c.customer_id
		AND (o.source, o.external_id, o.email, o.address_hash, o.first_name, o.last_name, o.language, o.country, o.timezone, o.birthday, o.signed_up_at, o.postcode, o.city,
			o.customer_group, o.acquisition_channel, o.acquisition_cost, o.subscription_started_at, o.subscription_ended_at, o.tags, o.notice_at,
			o.basis_order_id, o.basis_category) IS DISTINCT FROM (s.source, s.external_id, n.*)
	RETURNING s.line)
	INSERT INTO counted SELECT line FROM u`

// insertCustomers puts them in the order of their ids, in which a refresh reads them.
const insertCustomers = `WITH i AS (
	INSERT INTO customers (customer_id, source, external_id, created_at, updated_at, ` + attributes + `)
	SELECT customer_id, source, external_id, $1::timestamptz, $1::timestamptz, ` + attributes + `
	FROM staged s WHERE NOT EXISTS (SELECT FROM customers c WHERE c.customer_id = s.customer_id) ORDER BY customer_id
	RETURNING customer_id)
	INSERT INTO counted SELECT s.line FROM i JOIN staged s USING (customer_id)`

var keepAddressKeys = []string{
	`DELETE FROM address_keys k USING staged s WHERE k.customer_id = s.customer_id AND s.address_hash IS NOT NULL AND k.address_hash <> s.address_hash`,
	`INSERT INTO address_keys (address_hash, customer_id) SELECT address_hash, customer_id FROM staged s
		WHERE address_hash IS NOT NULL AND NOT EXISTS (SELECT FROM address_keys k WHERE k.address_hash = s.address_hash)`,
}

func mergeCustomers(ctx context.Context, t *intake) (c Counts, err error) {
	if c.Rejects, err = t.takeRejects(ctx, colliding("customer", "customer_id", "external_id", knownIdentities)); err != nil {
		return c, err
	}
	if err = t.execAll(ctx, lastCustomerWins); err != nil {
		return c, err
	}
	if err = adoptForms(ctx, t); err != nil {
		return c, err
	}
	if err = t.execAll(ctx, slices.Concat(keepAccepted, []string{addressOwners})...); err != nil {
		return c, err
	}
	taken, err := t.takeRejects(ctx, takenAddresses)
	if err != nil {
		return c, err
	}
	c.Rejects = append(c.Rejects, taken...)
	if err = t.keepWithdrawals(ctx, taken); err != nil {
		return c, err
	}
	if c.Updated, err = t.exec(ctx, updateCustomers, t.in.Now); err != nil {
		return c, err
	}
	aliases, err := t.exec(ctx, settleAliases[0], t.in.Now)
	if err != nil {
		return c, err
	}
	if err = t.execAll(ctx, settleAliases[1]); err != nil {
		return c, err
	}
	if c.Inserted, err = t.exec(ctx, insertCustomers, t.in.Now); err != nil {
		return c, err
	}
	c.Inserted += aliases
	c.Unchanged = t.staged - c.Inserted - c.Updated - int64(len(c.Rejects))
	if err = t.stale(ctx, `SELECT s.customer_id FROM counted JOIN staged s USING (line)`); err != nil {
		return c, err
	}
	return c, t.execAll(ctx, slices.Concat(keepAddressKeys, []string{learnTags})...)
}
