"""Fetching, from a real HTTP server on this machine."""

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import hub_server
from checkpoints import write_checkpoint
from hub_server import REPO, breaks_off, says, sends, sends_without_length, stalls, web, well
from transformer_cinema.inference import download, hub
from transformer_cinema.inference.download import Downloader
from transformer_cinema.inference.errors import Cancelled, ModelError
from transformer_cinema.inference.hub import ModelName
from transformer_cinema.inference.model import Model
from transformer_cinema.inference.tokens import Tokenizer

NAME = ModelName.parse(REPO)


def fetch(server, cache, **settings):
    return hub.fetch(NAME, cache, endpoint=server.address, web=web(**settings))


def weights_requests(server):
    return [request for request in server.of_files() if request.path.endswith("model.safetensors")]


def is_clean(cache):
    """Whether nothing looks like a model that isn't one."""
    return hub.find(NAME, cache) is None


class TestFetch:
    def test_brings_a_model_that_runs(self, server, cache, files):
        told = []
        folder = hub.fetch(
            NAME, cache, endpoint=server.address, web=web(), progress=lambda *report: told.append(report)
        )
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
        assert Model.load(folder).trace("the king").logits.shape == (400,)
        total = sum(map(len, files.values()))
        assert told[-1][:2] == (total, total)
        assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
        assert hub.find(NAME, cache) == folder

    def test_asks_for_nothing_that_is_there(self, server, cache):
        fetch(server, cache)
        asked = len(server.requests)
        fetch(server, cache)
        assert len(server.requests) == asked

    def test_takes_only_what_is_needed(self, server, cache, files):
        server.files |= {"pytorch_model.bin": b"pickle", "onnx/model.onnx": b"other", "README.md": b"words"}
        assert {path.name for path in fetch(server, cache).iterdir()} == set(files)

    def test_takes_vocab_and_merges_where_there_is_no_tokenizer_json(self, server, cache, tmp_path):
        small_tokenizer_file = tmp_path / "tokenizer.json"
        small_tokenizer_file.write_bytes(server.files["tokenizer.json"])
        tokenizer = json.loads(server.files.pop("tokenizer.json"))["model"]
        server.files["vocab.json"] = json.dumps(tokenizer["vocab"]).encode()
        server.files["merges.txt"] = "\n".join(" ".join(merge) for merge in tokenizer["merges"]).encode()
        folder = fetch(server, cache)
        assert "vocab.json" in {path.name for path in folder.iterdir()}
        assert Model.load(folder).tokenizer.encode("the king") == Tokenizer(small_tokenizer_file).encode("the king")

    def test_takes_vocab_txt_and_how_it_is_to_be_read(self, server, cache):
        del server.files["tokenizer.json"]
        server.files["vocab.txt"] = "\n".join(["[UNK]", "[SEP]", "床", "A"]).encode()
        server.files["tokenizer_config.json"] = b'{"do_lower_case": false}'
        folder = fetch(server, cache)
        assert Model.load(folder).tokenizer.encode("床A") == [2, 3]
        assert hub.find(NAME, cache) == folder
        assert {path.name for path in folder.iterdir()} == set(server.files)

    def test_takes_every_shard(self, server, cache, tmp_path):
        folder = write_checkpoint(tmp_path / "sharded", shards=3)
        server.files = {path.name: path.read_bytes() for path in folder.iterdir()}
        server.lfs = tuple(name for name in server.files if name.startswith("model-"))
        assert Model.load(fetch(server, cache)).trace([1, 2]).logits.shape == (400,)

    def test_from_modelscope(self, server, cache):
        folder = hub.fetch(NAME, cache, source="modelscope", endpoint=server.address, web=web())
        assert Model.load(folder).info.n_layer == 2
        assert all(request.path.startswith(f"/models/{REPO}/resolve/master/") for request in server.of_files())

    def test_the_endpoint_can_be_set_for_all_programs(self, server, cache, monkeypatch):
        monkeypatch.setenv("HF_ENDPOINT", server.address + "/")
        assert Model.load(hub.fetch(NAME, cache, web=web())).info.n_layer == 2

    def test_a_revision(self, server, cache):
        name = ModelName.parse(f"{REPO}@v1.0")
        with pytest.raises(ModelError, match="no public /api/models/someone/tiny-gpt2/revision/v1.0"):
            hub.fetch(name, cache, endpoint=server.address, web=web())
        assert server.requests[0].path.startswith(f"/api/models/{REPO}/revision/v1.0")


