"""Models by name: known ones, those on this machine, and how the others are brought here.

Nothing in here asks the network unless `fetch` is called, and that is called only with the user's permission.
"""

import contextlib
import os
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .checkpoint import Checkpoint, Config
from .download import ConnectionFailed, Downloader, RemoteFile
from .errors import ModelError
from .files import expanded, reason, shown
from .locks import locked
from .safetensors import shard_files
from .sources import HUGGING_FACE, SOURCES, Source
from .tokenizer_files import FORMATS, OPTIONAL
from .tokens import Tokenizer

# The tokenizer.json of every model here that names it is this very file.
_TOKENIZER = (1_355_256, "8414cab924d8b9b33013f0d221c5862f365ee9be39c5c2bfae8a5a9e970478a6")


@dataclass(frozen=True)
class CatalogEntry:
    """A model that the project knows by name.

    pins  file -> (size in bytes or None, SHA-256); a file that isn't among them is checked by what the hub says of it
    """

    name: str
    repo: str
    revision: str
    licence: str
    n_parameters: int
    n_bytes: int
    modelscope: str | None
    pins: dict[str, tuple[int | None, str]] = field(default_factory=dict)

    @property
    def is_pinned(self) -> bool:
        """Whether all that is needed can be asked for without asking what there is."""
        needed = ("config.json", "model.safetensors", "tokenizer.json")
        return all(self.pins.get(file, (None, ""))[0] is not None for file in needed)


KNOWN = {
    model.name: model
    for model in (
        CatalogEntry(
            "distilgpt2",
            "distilbert/distilgpt2",
            "2290a62682d06624634c1f46a6ad5be0f47f38aa",
            "Apache 2.0",
            81_912_576,
            354_180_431,
            None,
            {
                "config.json": (762, "4ec5947c1d59fee6212cdf3b0ec1a53eac02092554c5ff0a733488cbd2c64f3a"),
                "model.safetensors": (352_824_413, "e1ff18884359fe8beb795a5f414feb85a6ce3d929ad019c0d958c039d2b94a1b"),
                "tokenizer.json": _TOKENIZER,
            },
        ),
        CatalogEntry(
            "gpt2",
            "openai-community/gpt2",
            "607a30d783dfa663caf39e06633721c8d4cfcd7e",
            "MIT",
            124_439_808,
            549_461_092,
            "AI-ModelScope/gpt2",
            {
                "config.json": (665, "0daed7749b4f02b8f76240d5444551d7b08712dab4d0adb8239c56ba823bb7b4"),
                "model.safetensors": (548_105_171, "248dfc3911869ec493c76e65bf2fcf7f615828b0254c12b473182f0f81d3a707"),
                "tokenizer.json": _TOKENIZER,
            },
        ),
        CatalogEntry(
            "gpt2-medium",
            "openai-community/gpt2-medium",
            "6dcaa7a952f72f9298047fd5137cd6e4f05f41da",
            "MIT",
            354_823_168,
            1_521_340_936,
            "AI-ModelScope/gpt2-medium",
            {
                "config.json": (718, "ef1a44d889ad1a0acc7731c78134f1b87d2d222f110e97dd10fd4117331caf22"),
                "model.safetensors": (
                    1_519_984_962,
                    "fc5a354a19255ad494f3d71549390baca1ccf61d1d822b9408971705c687c9cd",
                ),
                "tokenizer.json": _TOKENIZER,
            },
        ),
        CatalogEntry(
            "gpt2-large",
            "openai-community/gpt2-large",
            "32b71b12589c2f8d625668d2335a01cac3249519",
            "MIT",
            774_030_080,
            3_250_000_000,
            "AI-ModelScope/gpt2-large",
        ),
        CatalogEntry(
            "gpt2-xl",
            "openai-community/gpt2-xl",
            "15ea56dee5df4983c59b2538573817e1667135e2",
            "MIT",
            1_557_611_200,
            6_430_000_000,
            "AI-ModelScope/gpt2-xl",
            {
                "config.json": (None, "be48115d52314bc27327e160bf10197760db02ea689d10adb24db4102edf7a8a"),
                "model.safetensors": (None, "0f8b28eb05a8075f48b61b6f35332978c74fc7763fa9fb4051a1c30511736a6a"),
                "tokenizer.json": _TOKENIZER,
            },
        ),
        # Two Chinese ones (Zhao et al. 2019), at the commits that add the weights as safetensors; no licence is stated.
        CatalogEntry(
            "gpt2-chinese-distil",
            "uer/gpt2-distil-chinese-cluecorpussmall",
            "a37ea26ae38a65c97b3a80ea20dd3ece85c2e4ac",
            "not stated",
            59_541_504,
            244_600_000,
            None,
        ),
        CatalogEntry(
            "gpt2-chinese",
            "uer/gpt2-chinese-cluecorpussmall",
            "684a6fb3f0f6b5046aed368a40feee3b30b9df6a",
            "not stated",
            102_068_736,
            421_000_000,
            None,
        ),
    )
}


