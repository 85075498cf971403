"""Times that another run does not spoil."""

import time

import bpy
import numpy as np

REST = 0.2  # seconds


def rested(run, clock):
    """Seconds of one run, right after an untimed one and a rest.

    Idle threads of the libraries that both sides multiply matrices with keep the cores busy for a while after each
    run: without the rest each side would be slowed down by the other one.
    """
    time.sleep(REST)
    run()
    start = clock()
    run()
    return clock() - start


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
