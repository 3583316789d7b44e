package routes

import "testing"

func TestMap(t *testing.T) {
	table := Table{Routes: []Route{{"/orders", "/orders"}, {"/orders/*", "/v2/orders/*"}}}
	for path, want := range map[string]string{"/orders": "/orders", "/orders/7": "/v2/orders/7", "/orders/": "/v2/orders/", "/order": "", "/": ""} {
		if got, ok := table.Map(path); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %t, want %q", path, got, ok, want)
		}
	}
}

func TestCheck(t *testing.T) {
	if err := First().Check(); err != nil {
		t.Error(err)
	}
	for _, r := range [][]Route{nil, {{"orders", "/orders"}}, {{"/orders", ""}}, {{"/orders/*", "/orders"}}} {
		if (Table{Routes: r}).Check() == nil {
			t.Errorf("%v passed", r)
		}
	}
}