@dataclass(frozen=True)
class ModelName:
    """`gpt2`, `owner/name` or `owner/name@revision`, understood."""

    short: str
    repo: str
    revision: str | None
    known: CatalogEntry | None

    @classmethod
    def parse(cls, text: str) -> "ModelName":
        """Raises ModelError for what no model can be called."""
        by_repo = {model.repo: model for model in KNOWN.values()}
        known = KNOWN.get(text) or by_repo.get(text)
        if known:
            return cls(known.name, known.repo, known.revision, known)
        part = r"([a-zA-Z0-9](?:[\w.-]{0,94}\w)?)"
        match = re.fullmatch(f"{part}/{part}(?:@{part})?", text, re.ASCII)
        if not match or ".." in text or "--" in text:
            shown = text if text.isprintable() and len(text) <= 80 else ascii(text)[:80]
            raise ModelError(
                f"There is no folder {shown}, and no model is known by that name; give a folder, one of "
                f"{', '.join(KNOWN)}, or a name of the model hub such as owner/name."
            )
        owner, name, revision = match.groups()
        return cls(name, f"{owner}/{name}", revision, None)

    @property
    def folder(self) -> str:
        """What its folder in the cache is called."""
        revision = f"@{self.revision}" if self.revision and not self.known else ""
        return self.repo.replace("/", "--") + revision


def default_cache() -> Path:
    """Where fetched models are kept outside Blender: TRANSFORMER_CINEMA_CACHE, or the system's folder for caches."""
    chosen = os.environ.get("TRANSFORMER_CINEMA_CACHE")
    if chosen:
        return expanded(chosen)
    if os.name == "nt":
        base = expanded(os.environ.get("LOCALAPPDATA") or "~/AppData/Local")
    elif sys.platform == "darwin":
        base = expanded("~/Library/Caches")
    else:
        base = expanded(os.environ.get("XDG_CACHE_HOME") or "~/.cache")
    return base / "transformer-cinema"


def find(name: ModelName, cache: Path) -> Path | None:
    """The folder of a model that is on this machine: in `cache`, or where Hugging Face's own tools keep theirs."""
    candidates = [cache / name.folder, *_hugging_face_snapshots(name)]
    return next((folder for folder in candidates if is_whole(folder)), None)


def fetch(
    name: ModelName,
    cache: Path,
    source: str | None = None,
    endpoint: str | None = None,
    progress: Callable[[int, int, str], None] | None = None,
    web: Downloader | None = None,
) -> Path:
    """Bring a model to this machine, if it isn't there yet, and check that it can be run -> its folder.

    source    a key of SOURCES; None: Hugging Face, and ModelScope if that can't be reached and has a copy
    endpoint  an address instead of the source's own one
    progress  called with bytes done, bytes in all, and the file in question

    A download that is interrupted goes on where it stopped when it is started again. Only one process fetches a model;
    others wait for it. Raises ModelError.
    """
    if source is not None and source not in SOURCES:
        raise ModelError(f"There is no source {shown(source)}; choose one of {', '.join(SOURCES)}.")
    copies = [each for each in SOURCES.values() if each.mirrors(name)]
    sources = [SOURCES[source]] if source else [HUGGING_FACE, *copies]
    with web or Downloader() as web, _explained(cache):
        cache.mkdir(parents=True, exist_ok=True)
        with locked(cache / f".{name.folder}.lock", web.check_cancelled):
            if found := find(name, cache):  # another process was faster
                return found
            failures = []
            for each in sources:
                try:
                    return _fetch_from(each, None if failures else endpoint, name, cache, progress, web)
                except ConnectionFailed as error:
                    failures.append(str(error))
            raise ConnectionFailed(" And ".join(failures))