class TestBreaks:
    def test_goes_on_where_the_connection_ended(self, server, cache, files):
        server.faults = [well, well, breaks_off(40_000), breaks_off(20_000)]
        fetch(server, cache)
        ranges = [request.range for request in weights_requests(server)]
        assert ranges == [None, "bytes=40000-", "bytes=60000-"]  # every byte is kept

    def test_goes_on_after_being_stopped(self, server, cache):
        server.faults = [well, well, breaks_off(20_000), says(503)]
        with pytest.raises(Cancelled):
            fetch(server, cache, cancelled=lambda: len(weights_requests(server)) == 2)
        assert is_clean(cache)
        part = next(cache.rglob("model.safetensors.part"))
        kept = part.stat().st_size
        fetch(server, cache)
        assert kept > 0
        assert weights_requests(server)[-1].range == f"bytes={kept}-"
        assert not list(cache.rglob("*.part"))

    def test_begins_anew_where_a_server_knows_no_ranges(self, server, cache, files):
        server.ranges = False
        server.faults = [well, well, breaks_off(1000)]
        assert (fetch(server, cache) / "model.safetensors").read_bytes() == files["model.safetensors"]

    def test_gives_up_on_a_server_that_never_gets_further(self, server, cache):
        server.ranges = False
        server.faults = [well, well, *[breaks_off(1000)] * 99]
        with pytest.raises(ModelError, match=r"can't be reached or breaks off .*the part already downloaded is kept"):
            fetch(server, cache)
        assert 3 <= len(weights_requests(server)) <= 5
        assert is_clean(cache)

    def test_a_stall(self, server, cache, files):
        server.faults = [well, well, stalls(1.5)]
        assert (fetch(server, cache, stall=0.2) / "model.safetensors").read_bytes() == files["model.safetensors"]

    def test_waiting_can_be_cancelled(self, server, cache):
        server.faults = [says(503)] * 99
        with pytest.raises(Cancelled, match="goes on from there"):
            fetch(server, cache, pause=60.0, cancelled=lambda: bool(server.of_files()))

    @pytest.mark.parametrize("status", [429, 500, 502, 503])
    def test_statuses_that_pass(self, server, cache, status):
        server.faults = [says(status, {"Retry-After": "0"}), well, says(status)]
        assert Model.load(fetch(server, cache)).info.n_layer == 2

    def test_retry_after_is_obeyed(self, server, cache, monkeypatch):
        waited = []
        monkeypatch.setattr(Downloader, "_wait", lambda self, seconds: waited.append(seconds))
        server.faults = [says(429, {"Retry-After": "7"}), says(429, {"Retry-After": "86400"})]
        fetch(server, cache)
        assert waited == [7.0, 30.0]

    @pytest.mark.parametrize("status", [429, 500])
    def test_statuses_that_stay(self, server, cache, status):
        server.faults = [says(status)] * 99
        with pytest.raises(ModelError, match=f"status {status}"):
            fetch(server, cache)
        assert len(server.of_files()) == 3

    def test_no_server(self, server, cache):
        address = "http://127.0.0.1:9"  # the port of the discard service, which nobody runs
        with pytest.raises(ModelError, match="127.0.0.1:9 can't be reached"):
            hub.fetch(NAME, cache, endpoint=address, web=web())


