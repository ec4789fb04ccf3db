//go:build torture

package web_test

import "testing"

// TestUnsubscribeTorture is the long form:
//
//	go test -tags torture -run TestUnsubscribeTorture -v ./engine/web
func TestUnsubscribeTorture(t *testing.T) { unsubscribeTest(t, 60_000, 10_000) }
