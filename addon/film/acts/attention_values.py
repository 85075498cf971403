"""What was read: values fly to the reader, each by its weight; the heads join, are projected, and are added."""

from .. import layout
from ..cast.tokens import NOTHING
from . import attention_shots as shots
from .attention_query import lit
from .moves import add, beside, over_columns

FLIGHT = 0.26  # seconds from one value's arrival to the next one's
MOST_FLIGHT = 2.4


def values(film, cast):
    """From each source a copy of its value comes along its arc, weighed, and is added; then what other heads found."""
    script, beams, mixing, sources = cast.script, cast.beams, cast.worked.mixing, cast.sources
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
        mixing.rise.to(1.0, start=0.1, easing="linear"),
        run_time=1.2,
    )
    film.wait(0.1)
    film.set(sources.visible.on(0.0), sources.over.to(1.0))
    film.play(sources.numbers.to(1.0, end=0.4, easing="out"), mixing.weigh.to(1.0), run_time=0.8)
    film.wait(0.3)
    film.play(mixing.travel.to(float(mixing.count)), run_time=min(MOST_FLIGHT, FLIGHT * mixing.count), easing="linear")
    film.hear("weight", mixing.travel, range(1, mixing.count + 1), of=mixing.keys)
    film.wait(0.2)
    film.set(sources.numbers.to(0.0), sources.visible.off(0.0))
    _project(film, cast)


def _project(film, cast):
    """The other heads' results come; all line up over the output matrix; the result flies to the reader."""
    script, mixing, out, beams = cast.script, cast.worked.mixing, cast.worked.out, cast.beams
    updates, scale = cast.updates, layout.SCALE_ATTENTION
    reader = script.focus_query - script.earlier
    film.beat("project")
    film.subject(mixing.object, cast.columns.object, *([out.wall.object] if out else []))
    film.caption("attention.project", heads=script.model.n_head)
    film.tag()
    film.move(
        shots.projected(cast),
        mixing.heads.to(1.0, easing="linear"),
        beams.reveal.to(0.0, end=0.5),
        beams.visible.off(0.55),
        lit(cast, reader),
        cast.columns.ambient.to(0.0),
        run_time=1.1,
    )
    film.wait(0.1)
    if cast.tokens.earlier:
        film.set(cast.tokens.earlier.stems_visible.off(0.0))
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
    if out is None:
        film.play(mixing.gone.to(1.0), updates.size.to(1.0, start=0.3), run_time=1.0)
        film.set(mixing.visible.off(0.0))
        return
    film.set(out.wall.visible.on(0.0))
    film.play(
        out.wall.reveal.to(1.0, origin=0.0, end=0.5, easing="linear"),
        mixing.join.to(1.0, easing="linear"),
        run_time=1.5,
    )
    film.set(mixing.visible.off(0.0), out.visible.on(0.0))
    film.play(out.sweep(out.count), run_time=0.8, easing="linear")
    film.play(out.away[1].to(1.0), run_time=0.8, easing="linear")
    film.set(updates.size.to(1.0), out.visible.off(0.0))
    film.play(out.wall.size.to((1, 1, NOTHING), easing="in"), out.wall.visible.off(1.0), run_time=0.35)


def added(film, cast):
    """A cut to the reader alone: the update is added, and the vector turns."""
    script, needles, columns = cast.script, cast.turned, cast.columns
    film.beat("add")
    film.subject(columns.object, needles.object)
    film.caption("attention.add")
    film.tag()
    film.set(needles.visible.on(0.0), needles.place.to(shots.dial(cast)))
    film.cut(shots.turned(cast))
    film.set(alone(cast))
    film.play(needles.size.to(1.0, easing="out"), run_time=0.5)
    film.together(needles.at.to(float(needles.count - 1), easing="linear"), run_time=1.6)
    add(film, cast, 2 * script.focus_layer + 1, run_time=1.6)
    film.set(cast.updates.spot.to(-1.0), cast.updates.ambient.to(1.0))
    film.wait(0.5)
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
        cast.columns.ambient.to(1.0, **timing),
        cast.columns.spot.to(-1.0, start=1.0, easing="step"),
    ]
