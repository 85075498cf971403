"""Files over HTTPS: resumed after a break, tried again when that can help, checked before they get their name."""

import contextlib
import hashlib
import ipaddress
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from .errors import Cancelled, ModelError

_CHUNK = 1 << 14  # bytes; a broken connection costs at most as many
_MOST_REDIRECTS = 5
_LONGEST_ANSWER = 20_000_000  # bytes of JSON
_LONGEST_PAUSE = 30.0  # seconds


@dataclass(frozen=True)
class RemoteFile:
    """A file and how it is known again: by SHA-256, or else by the SHA-1 that git gives it."""

    name: str
    url: str
    size: int
    sha256: str | None = None
    git_sha1: str | None = None


class Broken(ModelError):
    """The connection failed again and again; another source may do better."""


class _Interrupted(Exception):
    """One try failed, in a way that the next one may not. `pause`: how long the server asks to wait, in seconds."""

    def __init__(self, message: str, pause: float = 0.0):
        super().__init__(message)
        self.pause = pause


@dataclass
class Web:
    """How the network is used. `cancelled()` is asked before and while anything is waited for.

    stall     seconds without a byte after which a connection is given up
    connect   seconds in which one must come about
    attempts  how often in a row a transfer may fail without having got further
    pause     seconds before the second attempt; twice as long before each further one
    """

    cancelled: Callable[[], bool] | None = None
    stall: float = 20.0
    connect: float = 8.0
    attempts: int = 4
    pause: float = 1.0

    def __post_init__(self):
        try:
            # Comes with Blender; its certificates and its way of finding the system's proxies work inside Blender, too.
            import requests
        except ImportError as error:
            raise ModelError(f"Nothing can be downloaded: the Python module requests is missing ({error}).") from error
        self._requests = requests
        self._session = requests.Session()

    def __enter__(self) -> "Web":
        return self

    def __exit__(self, *_) -> None:
        self._session.close()

    def json(self, url: str):
        """What the address answers. Raises ModelError, or Broken when it doesn't answer."""

        def once(_):
            with self._open(url) as response:
                body = bytearray()
                for chunk in self._chunks(response):
                    body += chunk
                    if len(body) > _LONGEST_ANSWER:
                        raise ModelError(f"{_host(url)} answers with more than a list of files; check the address.")
                try:
                    return json.loads(body)
                except (ValueError, RecursionError) as error:
                    raise ModelError(f"{_host(url)} doesn't answer as a model hub does; check the address.") from error

        return self._persist(url, once)

    def file(self, remote: RemoteFile, path: Path, progress: Callable[[int], None]) -> None:
        """Bring a file to `path`; what arrives waits in PATH.part, where a later call goes on.

        A file that is there already is only checked. `progress(bytes)` is told how much of it there is. Raises
        ModelError when the file can't be had, isn't what it should be, or finds no room; Broken when the connection
        fails; Cancelled. What has arrived is then kept, unless it is wrong.
        """
        part = path.with_name(path.name + ".part")
        if path.exists() and _is_genuine(path, remote, self.check_cancelled):
            progress(remote.size)
            return
        spoiled = False
        while True:
            self._persist(remote.url, lambda reached: self._transfer(remote, part, progress, reached))
            if _is_genuine(part, remote, self.check_cancelled):
                os.replace(part, path)
                return
            part.unlink()
            if spoiled:
                raise ModelError(
                    f"{remote.name} from {_host(remote.url)} is not the file that was promised (its checksum is wrong, "
                    "twice); something changes it on the way, so try another network or source."
                )
            spoiled = True  # most likely it was a part of another file that was gone on with

    def _transfer(self, remote: RemoteFile, part: Path, progress, reached) -> None:
        """One connection: get what is missing of the file."""
        have = part.stat().st_size if part.exists() else 0
        if have == remote.size and part.exists():
            progress(have)
            return
        host = _host(remote.url)
        with self._open(remote.url, {"Range": f"bytes={have}-"} if have else {}) as response:
            if response.status_code == 416:  # the part is of another file
                part.unlink()
                raise _Interrupted(f"there is no byte {have}")
            begin = response.headers.get("Content-Range", "")
            if response.status_code == 206 and not begin.startswith(f"bytes {have}-"):
                raise ModelError(f"{host} sends another part of {remote.name} than it should; try another source.")
            if response.status_code == 200:
                have = 0  # it doesn't go on, but begins anew
            length = response.headers.get("Content-Length", "")
            if length.isdigit() and have + int(length) != remote.size:
                raise ModelError(
                    f"{host} says that {remote.name} has {have + int(length)} bytes, but it must have {remote.size}; "
                    "something answers in its place, so try another network or source."
                )
            with _room(part.parent, remote.size - have), part.open("ab" if have else "wb") as file:
                progress(have)
                for chunk in self._chunks(response):
                    have += len(chunk)
                    if have > remote.size:
                        raise ModelError(f"{host} sends more of {remote.name} than there is of it; try another source.")
                    file.write(chunk)
                    reached(have)
                    progress(have)
        if have < remote.size:
            raise _Interrupted(f"the connection ended after {have} of {remote.size} bytes")

    def _persist(self, url: str, once):
        """Call once(reached) until it doesn't raise _Interrupted; reached(more bytes than ever) forgives failures."""
        failures, furthest = 0, 0

        def reached(have: int) -> None:
            nonlocal failures, furthest
            if have > furthest:
                failures, furthest = 0, have

        while True:
            self.check_cancelled()
            try:
                return once(reached)
            except _Interrupted as error:
                failures += 1
                if failures >= self.attempts:
                    raise Broken(
                        f"{_host(url)} can't be reached or breaks off ({error}); check the network, then try again: "
                        "what has arrived is kept."
                    ) from error
                self._wait(max(self.pause * 2 ** (failures - 1), error.pause))

    @contextlib.contextmanager
    def _open(self, url: str, headers: dict | None = None):
        """A streamed response of status 200, 206 or 416, after following redirects, none of which may leave HTTPS."""
        errors = self._requests.exceptions
        with contextlib.ExitStack() as stack:
            for _ in range(_MOST_REDIRECTS + 1):
                _check_address(url)
                try:
                    response = self._session.get(
                        url,
                        headers={"Accept-Encoding": "identity", "User-Agent": "transformer-cinema", **(headers or {})},
                        stream=True,
                        timeout=(self.connect, self.stall),
                        allow_redirects=False,
                    )
                except errors.SSLError as error:
                    raise ModelError(
                        f"{_host(url)} can't prove who it is ({_inner(error)}); nothing is taken from it."
                    ) from error
                except errors.RequestException as error:
                    raise _Interrupted(_inner(error)) from error
                stack.callback(response.close)
                if not response.is_redirect:
                    break
                target = urljoin(url, response.headers["Location"])
                if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
                    raise ModelError(f"{_host(url)} leads to an address without HTTPS; nothing is taken from there.")
                url = target
            else:
                raise ModelError(f"{_host(url)} leads in circles; try another source.")
            self._check_status(url, response)
            yield response

    def _check_status(self, url: str, response) -> None:
        status = response.status_code
        if status in (200, 206, 416):
            return
        if status == 429 or status >= 500:
            asked = response.headers.get("Retry-After", "")
            raise _Interrupted(f"status {status}", min(float(asked), _LONGEST_PAUSE) if asked.isdigit() else 0.0)
        if status in (401, 403, 404):
            raise ModelError(
                f"{_host(url)} has no {urlsplit(url).path} that everyone may see (status {status}); check the model's "
                "name, or fetch it in your own way and give its folder."
            )
        raise ModelError(f"{_host(url)} refuses {urlsplit(url).path} (status {status}); try another source.")

    def _chunks(self, response):
        try:
            for chunk in response.iter_content(_CHUNK):
                self.check_cancelled()
                yield chunk
        except OSError as error:  # which those of requests are, too
            raise _Interrupted(_inner(error)) from error

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check_cancelled()
            time.sleep(min(left, 0.1))

    def check_cancelled(self) -> None:
        if self.cancelled is not None and self.cancelled():
            raise Cancelled("The download was cancelled; it goes on from there when it is started again.")


