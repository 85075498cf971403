import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

import cli
from _bootstrap import blender
from checkpoints import write_checkpoint
from hub_server import HubServer, serving
from transformer_cinema.inference import embedded
from transformer_cinema.inference.errors import ModelError
from transformer_cinema.inference.hub import KNOWN


class TestArguments:
    def test_of_an_ordinary_script(self, monkeypatch):
        monkeypatch.setattr(sys, "argv", ["trace.py", "--prompt", "a -- b"])
        assert cli.arguments() == ["--prompt", "a -- b"]

    @pytest.mark.parametrize(
        ("argv", "expected"),
        [
            (["blender", "-b", "-P", "trace.py", "--", "--prompt", "hi"], ["--prompt", "hi"]),
            (["blender", "-b", "-P", "trace.py", "--", "a", "--", "b"], ["a", "--", "b"]),
            (["blender", "-b", "-P", "trace.py"], []),
        ],
    )
    def test_inside_blender_are_those_after_the_dashes(self, monkeypatch, argv, expected):
        monkeypatch.setattr(blender, "inside", lambda: True)
        monkeypatch.setattr(sys, "argv", argv)
        assert cli.arguments() == expected

    @pytest.mark.skipif(os.name == "nt", reason="there, arguments are always text")
    def test_are_text_in_every_locale(self, monkeypatch):
        typed = "机 é".encode().decode("ascii", "surrogateescape")
        name = b"\xff.npz".decode("utf-8", "surrogateescape")  # which is the name of a file, and no text
        monkeypatch.setattr(sys, "argv", ["trace.py", typed, name])
        assert cli.arguments() == ["机 é", name]

    def test_become_a_sampling(self):
        parser = cli.parser("")
        cli.add_model_arguments(parser)
        arguments = "--temperature 0.5 --top-k 7 --top-p 0.9 --seed 11 --new-tokens 3 --model somewhere".split()
        options = parser.parse_args(arguments)
        sampling = cli.sampling_from(options)
        assert (sampling.temperature, sampling.top_k, sampling.top_p, sampling.seed) == (0.5, 7, 0.9, 11)
        assert (options.new_tokens, options.model) == (3, "somewhere")


@pytest.mark.parametrize(
    ("binary_path", "expected"), [("/opt/blender/blender", True), ("", False)], ids=["Blender", "bpy as a module"]
)
def test_blender_is_told_from_its_module(monkeypatch, binary_path, expected):
    app = types.SimpleNamespace(binary_path=binary_path)
    monkeypatch.setitem(sys.modules, "bpy", types.SimpleNamespace(app=app))
    assert blender.inside() is expected


class TestRun:
    @pytest.fixture
    def run(self, monkeypatch, capsys):
        """Run a main function; (exit code, what stood on stderr)."""
        codes = []
        monkeypatch.setattr(cli, "_leave", codes.append)

        def run(main):
            cli.run(main)
            return codes.pop(), capsys.readouterr().err

        return run

    @staticmethod
    def raising(error):
        def main():
            raise error

        return main

    def test_success(self, run):
        assert run(lambda: None) == (0, "")

    @pytest.mark.parametrize(
        ("error", "line"),
        [
            (ModelError("The prompt\nis empty."), "The prompt is empty.\n"),
            (PermissionError(13, "Permission denied", "film.mp4"), "Permission denied: film.mp4\n"),
            (
                OSError(28, "No space left on device", "a.mp4"),
                "The disk is full (a.mp4); make room, then run it again.\n",
            ),
            (OSError(28, "No space left on device"), "The disk is full; make room, then run it again.\n"),
            (MemoryError(), "There is not enough memory for this.\n"),
        ],
    )
    def test_an_expected_error_is_one_line(self, run, error, line):
        assert run(self.raising(error)) == (2, line)

    def test_a_film_error_is_expected_once_its_module_is_loaded(self, run, monkeypatch):
        class FilmError(Exception):
            pass

        module = types.SimpleNamespace(FilmError=FilmError)
        monkeypatch.setitem(sys.modules, "transformer_cinema.addon.film.errors", module)
        assert run(self.raising(FilmError("Two clips write one channel."))) == (2, "Two clips write one channel.\n")

    def test_ctrl_c(self, run):
        assert run(self.raising(KeyboardInterrupt())) == (130, "Interrupted.\n")

    def test_a_bug_shows_where_it_is(self, run):
        code, text = run(self.raising(KeyError("bug")))
        assert code == 1 and "Traceback" in text

    def test_a_mistake_in_the_arguments_is_one_line(self, run):
        code, text = run(lambda: cli.parser("").parse_args(["--no-such-option"]))
        assert code == 2 and len(text.splitlines()) == 1 and "--no-such-option" in text


