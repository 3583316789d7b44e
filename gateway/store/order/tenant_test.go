package order

import (
	"math"
	"testing"
)

func TestTenants(t *testing.T) {
	tab := NewTable()
	shop := Tenant{Name: "shop", Key: KeySum("secret"), Rate: 10, Burst: 5}
	for i, o := range []Order{{ID: 1}, shop.Entry(), {ID: 2}} {
		if err := tab.Add(Entry{Seq: uint64(i + 1), Epoch: 1, Order: o}); err != nil {
			t.Fatal(err)
		}
	}
	check := func() {
		t.Helper()
		if got, ok := tab.Tenant(KeySum("secret")); !ok || got != shop {
			t.Errorf("%+v, %t", got, ok)
		}
		if _, ok := tab.Tenant(KeySum("other")); ok {
			t.Error("a key that nobody has is known")
		}
		if ranges, _ := tab.Ranges(); len(ranges) != 1 || ranges[0] != [2]uint64{1, 2} {
			t.Errorf("ranges %v", ranges)
		}
		if ids, whole := tab.Page(0, true, 10); len(ids) != 2 || !whole {
			t.Errorf("page %v", ids)
		}
		if _, there := tab.Get(shop.Entry().ID); !there {
			t.Error("a key would be added twice")
		}
	}
	check()
	if err := tab.Replace(tab.After(0)); err != nil {
		t.Fatal(err)
	}
	check()
	if shop.Entry().ID < math.MaxInt64 {
		t.Error("a key's id is among those of orders")
	}
	for _, bad := range []Tenant{{}, {Name: "x", Key: "x", Rate: 1, Burst: 1}, {Name: "x", Key: shop.Key, Rate: math.NaN(), Burst: 1}, {Name: "x", Key: shop.Key, Rate: 1}} {
		if bad.Check() == nil {
			t.Errorf("%+v passed", bad)
		}
	}
}
