"""Each vector alone, put to many questions."""

from ...sound.mapping import heard_votes, lit
from .. import layout
from ..cast.panel import DIM as DIMMED
from ..cast.tokens import NOTHING
from . import mlp_shots as shots
from .moves import add, beside, over_columns

NEARER = 1.5  # seconds in which the camera comes to the row, while walls come down
SWEEP, TALLY = 2.0, 2.5  # seconds in which all neurons are asked, and all votes counted
FULL = 0.6  # light of the whole matrix, before one of its rows is spoken of
ALONG = 0.6  # part of the camera's way back to the row, in which that comes; then all answer
FURTHER = 0.85  # of the time that other moves of the camera take: of the one past the others to the last one's panel
DIM, WORD_DIM = 0.45, 0.6  # light of what the picture isn't about, and of its words


def mlp(film, cast):
    with film.act("mlp"):
        _lanes(film, cast)
        _matrix(film, cast)
        _neurons(film, cast)
        if cast.votes:
            _votes(film, cast)
        _add(film, cast)


def _lanes(film, cast):
    """Walls come down through the last arcs; one booth stays lit, the last token's."""
    script, beams, lanes, layer = cast.script, cast.beams, cast.lanes, cast.script.focus_layer
    film.beat("lanes")
    film.subject(lanes.object, cast.columns.object, *(token.label for token in cast.tokens.prompt))
    moved = film.shows("attention", "add")
    if not moved:
        film.cut(shots.row(cast, lanes.height, 16, under=0.15))
    film.set(
        beams.visible.on(0.0),
        beams.layer.to(layer),
        beams.others.to(0.0),
        beams.only.to(0.0),
        lanes.visible.on(0.0),
        cast.columns.spot.to(script.prompt_count - 1),
    )
    followed = cast.tokens.prompt[-1].focus.to(1.0)  # from here to the end
    film.play(beams.reveal.to(1.0, origin=0.0), followed, run_time=0.4 if moved else 0.2)
    film.caption("mlp.lanes")  # with the walls
    film.play(
        lanes.fall(1.0, end=0.65, easing="linear"),
        lanes.lowered.to(1.0, start=0.6, easing="linear"),
        beams.reveal.to(0.0, start=0.25, end=0.6),
        cast.camera.to(shots.booths(cast, 12)),
        run_time=NEARER,
    )
    film.set(beams.visible.off(0.0))
    film.title()  # over the walls
    film.together(cast.camera.to(shots.booths(cast, 4), easing="linear"), run_time=1.3)
    film.play(_alone(cast, DIM), lanes.light.to(1.0), run_time=0.4)
    film.wait(0.3)


def _alone(cast, light, **timing) -> list:
    """Clips that leave so much light to all tokens but the last."""
    words = light if light == 1.0 else WORD_DIM
    dials = [cast.columns.ambient, *(token.light for token in cast.tokens.prompt[:-1])]
    return [
        *(dial.to(light, **timing) for dial in dials),
        *(token.word_light.to(words, **timing) for token in cast.tokens.prompt[:-1]),
    ]


def _matrix(film, cast):
    """W_in, a row a neuron; one of its rows meets the vector, and what that comes to lights a lamp."""
    panel, wall, question = cast.panel, cast.panel.wall, cast.question
    if wall:
        film.beat("matrix")
        film.subject(cast.tokens.prompt[-1].cube, wall.object)
        film.caption("mlp.matrix", neurons=f"{panel.neurons:,}")
        film.set(wall.light.to(FULL))
    film.play(
        cast.camera.to(shots.panel(cast)),
        cast.lanes.fall(0.0, end=0.5, easing="linear"),
        cast.lanes.visible.off(0.5),
        cast.lanes.light.to(0.0, end=0.3),
        cast.lanes.lowered.to(0.0, start=0.5, easing="step"),
        cast.columns.solo.to(1.0, end=0.5, easing="linear"),
        [(token.sink(end=0.5), token.visible.off(0.5)) for token in cast.tokens.prompt[:-1]],
        wall and [wall.visible.on(0.3), wall.reveal.to(1.0, origin=0.0, start=0.3, easing="linear")],
        run_time=FURTHER * cast.camera.seconds(shots.panel(cast)),
    )
    if not wall:
        return
    film.set(question.visible.on(0.0))
    film.caption("mlp.question")
    film.play(question.come.to(1.0), wall.light.to(DIMMED, end=0.4), run_time=1.0)
    film.set(panel.wall_cells.off(0.0), panel.dim.on(0.0))
    numbers, written = question.numbers.shown, float(question.written)
    film.play(numbers.to(question.factors), run_time=0.4, easing="linear")
    film.play(question.sum.to(written), numbers.to(question.figures), run_time=0.9, easing="linear")
    film.play(question.sum.to(question.count), run_time=0.7, easing="linear")
    film.hear("neuron", question.sum, question.count - 0.5, of=question.neuron, layer=cast.script.focus_layer)
    film.wait(0.6)


