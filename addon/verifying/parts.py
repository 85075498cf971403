"""Whether everything in a film is what it was built as, and stands to the rest as it was built.

The film as a whole may be moved, turned, scaled evenly and parented: what counts is how its parts stand to each other.
Names, and when things happen, may be changed; so may what scenery.py lists.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cached_property

import bpy
import numpy as np
from mathutils import Euler, Matrix, Vector

from .. import compat, inputs
from ..film.groups import checksum
from ..film.parts import PLACE, Reader, curves_of, groups_of, part_of, surface
from .numbers import step
from .report import Report
from .scenery import is_free, is_plain, is_scenery
from .times import compare_times

CHANGED = "as built"  # the kinds of these comparisons in a report
PLACED = "place in the film"
HIDDEN = "hidden"
OFF = 2e-4  # metres and parts of a turn that two ways of working out a place may differ by
# What is compared of an object, and how a change of it is told.
TOLD = {
    "mark": "says that it shows something else",
    "modifiers": "has other modifiers",
    "groups": "has another node group",
    "influences": "is moved or hidden by something else than its keys",
    "mesh": "has another mesh",
    "materials": "is drawn with another material",
}


class Part:
    """An object of the film, and what it was built as."""

    def __init__(self, number: int, built: dict) -> None:
        self.number, self.built = number, built
        self.owner: bpy.types.Object | None = None
        self.scenery = is_scenery(built["name"])
        # What is always hidden is a table or a shape that others are drawn from: where it stands says nothing.
        self.unseen = built["hidden"] and "hide_render[0]" not in built["keys"]
        self.inverse = Matrix([built["inverse"][row : row + 4] for row in (0, 4, 8, 12)])

    @property
    def name(self) -> str:
        return self.owner.name if self.owner else self.built["name"]

    @cached_property
    def curves(self) -> list[tuple[str, int, bpy.types.FCurve]]:
        """The F-curves of its place."""
        return [(one.data_path, one.array_index, one) for one in curves_of(self.owner) if one.data_path in PLACE]

    def local(self, frame: float) -> Matrix:
        """Where it must stand to its parent at a frame. Its keys have the values that they were built with."""
        place = {name: list(values) for name, values in self.built["place"].items()}
        for path, index, curve in self.curves:
            place[path][index] = curve.evaluate(frame)
        basis = Matrix.LocRotScale(Vector(place["location"]), Euler(place["rotation_euler"]), Vector(place["scale"]))
        return self.inverse @ basis


class Parts:
    """All objects of a film."""

    def __init__(self, scene: bpy.types.Scene, built: dict) -> None:
        self.scene, self.built, self.reader = scene, built, Reader()
        self.parts = {number: Part(number, one) for number, one in enumerate(built["objects"], start=1)}
        self.copies, self.others = [], []
        for owner in dict.fromkeys(scene.collection.all_objects):
            part = self.parts.get(part_of(owner))
            if part is None:
                self.others.append(owner)
            elif part.owner:
                self.copies.append(owner)
            else:
                part.owner = owner
        self.here = [part for part in self.parts.values() if part.owner]
        self.rendered: set[bpy.types.Object] = set()
        self.note_rendered()
        self._frame = Matrix()  # where the film as a whole stands

    def note_rendered(self) -> None:
        """Note which objects the view layer's collections let be seen."""
        self.rendered = set(_rendered(self.scene.view_layers[0].layer_collection))

    # --- as it was built -----------------------------------------------------------------------

    def compare(self, report: Report) -> None:
        """Compare all objects and materials with what they were built as."""
        for part in self.parts.values():
            if not part.scenery:
                self.compare_part(part, report)
        for owner in self.copies:
            report.fail(CHANGED, f"{owner.name} is a copy of something in the film")
        self.compare_materials(report)
        self.compare_groups(report)
        compare_times(self.here, self.reader, report)

    def compare_part(self, part: Part, report: Report) -> None:
        """Compare one object with what it was built as."""
        if part.owner is None:
            report.fail(CHANGED, f"{part.name} is missing from the film")
            return
        now, then = self.reader.object(part.owner), part.built
        for what, told in TOLD.items():
            report.hold(CHANGED, _same(now[what], then[what]), f"{part.name} {told}")
        if "hide_render[0]" not in then["keys"]:
            report.hold(CHANGED, now["hidden"] == then["hidden"], f"{part.name} is hidden, or no longer hidden")
        for name, value in then["inputs"].items():
            if not is_free(then["name"], name):
                same = name in now["inputs"] and _same(now["inputs"][name], value)
                report.hold(CHANGED, same, f"{part.name}: the input {inputs.in_words(name)} is another one")
        for path, values in then["keys"].items():
            if not (path.startswith("input ") and is_free(then["name"], path[6:].partition("[")[0])):
                report.hold(
                    CHANGED, _same(now["keys"].get(path), values), f"{part.name}: the keys of {path} are others"
                )

    def compare_materials(self, report: Report) -> None:
        """Compare how materials turn attributes into colours."""
        here = {one for part in self.here if not part.scenery for one in self.reader.materials(part.owner)}
        for material in sorted(here, key=lambda one: one.name):
            then = _built(self.built["materials"], material)
            if then and not is_plain(then["name"]):
                same = _same(surface(material)["surface"], then["surface"])
                report.hold(CHANGED, same, f"the material {material.name} makes other colours of its attribute")

    def compare_groups(self, report: Report) -> None:
        """Compare what node groups make; Blenders of other versions write them in other ways."""
        if self.built["blender"] != compat.VERSION:
            report.notes.append("Node groups are not compared: another version of Blender has built the film.")
            return
        for group in dict.fromkeys(group for part in self.here if not part.scenery for group in groups_of(part.owner)):
            if then := _built(self.built["groups"], group):
                same = checksum(group, part_of) == then["makes"]
                report.hold(CHANGED, same, f"the node group {group.name} makes something else of what it is given")

    # --- where it stands -----------------------------------------------------------------------

    def look(
        self, frame: float, depsgraph: bpy.types.Depsgraph, report: Report
    ) -> tuple[list[tuple[Part, bpy.types.Object]], Matrix]:
        """Compare where everything stands that is drawn at a frame.

        -> ([(what is drawn, evaluated)], where the film as a whole stands).
        """
        seen, worlds, known = [], {}, {}
        for part in self.here:
            evaluated = part.owner.evaluated_get(depsgraph)
            if part.scenery or part.owner.type == "EMPTY":
                worlds[part.number] = evaluated.matrix_world
            elif not part.unseen and not evaluated.hide_render:
                shown = evaluated.is_evaluated and part.owner in self.rendered and not evaluated.hide_viewport
                report.hold(HIDDEN, shown, f"{part.name} is hidden where it should be shown")
                if shown:
                    seen.append((part, evaluated))
                    worlds[part.number] = evaluated.matrix_world
        stands = [(part, *self._expected(part, frame, known)) for part, _ in seen]
        free = [(part, place) for part, base, place in stands if not base]
        free += [(part, self._expected(part, frame, known)[1]) for part in self._anchors]
        roots = [self._root(part) for part, _ in free]
        votes = {root: 1 / count for root, count in Counter(roots).items()}  # what hangs together has one vote
        weighed = [(worlds[part.number], place, votes[root]) for (part, place), root in zip(free, roots, strict=True)]
        self._frame = _frame(self._frame, weighed)
        report.hold(PLACED, _is_even(self._frame), "the film as a whole is mirrored or stretched")
        away = {0: self._frame.inverted_safe()}
        for part, base, place in stands:
            if base not in away:
                away[base] = worlds[base].inverted_safe()
            world = worlds[part.number]
            off = _off(away[base] @ world, place)
            # Single precision of where it stands in the world, in the units of what it is fixed to.
            unseen = 4 * step(world.translation) * away[base].to_scale().x
            report.hold(PLACED, off < OFF + unseen, f"{part.name} stands elsewhere, or is turned or scaled", off)
        return seen, self._frame

    @cached_property
    def _anchors(self) -> list[Part]:
        """What stands in the film without being drawn."""
        return [one for one in self.here if one.owner.type == "EMPTY" and not one.scenery and not one.built["parent"]]

    def _root(self, part: Part) -> int:
        """The number of what it hangs on in the end, or its own."""
        while part.built["parent"]:
            part = self.parts[part.built["parent"]]
        return part.number

    def _expected(self, part: Part, frame: float, known: dict) -> tuple[int, Matrix]:
        """-> (the scenery that a part is fixed to, 0: the film as a whole, and where it must stand to that)."""
        if part.number not in known:
            place, above = part.local(frame), self.parts.get(part.built["parent"])
            if above is None:
                known[part.number] = 0, place
            elif above.scenery or above.owner is None:
                known[part.number] = above.number, place
            else:
                base, upper = self._expected(above, frame, known)
                known[part.number] = base, upper @ place
        return known[part.number]


