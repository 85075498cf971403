import sys
import types

import pytest

import cli
from _bootstrap import blender
from transformer_cinema.inference.errors import ModelError


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
            (OSError(28, "No space left on device", "film.mp4"), "No space left on device: film.mp4\n"),
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
