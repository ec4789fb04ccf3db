// Package templates renders subject, HTML and text of a customer's mail; starter mails in German and English.
//
// A mail is written in a small part of Liquid: outputs with a closed list of
// filters, if, unless, for and comment. Every value is escaped for the place
// where it stands, and there is no way round that. What a template may name are
// the fields of [Data]; anything else is an error when the template is compiled,
// with line, column and the nearest name.
package templates
