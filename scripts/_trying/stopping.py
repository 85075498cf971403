"""Work that is stopped half-way, in every way there is and at any moment: nothing of it may be left."""

import os
import random
import tempfile
import time
from pathlib import Path

from .window import MODULE, children

PREFIX = "transformer-cinema-"  # of folders for what is needed for a moment


def stop(visit):
    """Stop a build in every way there is."""
    from .texts import compare

    compare(visit)
    for name, way in _ways(visit).items():
        yield from _stop_half_way(visit, name, way)


def _ways(visit):
    """{name: function that stops a build}"""
    bpy = visit.bpy

    def disable():
        bpy.ops.preferences.addon_disable(module=MODULE)
        assert not hasattr(bpy.types.Scene, "transformer_cinema")
        bpy.ops.preferences.addon_enable(module=MODULE)
        visit.type_in()

    return {
        "Esc": visit.press_esc,
        "undo": lambda: visit.run("ed.undo"),
        "deleted scene": lambda: bpy.data.scenes.remove(visit.unfinished()),
        "disabled extension": disable,
    }


def _stop_half_way(visit, name, way):
    for _ in range(2):  # so that an undo, too, takes nothing back that was there before
        visit.bpy.ops.ed.undo_push(message="Before")
    yield 1  # a view through the camera turns with it when it is drawn
    before, view = visit.inventory(), visit.view()
    visit.run("cinema.build_film")
    assert not visit.bpy.ops.cinema.build_film.poll(), "a second build could be started"
    while visit.work.current() and visit.work.current().factor < 0.7:
        yield 0.05
    assert visit.unfinished(), f"{name}: the build ended before it could be stopped"
    if name == "Esc":
        visit.shot("building")
    way()
    while visit.work.current():
        yield 0.05
    yield 1.0
    left = visit.inventory() ^ before
    said = visit.work.message()
    print(f"stopped by {name}: {len(left)} data-blocks changed; said: {said.text if said else 'nothing'}")
    assert not left, sorted(left)[:10]
    seen = visit.view()
    pairs = {key: (value, seen[part][key]) for part in view for key, value in view[part].items()}
    changed = {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}
    assert not changed, f"{name}: the viewport has changed: {changed}"


def random_stops(visit):
    """Stop each kind of work at moments that nobody chose. It needs a film in the scene."""
    bpy, chance = visit.bpy, random.Random(visit.options.seed)
    with tempfile.TemporaryDirectory() as folder:
        bpy.ops.wm.save_as_mainfile(filepath=os.path.join(folder, "mine.blend"))
        visit.settings.quality = "sketch"
        visit.scene.frame_end = visit.scene.frame_start + 47
        bpy.ops.ed.undo_push(message="Short")
        yield from visit.until(lambda: not children(), 10)
        for job in ("build_film", "verify_film", "preview_stills", "farm_job", "render_film"):
            left = yield from _tries(visit, job, Path(folder), chance)
            print(f"{visit.options.tries} tries of {job} stopped at random: {len(left)} left something")
            assert not left, left


def _tries(visit, job, folder, chance):
    """-> what tries of one job left: [(try, seconds after which it was stopped, what), ...]"""
    left, longest = [], 0.5
    for attempt in range(visit.options.tries):
        before = _everything(visit, folder)
        wait, started = chance.uniform(0, longest), time.perf_counter()
        result = visit.run(f"cinema.{job}", **({"asked": True} if job == "render_film" else {}))
        assert result == {"RUNNING_MODAL"}, (job, result, visit.work.message())
        while visit.work.current() and time.perf_counter() < started + wait:
            yield 0.02
        went = visit.work.current()
        if went:
            longest = max(longest, 2 * wait)  # until it is about as long as the job takes
            chance.choice((visit.press_esc, visit.bpy.ops.cinema.stop))()
            while visit.work.current():
                yield 0.05
        else:  # it had ended: what it made is taken back, or away
            longest = time.perf_counter() - started
            if job == "build_film":
                visit.run("ed.undo")
            _clear(folder, before)
        yield from visit.until(lambda before=before: _everything(visit, folder) == before, 3)
        found = _everything(visit, folder) ^ before
        if found:
            left.append((attempt, round(wait, 2), sorted(map(str, found))[:6]))
            _clear(folder, before)
    return left


def _everything(visit, folder):
    """Data-blocks, processes, files beside the scene, but frames and stills that are finished, and folders for a
    moment."""
    files = {path for path in folder.rglob("*") if "film.frames" not in path.parts}
    done = {path for path in files if path.parent.name == "stills" and not path.name.startswith(".")}
    files -= done | {path.parent for path in done}
    moments = set(Path(tempfile.gettempdir()).glob(f"{PREFIX}*"))
    return visit.inventory() | set(children()) | files | moments


def _clear(folder, before):
    """Delete files that were not there before."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path not in before and "film.frames" not in path.parts:
            path.rmdir() if path.is_dir() else path.unlink()
