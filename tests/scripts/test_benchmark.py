import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("bpy")

SCRIPT = Path(__file__).parents[2] / "scripts/benchmark.py"
WITH_GOALS = {
    "storybook": {"build", "frame_set"},
    "gpt2": {"trace_ratio", "build", "frame_set", "blend"},
    "scale": {"frame_set_p95_16", "frame_set_p95_64", "objects_16"},
    "rebuild": {"time_ratio", "memory_ratio", "left_over"},
    "cost": {"workbench_ratio", "eevee_ratio"},
    "beams": {"build_ratio", "frame_set_ratio"},
    "peers": {"agreement", "agreement_numpy", "trace_16_ratio", "ready_ratio", "peak_over_checkpoint"},
    "render": {"speed", "main_job"},
}


def benchmark(*arguments):
    return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True)


def check(report, names):
    """The report has every goal of these measurements, and nothing of the others."""
    assert report["quick"] and report["seconds"] > 0
    assert report["machine"]["cores"] == os.cpu_count()
    assert set(report["versions"]) == {"python", "blender", "numpy", "onnxruntime"}
    found = report["measurements"]
    assert {name.split(".")[0] for name in found} == set(names)
    goals = {f"{name}.{key}" for name in names for key in WITH_GOALS[name]}
    assert {name for name, one in found.items() if one["goal"]} == goals
    for one in found.values():
        assert set(one) == {"value", "unit", "goal", "met", "what"}
        assert one["value"] >= 0 and one["met"] is None and one["what"]  # tiny sizes meet or miss no goal
    return {name: one["value"] for name, one in found.items()}


@pytest.mark.slow
def test_films_and_beams_are_measured_and_counted(tmp_path):
    output = tmp_path / "new" / "report.json"
    done = benchmark("--quick", "--only", "gpt2", "beams", "--output", output)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == json.loads(output.read_text(encoding="utf-8"))
    assert list(output.parent.iterdir()) == [output]
    values = check(json.loads(done.stdout), ["gpt2", "beams"])
    # 2 layers of 4 heads, 16 tokens: as many beams as are wide enough to be drawn, of one per query and key before it
    assert 0 < values["beams.count"] <= 2 * 4 * 16 * 17 / 2
    assert values["beams.objects_timed"] == 20
    ratio = values["beams.objects_build"] / values["beams.cloud_build"]
    assert values["beams.build_ratio"] == pytest.approx(ratio, rel=0.05)  # the parts are rounded


@pytest.mark.slow
def test_the_whole_run():
    done = benchmark("--quick")
    assert done.returncode == 0, done.stderr
    here = all(importlib.util.find_spec(name) for name in ("torch", "transformers"))
    values = check(json.loads(done.stdout), [name for name in WITH_GOALS if here or name != "peers"])
    assert values["render.frames"] == 2 * values["render.workers"]


def test_a_mistake_is_one_line():
    for arguments, says in ((["--only", "nothing"], "nothing"), (["--output", "."], "folder")):
        done = benchmark(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert len(done.stderr.splitlines()) == 1 and says in done.stderr
