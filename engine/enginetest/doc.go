// Package enginetest holds test helpers only; no production code imports it.
package enginetest
