"""Every object of the film is moved, turned, hidden, given other inputs …: each such change is noticed and named.

Scenery is left out; verifying/scenery.py lists it with the reasons. A new object of the film is tried, too, without a
line here: it stands for something, or it must be on that list.
"""

import bpy
import pytest

from film.screening import Screening, save_film
from transformer_cinema.addon import compat, inputs, verify
from transformer_cinema.addon.film.evidence import find, mark_of
from transformer_cinema.addon.film.groups import checksum
from transformer_cinema.addon.film.parts import COLOURING, Reader, curves_of, groups_of, part_of, surface
from transformer_cinema.addon.verifying import quiet, scenery
from transformer_cinema.addon.verifying import report as reports
from transformer_cinema.addon.verifying.moments import moments
from transformer_cinema.addon.verifying.parts import Parts

BINARY = ("ADD", "SUBTRACT", "MULTIPLY", "DIVIDE", "MINIMUM", "MAXIMUM")
SOME = 11  # of the settings of node groups one in so many is tried
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


def in_batches(film):
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


@pytest.mark.parametrize("change", [moved, hidden])
def test_a_change_of_some_objects_of_a_small_film_is_noticed(contrasted, monkeypatch, change):
    assert unnoticed(contrasted, change, monkeypatch, batches=1) == []


def unnoticed(stage, change, monkeypatch, batches=None):
    """The names of objects whose change nobody notices. batches: only so many of them."""
    missed = []
    for names in [*in_batches(stage.open())][:batches]:
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


# --- what the parts share, and what they are given --------------------------------------------------------------------


def as_built(scene):
    """What verify says of everything, without looking at any picture."""
    report = reports.Report()
    Parts(scene, find(scene).parts).compare(report)
    return [line.partition(": ")[2] for line in report.mismatches]


@pytest.fixture
def named(monkeypatch):
    monkeypatch.setattr(reports, "NAMED", 10**6)


