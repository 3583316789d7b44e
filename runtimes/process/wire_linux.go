package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// maxPacket is the longest packet, well below the default send buffer of
// a socket (208 KiB). A longer message travels in a memory file.
const maxPacket = 64 << 10

// The operations of the control socket.
const (
	opConfigure = "configure"
	opStart     = "start"
	opUp        = "up"
	opKill      = "kill"
	opCrash     = "crash"
	opStop      = "stop"
	opPause     = "pause"
	opUnpause   = "unpause"
	opStatus    = "status"
	opCut       = "cut"
	opRun       = "run"
	opWait      = "wait"
	opEnd       = "end"
	opDial      = "dial"
	opProbe     = "probe"
	opCancel    = "cancel"
)

// A wire carries messages, each with file descriptors, over a SEQPACKET
// socket: one packet is one message.
type wire struct{ conn *net.UnixConn }

func newWire(f *os.File) (*wire, error) {
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("opening the control socket: %w", err)
	}
	uc, ok := c.(*net.UnixConn)
	if !ok {
		c.Close()
		return nil, fmt.Errorf("the control socket is a %T; %s is started by drillctl only", c, HostCommand)
	}
	return &wire{conn: uc}, nil
}

// send is safe for concurrent use. The descriptors stay the caller's.
func (w *wire) send(m message, fds ...int) error {
	b, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encoding %s: %w", m.Op, err)
	}
	if len(b) > maxPacket {
		fd, err := memoryFile(b)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		fds = append([]int{fd}, fds...)
		b = fmt.Appendf(nil, `{"long":%d}`, len(b))
	}
	var oob []byte
	if len(fds) > 0 {
		oob = unix.UnixRights(fds...)
	}
	_, _, err = w.conn.WriteMsgUnix(b, oob, nil)
	return err
}

func memoryFile(b []byte) (int, error) {
	fd, err := unix.MemfdCreate("drillctl", unix.MFD_CLOEXEC)
	if err != nil {
		return 0, fmt.Errorf("making a memory file: %w", err)
	}
	for at := 0; at < len(b); {
		n, err := unix.Pwrite(fd, b[at:], int64(at))
		if err != nil {
			unix.Close(fd)
			return 0, fmt.Errorf("writing a memory file: %w", err)
		}
		at += n
	}
	return fd, nil
}

// receive is for one goroutine. The descriptors are the caller's.
func (w *wire) receive(buf []byte) (m message, fds []int, err error) {
	oob := make([]byte, unix.CmsgSpace(8*4))
	n, oobn, flags, _, err := w.conn.ReadMsgUnix(buf, oob)
	if err != nil {
		return m, nil, err
	}
	fds = rights(oob[:oobn])
	if flags&(unix.MSG_TRUNC|unix.MSG_CTRUNC) != 0 {
		closeAll(fds)
		return m, nil, errors.New("a control message was cut off")
	}
	err = json.Unmarshal(buf[:n], &m)
	if err == nil && m.Long > 0 {
		m, fds, err = unpack(m.Long, fds)
	}
	if err != nil {
		closeAll(fds)
		return m, nil, fmt.Errorf("decoding a control message: %w", err)
	}
	return m, fds, nil
}

// unpack reads a long message from the first of fds and returns the others.
func unpack(size int64, fds []int) (m message, rest []int, err error) {
	if len(fds) == 0 {
		return m, nil, errors.New("a long message came without its memory file")
	}
	f := os.NewFile(uintptr(fds[0]), "message")
	defer f.Close()
	err = json.NewDecoder(io.NewSectionReader(f, 0, size)).Decode(&m)
	return m, fds[1:], err
}

// rights returns the descriptors that came with a packet.
func rights(oob []byte) []int {
	var fds []int
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil
	}
	for _, m := range msgs {
		got, err := unix.ParseUnixRights(&m)
		if err == nil {
			fds = append(fds, got...)
		}
	}
	return fds
}

func closeAll(fds []int) {
	for _, fd := range fds {
		unix.Close(fd)
	}
}
