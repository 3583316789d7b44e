package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ask sends a command and waits for its answer, the body of which goes to out.
func (l *Load) ask(ctx context.Context, c Command, out any) error {
	l.seq++
	c.Seq = l.seq
	line, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if _, err := l.proc.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("%w: %w", ErrWorkerGone, err)
	}
	for {
		select {
		case a := <-l.answers:
			if a.Seq != c.Seq {
				continue // to a command that nobody waited for to the end
			}
			if a.Err != "" {
				return errors.New(a.Err)
			}
			return json.Unmarshal(a.Body, out)
		case <-l.gone:
			return l.ended()
		case <-ctx.Done():
			return fmt.Errorf("waiting for the load worker: %w", ctx.Err())
		}
	}
}

// ended is why there will be no answer.
func (l *Load) ended() error {
	if l.err != nil {
		return l.err
	}
	return ErrWorkerGone
}

// read takes frames until the worker's output ends.
func (l *Load) read(sink Sink) {
	err := l.frames(sink)
	select {
	case <-l.closing:
	default:
		if errors.Is(err, io.EOF) {
			l.err = ErrWorkerGone
		} else {
			l.err = fmt.Errorf("%w: %w", ErrWorkerGone, err)
		}
	}
	close(l.gone)
}

func (l *Load) frames(sink Sink) error {
	in := newFrameReader(l.proc)
	for {
		kind, payload, err := in.next()
		if err != nil {
			return err
		}
		switch kind {
		case frameHello:
			select {
			case l.hello <- struct{}{}:
			default:
			}
		case frameSamples:
			batch, err := decodeBatch(payload)
			if err != nil {
				return err
			}
			sink.Samples(batch)
		case frameAnswer:
			if err := l.answer(payload); err != nil {
				return err
			}
		default:
			return fmt.Errorf("unknown frame %q", kind)
		}
	}
}

// answer hands an answer to whoever waits for one. At most one is left over of
// a command that was given up, and the next command takes it away.
func (l *Load) answer(payload []byte) error {
	var a Answer
	if err := json.Unmarshal(payload, &a); err != nil {
		return fmt.Errorf("answer of the load worker: %w", err)
	}
	for {
		select {
		case l.answers <- a:
			return nil
		default:
		}
		select {
		case <-l.answers: // stale: the newest is the one that is waited for
		default:
		}
	}
}
