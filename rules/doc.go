// Package rules compiles, evaluates and explains a rule over a customer's snapshot.
//
// A rule is a boolean expression of the expr language (https://expr-lang.org) over the fields of package features.
// Its text is bounded before it is parsed, checked against typed fields, and then turned into Go closures over the
// snapshot: these know unknown values, do not allocate and cannot run long, whatever the author wrote.
// README.md lists the fields and functions; it is generated from the code.
package rules
