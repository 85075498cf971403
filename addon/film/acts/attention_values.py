"""What was read: values fly to the reader, each by its weight; the heads join, are projected, and are added."""

import numpy as np

from .. import layout
from ..cast import Cast
from ..film import Film
from . import attention_shots as shots
from .attention_query import lit
from .moves import add, beside, over_columns

EACH, MOST_FLIGHT = 0.22, 2.2  # seconds from one value's flight to the next one's; of all
OTHER_HEADS = 3.0  # seconds in which the other heads do the same
SWEEP = 1.4  # seconds in which the projection is read
VALUE_UNREAD = 0.4  # the light of the matrix of values before it is read
UNREAD, READ = 0.2, 0.6  # the light of the projection's matrix: what it is made from and what it makes are brighter
# The light of the row's other vectors, while values fly; while one is made, when they draw back into the floor.
SHUT, SUNK = 0.45, 0.02


def values(film, cast):
    """From each source a copy of its value comes along its arc, weighed, and is added; then those of other heads."""
    script, beams, mixing, sources = cast.script, cast.beams, cast.worked.mixing, cast.sources
    reader = script.focus_query - script.earlier
    film.set(beams.pulse.to(-0.2), cast.columns.spot.to(float(reader)))
    film.tag()  # the blocks are as high as it is
    # The camera is on its way down from the heads.
    quiet = [beams.only.to(1.0, end=0.5), beams.others.to(0.0, end=0.5), cast.tokens.prompt[reader].focus.to(1.0)]
    if cast.worked.value:
        _one_value(film, cast, quiet)
        quiet = []
    quiet.append(cast.columns.ambient.to(SHUT))
    film.beat("values")
    film.subject(mixing.object, cast.columns.object)
    film.caption("attention.values")
    film.set(mixing.visible.on(0.0), sources.visible.on(0.0), sources.over.to(1.0))
    film.play(
        quiet,
        mixing.rise.to(1.0, easing="linear"),
        sources.numbers.to(1.0, start=0.4, easing="out"),
        run_time=0.9,
    )
    film.set(cast.worked.value and cast.worked.value.visible.off(0.0))
    film.wait(0.1)
    film.play(mixing.weigh.to(1.0), run_time=0.6)
    film.wait(0.1)
    seconds = min(MOST_FLIGHT, EACH * mixing.last)
    film.play(mixing.travel.to(mixing.last), run_time=seconds, easing="linear")
    film.hear("weight", mixing.travel, mixing.last - mixing.count + np.arange(1, mixing.count + 1), of=mixing.keys)
    # The others read in their own ways, at the same time.
    if cast.script.model.n_head > 1:
        film.caption("attention.other_values")
    film.play(
        sources.numbers.to(0.0, end=0.3),
        sources.visible.off(0.3),
        beams.others.to(1.0, end=0.3),
        mixing.heads.to(1.0, easing="linear"),
        run_time=OTHER_HEADS,
    )
    film.wait(0.1)
    _project(film, cast)


def _one_value(film: Film, cast: Cast, quiet: list) -> None:
    """The vector that most is read of meets the matrix of values, in one sweep; what comes out stands over it.

    quiet: clips that take away what was there.
    """
    script, made, token = cast.script, cast.worked.value, cast.worked.most
    columns, beams = cast.columns, cast.beams
    film.beat("value")
    film.subject(made.wall.object, made.object, columns.object, *(token.cube for token in cast.tokens.prompt))
    film.caption("attention.value", token=script.name(token))
    film.set(made.visible.on(0.0), made.wall.reveal.to(0.0), made.wall.light.to(VALUE_UNREAD))
    film.set(columns.second_spot.to(float(token - script.earlier)))
    film.play(
        quiet,
        # The wall comes where the arcs and the other vectors are.
        columns.ambient.to(SUNK, end=0.5),
        lit(cast, script.focus_query - script.earlier, token - script.earlier),
        (beams.reveal.to(0.0, end=0.5), beams.visible.off(0.5)),
        made.away[0].to(0.0, origin=1.0, end=0.85, easing="linear"),
        made.wall.visible.on(0.4),
        made.wall.reveal.to(1.0, origin=0.0, start=0.4, easing="linear"),
        run_time=1.3,
    )
    film.play(made.sweep(made.count), made.wall.light.to(1.0), run_time=0.9, easing="linear")
    film.wait(0.2)
    film.move(
        shots.values(cast),
        made.away[1].to(1.0, easing="linear"),
        made.wall.reveal.to(0.0, end=0.5, easing="linear"),
        made.wall.visible.off(0.5),
        (beams.visible.on(0.4), beams.reveal.to(1.0, origin=0.0, start=0.4)),
        columns.ambient.to(SHUT, start=0.4),
        lit(cast, *range(len(cast.tokens.prompt))),
        run_time=0.9,
    )
    film.set(columns.second_spot.to(-1.0))