class TestWrongAnswers:
    def test_no_such_model(self, server, cache):
        name = ModelName.parse("someone/else")
        with pytest.raises(ModelError, match="no public /api/models/someone/else/revision/main"):
            hub.fetch(name, cache, endpoint=server.address, web=web())

    @pytest.mark.parametrize("status", [401, 403, 404])
    def test_statuses_that_mean_no(self, server, cache, status):
        server.faults = [well, says(status)]
        with pytest.raises(ModelError, match=f"status {status}"):
            fetch(server, cache)
        assert len(server.of_files()) == 2
        assert is_clean(cache)

    def test_corrupt_bytes_are_fetched_once_more(self, server, cache, files):
        good = files["model.safetensors"]
        server.faults = [well, well, sends(bytes(len(good)))]
        assert (fetch(server, cache) / "model.safetensors").read_bytes() == good

    def test_corrupt_bytes_twice(self, server, cache, files):
        server.faults = [well, well, *[sends(bytes(len(files["model.safetensors"])))] * 2]
        with pytest.raises(ModelError, match="not the file that was promised"):
            fetch(server, cache)
        assert is_clean(cache)
        assert not list(cache.rglob("model.safetensors*"))

    def test_small_files_are_checked_too(self, server, cache, files):
        server.faults = [sends(files["config.json"].replace(b"0", b"1"))] * 2
        with pytest.raises(ModelError, match="config.json .* is not the file that was promised"):
            fetch(server, cache)

    def test_a_part_of_another_file_is_not_gone_on_with(self, server, cache, files):
        part = cache / f".{NAME.folder}.part"
        part.mkdir(parents=True)
        (part / "model.safetensors.part").write_bytes(b"other" * 100)
        assert (fetch(server, cache) / "model.safetensors").read_bytes() == files["model.safetensors"]

    def test_a_part_that_is_too_long(self, server, cache, files):
        part = cache / f".{NAME.folder}.part"
        part.mkdir(parents=True)
        (part / "model.safetensors.part").write_bytes(files["model.safetensors"] + b"!")
        assert (fetch(server, cache) / "model.safetensors").read_bytes() == files["model.safetensors"]

    def test_a_lie_about_the_size(self, server, cache):
        server.faults = [well, well, sends(b"<html>please log in to this network</html>")]
        with pytest.raises(ModelError, match="says that model.safetensors has 42 bytes, but it must have"):
            fetch(server, cache)

    def test_more_than_there_is(self, server, cache, files):
        server.faults = [well, well, sends_without_length(files["model.safetensors"] + b"more")]
        with pytest.raises(ModelError, match="sends more of model.safetensors than there is"):
            fetch(server, cache)

    def test_another_range(self, server, cache, files):
        data = files["model.safetensors"]
        wrong = sends(data[900:], 206, {"Content-Range": f"bytes 900-{len(data) - 1}/{len(data)}"})
        server.faults = [well, well, breaks_off(1000), wrong]
        with pytest.raises(ModelError, match="another part of model.safetensors"):
            fetch(server, cache)

    @pytest.mark.parametrize(
        "body", [b"<html>", b"[]", b"{}", b'{"siblings": [{"rfilename": 7}]}', b'{"siblings": 5}', b"[" * 100_000]
    )
    def test_a_listing_that_is_none(self, server, cache, body, monkeypatch):
        monkeypatch.setattr(json, "dumps", lambda *_: body.decode())
        with pytest.raises(ModelError):
            fetch(server, cache)

    @pytest.mark.parametrize(
        "change", [{"blobId": 5}, {"lfs": {"sha256": 5, "size": 3}}, {"lfs": 5}, {"size": "3"}, {"rfilename": "\ud800"}]
    )
    def test_an_entry_of_a_listing_that_makes_no_sense(self, server, cache, monkeypatch, change):
        listed = server.siblings()
        monkeypatch.setattr(server, "siblings", lambda: [entry | change for entry in listed])
        with pytest.raises(ModelError) as caught:
            fetch(server, cache)
        str(caught.value).encode()

    @pytest.mark.parametrize("length", ["²", "9" * 5000, "-1", "1e3"])
    def test_numbers_in_headers_that_are_none(self, server, cache, length):
        server.faults = [says(503, {"Retry-After": length.encode().decode("latin-1")})] * 3
        with pytest.raises(ModelError, match="status 503"):
            fetch(server, cache)

    @pytest.mark.parametrize("name", ["../config.json", "/etc/passwd", "..\\config.json"])
    def test_names_in_a_listing_lead_nowhere(self, server, cache, name):
        server.files[name] = b"evil"
        folder = fetch(server, cache)
        assert {path.name for path in cache.iterdir()} == {folder.name, f".{folder.name}.lock"}

    def test_names_in_an_index_lead_nowhere(self, server, cache):
        del server.files["model.safetensors"]
        index = {"weight_map": {"wte.weight": "../../evil.safetensors"}}
        server.files["model.safetensors.index.json"] = json.dumps(index).encode()
        with pytest.raises(ModelError, match="no file beside it"):
            fetch(server, cache)

    def test_another_architecture_is_refused_before_its_weights_are_fetched(self, server, cache):
        server.files["config.json"] = b'{"model_type": "llama"}'
        with pytest.raises(ModelError, match="'llama'; only GPT-2"):
            fetch(server, cache)
        assert not weights_requests(server)

    def test_pickled_models_are_refused(self, server, cache):
        del server.files["model.safetensors"]
        server.files["pytorch_model.bin"] = b"pickle"
        with pytest.raises(ModelError, match="pickled file only, which is never loaded"):
            fetch(server, cache)
        assert not server.of_files()

    def test_a_model_that_cannot_run_is_not_listed(self, server, cache, files):
        config = json.loads(files["config.json"])
        server.files["config.json"] = json.dumps({**config, "n_layer": 3}).encode()
        with pytest.raises(ModelError, match=r"h\.2\."):
            fetch(server, cache)
        assert is_clean(cache)


