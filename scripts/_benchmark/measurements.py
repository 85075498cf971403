"""How it is measured, and on what. Times are medians of several."""

import functools
import importlib.metadata
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

import bpy
import numpy as np

from _bootstrap import ROOT
from transformer_cinema.addon import compat
from transformer_cinema.addon.film import layout
from transformer_cinema.addon.film.build import FPS, build_film
from transformer_cinema.addon.film.cast.beams import ARC_POINTS, Beams
from transformer_cinema.addon.film.direction import make_script
from transformer_cinema.addon.film.film import Film
from transformer_cinema.addon.film.studio import Studio
from transformer_cinema.addon.output import motion, qualities, workers
from transformer_cinema.addon.output.frames import Frames
from transformer_cinema.addon.output.video import encode
from transformer_cinema.inference.model import EMBEDDED_MODEL, Model

from . import films, peers
from .films import empty_blender, frame_times, spread, timed
from .goals import judged
from .traces import ONE_THREAD, in_turns  # after it, what lies in tests/ can be imported

import checkpoints  # isort: skip

SCRIPTS = os.path.join(ROOT, "scripts")
WORKERS = min(workers.cores(), 8)  # as in render.py

STORYBOOK_PROMPT = "Once upon a time there was a"
# 16 tokens of the tokenizer that tests/checkpoints.py trains
GPT2_PROMPT = "the king had a golden ball and the daughter threw it into the well one day"


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    quick: bool
    checkpoint: dict  # arguments of write_checkpoint
    new_tokens: int
    builds: int  # repeats
    rounds: int  # of two processes that are compared
    traces: int
    passes: int  # over the frames
    frames: int  # spread over a film
    beams: int  # keyed objects
    stretches: int  # of consecutive frames that are rendered
    stretch: int  # frames in one, two a worker or more
    lengths: tuple  # of prompts, in tokens
    rebuilds: int
    picture: int  # per cent of a preset's picture


FULL = Sizes(
    quick=False,
    checkpoint={"n_layer": 12, "n_head": 12, "d_model": 768, "n_vocab": 50257, "n_ctx": 1024},
    new_tokens=4,
    builds=3,
    rounds=5,
    traces=15,
    passes=4,
    frames=96,
    beams=2000,  # an object costs more among many; from about here on it stays the same
    stretches=6,
    stretch=6 * WORKERS,
    lengths=(8, 16, 32, 64),
    rebuilds=10,
    picture=100,
)
QUICK = Sizes(
    quick=True,
    checkpoint={"n_layer": 2, "n_head": 4, "d_model": 32, "n_vocab": 400, "n_ctx": 96},
    new_tokens=1,
    builds=1,
    rounds=1,
    traces=2,
    passes=2,
    frames=4,
    beams=20,
    stretches=1,
    stretch=2 * WORKERS,
    lengths=(8, 16, 64),
    rebuilds=2,
    picture=10,
)


class Subjects:
    """What is measured, made when it is first asked for."""

    def __init__(self, sizes, folder, progress):
        self.sizes, self.folder, self.progress = sizes, folder, progress

    @functools.cached_property
    def storybook(self):
        """A recording of the embedded model: 7 tokens, and up to 4 more."""
        return Model.load(EMBEDDED_MODEL).generate(STORYBOOK_PROMPT, new_tokens=self.sizes.new_tokens)

    @functools.cached_property
    def checkpoint(self):
        """A folder with random weights in the shape of GPT-2."""
        self.progress("writing a random checkpoint")
        return checkpoints.write_checkpoint(self.folder / "gpt2-shape", **self.sizes.checkpoint)

    @functools.cached_property
    def gpt2(self):
        """A recording of the model in the shape of GPT-2: 16 tokens, and up to 4 more."""
        return Model.load(self.checkpoint).generate(GPT2_PROMPT, new_tokens=self.sizes.new_tokens)

    def gpt2_of(self, length):
        """The same with a prompt of so many tokens."""
        model = Model.load(self.checkpoint)
        words = GPT2_PROMPT.split() * 8
        prompts = (" ".join(words[:count]) for count in range(1, len(words)))
        prompt = next(prompt for prompt in prompts if len(model.tokenizer.encode(prompt)) >= length)
        return model.generate(prompt, new_tokens=self.sizes.new_tokens)


def measure(names, sizes, folder, progress):
    """Run some of ALL, with files in `folder` -> everything that is worth knowing about the run, ready for JSON."""
    start, load = time.perf_counter(), _load()
    subjects = Subjects(sizes, folder, progress)
    values = {}
    for name in names:
        progress(f"measuring {name}")
        values |= {f"{name}.{key}": value for key, value in ALL[name](subjects).items()}
    return {
        "quick": sizes.quick,
        "machine": {"system": platform.platform(), "processor": _processor(), "cores": os.cpu_count()},
        "load": {"before": load, "after": _load()},
        "versions": {
            "python": platform.python_version(),
            "blender": bpy.app.version_string,
            "numpy": np.__version__,
            "onnxruntime": importlib.metadata.version("onnxruntime"),
        },
        "seconds": round(time.perf_counter() - start, 1),
        "measurements": {name: judged(name, value, sizes.quick) for name, value in values.items()},
    }


