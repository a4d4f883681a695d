"""A receiver of hooks on 127.0.0.1 for tests: it records what it gets. The path says what it answers:

  /status/503     with this status
  /slow/20        after so many seconds
  /wait           only once release() is called
  /redirect       with a redirect to /elsewhere
  anything else   200

Run as a program, it prints its URL and serves until its standard input ends."""

import http.server
import re
import sys
import threading
import time


class Received:
    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body = method, path, headers, body


class Receiver:
    def __init__(self, port=0):
        self.requests = []
        self.released = threading.Event()
        self.changed = threading.Condition()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with receiver.changed:
                    receiver.requests.append(Received(self.command, self.path, dict(self.headers.items()), body))
                    receiver.changed.notify_all()
                slow, status = re.match(r"/slow/(\d+)", self.path), re.match(r"/status/(\d+)", self.path)
                if slow:
                    time.sleep(int(slow[1]))
                if self.path.startswith("/wait"):
                    receiver.released.wait(60)
                reply = b"received"
                try:
                    self.send_response(int(status[1]) if status else 302 if self.path == "/redirect" else 200)
                    if self.path == "/redirect":
                        self.send_header("Location", "/elsewhere")
                    self.send_header("Content-Type", "text/plain")
                    self.send_header("Content-Length", str(len(reply)))
                    self.end_headers()
                    self.wfile.write(reply)
                except OSError:
                    self.close_connection = True

            do_GET = do_POST = do_PATCH = answer

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def release(self):
        self.released.set()

    def on(self, path):
        with self.changed:
            return [request for request in self.requests if request.path == path]

    def wait_for(self, path, count=1, timeout=20):
        """The requests to this path, once there are so many."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while True:
                found = [request for request in self.requests if request.path == path]
                if len(found) >= count:
                    return found
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"{len(found)} of {count} requests to {path} after {timeout} s")
                self.changed.wait(left)

    def stop(self):
        self.release()
        self.server.shutdown()
        self.server.server_close()


if __name__ == "__main__":
    print(Receiver().url, flush=True)
    sys.stdin.read()
