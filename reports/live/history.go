package live

import "strings"

const historyLen = 60

// A history is the worst success of each second of the last minute; negative is
// nothing seen.
type history struct {
	second int // of the newest entry
	worst  []float64
}

func (h *history) add(s State) {
	now := int(s.Elapsed.Seconds())
	if len(h.worst) == 0 {
		h.second, h.worst = now, []float64{s.Success}
		return
	}
	h.second = max(h.second, now-historyLen) // after a gap, no more than what is kept
	for ; h.second < now; h.second++ {
		h.worst = append(h.worst, -1)
	}
	h.worst = h.worst[max(0, len(h.worst)-historyLen):]
	last := &h.worst[len(h.worst)-1]
	if *last < 0 || s.Success >= 0 && s.Success < *last {
		*last = s.Success
	}
}

// spark draws the newest n entries, one column each, and blanks up to n.
func (h *history) spark(n int, ascii bool) line {
	var l line
	for _, r := range h.worst[max(0, len(h.worst)-n):] {
		l = l.push(level(r, ascii), tint(r))
	}
	for range n - len(h.worst) {
		l = l.push(" ", plain)
	}
	return l
}

// push joins runs of one colour into one span.
func (l line) push(text, color string) line {
	if n := len(l); n > 0 && l[n-1].color == color {
		l[n-1].text += text
		return l
	}
	return append(l, span{text, color})
}

// level is the height of a ratio; full height is for a whole success only.
func level(r float64, ascii bool) string {
	steps := []string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}
	if ascii {
		steps = strings.Split("_.,:-=+#", "")
	}
	switch {
	case r < 0:
		return " "
	case r >= 1:
		return steps[len(steps)-1]
	}
	return steps[int(r*float64(len(steps)-1))]
}
