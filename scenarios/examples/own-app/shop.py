#!/usr/bin/env python3
"""A shop in two regions behind a gateway: a small system to drill, on loopback.

    shop.py up [--sync]     start regions east (9001) and west (9002) and the gateway (9000)
    shop.py break REGION    end the region's process with SIGKILL
    shop.py broken REGION   exit 0 exactly when the region does not answer
    shop.py mend REGION     start the region again; safe to repeat
    shop.py down            end everything

Orders are kept in memory and copied to the other region every half second, or,
with --sync, before they are acknowledged. So without --sync a region that dies
takes its last half second of acknowledged orders with it.
"""
import http.client, json, os, signal, subprocess, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STATE = os.environ.get("SHOP_STATE", os.path.join(os.path.dirname(os.path.abspath(__file__)), ".shop"))
BASE = int(os.environ.get("SHOP_PORT", "9000"))
PORTS = {"gateway": BASE, "east": BASE + 1, "west": BASE + 2}


def ask(where, method, path, body=None, timeout=1.0):
    conn = http.client.HTTPConnection("127.0.0.1", PORTS[where], timeout=timeout)
    try:
        conn.request(method, path, body)
        answer = conn.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        conn.close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))


def region(name, sync):
    other = "west" if name == "east" else "east"
    orders, news = {}, []  # news: not yet copied

    class Region(Handler):
        def do_GET(self):
            head = {"X-Region": name}
            if self.path == "/healthz":
                return self.answer(200, b"ok", head)
            if self.path == "/orders":
                return self.answer(200, json.dumps({"orders": [{"id": k} for k in list(orders)]}).encode(), head)
            found = orders.get(self.path.removeprefix("/orders/"))
            self.answer(200, found, head) if found else self.answer(404, b"{}", head)

        def do_PUT(self):
            key, body = self.path.removeprefix("/orders/"), self.body()
            orders[key] = body
            if "X-Copy" not in self.headers:
                news.append(key)
                if sync and not copy([key]):
                    news.append(key)  # alone: the other region gets it when it is back
            self.answer(201, body, {"X-Region": name})

    def copy(keys):
        conn = http.client.HTTPConnection("127.0.0.1", PORTS[other], timeout=0.3)
        try:
            for k in keys:
                conn.request("PUT", "/orders/" + k, orders[k], {"X-Copy": name})
                conn.getresponse().read()
            return True
        except OSError:
            return False
        finally:
            conn.close()

    def catch_up():
        """What the other region has is taken over before anybody is served."""
        try:
            _, listed, _ = ask(other, "GET", "/orders")
            for order in json.loads(listed)["orders"]:
                orders[order["id"]] = ask(other, "GET", "/orders/" + order["id"])[1]
        except OSError:
            pass  # the first to start

    def replicate():
        while True:
            time.sleep(0.5)
            keys, news[:] = news[:], []
            if keys and not copy(keys):
                news.extend(keys)

    catch_up()
    threading.Thread(target=replicate, daemon=True).start()
    ThreadingHTTPServer(("127.0.0.1", PORTS[name]), Region).serve_forever()


def gateway():
    """East while it is healthy, else west: looked at every 200 ms, down after two failures."""
    failed = {"east": 0, "west": 0}

    def watch(name):
        while True:
            try:
                failed[name] = 0 if ask(name, "GET", "/healthz", timeout=0.3)[0] == 200 else failed[name] + 1
            except OSError:
                failed[name] += 1
            time.sleep(0.2)

    class Gateway(Handler):
        def handle_one(self):
            to = "east" if failed["east"] < 2 else "west"
            body = self.body()
            try:
                status, answer, headers = ask(to, self.command, self.path, body or None)
                self.answer(status, answer, {"X-Region": headers.get("X-Region", to)})
            except OSError:
                self.answer(502, b"the region does not answer")

        do_GET = do_PUT = handle_one

    for name in failed:
        threading.Thread(target=watch, args=(name,), daemon=True).start()
    ThreadingHTTPServer(("127.0.0.1", PORTS["gateway"]), Gateway).serve_forever()


def answers(name):
    try:
        return ask(name, "GET", "/healthz" if name != "gateway" else "/orders", timeout=0.5)[0] == 200
    except OSError:
        return False


def pid_file(name):
    return os.path.join(STATE, name + ".pid")


def start(name):
    if answers(name):
        return
    end(name)
    sync = ["--sync"] if os.path.exists(os.path.join(STATE, "sync")) else []
    p = subprocess.Popen([sys.executable, os.path.abspath(__file__), "serve", name, *sync], stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    with open(pid_file(name), "w") as f:
        f.write(str(p.pid))
    until = time.time() + 20
    while not answers(name):
        if time.time() > until or p.poll() is not None:
            sys.exit(f"{name} does not answer; is port {PORTS[name]} free?")
        time.sleep(0.02)


def end(name):
    try:
        with open(pid_file(name)) as f:
            os.kill(int(f.read()), signal.SIGKILL)
    except (OSError, ValueError):
        pass  # it never ran, or has ended
    try:
        os.remove(pid_file(name))
    except OSError:
        pass


def main(command="help", name=None, *more):
    os.makedirs(STATE, exist_ok=True)
    flag = os.path.join(STATE, "sync")
    if command == "up":
        main("down")
        if name == "--sync":
            open(flag, "w").close()
        for each in ("east", "west", "gateway"):
            start(each)
    elif command == "down":
        for each in PORTS:
            end(each)
        if os.path.exists(flag):
            os.remove(flag)
    elif command == "break" and name in PORTS:
        end(name)
    elif command == "broken" and name in PORTS:
        sys.exit(1 if answers(name) else 0)
    elif command == "mend" and name in PORTS:
        start(name)
    elif command == "serve":
        gateway() if name == "gateway" else region(name, "--sync" in more)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
