"""Files over HTTPS: resumed after a break, tried again when that can help, checked before they get their name."""

import contextlib
import hashlib
import ipaddress
import json
import os
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urljoin, urlsplit

from .errors import Cancelled, ModelError
from .files import reason, shown

_CHUNK = 1 << 14  # bytes; a broken connection costs at most as many
_LEAST = 20_000  # bytes; with less in Downloader.patience seconds a download would take for ever
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


class ConnectionFailed(ModelError):
    """The connection failed again and again; another source may do better."""


class _Interrupted(Exception):
    """One try failed, in a way that the next one may not. `pause`: how long the server asks to wait, in seconds."""

    def __init__(self, message: str, pause: float = 0.0):
        super().__init__(message)
        self.pause = pause


@dataclass
class Downloader:
    """How the network is used. `cancelled()` is asked before and while anything is waited for.

    stall     seconds without a byte after which a connection is given up
    patience  seconds in which an answer must have begun, and in which each 20 kB of it must come
    connect   seconds in which one must come about
    attempts  how often in a row a transfer may fail without having got further
    pause     seconds before the second attempt; twice as long before each further one
    """

    cancelled: Callable[[], bool] | None = None
    stall: float = 20.0
    patience: float = 60.0
    connect: float = 8.0
    attempts: int = 4
    pause: float = 1.0

    def __post_init__(self):
        try:
            # Comes with Blender; its certificates and its way of finding the system's proxies work inside Blender, too.
            import requests
        except ImportError as error:
            raise ModelError(f"Nothing can be downloaded: there is no requests ({reason(error)}).") from error
        import urllib3

        self._http_errors = urllib3.exceptions.HTTPError
        self._requests = requests
        self._session = requests.Session()
        self._session.auth = lambda request: request  # else requests would send what ~/.netrc says of a host

    def __enter__(self) -> "Downloader":
        return self

    def __exit__(self, *_) -> None:
        self._session.close()

    def json(self, url: str):
        """What the address answers. Raises ModelError, or ConnectionFailed when it doesn't answer."""

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
        ModelError when the file can't be had, isn't what it should be, or finds no room; ConnectionFailed when the
        connection fails; Cancelled. What has arrived is then kept, unless it is wrong.
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
        if part.is_symlink():  # never ours: what came would be written somewhere else
            part.unlink()
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
            length = _number(response.headers.get("Content-Length", ""))
            if length is not None and have + length != remote.size:
                raise ModelError(
                    f"{host} says that {remote.name} has {have + length} bytes, but it must have {remote.size}; "
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
                    raise ConnectionFailed(
                        f"{_host(url)} can't be reached or breaks off ({error}); check the network, then try again: "
                        "the part already downloaded is kept."
                    ) from error
                self._wait(max(self.pause * 2 ** (failures - 1), error.pause))

    @contextlib.contextmanager
    def _open(self, url: str, headers: dict | None = None):
        """A streamed response of status 200, 206 or 416, after following redirects, none of which may leave HTTPS."""
        errors = self._requests.exceptions
        with contextlib.ExitStack() as stack:
            for _ in range(_MOST_REDIRECTS + 1):
                _check_address(url)
                sent = {"Accept-Encoding": "identity", "User-Agent": "transformer-cinema", **(headers or {})}
                try:
                    response = self._answer(url, sent)
                except errors.SSLError as error:
                    raise ModelError(
                        f"{_host(url)} can't be trusted: its certificate could not be verified ({_inner(error)})."
                    ) from error
                except errors.RequestException as error:
                    raise _Interrupted(_inner(error)) from error
                except ValueError as error:  # requests looks at the Location, too
                    raise ModelError(
                        f"{_host(url)} leads somewhere which is no address ({reason(error)}); try another source."
                    ) from error
                stack.callback(response.close)
                if not response.is_redirect:
                    break
                target = _joined(url, response.headers["Location"])
                _parts(target, f"{_host(url)} leads to ")
                if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
                    raise ModelError(f"{_host(url)} leads to an address without HTTPS; nothing is taken from there.")
                url = target
            else:
                raise ModelError(f"{_host(url)} redirects in a loop; try another source.")
            self._check_status(url, response)
            yield response

    def _answer(self, url: str, headers: dict):
        """The response to a request once its headers are there, however slowly a server sends them."""
        found = Future()

        def get() -> None:
            try:
                response = self._session.get(
                    url, headers=headers, stream=True, timeout=(self.connect, self.stall), allow_redirects=False
                )
                if not found.set_running_or_notify_cancel():  # nobody waits any more
                    response.close()
                    return
                found.set_result(response)
            except BaseException as error:  # handed to the one who waits
                if found.set_running_or_notify_cancel():
                    found.set_exception(error)

        threading.Thread(target=get, daemon=True, name="wait for an answer").start()
        end = time.monotonic() + self.patience
        while True:
            try:
                return found.result(timeout=0.1)
            except FutureTimeout:
                if time.monotonic() > end and found.cancel():
                    raise ConnectionFailed(
                        f"{_host(url)} doesn't answer within {self.patience:g} seconds; try again."
                    ) from None
                try:
                    self.check_cancelled()
                except Cancelled:
                    found.cancel()
                    raise

    def _check_status(self, url: str, response) -> None:
        status = response.status_code
        if status in (200, 206, 416):
            return
        if status == 429 or status >= 500:
            asked = _number(response.headers.get("Retry-After", ""))
            raise _Interrupted(f"status {status}", min(float(asked or 0), _LONGEST_PAUSE))
        if status in (401, 403, 404):
            raise ModelError(
                f"{_host(url)} has no public {urlsplit(url).path} (status {status}); check the model's "
                "name, or fetch it in your own way and give its folder."
            )
        raise ModelError(f"{_host(url)} refuses {urlsplit(url).path} (status {status}); try another source.")

    def _chunks(self, response):
        # What has come is taken at once: iter_content waits until a chunk is full, whatever time that takes.
        read = getattr(response.raw, "read1", None) or (lambda _: response.raw.read(1024))
        begin, came = time.monotonic(), 0
        try:
            while chunk := read(_CHUNK):
                self.check_cancelled()
                came += len(chunk)
                yield chunk
                if came >= _LEAST:
                    begin, came = time.monotonic(), 0
                elif time.monotonic() > begin + self.patience:
                    raise ConnectionFailed(
                        f"{_host(response.url)} sends too slowly ({came} bytes in {self.patience:g} seconds); try "
                        "again later, or another source: the part already downloaded is kept."
                    )
        except (OSError, self._http_errors) as error:
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
    advice = "free some space or choose another folder for models; the part already downloaded is kept"
    if free < needed:
        needs = f"{needed / 1e6:.0f} MB more are needed in {folder}, but {free / 1e6:.0f} MB are free"
        raise ModelError(f"{needs}; {advice}.")
    try:
        yield
    except OSError as error:
        raise ModelError(f"Can't write to {folder} ({reason(error)}); {advice}.") from error


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
    parts = _parts(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and _is_this_machine(parts.hostname or ""):
        return
    named = parts._replace(netloc=_host(url) if parts.netloc else "").geturl()  # without a password
    raise ModelError(f"{shown(named)} is not an address that begins with https://; set another one.")


def _parts(url: str, where: str = "") -> SplitResult:
    """The parts of an address. Raises ModelError for what is none; `where` it comes from begins the message."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - which is looked at only now
        url.encode()
    except ValueError as error:
        raise ModelError(f"{where}{shown(url)}, which is no address ({reason(error)}); set another one.") from error
    return parts


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(url: str) -> str:
    """The server's name and port, without user and password."""
    try:
        return shown(urlsplit(url).netloc.rpartition("@")[2] or url)
    except ValueError:
        return shown(url)


def _joined(url: str, target: str) -> str:
    """Where a redirect leads; what is no address is refused when it is asked for."""
    try:
        return urljoin(url, target)
    except ValueError:
        return target


def _number(text: str) -> int | None:
    """A whole number as headers have it; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _inner(error: BaseException) -> str:
    """The innermost reason of an error of the network, on one line."""
    inner = next((each for each in (getattr(error, "reason", None), *error.args) if isinstance(each, Exception)), None)
    return _inner(inner) if inner else reason(error)
