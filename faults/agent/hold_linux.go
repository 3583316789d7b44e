package agent

import (
	"errors"
	"io"
	"net"
	"slices"
	"time"
)

const (
	chunkSize = 64 << 10
	// inFlight bounds what waits on one connection, as a long line's buffers do:
	// 16 MiB are 25 MB/s at a delay of 600 ms.
	inFlight = 16 << 20
)

// A chunk waits until it is due.
type chunk struct {
	data []byte
	read time.Time
	due  time.Time
}

// hold copies from src to dst: each chunk is stamped when it is read and written
// when it is due, in order. Reading goes on meanwhile, so throughput stays.
func (r *relay) hold(dst, src *net.TCPConn) error {
	queue := make(chan chunk, inFlight/chunkSize)
	stop := make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		defer close(queue)
		ended <- r.fill(queue, src, stop)
	}()
	if err := r.drain(dst, queue); err != nil {
		close(stop)
		_ = src.SetReadDeadline(time.Unix(1, 0)) // wake the reader
		return errors.Join(err, <-ended)
	}
	return <-ended
}

// fill reads until the end of src; an orderly end is nil.
func (r *relay) fill(queue chan<- chunk, src net.Conn, stop <-chan struct{}) error {
	buf := make([]byte, chunkSize)
	var last time.Time
	for {
		n, err := src.Read(buf)
		if n > 0 {
			now := time.Now()
			due := now.Add(r.draw())
			if due.Before(last) {
				due = last // in order
			}
			last = due
			select {
			case queue <- chunk{slices.Clone(buf[:n]), now, due}:
			case <-stop:
				return nil
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *relay) drain(dst net.Conn, queue <-chan chunk) error {
	for c := range queue {
		if !r.wait(c.due) {
			return net.ErrClosed
		}
		r.chunks.Add(1)
		r.late.Add(int64(time.Since(c.read)))
		if _, err := dst.Write(c.data); err != nil {
			return err
		}
	}
	return nil
}