# --- the measurements ------------------------------------------------------------------------------


def storybook(subjects):
    """The film of the embedded model."""
    return film(subjects, subjects.storybook)


def gpt2(subjects):
    """Inference and film at the size of GPT-2."""
    return traces(subjects) | film(subjects, subjects.gpt2)


def film(subjects, recording):
    """Build a recording's film, go through its frames, save it."""
    sizes = subjects.sizes
    seconds = []
    for _ in range(sizes.builds):
        empty_blender()
        seconds.append(timed(lambda: build_film(recording)))
        scene = bpy.data.scenes["Transformer Cinema"]
        subjects.progress(f"built in {seconds[-1]:.2f} s")
    frames = spread(scene, sizes.frames)
    first, again = frame_times(scene, frames, sizes.passes)
    following = []
    for frame in frames[1:]:
        scene.frame_set(frame - 1)
        following.append(timed(lambda frame=frame: scene.frame_set(frame)))
    path = subjects.folder / "film.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=True, copy=True)
    return {
        "build": statistics.median(seconds),
        "frame_set": 1e3 * float(np.median(again)),
        "frame_set_p95": 1e3 * float(np.percentile(again, 95)),
        "frame_set_next": 1e3 * statistics.median(following),
        "frame_set_first": 1e3 * statistics.mean(first),
        "objects": len(scene.objects),
        "blend": path.stat().st_size / 1e6,
    }


def traces(subjects):
    """The package's run of the model against plain numpy's, one after the other, again and again."""
    checkpoint, repeats = subjects.checkpoint, subjects.sizes.traces
    ours, numpys = in_turns(checkpoint, GPT2_PROMPT, repeats, time.perf_counter)
    command = [sys.executable, "-m", "_benchmark.traces", str(checkpoint), GPT2_PROMPT, str(repeats)]
    one_core = subprocess.check_output(command, cwd=SCRIPTS, env={**os.environ, **ONE_THREAD})
    return {
        "trace": statistics.median(ours),
        "trace_numpy": statistics.median(numpys),
        "trace_ratio": statistics.median(ours) / statistics.median(numpys),
        "trace_ratio_fastest": min(ours) / min(numpys),
        "trace_ratio_one_core": float(one_core),
    }


def beams(subjects):
    """All attention beams as one point cloud, and some of them as keyed objects."""
    script, sizes = make_script(subjects.gpt2), subjects.sizes
    cloud_build, layer, everything, count = [], [], [], 0
    for trail, times in ((0, layer), (script.model.n_layer, everything)):
        for _ in range(sizes.builds):
            empty_blender()
            scene, studio = _beam_stage(script)
            start = time.perf_counter()
            cloud = _beam_cloud(studio, trail)
            scene.frame_set(1)
            cloud_build.append(time.perf_counter() - start)
        count = len(cloud.object.data.vertices)
        times += frame_times(scene, _growing(sizes.frames), sizes.passes)[1]
    objects_build = []
    for _ in range(sizes.builds):
        empty_blender()
        start = time.perf_counter()
        scene = _beam_objects(sizes.beams)
        scene.frame_set(1)
        objects_build.append(time.perf_counter() - start)
    one_object = np.median(frame_times(scene, _growing(sizes.frames), sizes.passes)[1]) / sizes.beams
    values = {
        "count": count,
        "cloud_build": statistics.median(cloud_build),
        "cloud_frame_set": 1e3 * statistics.median(layer),
        "cloud_frame_set_all": 1e3 * statistics.median(everything),
        "objects_timed": sizes.beams,
        "objects_build": statistics.median(objects_build) * count / sizes.beams,
        "objects_frame_set": 1e3 * float(one_object) * count,
    }
    return values | {
        "build_ratio": values["objects_build"] / values["cloud_build"],
        "frame_set_ratio": values["objects_frame_set"] / values["cloud_frame_set"],
        "frame_set_ratio_all": values["objects_frame_set"] / values["cloud_frame_set_all"],
    }


def _beam_stage(script):
    """A scene with what the film's actors share, and none of them -> (scene, Studio)."""
    scene = bpy.data.scenes.new("Beam cloud")
    return scene, Studio(Film(scene, FPS), script, scene, "both")


