"""A film as a job for a render farm: what is in it, and that it makes the same video as this machine."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.output import bundle, rendering, video
from transformer_cinema.addon.output.frames import Frames

from .conftest import SIZE

JOB_TYPE = Path(bundle.__file__).parent / "farms" / "transformer_cinema.js"


@pytest.fixture
def job(scene, tmp_path, fresh_blender):
    """A bundle of every other frame of the scene, twelve pictures a second."""
    blend = tmp_path / "my film.blend"
    (tmp_path / "my film.en.srt").write_text("1\n")
    fresh_blender.ops.wm.save_as_mainfile(filepath=str(blend))
    assert bundle.write(blend, tmp_path / "job", fps=12, chunk=4) == 6
    return tmp_path / "job"


def step(job, *arguments):
    """Run one of the job's steps, as a machine of the farm does -> (exit code, what it said)."""
    scripts, film = job / "scripts" / bundle.ENTRY, job / "film" / "film.blend"
    name, *pictures = arguments
    command = [sys.executable, str(scripts), "--", name, str(film), str(job / "output"), *pictures]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout


def test_a_job_carries_what_it_needs_and_nothing_else(job):
    files = {str(path.relative_to(job)) for path in job.rglob("*") if path.is_file()}
    scripts = {name for name in files if name.startswith("scripts/")}
    assert files - scripts == {"template.json", "film/film.blend", "film/film.json", "film/my film.en.srt"}
    assert scripts == {f"scripts/{name}" for name in bundle.SCRIPTS}


def test_a_farm_makes_the_same_video(job, tmp_path, fresh_blender):
    note = json.loads((job / "film" / "film.json").read_text())
    assert (note["first"], note["step"], note["count"], note["fps"]) == (1, 2, 6, 12)
    assert step(job, "render", "5-6")[0] == 0
    code, said = step(job, "check")
    assert code == 1 and "openjd_fail: 4 pictures are missing or damaged, such as 1, 2, 3, 4;" in said
    code, said = step(job, "render", "1-4")
    assert code == 0 and "openjd_progress: 100.0" in said
    assert step(job, "check")[0] == 0 and step(job, "encode")[0] == 0
    assert sorted(path.name for path in (job / "output").iterdir()) == ["film.mp4", "my film.en.srt"]

    (tmp_path / "here").mkdir()
    here = Frames(str(tmp_path / "here"), note["film"], SIZE)
    rendering.render(fresh_blender.context.scene, here, range(1, 13, 2), lambda *told: None)
    video.encode(here, range(1, 13, 2), 12, tmp_path / "here.mp4")
    assert (tmp_path / "here.mp4").read_bytes() == (job / "output" / "film.mp4").read_bytes()


def test_a_folder_that_is_there_is_left_alone(job):
    with pytest.raises(FilmError, match="choose another one"):
        bundle.write(job / "film" / "film.blend", job)
    with pytest.raises(FilmError, match="can't be opened"):
        bundle.write(job / "template.json", job.with_name("other"))
    assert not job.with_name("other").exists()


def test_the_steps_follow_one_another(job):
    template = json.loads((job / "template.json").read_text())
    assert template["extensions"] == ["TASK_CHUNKING"]
    assert [one["name"] for one in template["steps"]] == ["Render", "Check", "Encode"]
    assert [one.get("dependencies", [{}])[0].get("dependsOn") for one in template["steps"]] == [None, "Render", "Check"]


@pytest.mark.skipif(not importlib.util.find_spec("openjd"), reason="needs openjd-cli")
def test_the_template_is_valid(job):
    subprocess.run([sys.executable, "-m", "openjd", "check", str(job / "template.json")], check=True)


# --- Flamenco ----------------------------------------------------------------------------------------

STUB = """
const path = require("path").posix;
const print = () => {};
const author = {
  Task: (name, type) => ({name, type, commands: [], dependencies: [],
    addCommand(one) { this.commands.push(one); }, addDependency(one) { this.dependencies.push(one.name); }}),
  Command: (name, parameters) => ({name, parameters}),
};
function frameChunker(frames, size) {
  const [first, last] = frames.split("-").map(Number), chunks = [];
  for (let i = first; i <= last; i += size) chunks.push(`${i}-${Math.min(i + size - 1, last)}`);
  return chunks;
}
const job = {settings: %s, tasks: [], addTask(one) { this.tasks.push(one); }};
%s
compileJob(job);
console.log(JSON.stringify({tasks: job.tasks, keys: JOB_TYPE.settings.map(one => one.key)}));
"""


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node")
def test_a_flamenco_job_is_made_of_the_same_steps():
    settings = json.dumps({"job_folder": "/shared/job", "pictures": "1-100", "chunk_size": 48})
    code = STUB % (settings, JOB_TYPE.read_text(encoding="utf-8"))
    made = json.loads(subprocess.run(["node", "-e", code], check=True, capture_output=True, text=True).stdout)
    tasks = {one["name"]: one for one in made["tasks"]}
    assert list(tasks) == ["render-1-48", "render-49-96", "render-97-100", "check", "encode"]
    assert tasks["check"]["dependencies"] == list(tasks)[:3] and tasks["encode"]["dependencies"] == ["check"]
    command = tasks["render-49-96"]["commands"][0]
    assert command["name"] == "blender-render" and command["parameters"]["blendfile"] == "/shared/job/film/film.blend"
    assert command["parameters"]["args"] == [
        *("--python", "/shared/job/scripts/addon/output/farm.py"),
        *("--", "render", "/shared/job/film/film.blend", "/shared/job/output", "49-96"),
    ]
    assert {"use_file_extension", "use_overwrite", "use_placeholder"} <= set(made["keys"])
