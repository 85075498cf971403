"""The committed graphs are what the script writes."""

import subprocess
import sys

import pytest

import build_graphs


def run(*arguments):
    return subprocess.run([sys.executable, build_graphs.__file__, *arguments], capture_output=True, text=True)


def test_committed_graphs_are_up_to_date():
    pytest.importorskip("onnx")
    result = run("--check")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("text", ["EMBEDDING", "ATTENTION", "MLP", "UNEMBEDDING"])
def test_building_twice_gives_the_same_bytes(text):
    pytest.importorskip("onnx")
    assert build_graphs.build(getattr(build_graphs, text)) == build_graphs.build(getattr(build_graphs, text))


def test_check_notices_a_difference(tmp_path, monkeypatch, capsys):
    pytest.importorskip("onnx")
    monkeypatch.setattr(build_graphs, "GRAPHS", tmp_path)
    monkeypatch.setattr(sys, "argv", ["build_graphs.py"])
    assert build_graphs.main() == 0
    monkeypatch.setattr(sys, "argv", ["build_graphs.py", "--check"])
    assert build_graphs.main() == 0
    (tmp_path / "mlp.onnx").write_bytes(b"other")
    assert build_graphs.main() == 1
    assert "mlp.onnx differs" in capsys.readouterr().out
