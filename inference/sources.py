"""What a model hub has: a model's files with sizes and checksums. Two hubs, asked through their public web API."""

import contextlib
import os
from urllib.parse import quote

from .download import Downloader, RemoteFile
from .errors import ModelError


class Source:
    """A hub; `listing` asks it, except for models whose files are all known beforehand."""

    key: str
    title: str
    address: str

    def endpoint(self, given: str | None) -> str:
        """The address to use: the given one, or the usual one."""
        return (given or self.address).rstrip("/")

    def repo(self, name) -> str:
        """What the hub calls the model."""
        return name.repo

    def mirrors(self, name) -> bool:
        """Whether it is known to have a copy of the model, to be tried when the first source can't be reached."""
        return False

    def url(self, endpoint: str, repo: str, revision: str, file: str) -> str:
        """Where a file of a model is."""
        raise NotImplementedError

    def entries(self, endpoint: str, repo: str, revision: str, web: Downloader) -> tuple[str, list[dict]]:
        """-> (the revision that is described, a dict with name, size, sha256, git_sha1 for each file)."""
        raise NotImplementedError

    def revision(self, name) -> str:
        """The version of the model to ask for."""
        raise NotImplementedError

    def listing(self, name, endpoint: str | None, web: Downloader) -> dict[str, RemoteFile]:
        """The model's files by name. Raises ModelError when the hub doesn't know it, or contradicts what is known."""
        endpoint, repo, revision = self.endpoint(endpoint), self.repo(name), self.revision(name)
        pins = name.known.pins if name.known else {}
        if name.known and name.known.is_pinned:
            entries = [{"name": file, "size": size, "sha256": sha256} for file, (size, sha256) in pins.items()]
        else:
            revision, entries = self.entries(endpoint, repo, revision, web)
        files = {}
        for entry in entries:
            file, size = entry["name"], entry["size"]
            if not isinstance(file, str) or "/" in file or not file.isascii():  # none of those that make a model
                continue
            sums = [entry.get(name) for name in ("sha256", "git_sha1")]
            if not all(one is None or isinstance(one, str) for one in sums):
                raise ModelError(f"{self.title} doesn't say the checksum of {repo}'s {file}; try another source.")
            if type(size) is not int or size < 0:
                raise ModelError(f"{self.title} doesn't say how large {repo}'s {file} is; try another source.")
            pinned_size, pinned_sum = pins.get(file, (size, entry.get("sha256")))
            if size != (pinned_size or size) or entry.get("sha256") not in (None, pinned_sum):
                raise ModelError(f"{file} of {repo} at {self.title} is not the published one; don't use this source.")
            url = self.url(endpoint, repo, revision, file)
            files[file] = RemoteFile(file, url, size, pinned_sum, entry.get("git_sha1"))
        return files


class HuggingFace(Source):
    """huggingface.co, or the address in HF_ENDPOINT."""

    key, title = "huggingface", "Hugging Face"

    @property
    def address(self) -> str:
        """As the hub's own tools have it."""
        return os.environ.get("HF_ENDPOINT") or "https://huggingface.co"

    def revision(self, name) -> str:
        """A pinned commit, or what the user asked for."""
        return name.revision or "main"

    def url(self, endpoint: str, repo: str, revision: str, file: str) -> str:
        """Where a file of a model is."""
        return f"{endpoint}/{repo}/resolve/{quote(revision, safe='')}/{quote(file)}"

    def entries(self, endpoint: str, repo: str, revision: str, web: Downloader) -> tuple[str, list[dict]]:
        """Large files have a SHA-256; small ones are known by the SHA-1 that git gives them."""
        answer = web.json(f"{endpoint}/api/models/{repo}/revision/{quote(revision, safe='')}?blobs=true")
        with _understood(self.title):
            entries = []
            for file in answer["siblings"]:
                large = file.get("lfs") or {}
                entry = {"name": file["rfilename"], "size": large.get("size", file.get("size"))}
                entries.append({**entry, "sha256": large.get("sha256"), "git_sha1": file.get("blobId")})
            return str(answer.get("sha") or revision), entries


class ModelScope(Source):
    """modelscope.cn, which is reached where huggingface.co isn't."""

    key, title, address = "modelscope", "ModelScope", "https://modelscope.cn"

    def repo(self, name) -> str:
        """The copies of OpenAI's models have another owner there."""
        return name.known.modelscope if self.mirrors(name) else name.repo

    def mirrors(self, name) -> bool:
        """For a known model, what is there is checked against the same pins."""
        return bool(name.known and name.known.modelscope)

    def revision(self, name) -> str:
        """Its versions have other names than Hugging Face's commits."""
        return "master" if name.known else name.revision or "master"

    def url(self, endpoint: str, repo: str, revision: str, file: str) -> str:
        """Where a file of a model is."""
        return f"{endpoint}/models/{repo}/resolve/{quote(revision, safe='')}/{quote(file)}"

    def entries(self, endpoint: str, repo: str, revision: str, web: Downloader) -> tuple[str, list[dict]]:
        """Every file has a SHA-256."""
        query = f"Revision={quote(revision, safe='')}&Recursive=true"
        answer = web.json(f"{endpoint}/api/v1/models/{repo}/repo/files?{query}")
        with _understood(self.title):
            files = [file for file in answer["Data"]["Files"] if file.get("Type") != "tree"]
            return revision, [
                {"name": file["Path"], "size": file["Size"], "sha256": file.get("Sha256")} for file in files
            ]


@contextlib.contextmanager
def _understood(title: str):
    """Turn an answer of another shape into a ModelError."""
    try:
        yield
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{title} doesn't answer as a model hub does; check the address.") from error


HUGGING_FACE = HuggingFace()
SOURCES = {source.key: source for source in (HUGGING_FACE, ModelScope())}
