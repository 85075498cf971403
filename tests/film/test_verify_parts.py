"""Every object of the film is moved, turned, hidden, given other inputs …: each such change is noticed and named.

Scenery is left out; verifying/scenery.py lists it with the reasons. A new object of the film is tried, too, without a
line here: it stands for something, or it must be on that list.
"""

import bpy
import pytest

from film.screening import Screening, save_film
from transformer_cinema.addon import verify
from transformer_cinema.addon.film.parts import curves_of
from transformer_cinema.addon.verifying import quiet, scenery
from transformer_cinema.addon.verifying import report as reports
from transformer_cinema.addon.verifying.moments import moments

BATCHES = 5  # so many runs for each change: what is changed together doesn't hang on each other


@pytest.fixture(scope="module")
def default(blend):
    """The default film, and the fewest moments at which everything in it is seen."""
    return Stage(blend)


@pytest.fixture(scope="module")
def contrasted(small, tmp_path_factory):
    """A small film with a second prompt."""
    from transformer_cinema.inference.sampling import Sampling

    recording = small.generate("the king and the sea", Sampling(seed=1), 2, contrast="a sea of the king")
    return Stage(save_film(recording, tmp_path_factory.mktemp("small") / "small.blend"))


class Stage:
    """A film that is opened anew for every change, and looked at where everything in it has been seen once."""

    def __init__(self, path):
        self.path = path
        film = self.open()
        seen = {at: self._drawn(film, at.frame) for at in moments(film.scene)}
        self.moments, missing = [], set().union(*seen.values())
        while missing:
            best = max(seen, key=lambda at: len(seen[at] & missing))
            self.moments.append(best)
            missing -= seen[best]
        self.moments.sort(key=lambda at: at.frame)
        self.seen = set().union(*seen.values())

    def open(self):
        bpy.ops.wm.open_mainfile(filepath=str(self.path), load_ui=False)
        return Screening(bpy.context.scene)

    @staticmethod
    def _drawn(film, frame):
        return {one.name for one in film.scene.objects if one.type != "EMPTY" and film.visible(one, frame)}

    def told(self, film, monkeypatch):
        """What verify says of a film."""
        monkeypatch.setattr(verify, "moments", lambda scene, beats: self.moments)
        monkeypatch.setattr(verify, "verify_sound", lambda *_: None)
        monkeypatch.setattr(verify, "_look", lambda *_: None)  # readers notice much of it, too
        monkeypatch.setattr(quiet, "_is_read", lambda part: False)
        monkeypatch.setattr(reports, "NAMED", 10**6)
        return [line.partition(": ")[2] for line in verify.verify(film.scene).mismatches]


def batches(film):
    """The names of all objects that carry meaning, in batches of which none holds an object and its parent."""
    every = [one for one in film.scene.objects if not scenery.is_scenery(one.name)]
    ends = [one.name for one in every if not one.children]
    yield from (ends[i::BATCHES] for i in range(BATCHES))
    depths = {}
    for owner in every:
        if owner.children:
            depths.setdefault(depth_of(owner), []).append(owner.name)
    yield from (names[i::BATCHES] for names in depths.values() for i in range(min(BATCHES, len(names))))


def depth_of(owner):
    return 1 + depth_of(owner.parent) if owner.parent else 0


def below(owner):
    """The names of an object and of all that hangs on it."""
    return {owner.name, *(one.name for one in owner.children_recursive)} if owner.type == "EMPTY" else {owner.name}


# --- changes of one object: True where there is nothing of the kind to change -----------------------------------------


def moved(film, owner, number):
    owner.delta_location.x += 0.3 + 0.01 * number


def scaled(film, owner, number):
    owner.delta_scale = [1.1 + 0.001 * number] * 3


def turned(film, owner, number):
    owner.delta_rotation_euler.z += 0.1 + 0.001 * number


def shifted(film, owner, number):
    """Where it is keyed, its keys; else its place."""
    curves = [one for one in curves_of(owner) if one.data_path == "location"]
    for curve in curves:
        for key in curve.keyframe_points:
            key.co.y += 0.3 + 0.01 * number
        curve.update()
    owner.location.z += 0.3 + 0.01 * number


def swapped(film, owner, number):
    """With the next one that hangs on the same."""
    others = [one for one in film.scene.objects if one.parent == owner.parent and one.type == owner.type]
    other = others[(others.index(owner) + 1) % len(others)]
    if (other.matrix_world.translation - owner.matrix_world.translation).length < 0.01:
        return True
    owner.delta_location = other.matrix_world.translation - owner.matrix_world.translation


def hidden(film, owner, number):
    if owner.type == "EMPTY":
        return True
    for curve in (one for one in curves_of(owner) if one.data_path == "hide_render"):
        curve.mute = True
    owner.hide_render = not owner.hide_render


def always_shown(film, owner, number):
    curve = film.curve(owner, "hide_render")
    if not curve:
        return True
    for key in curve.keyframe_points:
        key.co.y = 0.0
    curve.update()


def excluded(film, owner, number):
    """In a collection that is not rendered."""
    if owner.type == "EMPTY":
        return True
    away = bpy.data.collections.get("Away") or bpy.data.collections.new("Away")
    if "Away" not in film.scene.collection.children:
        film.scene.collection.children.link(away)
        away.hide_render = True
    for collection in owner.users_collection:
        collection.objects.unlink(owner)
    away.objects.link(owner)


def reshaped(film, owner, number):
    if owner.type != "MESH" or not len(owner.data.vertices):
        return True
    owner.data.vertices[len(owner.data.vertices) // 2].co.z += 0.01


def ungrouped(film, owner, number):
    """Without its modifiers."""
    if not len(owner.modifiers):
        return True
    owner.modifiers.clear()


def retimed(film, owner, number):
    """All its keys half a second later."""
    if not curves_of(owner):
        return True
    for curve in curves_of(owner):
        for key in curve.keyframe_points:
            key.co.x += 12.0
        curve.update()


PLACES = (moved, scaled, turned, shifted, swapped, excluded)  # what is never drawn may stand anywhere
OTHERS = (hidden, always_shown, reshaped, ungrouped, retimed)


@pytest.mark.parametrize("change", [pytest.param(one, marks=pytest.mark.slow) for one in (*PLACES, *OTHERS)])
def test_a_change_of_any_object_is_noticed(default, monkeypatch, change):
    assert unnoticed(default, change, monkeypatch) == []


def unnoticed(stage, change, monkeypatch):
    """The names of objects whose change nobody notices."""
    missed = []
    for names in [*batches(stage.open())]:
        film = stage.open()
        tried = [film.object(name) for i, name in enumerate(names)]
        tried = [one for i, one in enumerate(tried) if not change(film, one, i)]
        if change in PLACES:
            tried = [one for one in tried if below(one) & stage.seen]
        if tried:
            lines = stage.told(film, monkeypatch)
            missed += [one.name for one in tried if not any(is_named(name, lines) for name in below(one))]
    return missed


def is_named(name, lines):
    return any(line.startswith((f"{name} ", f"{name}: ")) for line in lines)
