// Package migrations holds the numbered SQL that makes the schema, embedded and forward only in production.
//
// Tables fall into three groups, so that the schema distributes unchanged over several nodes by customer_id: tables
// of customers (customer_id first in every key), small reference tables, and local tables of the coordinator.
package migrations

import "embed"

// FS holds the migrations in the form goose reads: NNNNN_name.sql.
//
//go:embed *.sql
var FS embed.FS