def test_progress_in_a_log_always_tells_the_end(capsys):
    with cli.progress() as progress:
        for done in range(101):
            progress(done, 100, "layer")
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "layer: 100 of 100"
    assert len(lines) < 50


class TestModels:
    """--model with a name; the hub is a server on this machine."""

    @pytest.fixture(autouse=True)
    def hub(self, tmp_path, monkeypatch):
        folder = write_checkpoint(tmp_path / "tiny")
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        monkeypatch.setenv("TRANSFORMER_CINEMA_CACHE", str(tmp_path / "cache"))
        with serving(HubServer("someone/tiny-gpt2", files)) as server:
            monkeypatch.setenv("HF_ENDPOINT", server.address)
            yield server

    @staticmethod
    def model(*arguments):
        parser = cli.parser("")
        cli.add_model_arguments(parser)
        return cli.model_from(parser.parse_args(arguments))

    def test_storybook_is_the_usual_one(self):
        assert self.model().info == self.model("--model", "storybook").info
        assert self.model().info.name == "storybook"

    def test_a_folder(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert self.model("--model", "tiny").info.n_vocab == 400
        with pytest.raises(ModelError, match="no folder no/such/folder"):
            self.model("--model", "./no/such/folder")

    def test_is_fetched_with_permission(self, hub, capsys):
        assert self.model("--model", "someone/tiny-gpt2", "--download").info.name == "tiny-gpt2"
        assert "tiny-gpt2: model.safetensors: 0 of 0 MB" in capsys.readouterr().out
        asked = len(hub.requests)
        assert self.model("--model", "someone/tiny-gpt2").info.n_layer == 2
        assert len(hub.requests) == asked

    def test_is_not_fetched_without(self, hub):
        with pytest.raises(ModelError, match=r"with --download \(549 MB, licence MIT\), or put config.json"):
            self.model("--model", "gpt2")
        assert hub.requests == []

    @pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
    @pytest.mark.parametrize(("answer", "fetched"), [("y\n", True), ("\n", False), ("no\n", False)])
    def test_a_person_is_asked(self, hub, answer, fetched):
        import pty

        keyboard, terminal = pty.openpty()
        command = [sys.executable, Path(cli.__file__).with_name("models.py"), "someone/tiny-gpt2"]
        with subprocess.Popen(command, stdin=terminal, stdout=subprocess.PIPE, stderr=terminal) as process:
            os.write(keyboard, answer.encode())
            folder = process.communicate(timeout=60)[0].decode().splitlines()
        os.close(terminal)
        question = os.read(keyboard, 10_000).decode()
        os.close(keyboard)
        assert "tiny-gpt2 is not here. Fetch someone/tiny-gpt2 (size not known yet)? [y/N]" in question
        assert (process.returncode, bool(hub.requests)) == ((0, True) if fetched else (2, False))
        assert not fetched or (Path(folder[-1]) / "model.safetensors").is_file()

    @pytest.mark.parametrize(
        ("prompt", "named", "expected"),
        [
            ("床前明月光", None, "poems"),
            ("床前明月光", "storybook", "storybook"),
            ("Once upon a time", None, "storybook"),
            ("Once upon a time", "poems", "poems"),
        ],
    )
    def test_a_chinese_prompt_goes_to_the_poems(self, tmp_path, monkeypatch, capsys, prompt, named, expected):
        folders = {name: write_checkpoint(tmp_path / name) for name in embedded.MODELS}
        monkeypatch.setattr(embedded, "MODELS", folders)
        options = types.SimpleNamespace(model=named, prompt=prompt)
        assert cli.model_from(options).info.name == expected
        told = capsys.readouterr().out
        assert ("the model is poems" in told) == (expected == "poems" and named is None)
        assert len(told.splitlines()) <= 1

    def test_the_list_of_known_ones(self):
        command = [sys.executable, Path(cli.__file__).with_name("models.py")]
        lines = subprocess.check_output(command, text=True).splitlines()
        assert [line.split()[0] for line in lines] == list(KNOWN)
        assert "124 M parameters" in lines[1] and "549 MB  MIT" in lines[1] and lines[1].endswith("not here")


def test_layers_and_heads_are_counted_from_1():
    assert cli.focus_from(types.SimpleNamespace(layer=3, head=1)) == (2, 0)
    assert cli.focus_from(types.SimpleNamespace(layer=None, head=2)) == (None, 1)
