"""What scripts print survives every console, and mistakes are found before any work is done."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import cli
from _bootstrap import environments, libraries, say, to_stderr
from transformer_cinema.inference import hub
from transformer_cinema.inference.errors import ModelError

SCRIPTS = Path(cli.__file__).parent
BEGIN = f"import sys; sys.path.insert(0, {str(SCRIPTS)!r}); import cli; "


def python(code, **more):
    return subprocess.run([sys.executable, "-c", BEGIN + code], capture_output=True, **more)


@pytest.mark.parametrize("how", ["print(text)", "cli.say(text)", "print(text, file=sys.stderr)"])
def test_a_console_that_does_not_know_a_letter(how):
    code = f"text = '机 é ⏎'; cli.run(lambda: {how})"
    done = python(code, env=os.environ | {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"})
    assert done.returncode == 0, done.stderr
    assert (done.stdout + done.stderr).strip() == b"? \xe9 ?"


@pytest.mark.skipif(os.name == "nt", reason="pipes break in another way there")
@pytest.mark.parametrize("main", ["print('line\\n' * 100_000)", "[cli.say('line') for _ in range(100_000)] and None"])
def test_nobody_reads_any_more(main):
    with subprocess.Popen(
        [sys.executable, "-c", BEGIN + f"cli.run(lambda: {main})"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as going:
        going.stdout.readline()
        going.stdout.close()
        assert (going.wait(), going.stderr.read()) == (141, b"")


@pytest.mark.skipif(os.name == "nt", reason="a shell's way of closing")
def test_there_is_nothing_to_print_to():
    code = BEGIN + "cli.run(lambda: (cli.say('x'), print('x'), cli.progress().__enter__()(1, 1, 'x')) and None)"
    done = subprocess.run(["sh", "-c", '"$0" -c "$1" >&-', sys.executable, code], capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_names_give_the_terminal_no_commands(capsys):
    say("a\x1b[31mred\x07\x9b2J\nnext\tone")
    assert capsys.readouterr().out == "a?[31mred??2J\nnext\tone\n"


def test_what_is_set_up_is_said_on_stderr(monkeypatch, capfd, tmp_path):
    """So that `benchmark.py > x.json` is JSON on the first run, too."""
    called = []

    def call(command, **how):
        called.append(how)
        return 0

    monkeypatch.setattr(environments, "_stamp", lambda version, group: str(tmp_path / f"{group}"))
    monkeypatch.setattr(environments.subprocess, "call", call)
    environments.fill("3.13")
    libraries.install(["nothing"])
    said = capfd.readouterr()
    assert said.out == "" and "Setting up Blender" in said.err and "> apt-get" in said.err
    assert [how["stdout"] for how in called] == [to_stderr()] * 3


class TestPaths:
    def test_of_nobody(self, tmp_path):
        done = subprocess.run(
            [sys.executable, SCRIPTS / "trace.py", "--prompt", "a", "--output", "~nobody-that-is-known/x.npz"],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 2 and done.stderr.count("\n") == 1
        assert "a user that this machine doesn't know" in done.stderr

    def test_without_a_home(self, monkeypatch):
        def homeless(path):
            raise RuntimeError("Could not determine home directory.")

        for name in ("TRANSFORMER_CINEMA_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(Path, "expanduser", homeless)
        with pytest.raises(ModelError, match="a user that this machine doesn't know"):
            hub.default_cache()

    @pytest.mark.parametrize("place", ["folder", "file/x.npz", "pipe"])
    def test_that_cannot_be_written_are_found_before_the_model_runs(self, tmp_path, place):
        (tmp_path / "folder").mkdir()
        (tmp_path / "file").write_text("mine")
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ModelError, match="Nothing can be written to .*; choose another --output"):
            cli.check_writable(tmp_path / place, "--output")
        assert sorted(os.listdir(tmp_path)) == ["file", "folder", "pipe"]

    def test_that_can_be_written_leave_nothing(self, tmp_path):
        cli.check_writable(tmp_path / "new" / "folder" / "x.npz", "--output")
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_with_a_models_name_does_not_hide_the_model(self, tmp_path, monkeypatch):
        (tmp_path / "gpt2").mkdir()
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("TRANSFORMER_CINEMA_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        parser = cli.parser("")
        cli.add_model_arguments(parser)
        with pytest.raises(ModelError, match="gpt2 is not on this machine"):
            cli.model_from(parser.parse_args(["--model", "gpt2"]))
        (tmp_path / "gpt2" / "config.json").write_text("{}")
        with pytest.raises(ModelError, match=r"config\.json"):
            cli.model_from(parser.parse_args(["--model", "gpt2"]))


@pytest.mark.parametrize("option", [("--seed", "3"), ("--temperature", "0"), ("--new-tokens", "4"), ("--top-k", "5")])
def test_a_recording_takes_no_options_of_a_model(option):
    done = subprocess.run(
        [sys.executable, SCRIPTS / "render.py", "--trace", "x.npz", *option], capture_output=True, text=True
    )
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and f"{option[0]} is for a model" in done.stderr
