"""A small orders API of one region.

    PUT /orders/NAME   store an order; 201 when the database has committed it
    GET /orders/NAME   one order, 404 when there is none
    GET /orders        the names of all orders
    GET /healthz       200 while the region's own database answers

It reads from the database of its own region, and writes to whichever of the two
is the primary: libpq tries both and takes the one that can be written to.
"""
import json, os, queue, time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2

OWN, OTHER, REGION = os.environ["OWN"], os.environ["OTHER"], os.environ["REGION"]


class Pool:
    def __init__(self, hosts, wants):
        self.idle = queue.LifoQueue()
        self.dsn = dict(host=hosts, user="postgres", dbname="postgres", target_session_attrs=wants, connect_timeout=2,
                        tcp_user_timeout=2000, keepalives_idle=1, keepalives_interval=1, keepalives_count=2)

    @contextmanager
    def cursor(self):
        """One statement, committed at once. A connection that failed is not used again."""
        try:
            conn = self.idle.get_nowait()
        except queue.Empty:
            conn = psycopg2.connect(**self.dsn)
            conn.autocommit = True
        try:
            with conn.cursor() as cursor:
                yield cursor
        except BaseException:
            conn.close()
            raise
        self.idle.put(conn)


reads, writes = Pool(OWN, "any"), Pool(f"{OWN},{OTHER}", "read-write")


class API(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("X-Region", REGION)
        data = json.dumps(body).encode()
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def safely(self, work):
        try:
            status, body = work()
        except psycopg2.Error as err:
            status, body = 503, {"error": str(err).strip()}
        self.answer(status, body)

    def do_GET(self):
        self.safely(self.get)

    def do_PUT(self):
        item = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.safely(lambda: self.put(self.path.removeprefix("/orders/"), item))

    def put(self, name, item):
        with writes.cursor() as c:
            c.execute("insert into orders (id, item) values (%s, %s) on conflict do nothing", (name, item))
        return 201, {"id": name}

    def get(self):
        with reads.cursor() as c:
            if self.path == "/healthz":
                c.execute("select 1")
                return 200, {"region": REGION}
            if self.path == "/orders":
                c.execute("select id from orders")
                return 200, {"orders": [{"id": row[0]} for row in c]}
            c.execute("select id, item from orders where id = %s", (self.path.removeprefix("/orders/"),))
            row = c.fetchone()
            return (200, {"id": row[0], "item": row[1]}) if row else (404, {})


def table():
    """Both APIs want it; whoever comes later finds it."""
    while True:
        try:
            with writes.cursor() as c:
                c.execute("create table if not exists orders (id text primary key, item text not null)")
            return
        except psycopg2.Error:
            time.sleep(0.3)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass  # a client that has gone


table()
Server(("", 8080), API).serve_forever()
