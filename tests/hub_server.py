"""A model hub on loopback that misbehaves on demand, for tests of fetching."""

import contextlib
import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

REPO = "someone/tiny-gpt2"  # what the tests' model is called


def web(**settings):
    """A Downloader that loses its patience soon."""
    from transformer_cinema.inference.download import Downloader

    return Downloader(**{"stall": 0.5, "pause": 0.01, "attempts": 3, **settings})


@dataclass
class Request:
    """What was asked for."""

    path: str
    range: str | None
    authorization: str | None = None


@dataclass
class HubServer:
    """Serves `files` of `repo` as huggingface.co and as modelscope.cn do.

    faults      a function each, called as fault(handler, file, begin) for a file that is asked for, until the list is
                empty; one that returns True has answered the request
    sums        {file: SHA-256} the listing tells instead of the true ones
    lfs         files the listing tells a SHA-256 of; the others have git's SHA-1 only
    """

    repo: str
    files: dict[str, bytes]
    faults: list = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    sums: dict[str, str] = field(default_factory=dict)
    lfs: tuple[str, ...] = ("model.safetensors",)
    ranges: bool = True
    listing_fault: object = None  # as in `faults`, for the listing
    address: str = ""

    def of_files(self) -> list[Request]:
        """The requests for files, as against listings."""
        return [request for request in self.requests if "/resolve/" in request.path]

    def siblings(self) -> list[dict]:
        """The files as huggingface.co lists them."""
        entries = []
        for name, data in self.files.items():
            blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            entry = {"rfilename": name, "size": len(data), "blobId": blob}
            if name in self.lfs:
                sha256 = self.sums.get(name) or hashlib.sha256(data).hexdigest()
                entry["lfs"] = {"sha256": sha256, "size": len(data), "pointerSize": 134}
            entries.append(entry)
        return entries

    def modelscope_files(self) -> list[dict]:
        """The files as modelscope.cn lists them."""
        return [
            {"Path": name, "Size": len(data), "Type": "blob", "Sha256": hashlib.sha256(data).hexdigest()}
            for name, data in self.files.items()
        ] + [{"Path": "onnx", "Size": 0, "Type": "tree"}]


@contextlib.contextmanager
def serving(hub: HubServer):
    """Run the hub in a thread; its `address` is set."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        hub_files = hub.files

        def log_message(self, *_):
            pass

        def do_GET(self):
            parts = urlsplit(self.path)
            hub.requests.append(Request(self.path, self.headers.get("Range"), self.headers.get("Authorization")))
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                if parts.path == f"/api/models/{hub.repo}/revision/main":
                    assert parse_qs(parts.query) == {"blobs": ["true"]}
                    if hub.listing_fault and hub.listing_fault(self, None, 0):
                        return
                    self.answer(json.dumps({"sha": "c" * 40, "siblings": hub.siblings()}).encode())
                elif parts.path == f"/api/v1/models/{hub.repo}/repo/files":
                    self.answer(json.dumps({"Code": 200, "Data": {"Files": hub.modelscope_files()}}).encode())
                elif "/resolve/" in parts.path and f"/{hub.repo}/" in parts.path:
                    self.file(unquote(parts.path.rpartition("/")[2]))
                else:
                    self.answer(b"not here", 404)

        def file(self, name):
            if name not in hub.files:
                return self.answer(b"not here", 404)
            data = hub.files[name]
            asked = self.headers.get("Range")
            begin = int(asked.removeprefix("bytes=").rstrip("-")) if asked and hub.ranges else 0
            if hub.faults and hub.faults.pop(0)(self, name, begin):
                return None
            if begin >= len(data) and begin:
                return self.answer(b"", 416)
            if begin:
                place = {"Content-Range": f"bytes {begin}-{len(data) - 1}/{len(data)}"}
                return self.answer(data[begin:], 206, place)
            return self.answer(data)

        def answer(self, body, status=200, headers=None, length=None):
            self.send_response(status)
            for key, value in (headers or {}).items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    hub.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# --- faults --------------------------------------------------------------------------------------


def well(handler, name, begin):
    """No fault: this file comes as it should."""
    return False


def breaks_off(after):
    """The connection ends after that many bytes of what was asked for."""

    def fault(handler, name, begin):
        data = handler_data(handler, name)[begin:]
        place = {"Content-Range": f"bytes {begin}-{begin + len(data) - 1}/{begin + len(data)}"} if begin else {}
        handler.answer(data[:after], 206 if begin else 200, place, length=len(data))
        handler.close_connection = True
        return True

    return fault


def stalls(seconds):
    """The headers come, the rest doesn't."""

    def fault(handler, name, begin):
        handler.answer(b"", length=len(handler_data(handler, name)))
        time.sleep(seconds)
        handler.close_connection = True
        return True

    return fault


def drips(headers):
    """One byte every 50 milliseconds: of the headers, which never end, or of what follows."""

    def fault(handler, name, begin):
        if headers:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        else:
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(handler_data(handler, name)) if name else 100_000))
            handler.end_headers()
        for _ in range(200):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)
        handler.close_connection = True
        return True

    return fault


def says(status, headers=None, body=b"no"):
    """Another status than 200."""

    def fault(handler, name, begin):
        handler.answer(body, status, headers)
        return True

    return fault


def sends(data, status=200, headers=None):
    """Something else, of whatever length."""

    def fault(handler, name, begin):
        handler.answer(data, status, headers)
        return True

    return fault


def sends_without_length(data):
    """Something else, whose length isn't told beforehand."""

    def fault(handler, name, begin):
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(data)
        handler.close_connection = True
        return True

    return fault


def handler_data(handler, name):
    """The bytes of a file of the hub that a handler belongs to."""
    return handler.hub_files[name]