def _neurons(film, cast):
    """Row after row meets the vector, and its neuron answers."""
    panel, question = cast.panel, cast.question
    film.beat("neurons")
    film.subject(cast.tokens.prompt[-1].cube, panel.object)
    film.caption("mlp.neurons")
    film.set(panel.visible.on(0.0), panel.rays_visible.on(0.0))
    if panel.wall:
        film.set(panel.wall_names.off(0.0))
    back = [question.come.to(0.0, end=0.7), question.numbers.shown.to(0.0, end=0.25)] if question else None
    film.play(panel.reveal.to(1.0), back, run_time=0.6, easing="linear")
    film.set(question.visible.off(0.0) if question else None, panel.count_visible.on(0.0))
    film.play(panel.ask(panel.neurons), run_time=SWEEP, easing="linear")
    fired = lit(panel.activations)
    film.hear("neuron", panel.asked, fired + 1, of=fired, layer=cast.script.focus_layer)
    film.set(panel.rays_visible.off(0.0))
    film.wait(0.3)


def _votes(film, cast):
    """The same panel by what each neuron does to one word."""
    panel, votes = cast.panel, cast.votes
    film.beat("votes")
    film.subject(cast.tokens.prompt[-1].cube, panel.object)
    film.caption("mlp.votes", neurons=f"{panel.neurons:,}", word=votes.word)
    film.set(panel.count_visible.off(0.0), votes.visible.on(0.0), panel.dim.off(0.0) if panel.wall else None)
    film.together(votes.size.to((1.0,) * 3, origin=(NOTHING,) * 3, easing="out"), run_time=0.35)
    film.play(panel.voted.to(panel.neurons), votes.counted.to(panel.neurons), run_time=TALLY, easing="linear")
    heard = heard_votes(cast.script.votes.pushes[votes.place])
    film.hear("vote", panel.voted, heard + 1, of=heard, word=votes.place)
    film.wait(1.0)


def _add(film, cast):
    """The answers run down and become the update, which is added; and then the same for all tokens at once."""
    panel, updates, script = cast.panel, cast.updates, cast.script
    number, last = 2 * script.focus_layer + 2, script.prompt_count - 1
    film.beat("add")
    film.subject(cast.columns.object, panel.object)
    votes_gone = [panel.voted.to(0.0, end=0.3)]
    if cast.votes:
        votes_gone += [cast.votes.size.to((NOTHING,) * 3, end=0.4), cast.votes.visible.off(0.4)]
    film.set(panel.count_visible.off(0.0))
    if panel.out:
        film.caption("mlp.out")
        film.play(
            votes_gone,
            panel.dim.off(0.35),
            panel.out.visible.on(0.35),
            panel.out.reveal.to(1.0, origin=0.0, start=0.35, easing="linear"),
            run_time=1.4,
        )
    else:
        film.caption("mlp.add")
        film.play(votes_gone, run_time=0.3)
    over_columns(film, cast, updates, number - 1, layout.SCALE_ATTENTION)
    film.set(
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
    film.play(
        panel.back.to(1.0, end=0.55),
        panel.drain.to(1.0, start=0.72),
        updates.reveal.to(last + 1.0, start=0.4, end=0.95),
        panel.plus.on(0.95),
        panel.out and panel.out.reveal.to(0.0, start=0.72),
        run_time=1.3,
        easing="linear",
    )
    film.set(panel.threads_visible.off(0.0))
    if panel.wall:
        film.set(panel.wall.visible.off(0.0), panel.out.visible.off(0.0))
        film.caption("mlp.add")
    _all_at_once(film, cast, number)


def _all_at_once(film, cast, number):
    """Back to the whole row: over every token its own panel does the same, in one moment. Then all are added."""
    panel, neurons, updates, script = cast.panel, cast.neurons, cast.updates, cast.script
    others, shot = cast.tokens.prompt[:-1], shots.row(cast, cast.panel_top + 0.1, azimuth=7, elevation=4)
    film.set(neurons.layer.to(script.focus_layer), neurons.depth.to(panel.depth), cast.lanes.light.to(0.0))
    film.set(neurons.count.to(script.prompt_count - 1.0))  # the last token's comes with its large panel
    begin, seconds = film.time, film.move_together(shot)
    film.play(
        panel.gather.to(1.0, end=0.9),
        _alone(cast, 1.0, end=0.3),
        (cast.columns.solo.to(0.0, start=0.1, end=0.5, easing="linear"), cast.columns.spot.to(-1.0, easing="step")),
        [(token.visible.on(0.1), token.rise(start=0.1, end=0.5, easing="out")) for token in others],
        (cast.lanes.visible.on(0.2), cast.lanes.fall(1.0, start=0.2, end=0.8, easing="linear")),
        (neurons.visible.on(0.3), neurons.reveal.to(1.0, start=0.3, end=0.75)),
        run_time=ALONG * seconds,
    )
    film.play(
        neurons.fire.to(1.0, end=0.35),
        (neurons.count.to(float(script.prompt_count), start=0.35, easing="step"), panel.visible.off(0.35)),
        neurons.threads_visible.on(0.25),  # lamps first: they are what runs down
        neurons.down.to(1.2, start=0.25, easing="linear"),
        updates.solo.to(0.0, start=0.5),
        run_time=1.1,
    )
    film.set(neurons.threads_visible.off(0.0), neurons.down.to(-0.3))
    film.settle(begin, seconds)
    film.wait(0.15)  # the updates stand whole
    film.set(panel.plus.off(0.0))
    add(film, cast, number, run_time=1.2)
    film.wait(0.5)
    film.play(cast.lanes.fall(0.0, easing="linear"), neurons.reveal.to(0.0), run_time=0.6)
    film.set(
        neurons.fire.to(0.0),
        neurons.visible.off(0.0),
        cast.lanes.visible.off(0.0),
    )
