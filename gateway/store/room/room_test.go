package room

import "testing"

func TestFull(t *testing.T) {
	if dir := t.TempDir(); Full(dir) {
		t.Errorf("%s is said to be full, and this test could write", dir)
	}
	if Full("/no/such/directory") {
		t.Error("what is not there is called full")
	}
}
