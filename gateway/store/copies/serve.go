package copies

import (
	"errors"
	"io/fs"
	"net/http"

	"github.com/drillctl/drillctl/gateway/store/reply"
)

// A Listing is the answer to GET /copies.
type Listing struct {
	Kind string `json:"kind"`
	// Damage is the way in which a drill lets the medium rot; "" if none does.
	Damage string `json:"damage,omitempty"`
	Copies []Copy `json:"copies"` // by the manifest, oldest first
}

// Routes are the handlers over a cupboard, by path and method:
//
//	GET    /copies          what the manifest lists
//	GET    /copies/{name}   the bytes of one, as they are now
//	POST   /copies/damage   a drill lets the medium rot: ?how=flip, truncate, remove
//	DELETE /copies/damage   and mends it
func (c *Cupboard) Routes() map[string]map[string]http.HandlerFunc {
	return map[string]map[string]http.HandlerFunc{
		"/copies":        {"GET": c.getList},
		"/copies/{name}": {"GET": c.getOne},
		"/copies/damage": {"POST": c.postDamage, "DELETE": c.deleteDamage},
	}
}

func (c *Cupboard) getList(w http.ResponseWriter, _ *http.Request) {
	list, err := c.List()
	if err != nil {
		refuse(w, err)
		return
	}
	reply.JSON(w, http.StatusOK, Listing{Kind: c.kind, Damage: c.Rot(), Copies: append([]Copy{}, list...)})
}

func (c *Cupboard) getOne(w http.ResponseWriter, r *http.Request) {
	text, err := c.Read(r.PathValue("name"))
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(text) // the reader checks the sum
}

func (c *Cupboard) postDamage(w http.ResponseWriter, r *http.Request) {
	done(w, c.Damage(r.URL.Query().Get("how")))
}

func (c *Cupboard) deleteDamage(w http.ResponseWriter, _ *http.Request) { done(w, c.Mend()) }

func done(w http.ResponseWriter, err error) {
	if err != nil {
		refuse(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func refuse(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	if errors.Is(err, fs.ErrNotExist) {
		status = http.StatusNotFound
	}
	reply.Error(w, status, err.Error())
}