def _fetch_from(source: Source, endpoint, name: ModelName, cache: Path, progress, web: Downloader) -> Path:
    folder = cache / name.folder
    part = cache / f".{name.folder}.part"  # no model's name begins with a dot
    part.mkdir(exist_ok=True)
    listing = source.listing(name, endpoint, web)
    wanted = _wanted(listing, name)
    done = {}

    def report(file: RemoteFile, here: int) -> None:
        done[file.name] = here
        if progress is not None:
            progress(sum(done.values()), max(total, sum(done.values())), f"{name.short}: {file.name}")

    total = sum(file.size for file in wanted)
    while wanted:
        file = wanted.pop(0)
        target = part / file.name
        web.file(file, target, lambda here, file=file: report(file, here))
        if file.name == "config.json":
            Config.read(target)  # another architecture is refused before its weights are fetched
        if file.name.endswith(".index.json"):
            shards = [_listed(listing, shard, name) for shard in shard_files(target)]
            wanted += shards
            total += sum(shard.size for shard in shards)
    Checkpoint(part)
    Tokenizer.find(part)
    shutil.rmtree(folder, ignore_errors=True)  # at most what is left of a damaged one
    part.replace(folder)
    return folder


def _wanted(listing: dict[str, RemoteFile], name: ModelName) -> list[RemoteFile]:
    """The files that make a model, small ones first; shards are added when their index has been read."""
    whole = (files for files in FORMATS if all(file in listing for file in files))
    tokenizer = list(next(whole, FORMATS[0]))
    tokenizer += [file for file in OPTIONAL.get(tokenizer[0], ()) if file in listing]
    if "model.safetensors" in listing:
        weights = "model.safetensors"
    elif "model.safetensors.index.json" in listing:
        weights = "model.safetensors.index.json"
    elif any(file.endswith((".bin", ".pt", ".ckpt", ".pth")) for file in listing):
        raise ModelError(
            f"{name.repo} comes as a pickled file only, which is never loaded, because it can run any program hidden "
            "in it; look for a copy with a model.safetensors."
        )
    else:
        raise ModelError(f"{name.repo} has no model.safetensors; look for a copy that has.")
    return [_listed(listing, file, name) for file in ("config.json", *tokenizer, weights)]


def _listed(listing: dict[str, RemoteFile], file: str, name: ModelName) -> RemoteFile:
    if file not in listing:
        raise ModelError(f"{name.repo} has no {file}, so it can't be run; look for a copy that has.")
    return listing[file]


def is_whole(folder: Path) -> bool:
    """Whether a folder holds every file of a model; what is in them isn't looked at."""
    if not (folder / "config.json").is_file():
        return False
    if not any(all((folder / file).is_file() for file in files) for files in FORMATS):
        return False
    if (folder / "model.safetensors").is_file():
        return True
    index = folder / "model.safetensors.index.json"
    with contextlib.suppress(ModelError):
        return index.is_file() and all((folder / file).is_file() for file in shard_files(index))
    return False


def _hugging_face_snapshots(name: ModelName) -> list[Path]:
    """Where the hub's own tools would have put the model: HF_HUB_CACHE, HF_HOME/hub, ~/.cache/huggingface/hub.

    HUGGINGFACE_HUB_CACHE and TRANSFORMERS_CACHE are what older versions called the first one, and still read.
    """
    home = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface"
    home = Path(os.environ.get("HF_HOME") or home)
    hubs = [os.environ.get(name) for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE")]
    hubs = dict.fromkeys(filter(None, [*hubs, str(home / "hub")]))
    return [folder for hub in hubs for folder in _snapshots(name, hub)]


def _snapshots(name: ModelName, hub: str) -> list[Path]:
    """Where the model's versions are in one of those folders."""
    try:
        hub = expanded(hub)
    except ModelError:  # nobody's folder holds no models
        return []
    repos = [name.repo] + ([name.known.name] if name.known else [])  # `gpt2` was once its whole name
    folders = []
    for repo in repos:
        base = hub / f"models--{repo.replace('/', '--')}"
        for revision in [name.revision] if name.revision else ["main"]:
            folders.append(base / "snapshots" / revision)
            with contextlib.suppress(OSError, ValueError):
                commit = (base / "refs" / revision).read_text(encoding="utf-8").strip()
                if re.fullmatch(r"[0-9a-f]{40}", commit):
                    folders.append(base / "snapshots" / commit)
        if name.known:  # any version of it is the same model
            folders += sorted((base / "snapshots").glob("*")) if (base / "snapshots").is_dir() else []
    return folders


@contextlib.contextmanager
def _explained(cache: Path):
    try:
        yield
    except OSError as error:
        raise ModelError(
            f"Models can't be kept in {cache} ({reason(error)}); choose another folder for them."
        ) from error
