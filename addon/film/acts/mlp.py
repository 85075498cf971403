"""Each vector alone, put to many questions."""

from ...sound.mapping import heard_votes, lit
from .. import layout
from ..cast.panel import DIM as DIMMED
from . import mlp_shots as shots
from .moves import add, beside, over_columns

SWEEP, TALLY = 1.7, 1.9  # seconds in which all neurons are asked, and all votes counted
SLOWER = 1.05  # times as long as the camera must take: it starts and stops softly
LOW = 4.0  # metres of the walls that are in the picture while nothing stands over the columns
DIM = 0.25  # light of what the picture isn't about


def mlp(film, cast):
    with film.act("mlp"):
        _lanes(film, cast)
        _matrix(film, cast)
        _neurons(film, cast)
        if cast.votes:
            _votes(film, cast)
        _add(film, cast)


def _lanes(film, cast):
    """Walls cut the last arcs; one booth stays lit, the last token's."""
    script, beams, lanes, layer = cast.script, cast.beams, cast.lanes, cast.script.focus_layer
    last = script.prompt_count - 1
    film.beat("lanes")
    film.subject(lanes.object, cast.columns.object, *(token.label for token in cast.tokens.prompt))
    film.caption("mlp.lanes")
    film.set(
        beams.visible.on(0.0),
        beams.layer.to(layer),
        beams.others.to(0.0),
        beams.only.to(0.0),
        beams.reveal.to(1.0),
        lanes.visible.on(0.0),
    )
    film.move(shots.row(cast, LOW), lanes.rise.to(1.0), beams.reveal.to(0.0, start=0.25), run_time=1.8)
    film.set(beams.visible.off(0.0), cast.columns.spot.to(last))
    film.play(cast.columns.ambient.to(DIM), [token.light.to(DIM) for token in cast.tokens.prompt[:-1]], run_time=0.6)


def _matrix(film, cast):
    """W_in, a row a neuron."""
    panel, wall = cast.panel, cast.panel.wall
    if not wall:
        film.play(cast.camera.to(shots.panel(cast)), run_time=film.camera.seconds(shots.panel(cast)))
        return
    film.beat("matrix")
    film.subject(cast.tokens.prompt[-1].label, wall.object)
    film.caption("mlp.matrix", neurons=f"{panel.neurons:,}")
    film.set(wall.visible.on(0.0))
    film.move(shots.panel(cast), wall.reveal.to(1.0, start=0.2), run_time=2.2)
    film.wait(0.4)


def _neurons(film, cast):
    """Row after row meets the vector, and its neuron answers."""
    panel, wall = cast.panel, cast.panel.wall
    film.beat("neurons")
    film.subject(cast.tokens.prompt[-1].label, panel.object)
    film.caption("mlp.neurons")
    film.set(panel.visible.on(0.0), panel.rays_visible.on(0.0), panel.count_visible.on(0.0))
    if wall:
        film.set(panel.wall_names.off(0.0))
    film.play(panel.reveal.to(1.0), wall.light.to(DIMMED) if wall else None, run_time=0.8, easing="linear")
    if wall:
        film.set(panel.wall_cells.off(0.0), panel.dim.on(0.0))
    film.play(panel.ask(panel.neurons), run_time=SWEEP, easing="linear")
    fired = lit(panel.activations)
    film.hear("neuron", panel.asked, fired + 1, of=fired, layer=cast.script.focus_layer)
    film.set(panel.rays_visible.off(0.0))
    film.wait(1.0)


def _votes(film, cast):
    """The same panel by what each neuron does to one word."""
    panel, votes = cast.panel, cast.votes
    film.beat("votes")
    film.subject(cast.tokens.prompt[-1].label, panel.object)
    film.caption("mlp.votes", neurons=f"{panel.neurons:,}", word=votes.word)
    film.set(panel.count_visible.off(0.0), votes.visible.on(0.0))
    film.play(panel.voted.to(panel.neurons), votes.counted.to(panel.neurons), run_time=TALLY, easing="linear")
    heard = heard_votes(cast.script.votes.pushes[votes.place])
    film.hear("vote", panel.voted, heard + 1, of=heard, word=votes.place)
    film.set(votes.numbers.visible.on(0.0))
    film.play(votes.numbers.shown.to(len(votes.strongest)), run_time=1.0, easing="linear")
    film.wait(0.8)


