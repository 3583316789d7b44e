package scenarios

import (
	"fmt"
	"strings"
)

// harmless checks a step that does no damage.
func (c *checker) harmless(st Step, path string) {
	if st.Action == nil {
		if strings.TrimSpace(st.Confirm) == "" && c.sound(path+".confirm") {
			c.errorf(path+".confirm", "say what the operator has to do", "%s.confirm: there is nothing to confirm", path)
		}
		return
	}
	if a := path + ".action"; c.sound(a) {
		c.action(*st.Action, a)
	}
}

func (c *checker) action(a Action, path string) {
	switch {
	case len(a.Run) > 0 && a.Shell != "":
		c.errorf(path+".shell", "keep one of them", "%s: both run and shell are given", path)
	case len(a.Run) == 0 && strings.TrimSpace(a.Shell) == "":
		c.errorf(path, "run: [program, argument]", "%s: there is nothing to run", path)
	case len(a.Run) == 1 && strings.ContainsAny(a.Run[0], " \t"):
		c.errorf(path+".run", fmt.Sprintf("run: [%s], or shell: ... for a line of sh", strings.Join(strings.Fields(clip(a.Run[0])), ", ")), "%s.run: %q is no program: no shell takes it apart", path, clip(a.Run[0]))
	case len(a.Run) > 0 && strings.TrimSpace(a.Run[0]) == "":
		c.errorf(path+".run", "run: [program, argument]", "%s.run: the program has no name", path)
	}
	if a.In != nil {
		c.selector(path+".in", *a.In)
	}
}
