"""What models are called, those that are known, and those that are on this machine already."""

import hashlib

import pytest

from hub_server import REPO, web
from transformer_cinema.inference import hub, sources
from transformer_cinema.inference.errors import ModelError
from transformer_cinema.inference.hub import ModelName
from transformer_cinema.inference.model import Model

NAME = ModelName.parse(REPO)


class TestKnownModels:
    @pytest.fixture
    def known(self, server, files, monkeypatch):
        """A known model that is what the server has, under pins as those of `gpt2`."""
        pins = {name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items()}
        model = hub.CatalogEntry("tiny", "first/tiny", "f" * 40, "MIT", 1, 1, REPO, pins)
        monkeypatch.setitem(hub.KNOWN, "tiny", model)
        return ModelName.parse("tiny")

    def test_are_asked_for_without_a_listing(self, server, cache, known):
        server.repo = "first/tiny"
        hub.fetch(known, cache, endpoint=server.address, web=web())
        assert {request.path.rpartition("/")[0] for request in server.requests} == {f"/first/tiny/resolve/{'f' * 40}"}

    def test_come_from_the_second_source_when_the_first_is_out_of_reach(self, server, cache, known, monkeypatch):
        monkeypatch.setattr(sources.ModelScope, "address", server.address)
        folder = hub.fetch(known, cache, endpoint="http://127.0.0.1:9", web=web())
        assert Model.load(folder).info.n_layer == 2
        assert server.of_files()[0].path == f"/models/{REPO}/resolve/master/config.json"

    def test_are_the_published_ones(self, server, cache, known, files):
        server.repo = "first/tiny"
        server.files["model.safetensors"] = bytes(len(files["model.safetensors"]))
        with pytest.raises(ModelError, match="not the file that was promised"):
            hub.fetch(known, cache, endpoint=server.address, web=web())

    def test_a_listing_that_contradicts_a_pin(self, server, cache, files, monkeypatch):
        pins = {"model.safetensors": (len(files["model.safetensors"]), "0" * 64)}
        monkeypatch.setitem(hub.KNOWN, "tiny", hub.CatalogEntry("tiny", REPO, "main", "MIT", 1, 1, None, pins))
        with pytest.raises(ModelError, match="not the published one"):
            hub.fetch(ModelName.parse("tiny"), cache, endpoint=server.address, web=web())

    def test_a_listing_without_a_checksum_is_checked_by_the_pin(self, server, cache, files, monkeypatch):
        """Hugging Face tells no SHA-256 of small files; and a pin may know no size."""
        pins = {name: (None, hashlib.sha256(data).hexdigest()) for name, data in files.items()}
        monkeypatch.setitem(hub.KNOWN, "tiny", hub.CatalogEntry("tiny", REPO, "main", "MIT", 1, 1, None, pins))
        name = ModelName.parse("tiny")
        assert Model.load(hub.fetch(name, cache, endpoint=server.address, web=web())).info.n_layer == 2
        server.files["config.json"] = files["config.json"] + b" "  # which the listing agrees with
        with pytest.raises(ModelError, match="config.json .* is not the file that was promised"):
            hub.fetch(name, cache / "other", endpoint=server.address, web=web())

    @pytest.mark.parametrize("name", hub.KNOWN)
    def test_say_what_they_are(self, name):
        known = hub.KNOWN[name]
        assert len(known.revision) == 40 and known.licence and known.n_bytes > 4 * known.n_parameters * 0.99
        for size, sha256 in known.pins.values():
            assert (size is None or size > 0) and len(sha256) == 64
        if known.is_pinned:
            assert sum(size for size, _ in known.pins.values()) == known.n_bytes


class TestNames:
    @pytest.mark.parametrize(
        ("text", "repo", "folder"),
        [
            ("gpt2", "openai-community/gpt2", "openai-community--gpt2"),
            ("openai-community/gpt2", "openai-community/gpt2", "openai-community--gpt2"),
            ("ckiplab/gpt2-base-chinese", "ckiplab/gpt2-base-chinese", "ckiplab--gpt2-base-chinese"),
            ("a/b@v1.0", "a/b", "a--b@v1.0"),
        ],
    )
    def test_are_understood(self, text, repo, folder):
        name = ModelName.parse(text)
        assert (name.repo, name.folder) == (repo, folder)

    @pytest.mark.parametrize(
        "text",
        ["", "gpt3", "../x", "a/../b", "a/..", "/etc/passwd", "a/b/c", "a\\b", "C:\\x", "a/b@", "a/b@../c", "~/x",
         "a/b\n", "a/b?x", "http://a/b", "a/-b", "a/b.", "é/b", "a" * 200 + "/b", "a--b/c", "\ud800/b", "a/b c"],
    )  # fmt: skip
    def test_others_are_refused(self, text):
        with pytest.raises(ModelError, match="There is no folder"):
            ModelName.parse(text)


class TestHuggingFaceCache:
    """What Hugging Face's own tools have fetched is used where it lies."""

    @pytest.fixture
    def snapshot(self, tmp_path, files):
        def write(repo, revision="a" * 40, ref="main", hub=tmp_path / "hf" / "hub"):
            base = hub / f"models--{repo.replace('/', '--')}"
            folder = base / "snapshots" / revision
            folder.mkdir(parents=True)
            for name, data in files.items():
                (folder / name).write_bytes(data)
            (base / "refs").mkdir(exist_ok=True)
            (base / "refs" / ref).write_text(revision)
            return folder

        return write

    def test_is_found(self, snapshot, cache):
        assert snapshot(REPO) == hub.find(NAME, cache)

    @pytest.mark.parametrize("name", ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE"])
    def test_elsewhere(self, snapshot, cache, tmp_path, monkeypatch, name):
        monkeypatch.setenv(name, str(tmp_path / "other"))
        assert snapshot(REPO, hub=tmp_path / "other") == hub.find(NAME, cache)

    def test_in_the_folder_of_nobody(self, snapshot, cache, tmp_path, monkeypatch):
        monkeypatch.setenv("HF_HUB_CACHE", "~nobody-that-is-known/hub")
        assert snapshot(REPO) == hub.find(NAME, cache)

    def test_in_the_home_folder(self, snapshot, cache, tmp_path, monkeypatch):
        monkeypatch.delenv("HF_HOME")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
        assert snapshot(REPO, hub=tmp_path / "xdg" / "huggingface" / "hub") == hub.find(NAME, cache)

    @pytest.mark.parametrize("repo", ["gpt2", "openai-community/gpt2"])
    def test_under_both_names_of_gpt2(self, snapshot, cache, repo):
        assert snapshot(repo) == hub.find(ModelName.parse("gpt2"), cache)

    def test_of_a_revision(self, snapshot, cache):
        folder = snapshot(REPO, ref="v2")
        assert hub.find(NAME, cache) is None
        assert hub.find(ModelName.parse(f"{REPO}@v2"), cache) == folder

    @pytest.mark.parametrize("missing", ["config.json", "model.safetensors", "tokenizer.json"])
    def test_that_is_not_whole_is_not_used(self, snapshot, cache, missing):
        (snapshot(REPO) / missing).unlink()
        assert hub.find(NAME, cache) is None

    def test_with_a_ref_that_leads_elsewhere(self, snapshot, cache, tmp_path):
        snapshot(REPO)
        (tmp_path / "hf/hub/models--someone--tiny-gpt2/refs/main").write_text("../../..")
        assert hub.find(NAME, cache) is None
