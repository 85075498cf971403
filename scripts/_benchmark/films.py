"""How films grow: with the length of the prompt, over many builds in one process, and as frames that are rendered."""

import os
import statistics
import sys
import tempfile
import time

import bpy
import numpy as np

from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.replacing import take_out
from transformer_cinema.addon.film.stage import CAPTION_SCENE
from transformer_cinema.addon.output.frames import Frames
from transformer_cinema.addon.output.qualities import apply_quality
from transformer_cinema.addon.output.rendering import render

BEAT = "attention.all_heads"  # whose end is rendered: most beams that are seen at once
FRAMES = {"workbench": 8, "eevee": 2}
KINDS = ("objects", "meshes", "node_groups", "actions", "materials", "collections", "worlds", "lights", "cameras")
HALF = 50  # per cent


def scale(subjects):
    """Films of longer and longer prompts."""
    values = {}
    for length in subjects.sizes.lengths:
        recording = subjects.gpt2_of(length)
        seconds = []
        for _ in range(subjects.sizes.builds):
            empty_blender()
            seconds.append(timed(lambda recording=recording: build_film(recording)))
        scene = bpy.data.scenes["Transformer Cinema"]
        again = frame_times(scene, spread(scene, subjects.sizes.frames), subjects.sizes.passes)[1]
        path = subjects.folder / "film.blend"
        bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=True, copy=True)
        found = {
            "build": statistics.median(seconds),
            "frame_set": 1e3 * float(np.median(again)),
            "frame_set_p95": 1e3 * float(np.percentile(again, 95)),
            "objects": len(scene.objects),
            "blend": path.stat().st_size / 1e6,
        }
        subjects.progress(f"{length} tokens: {len(scene.objects)} objects")
        values |= {f"{key}_{length}": value for key, value in found.items()}
    return values


def rebuild(subjects):
    """Build a film and take it out of its scene again, many times in one process."""
    recording = subjects.storybook
    empty_blender()
    seconds, memory = [], []
    for _ in range(1 + subjects.sizes.rebuilds):
        seconds.append(timed(lambda: _build_and_remove(recording)))
        memory.append(_memory())
    # The very first build also imports and fills caches.
    return {
        "first": seconds[1],
        "last": seconds[-1],
        "time_ratio": seconds[-1] / seconds[1],
        "memory_ratio": memory[-1] / memory[1],
        "left_over": 1 + sum(len(getattr(bpy.data, kind)) for kind in KINDS),
    }


def _build_and_remove(recording):
    scene, _ = build_film(recording)
    take_out(scene)
    bpy.data.scenes.remove(scene)


def _memory():
    """Bytes that the process holds now; where the system doesn't tell, the most that it ever held."""
    if sys.platform == "linux":
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    try:
        import resource
    except ImportError:
        return float("nan")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def cost(subjects):
    """Rendered frames of the film against those of the same scene with nothing in it but stage and captions."""
    empty_blender()
    scene, _ = build_film(subjects.storybook)
    bpy.context.window.scene = scene
    markers = sorted((marker.frame, marker.name) for marker in scene.timeline_markers)
    last = next(after[0] for one, after in zip(markers, markers[1:], strict=False) if one[1] == BEAT) - 1
    values = {}
    for quality, engine in (("draft", "workbench"), ("preview", "eevee")):
        apply_quality(scene, quality)
        size = subjects.sizes.picture if engine == "workbench" or subjects.sizes.quick else HALF
        for one in (scene, scene[CAPTION_SCENE]):
            one.render.resolution_percentage = size
        count = FRAMES[engine]
        full, empty = [], []
        for _ in range(1 + subjects.sizes.builds):  # the first compiles shaders
            for hidden, times in ((False, full), (True, empty)):
                _film_collection(scene).exclude = hidden
                times.append(_seconds_a_frame(scene, subjects.folder, range(last - count + 1, last + 1)))
        values[engine] = statistics.median(full[1:])
        values[f"{engine}_empty"] = statistics.median(empty[1:])
        values[f"{engine}_ratio"] = values[engine] / values[f"{engine}_empty"]
    return values


def _seconds_a_frame(scene, folder, frames):
    percentage, picture = scene.render.resolution_percentage, scene.render
    size = tuple(2 * (side * percentage // 200) for side in (picture.resolution_x, picture.resolution_y))
    with tempfile.TemporaryDirectory(dir=folder) as out:
        made = Frames(out, "benchmark", size)
        return timed(lambda: render(scene, made, frames, lambda *told: None)) / len(frames)


def _film_collection(scene):
    """What the actors are in, in the view layer."""
    root = scene.view_layers[0].layer_collection.children[0]
    return next(child for child in root.children if child.name.startswith("Film"))


# --- what all measurements of films share ----------------------------------------------------------


def timed(work):
    """Seconds that work() takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def spread(scene, count):
    """`count` frames at even distances over the whole film."""
    return np.linspace(scene.frame_start, scene.frame_end, count).round().astype(int).tolist()


def frame_times(scene, frames, passes):
    """Seconds of scene.frame_set for each of the frames -> (in the first pass, median of the later ones)."""
    times = np.array([[timed(lambda frame=frame: scene.frame_set(frame)) for frame in frames] for _ in range(passes)])
    return times[0].tolist(), np.median(times[1:], axis=0).tolist()


def empty_blender():
    """A Blender with nothing in it."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
