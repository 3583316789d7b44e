package scenarios

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
)

// defaults fills a struct's fields from their default tags, recursively.
func defaults(v reflect.Value) {
	if v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		t, f := v.Type().Field(i), v.Field(i)
		if t.Anonymous {
			defaults(f)
			continue
		}
		if keyOf(t) == "" {
			continue
		}
		def := t.Tag.Get("default")
		u, isText := f.Addr().Interface().(encoding.TextUnmarshaler)
		var err error
		switch {
		case isText && def != "":
			err = u.UnmarshalText([]byte(def))
		case f.Kind() == reflect.Struct:
			defaults(f)
		case def == "":
		case f.Kind() == reflect.String:
			f.SetString(def)
		case f.Kind() == reflect.Int:
			var n int
			n, err = strconv.Atoi(def)
			f.SetInt(int64(n))
		}
		if err != nil {
			panic(fmt.Sprintf("default of %s: %v", t.Name, err)) // every test of Parse goes through all of them
		}
	}
}