def _add(film, cast):
    """The answers run down and become the update; then all tokens at once, and one sweep for all of them."""
    panel, neurons, updates, script = cast.panel, cast.neurons, cast.updates, cast.script
    number, last = 2 * script.focus_layer + 2, script.prompt_count - 1
    film.beat("add")
    film.subject(cast.columns.object, panel.object)
    if cast.votes:
        film.set(cast.votes.numbers.visible.off(0.0), cast.votes.visible.off(0.0))
        film.play(panel.voted.to(0.0), run_time=0.4, easing="linear")
    over_columns(film, cast, updates, number - 1, layout.SCALE_ATTENTION)
    film.set(
        panel.count_visible.off(0.0),
        panel.threads_visible.on(0.0),
        updates.depth.to(panel.depth),
        updates.slot.to(number),
        updates.shift_x.to(beside(layout.SCALE_ATTENTION)),
        updates.shift_y.to(0.0),
        updates.shift_z.to(0.0),
        updates.size.to(1.0),
        updates.solo.to(1.0),
        updates.reveal.to(last),
    )
    film.play(panel.back.to(1.0, end=0.55), updates.reveal.to(last + 1.0, start=0.5), run_time=1.6, easing="linear")
    film.caption("mlp.add")
    if panel.wall:
        film.set(panel.wall_cells.on(0.0), panel.dim.off(0.0))
        film.together(panel.wall.reveal.to(0.0), run_time=0.8)
    film.play(panel.drain.to(1.0), run_time=0.6, easing="in")
    film.set(panel.threads_visible.off(0.0))
    _all_at_once(film, cast)
    add(film, cast, number, run_time=1.4)
    film.set(updates.solo.to(0.0))
    film.wait(0.3)
    film.play(
        cast.lanes.rise.to(0.0),
        neurons.fire.to(0.0),
        neurons.reveal.to(0.0),
        cast.columns.ambient.to(1.0),
        run_time=0.7,
    )
    film.set(cast.lanes.visible.off(0.0), neurons.visible.off(0.0), cast.columns.spot.to(-1.0))
    film.set([token.light.to(1.0) for token in cast.tokens.prompt])


def _all_at_once(film, cast):
    """The panel goes home over its token; over the others stand theirs, and have answered in the same moment."""
    panel, neurons, updates, script = cast.panel, cast.neurons, cast.updates, cast.script
    last = script.prompt_count - 1
    if panel.wall:
        film.set(panel.wall.visible.off(0.0))
    film.set(
        neurons.layer.to(script.focus_layer),
        neurons.depth.to(panel.depth),
        neurons.count.to(last),
        neurons.fire.to(0.0),
        neurons.visible.on(0.0),
    )
    film.move(
        shots.row(cast, cast.panel_top + 0.3),
        panel.gather.to(1.0, end=0.7),
        neurons.reveal.to(1.0, start=0.3),
        cast.columns.ambient.to(1.0, start=0.4),
        [token.light.to(1.0, start=0.4) for token in cast.tokens.prompt],
        run_time=SLOWER * film.camera.seconds(shots.row(cast, cast.panel_top + 0.3)),
    )
    film.set(neurons.threads_visible.on(0.0))
    film.play(neurons.fire.to(1.0, end=0.4), neurons.down.to(1.2), updates.solo.to(0.0, start=0.4), run_time=0.9)
    film.set(neurons.threads_visible.off(0.0), neurons.down.to(-0.3))
    film.set(neurons.count.to(script.prompt_count), panel.visible.off(0.0))