def altered(value):
    """Another value of the same kind; None where there is none."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        by = max(0.01, 0.01 * abs(value))
        return value - by if value > 0.5 else value + by  # some end at 0 or 1
    if isinstance(value, str):
        return value[:-1] + ("," if value.endswith(".") else ".")
    if isinstance(value, bpy.types.ID) or value is None:
        return None
    return [altered(float(value[0])), *list(value)[1:]]


@pytest.mark.parametrize("which", ["contrasted", pytest.param("default", marks=pytest.mark.slow)])
def test_another_input_of_any_object_is_noticed(which, named, request):
    film = request.getfixturevalue(which).open()
    reader, tried = Reader(), set()
    for owner in film.scene.objects:
        for modifier in owner.modifiers if not scenery.is_scenery(owner.name) else ():
            for name, identifier in reader.inputs(modifier).items():
                value = altered(compat.input_value(modifier, identifier))
                if not scenery.is_free(owner.name, name):
                    tried.add((owner.name, name))
                    reset(film, owner, modifier, name, value)
    lines = as_built(film.scene)
    said = {f"{owner}: the input {inputs.in_words(name)} is another one" for owner, name in tried}
    said |= {f"{owner}: the keys of input {name}[0] are others" for owner, name in tried}
    told = {line for line in lines if line in said}
    assert len(tried) > 100 and len(told) == len(tried)


def reset(film, owner, modifier, name, value):
    """Give an input, or its keys, another value."""
    if curve := film.curve(owner, compat.input_path(modifier, name)):
        curve.keyframe_points[-1].co.y += 0.01 + 0.01 * abs(curve.keyframe_points[-1].co.y)
    else:
        compat.set_input(modifier, name, value)


def leading(node):
    """The nodes that lead to one, and the one itself, each once. A group in a material is the backdrop, and ends it."""
    found, open_ends = {node.name: node}, [node]
    while open_ends:
        last = open_ends.pop()
        for socket in last.inputs if last.bl_idname != "ShaderNodeGroup" else ():
            for link in socket.links:
                if link.from_node.name not in found:
                    found[link.from_node.name] = link.from_node
                    open_ends.append(link.from_node)
    return found.values()


def settings(nodes):
    """What can be set of nodes -> [(what it is called, a function that changes it)]."""
    for node in nodes:
        is_shader = node.bl_idname == "ShaderNodeBsdfPrincipled"
        for socket in node.inputs:
            value = getattr(socket, "default_value", None)
            told = socket.enabled and not socket.is_linked and (not is_shader or socket.name in COLOURING)
            if told and altered(value) is not None and socket.type != "MENU":
                yield (
                    f"{node.name}, {socket.name}",
                    lambda one=socket: setattr(one, "default_value", altered(one.default_value)),
                )
        if getattr(node, "operation", None) in BINARY:  # another one of as many inputs
            other = "SUBTRACT" if node.operation == "ADD" else "ADD"
            yield f"{node.name}, operation", lambda one=node, other=other: setattr(one, "operation", other)
        for stop in node.color_ramp.elements if hasattr(node, "color_ramp") else ():
            yield f"{node.name}, stop", lambda one=stop: setattr(one, "position", one.position * 0.9 + 0.03)
            yield f"{node.name}, colour", lambda one=stop: setattr(one, "color", altered(one.color))
        if node.bl_idname not in ("NodeGroupInput", "NodeGroupOutput"):
            yield f"{node.name}, mute", lambda one=node: setattr(one, "mute", True)


def overlooked(changes, describe):
    """Those of some changes that leave a description as it was."""
    before, missed = describe(), []
    for name, change in changes:
        change()
        after = describe()
        missed += [name] if after == before else []
        before = after
    return missed


def of_meaning(film):
    return [owner for owner in film.scene.objects if not scenery.is_scenery(owner.name)]


def test_another_setting_in_any_node_group_is_noticed(default, named):
    """One at a time: some of each group, of what leads to its output."""
    film = default.open()
    groups = sorted({group for owner in of_meaning(film) for group in groups_of(owner)}, key=lambda one: one.name)
    for place, group in enumerate(groups):
        out = next(node for node in group.nodes if node.bl_idname == "NodeGroupOutput")
        changes = list(settings(leading(out)))
        some = changes[place % SOME :: SOME] or changes[-1:]
        assert overlooked(some, lambda one=group: checksum(one, part_of)) == [], group
    lines = as_built(film.scene)
    assert [one.name for one in groups if f"the node group {one.name} makes something else" not in str(lines)] == []


def test_another_setting_in_any_material_is_noticed(default, named):
    film = default.open()
    used = {one for owner in of_meaning(film) for one in Reader().materials(owner) if not scenery.is_plain(one.name)}
    for material in used:
        out = next(node for node in material.node_tree.nodes if node.bl_idname == "ShaderNodeOutputMaterial")
        changes = list(settings(one for one in leading(out) if one != out and one.bl_idname != "ShaderNodeGroup"))
        assert changes and overlooked(changes, lambda one=material: surface(one)) == [], material
    lines = as_built(film.scene)
    assert [one.name for one in used if f"the material {one.name} makes other colours" not in str(lines)] == []


# --- which word stands on which cube ----------------------------------------------------------------------------------


def swap_words(film, first, second):
    """Give each of two words the other's seat."""
    first.parent, second.parent = second.parent, first.parent


def into_cube(film, first, second):
    first.delta_location.y += 0.2


def behind_cube(film, first, second):
    first.delta_location.y += 1.2


WRONG_WORDS = {swap_words: "drawn '{second}', trace '{first}'", into_cube: "inside", behind_cube: "behind"}


@pytest.mark.parametrize("change", WRONG_WORDS)
def test_a_word_that_is_not_on_its_cube_is_named(contrasted, change):
    film = contrasted.open()
    words = [one for one in film.scene.objects if (mark_of(one) or {}).get("says") == "token" and of_seat(one)][:2]
    change(film, *words)
    texts = dict(zip(("first", "second"), map(film.text, words), strict=True))
    wanted = WRONG_WORDS[change].format(**texts)
    lines = verify.verify(film.scene, beats=["attention.query"]).mismatches
    assert [line for line in lines if "word on the cube (place 1)" in line and wanted in line], lines


def of_seat(word):
    """Whether a cube hangs on the same as a word."""
    return any((mark_of(one) or {}).get("shows") == "cube" for one in word.parent.children) if word.parent else False


def test_what_is_shown_again_is_what_the_film_was_built_with(default, monkeypatch):
    film = default.open()
    assert default.told(film, monkeypatch) == []
    nodes = film.object("The machine ahead").modifiers[0].node_group.nodes
    node = next(one for one in nodes if one.bl_idname == "GeometryNodeObjectInfo")
    node.inputs["Object"].default_value = film.object("Gates")
    told = default.told(film, monkeypatch)
    assert told and all("The machine ahead" in line for line in told), told
