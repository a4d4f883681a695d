"""A FastCGI client: one kept connection to the server's socket, one request at a time."""

import json
import socket
import struct

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR = range(1, 8)


class Answer:
    def __init__(self, output):
        head, _, self.body = output.partition(b"\r\n\r\n")
        self.headers = {}
        for line in head.decode("latin-1").split("\r\n"):
            name, _, value = line.partition(":")
            self.headers[name.strip().lower()] = value.strip()
        self.status = int(self.headers.pop("status", "200").split()[0])

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    def __init__(self, path):
        self.path = path
        self.socket = None

    def request(self, method, target, token=None, body=None):
        """body: a document, or bytes."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        parameters = {"REQUEST_METHOD": method, "REQUEST_URI": target, "QUERY_STRING": target.partition("?")[2],
                      "SERVER_PROTOCOL": "HTTP/1.1", "HTTPS": "on", "HTTP_HOST": "localhost",
                      "SERVER_NAME": "localhost", "REMOTE_ADDR": "127.0.0.1",
                      "CONTENT_LENGTH": str(len(content))}
        if content:
            parameters["CONTENT_TYPE"] = "application/vnd.api+json"
        if token:
            parameters["HTTP_AUTHORIZATION"] = "Bearer " + token
        message = record(BEGIN, struct.pack(">HB5x", 1, 1))
        message += record(PARAMS, b"".join(pair(name, value) for name, value in parameters.items()))
        message += record(PARAMS, b"")
        if content:
            message += record(STDIN, content)
        message += record(STDIN, b"")
        try:
            return Answer(self.exchange(message))
        except (OSError, EOFError):  # a recycled worker
            self.socket = None
            return Answer(self.exchange(message))

    def exchange(self, message):
        if self.socket is None:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(60)
            self.socket.connect(self.path)
        self.socket.sendall(message)
        output = b""
        while True:
            kind, length, padding = struct.unpack(">xB2xHBx", self.read(8))
            content = self.read(length + padding)[:length]
            if kind == STDOUT:
                output += content
            elif kind == END:
                return output

    def read(self, count):
        found = b""
        while len(found) < count:
            part = self.socket.recv(count - len(found))
            if not part:
                raise EOFError
            found += part
        return found


def record(kind, content):
    message = b""
    for start in range(0, max(len(content), 1), 65000):
        part = content[start:start + 65000]
        message += struct.pack(">BBHHBx", 1, kind, 1, len(part), 0) + part
    return message


def pair(name, value):
    return b"".join(size(len(text)) for text in (name.encode(), value.encode())) + name.encode() + value.encode()


def size(length):
    return bytes([length]) if length < 128 else struct.pack(">I", length | 0x80000000)
