"""What was read: values fly to the reader, each by its weight; the heads join, are projected, and are added."""

from .. import layout
from ..cast.tokens import NOTHING
from . import attention_shots as shots
from .attention_query import lit
from .moves import add, beside, over_columns

FLIGHT = 0.3  # seconds from one value's arrival to the next one's
MOST_FLIGHT = 3.0


def values(film, cast):
    """From each source a copy of its value comes along its arc, weighed, and is added; then what other heads found."""
    script, beams, mixing = cast.script, cast.beams, cast.worked.mixing
    reader = script.focus_query - script.earlier
    film.beat("values")
    film.subject(mixing.object, cast.columns.object)
    film.caption("attention.values")
    film.tag("attention.one", layer=script.focus_layer + 1, head=script.focus_head + 1)
    film.set(mixing.visible.on(0.0), beams.only.to(1.0), beams.pulse.to(-0.2), cast.columns.spot.to(float(reader)))
    film.move(
        shots.values(cast),
        cast.columns.ambient.to(0.5),
        cast.tokens.prompt[reader].focus.to(1.0),
        mixing.rise.to(1.0, start=0.2, easing="linear"),
        run_time=1.3,
    )
    film.wait(0.3)
    film.play(mixing.weigh.to(1.0), beams.reveal.to(1.0), run_time=0.7)
    film.wait(0.2)
    film.play(mixing.travel.to(float(mixing.count)), run_time=min(MOST_FLIGHT, FLIGHT * mixing.count), easing="linear")
    film.hear("weight", mixing.travel, range(1, mixing.count + 1), of=mixing.keys)
    film.play(mixing.heads.to(1.0), beams.reveal.to(0.0, end=0.5), run_time=1.0, easing="linear")
    film.set(beams.visible.off(0.0))
    if cast.tokens.earlier:
        film.set(cast.tokens.earlier.stems_visible.off(0.0))
    film.wait(0.3)
    _project(film, cast)


def _project(film, cast):
    """All heads' results line up over the output matrix; a sweep, and the update stands beside the column."""
    script, mixing, out = cast.script, cast.worked.mixing, cast.worked.out
    updates, scale = cast.updates, layout.SCALE_ATTENTION
    over_columns(film, cast, updates, 2 * script.focus_layer, scale)
    film.set(
        updates.slot.to(2 * script.focus_layer + 1),
        updates.shift_x.to(beside(scale)),
        updates.shift_y.to(0.0),
        updates.shift_z.to(0.0),
        updates.size.to(0.0),
    )
    others = lit(cast, script.focus_query - script.earlier)
    if out is None:
        film.move(
            shots.reader(cast), others, mixing.gone.to(1.0, start=0.5), updates.size.to(1.0, start=0.5), run_time=1.4
        )
        film.set(mixing.visible.off(0.0))
        return
    film.set(out.wall.visible.on(0.0))
    film.move(
        shots.reader(cast),
        others,
        out.wall.size.to((1, 1, 1), origin=(0.05,) * 3, end=0.5, easing="out"),
        mixing.join.to(1.0, start=0.3, easing="linear"),
        run_time=1.8,
    )
    film.set(mixing.visible.off(0.0), out.visible.on(0.0))
    film.play(out.sweep(out.count), updates.size.to(1.0, start=0.2), run_time=0.8, easing="linear")
    film.wait(0.2)
    film.play(out.wall.size.to((NOTHING,) * 3, easing="in"), run_time=0.5)
    film.set(out.off(0.0))


def added(film, cast):
    """The update is added, and the vector turns."""
    script, needles = cast.script, cast.turned
    film.beat("add")
    film.subject(cast.columns.object, needles.object)
    film.caption("attention.add")
    film.tag()
    y = script.depth(2 * script.focus_layer)
    film.set(needles.visible.on(0.0), needles.place.to((cast.worked.reader_x + 2.1, y - 0.2, layout.COLUMN_BASE + 0.5)))
    film.move(
        shots.turned(cast),
        needles.size.to(1.0, start=0.4, easing="out"),
        lit(cast, *range(script.prompt_count), dim=1.0),
        run_time=1.2,
    )
    film.together(needles.at.to(float(needles.count - 1), easing="linear"), run_time=1.8)
    add(film, cast, 2 * script.focus_layer + 1, run_time=1.8)
    film.wait(0.8)
    film.play(
        needles.size.to(0.0),
        cast.columns.ambient.to(1.0),
        [token.focus.to(0.0) for token in cast.tokens.prompt],
        run_time=0.5,
    )
    film.set(needles.visible.off(0.0), cast.columns.spot.to(-1.0))