def _built(described: list[dict], block: bpy.types.ID) -> dict | None:
    """What a material or a node group was built as."""
    number = part_of(block)
    return described[number - 1] if 0 < number <= len(described) else None


def _frame(last: Matrix, stands: list[tuple[Matrix, Matrix, float]]) -> Matrix:
    """Where the film as a whole stands: what most of its parts agree on.

    stands: [(where one is, where it must be, how much it counts)].
    """

    def agreeing(frame: Matrix) -> float:
        away = frame.inverted_safe()
        unit = away.to_scale().x
        allowed = (OFF + 4 * unit * step(world.translation) for world, _, _ in stands)
        return sum(
            vote for (world, place, vote), most in zip(stands, allowed, strict=True) if _off(away @ world, place) < most
        )

    if agreeing(last) > sum(vote for _, _, vote in stands) - 1e-6:
        return last
    return max([last, *(world @ place.inverted_safe() for world, place, _ in stands)], key=agreeing)


def _off(one: Matrix, other: Matrix) -> float:
    """How far two places are from each other: in metres, or as parts of their size."""
    axes = list(zip(one.to_3x3().col, other.to_3x3().col, strict=True))
    size = max(max(wanted.length for _, wanted in axes), 1e-9)
    return max((one.translation - other.translation).length, *((a - b).length / size for a, b in axes))


def _is_even(frame: Matrix) -> bool:
    """Whether a place neither mirrors nor stretches."""
    axes = np.array(frame.to_3x3())
    size = np.cbrt(max(np.linalg.det(axes), 0.0))
    return size > 0 and bool(np.allclose(axes.T @ axes, size**2 * np.eye(3), atol=1e-3 * size**2))


def _rendered(layer: bpy.types.LayerCollection) -> Iterator[bpy.types.Object]:
    """The objects of a view layer that its collections let be seen."""
    if layer.exclude or layer.holdout or layer.indirect_only or layer.collection.hide_render:
        return
    yield from layer.collection.objects
    for below in layer.children:
        yield from _rendered(below)


def _same(now: object, then: object) -> bool:
    """Whether a described value is as it was: all that was described then is so now."""
    if isinstance(then, dict):
        return isinstance(now, dict) and all(name in now and _same(now[name], value) for name, value in then.items())
    if isinstance(then, list):
        return isinstance(now, list) and len(now) == len(then) and all(map(_same, now, then))
    if isinstance(then, float):
        return isinstance(now, (int, float)) and abs(now - then) <= 1e-6 * max(1.0, abs(then))
    return now == then