class TestDisk:
    def test_too_small(self, server, cache, monkeypatch):
        usage = shutil.disk_usage("/")
        monkeypatch.setattr(download.shutil, "disk_usage", lambda _: usage._replace(free=1000))
        with pytest.raises(ModelError, match=r"0 MB are free; free some space or choose another folder"):
            fetch(server, cache)
        assert is_clean(cache)

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
    def test_full_in_the_middle(self, server, cache, monkeypatch):
        part, opened = cache / f".{NAME.folder}.part", Path.open
        full = {"model.safetensors.part": Path("/dev/full")}

        def to_full(path, *how, **more):
            return opened(full.get(path.name, path), *how, **more)

        monkeypatch.setattr(Path, "open", to_full)
        with pytest.raises(ModelError, match="No space left on device.*the part already downloaded is kept"):
            fetch(server, cache)
        assert (part / "config.json").exists()
        assert is_clean(cache)

    def test_what_arrives_is_not_written_where_a_planted_link_leads(self, server, cache, tmp_path):
        part = cache / f".{NAME.folder}.part"
        part.mkdir(parents=True)
        (tmp_path / "mine.txt").write_text("mine")
        (part / "config.json.part").symlink_to(tmp_path / "mine.txt")
        fetch(server, cache)
        assert (tmp_path / "mine.txt").read_text() == "mine"

    def test_a_model_whose_name_is_that_of_a_part_stays(self, server, cache):
        other = cache / f"{NAME.folder}.part"
        other.mkdir(parents=True)
        (other / "config.json").write_text("{}")
        fetch(server, cache)
        assert (other / "config.json").read_text() == "{}"

    def test_a_cache_that_is_a_file(self, server, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(ModelError, match="Models can't be kept in .*file"):
            fetch(server, tmp_path / "file")


class TestTogether:
    def test_two_processes_fetch_once(self, server, cache):
        program = (
            "import sys; sys.path[:0] = sys.argv[1].split('|'); import bootstrap; bootstrap.load_package();"
            "from transformer_cinema.inference import hub; from pathlib import Path;"
            "print(hub.fetch(hub.ModelName.parse(sys.argv[2]), Path(sys.argv[3]), endpoint=sys.argv[4]))"
        )
        root = Path(hub_server.__file__).parent.parent
        command = [sys.executable, "-c", program, f"{root / 'scripts'}|{root}", REPO, str(cache), server.address]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
        answers = {process.communicate(timeout=120)[0].decode().strip() for process in running}
        assert answers == {str(cache / NAME.folder)}
        assert len(server.of_files()) == 3

    def test_where_nothing_can_be_locked_nothing_waits_for_ever(self, server, cache, monkeypatch):
        def no_locks(*_):
            raise OSError(37, "No locks available")

        fcntl = pytest.importorskip("fcntl")
        monkeypatch.setattr(fcntl, "flock", no_locks)
        with pytest.raises(ModelError, match="No locks available"):
            fetch(server, cache)

    def test_waiting_for_another_can_be_cancelled(self, server, cache):
        holding, release = threading.Event(), threading.Event()

        def slowly(handler, name, begin):
            holding.set()
            release.wait(10)
            return False

        server.faults = [slowly]
        first = threading.Thread(target=fetch, args=(server, cache), kwargs={"stall": 20})
        first.start()
        try:
            assert holding.wait(10)
            with pytest.raises(Cancelled):
                fetch(server, cache, cancelled=holding.is_set)
        finally:
            release.set()
            first.join()
        assert hub.find(NAME, cache)