@contextlib.contextmanager
def _room(folder: Path, needed: int):
    """See that `needed` bytes fit into the folder; explain it when they turn out not to."""
    free = shutil.disk_usage(folder).free
    advice = "free some space or choose another folder for models; what has arrived is kept"
    if free < needed:
        needs = f"{needed / 1e6:.0f} MB more are needed in {folder}, but {free / 1e6:.0f} MB are free"
        raise ModelError(f"{needs}; {advice}.")
    try:
        yield
    except OSError as error:
        raise ModelError(f"Can't write to {folder} ({error.strerror or error}); {advice}.") from error


def _is_genuine(path: Path, remote: RemoteFile, check_cancelled: Callable[[], None]) -> bool:
    """Whether a file has the checksum it should have."""
    if remote.sha256:
        digest, expected = hashlib.sha256(), remote.sha256
    elif remote.git_sha1:
        digest, expected = hashlib.sha1(b"blob %d\0" % remote.size, usedforsecurity=False), remote.git_sha1
    else:
        raise ModelError(f"Nothing is known by which {remote.name} could be checked; try another source.")
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            check_cancelled()
    return digest.hexdigest() == expected.lower()


def _check_address(url: str) -> None:
    """Only HTTPS is used, but for a server on this very machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and _is_this_machine(parts.hostname or ""):
        return
    shown = parts._replace(netloc=_host(url) if parts.netloc else "").geturl()  # without a password
    raise ModelError(f"{shown} is not an address that begins with https://; set another one.")


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(url: str) -> str:
    """The server's name and port, without user and password."""
    return urlsplit(url).netloc.rpartition("@")[2] or url


def _inner(error: BaseException) -> str:
    """The innermost reason of an error of the network, on one line."""
    inner = next((each for each in (getattr(error, "reason", None), *error.args) if isinstance(each, Exception)), None)
    return _inner(inner) if inner else " ".join(str(error).split()) or type(error).__name__