def _project(film, cast):
    """The heads' results line up, and meet the matrix that makes one update of them, row by row."""
    script, mixing, beams = cast.script, cast.worked.mixing, cast.beams
    updates, out, scale = cast.updates, cast.worked.out, layout.SCALE_EMBEDDING
    reader, wall = script.focus_query - script.earlier, out and out.wall
    film.beat("project")
    own = cast.tokens.prompt[reader].cube
    shown = [wall.object, out.object] if out else [cast.columns.object]
    film.subject(own, *shown, running_out=[mixing.object])  # it waits beside what the picture is about
    film.caption("attention.project", heads=script.model.n_head)
    film.tag()
    film.change_hue("attention.numbers", 1.2)
    film.set(wall.light.to(UNREAD) if out else None)
    film.move(
        shots.projected(cast),
        mixing.join.to(1.0, easing="linear") if out else None,
        [wall.visible.on(0.4), wall.reveal.to(1.0, origin=0.0, start=0.4, easing="linear")] if out else None,
        beams.reveal.to(0.0, end=0.4),
        beams.visible.off(0.45),
        alone(cast, end=0.35),
        run_time=1.6,
    )
    film.set(beams.others.to(0.0), beams.even.to(0.0))
    if cast.tokens.earlier:
        film.set(cast.tokens.earlier.stems_visible.off(0.0), cast.tokens.earlier.visible.off(0.0))
    over_columns(film, cast, updates, 2 * script.focus_layer, scale)
    film.set(
        updates.slot.to(2 * script.focus_layer + 1),
        updates.shift_x.to(beside(scale)),
        updates.shift_y.to(0.0),
        updates.shift_z.to(0.0),
        updates.size.to(0.0),
        updates.spot.to(float(reader)),
        updates.ambient.to(0.0),
    )
    if out:
        film.set(out.visible.on(0.0))
        film.play(out.sweep(out.count), wall.light.to(READ), run_time=SWEEP, easing="linear")


def added(film, cast):
    """What comes out goes beside the reader, and so does the camera; it is added, and the vector turns."""
    script, needles, columns, updates = cast.script, cast.turned, cast.columns, cast.updates
    mixing, out = cast.worked.mixing, cast.worked.out
    film.beat("add")
    film.subject(columns.object, needles.object)
    film.caption("attention.add")
    film.change_hue("attention", 1.0)
    film.set(needles.place.to(shots.dial(cast)))
    film.move(
        shots.turned(cast),
        out
        and [
            out.away[1].to(1.0, end=0.8, easing="linear"),
            out.wall.reveal.to(0.0, end=0.3),
            out.wall.visible.off(0.3),
        ],
        mixing.gone.to(1.0, end=0.3),
        columns.scale.to(layout.SCALE_EMBEDDING),
        None if out else updates.size.to(1.0, start=0.4),
        needles.visible.on(0.45),
        needles.size.to(1.0, origin=0.3, start=0.45, end=0.8, easing="out"),
        run_time=1.0,
    )
    film.set(updates.size.to(1.0), mixing.visible.off(0.0), out and out.visible.off(0.0))
    film.wait(0.1)
    film.together(needles.at.to(float(needles.count - 1), easing="linear"), run_time=1.3)
    add(film, cast, 2 * script.focus_layer + 1, run_time=1.3)
    film.set(updates.spot.to(-1.0), updates.ambient.to(1.0))
    film.wait(0.2)
    if not cast.context:
        film.play(dial_gone(cast), row_back(cast), run_time=0.7)


def alone(cast, **timing):
    """Clips that leave nothing of the row but the reader."""
    reader = cast.script.focus_query - cast.script.earlier
    others = [token for token in cast.tokens.prompt if token is not cast.tokens.prompt[reader]]
    return [
        [[token.sink(**timing), token.visible.off(timing.get("end", 1.0))] for token in others],
        [columns.ambient.to(0.0, **timing) for columns in (cast.columns, cast.updates)],
    ]


def dial_gone(cast, **timing):
    """Clips that take the dial away."""
    return [cast.turned.size.to(0.0, **timing), cast.turned.visible.off(timing.get("end", 1.0))]


def row_back(cast, **timing):
    """Clips that bring the others back, as they were."""
    return [
        [[token.rise(**timing), token.light.to(1.0, **timing)] for token in cast.tokens.prompt],
        [token.visible.on(timing.get("start", 0.0)) for token in cast.tokens.prompt],
        [token.focus.to(0.0, **timing) for token in cast.tokens.prompt],
        cast.columns.scale.to(layout.SCALE_ATTENTION, **timing),
        cast.columns.ambient.to(1.0, **timing),
        cast.columns.spot.to(-1.0, start=1.0, easing="step"),
    ]