def _beam_cloud(studio, trail):
    """The film's beams, growing for four seconds; those of `trail` layers more than the one -> Beams."""
    made, script = studio.film, studio.script
    cloud = Beams(studio)
    layer = script.model.n_layer - 1 if trail else script.focus_layer
    compat.set_input(cloud.modifier, "Trail", float(trail))
    made.set(cloud.visible.on(0.0), cloud.layer.to(layer))
    made.set(cloud.only.to(0.0), cloud.others.to(1.0))
    made.play(cloud.reveal.to(1.0, origin=0.0), run_time=4.0)
    made.finish()
    return cloud


def _beam_objects(count):
    """A scene with `count` arcs, each a curve with a bevel and its own two keys, growing for four seconds."""
    scene = bpy.data.scenes.new("Beam objects")
    made = Film(scene, FPS)
    t = np.linspace(0, 1, ARC_POINTS)
    clips = []
    for i in range(count):
        span = layout.TOKEN_PITCH * (1 + i % 15)
        curve = bpy.data.curves.new("Beam", "CURVE")
        curve.dimensions, curve.bevel_depth, curve.bevel_resolution = "3D", layout.beam_radius(0.5), 1
        spline = curve.splines.new("POLY")
        spline.points.add(ARC_POINTS - 1)
        arc = np.column_stack([t * span, 0 * t, layout.arc_height(span) * np.sin(t * np.pi), np.ones_like(t)])
        spline.points.foreach_set("co", arc.astype(np.float32).ravel())
        beam = bpy.data.objects.new("Beam", curve)
        scene.collection.objects.link(beam)
        clips.append(made.place(beam, "scale", (0.001, 1.0, 1.0)).to((1.0, 1.0, 1.0)))
    made.play(clips, run_time=4.0)
    made.finish()
    return scene


def _growing(count):
    """Frames inside the four seconds in which beams grow."""
    return np.linspace(4, 4 * FPS - 4, count).round().astype(int).tolist()


def draft_render(subjects):
    """Draft frames of the storybook film as render.py makes them, and how long the whole job would take."""
    sizes, folder = subjects.sizes, subjects.folder
    blend = folder / "film.blend"
    command = [sys.executable, os.path.join(SCRIPTS, "render.py"), "--prompt", STORYBOOK_PROMPT, "--no-video"]
    command += ["--new-tokens", str(sizes.new_tokens), "--output", str(folder / "film.mp4"), "--blend", str(blend)]
    setup = timed(lambda: subprocess.run(command, check=True))
    bpy.ops.wm.open_mainfile(filepath=str(blend))
    scene = bpy.context.scene
    frames, size = qualities.frames_of(scene, "draft"), (scene.render.resolution_x, scene.render.resolution_y)
    starts, speeds, encodings = [], [], []
    for number, first in enumerate(np.linspace(0, len(frames) - sizes.stretch, sizes.stretches + 2).astype(int)[1:-1]):
        stretch = frames[first : first + sizes.stretch]
        made = Frames(str(folder / f"stretch-{number}"), "benchmark", size)
        os.mkdir(made.folder)
        start, speed = _render_stretch(blend, made, stretch)
        subjects.progress(f"frames {stretch[0]} to {stretch[-1]}: {speed:.2f} a second")
        starts.append(start)
        speeds.append(speed)
        encodings.append(timed(lambda made=made, stretch=stretch: encode(made, stretch, 24, folder / "stretch.mp4")))
    speed, encoding = statistics.harmonic_mean(speeds), statistics.median(encodings) / sizes.stretch
    still = len(motion.repeats(scene, frames))
    return {
        "speed": speed,
        "slowest": min(speeds),
        "frames": sizes.stretches * sizes.stretch,
        "workers": WORKERS,
        "film_frames": len(frames),
        "film_copies": still,
        "setup": setup,
        "start": statistics.median(starts),
        "encode": 1e3 * encoding,
        "main_job": setup + statistics.median(starts) + (len(frames) - still) / speed + encoding * len(frames),
    }


def _render_stretch(blend, made, frames):
    """Render consecutive frames with one process a core -> (seconds to the first one, frames a second from there)."""
    begin, came = time.perf_counter(), []
    workers.render(blend, made, frames, WORKERS, lambda done, of, what: came.append((time.perf_counter(), done)))
    start, there = next((moment, done) for moment, done in came if done)
    return start - begin, (len(frames) - there) / (came[-1][0] - start)


ALL = {
    "storybook": storybook,
    "gpt2": gpt2,
    "scale": films.scale,
    "rebuild": films.rebuild,
    "cost": films.cost,
    "beams": beams,
    "peers": peers.measure,
    "render": draft_render,
}


# --- what they share -------------------------------------------------------------------------------


def _load():
    """Processes that wanted a core over the last minute; None on Windows."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def _processor():
    """The processor's name, where the system tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
