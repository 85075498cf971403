"""The last vector becomes a probability for every token, and one is drawn."""

from math import floor, log10

import numpy as np

from .. import layout
from ..cast import COLD, HOT
from ..cast.tokens import LABEL_SIZE, NOTHING
from . import unembedding_shots as shots
from .moves import standing

OVER, FORWARD, SCAN = 2.6, 1.4, 1.5  # seconds: over the machine; the last column comes forward; light goes up the wall
BRISK = 0.5  # of the time that other moves of the camera take: it is drawn to the one thing that stays where it is
ROUND = (9, 4)  # degrees: from where the bars are seen when they stand
FLIGHT = 1.7  # seconds in which the likeliest tokens fly out of the wall
WAVE = 0.45  # of the time in which the others sink, one after the other: how long each one takes
DOOR_LIGHT = 1.25  # of the golden cube while it is as large as the piece of the strip that it comes from
THIN, COMES_OUT = 0.04, 0.4  # metres of that cube at first; of its height, in the end: how thick it is
FAR, HEARD = 0.97, 24  # of the strip, where the light turns back; pieces that are heard then: thousands are a noise
SURE = 1 - 1e-9  # a probability that leaves nothing to chance


def unembedding(film, cast):
    with film.act("unembedding"):
        _last(film, cast)
        _bars(film, cast)
        _temperature(film, cast)
        if drawn_by_chance(cast):
            _roulette(film, cast)
        else:
            _no_dice(film, cast)


def drawn_by_chance(cast):
    """Whether more than one token may be drawn."""
    return cast.share(0) < SURE


def _last(film, cast):
    """Over the machine to its end, where the last column is the target; the others sink in a wave, it comes forward,
    and is held against the wall of the vocabulary, which rises token by token."""
    columns, wall, others, last = cast.columns, cast.vocabulary, cast.tokens.prompt[:-1], cast.tokens.prompt[-1]
    film.beat("last")
    film.subject(running_out=[columns.object, *(token.cube for token in cast.tokens.prompt)])
    film.quiet()
    film.title()
    film.captions.show_prompt(after_title=True)
    _over_the_machine(film, cast)
    film.caption("unembedding.last")  # not before the rails have left its place
    film.subject(columns.object, wall.object)
    shot = shots.stage(cast)
    seconds = max(FORWARD, film.camera.seconds(shot))
    film.set(wall.visible.on(0.0), wall.scan_visible.on(0.0))
    film.together(
        wall.sweep(1.0, start=0.6 * seconds / (0.6 * seconds + SCAN), easing="linear"), run_time=0.6 * seconds + SCAN
    )
    film.move(
        shot,
        columns.solo.to(1.0, easing="linear", end=0.8) if others else None,
        [
            (token.sink(start=begin, end=begin + WAVE), token.visible.off(begin + WAVE), token.id.visible.off(0.0))
            for begin, token in zip(np.linspace(0.0, 0.8 - WAVE, len(others)), others, strict=True)
        ],
        last.focus.to(1.0, start=0.2, end=0.7),
        wall.frame_rise.to(1.0, end=0.4),
        run_time=seconds,
    )
    film.wait(SCAN - 0.4 * seconds)
    film.set(wall.scan_visible.off(0.0))


def _over_the_machine(film, cast):
    """Fly over all layers to the row behind the last one; what the camera leaves behind sinks. There everything is put
    before the wall at once, and the camera with it: nothing moves in the picture."""
    script, stack, columns, tokens = cast.script, cast.stack, cast.columns, cast.tokens
    wall, (x, y, z) = cast.vocabulary, cast.vocabulary.home
    shot = shots.arrived(cast, script.depth(2 * script.model.n_layer))
    seconds = max(OVER, BRISK * film.camera.seconds(shot))
    film.together(
        standing(film, cast, 0.0, start=0.25, end=0.7)[::2],
        cast.beams.all_reveal.to(0.0, end=0.3),  # before the camera is among the arcs
        stack.rail_length.to(0.0, start=0.3, end=0.9),
        stack.names_visible.off(0.06),  # the title comes to their place
        stack.words_visible.off(0.03),  # they are far, and have been read
        [token.word_light.to(1.0, start=0.2, end=0.5) for token in tokens.prompt],
        run_time=seconds,
    )
    if tokens.earlier:
        film.set(tokens.earlier.visible.off(0.0), tokens.earlier.stems_visible.off(0.0))
    film.play(cast.camera.to(shot), run_time=seconds)
    place = (0.0, cast.board.y, 0.0)
    film.set(
        [one.off(0.0) for one in stack.whole(cast)],
        wall.frame_place.to((x, cast.board.y + y, z)),
        wall.frame_visible.on(0.0),
        standing(film, cast, 1.0),
        tokens.row.to(place),
        cast.ground.to(place),
        columns.depth.to(cast.board.y),
    )
    film.cut(shots.arrived(cast, cast.board.y))


def _bars(film, cast):
    """The likeliest tokens fly out of the wall, one after the other, and become bars of their chances."""
    script, bars, axis, wall = cast.script, cast.bars, cast.axis, cast.vocabulary
    length = bars.one_scale(script.trace.logits, (1.0, *_sweep(cast)))  # it stays, so that nobody need ask what changed
    film.beat("bars")
    film.subject(cast.columns.object, bars.words, bars.object)
    film.caption("unembedding.bars", vocabulary=f"{script.model.n_vocab:,}")
    film.set(
        bars.visible.on(0.0),
        bars.temperature.to(1.0),
        bars.words_visible.on(0.0),
        bars.length.to(length),
        axis.length.to(length),
        axis.visible.on(0.0),
        cast.strands.visible.on(0.0),
    )
    begin, seconds = film.time, 0.2 + FLIGHT + 1.3 + 0.6
    film.together(cast.camera.to(shots.stage(cast, *ROUND), easing="linear"), run_time=seconds)
    film.wait(0.2)  # the whole wall is seen
    film.together(wall.light.to(0.22), run_time=0.5)
    film.together(cast.strands.run.to(1.25), run_time=1.25 * FLIGHT, easing="linear")
    film.play(bars.turn(1.0, "Fly", easing="linear"), run_time=FLIGHT)
    film.together(wall.fall(), wall.visible.off(), run_time=0.6)
    film.together(axis.shown.to(1.0), run_time=0.6)
    film.play(bars.turn(1.0, "Rise"), run_time=1.3, easing="linear")
    film.hear("share", bars.dial("Rise"), [bars.risen(place) for place in range(bars.count)])
    film.set(cast.strands.visible.off(0.0), wall.light.to(1.0))
    film.settle(begin, seconds)


def _sweep(cast):
    """The temperatures that the dial visits; the last one is that of the draw."""
    return min(COLD, cast.temperature), HOT, cast.temperature


def _temperature(film, cast):
    """The dial takes the last vector's place. Cold: the few likeliest take it all. Hot: chances are even."""
    bars, dial, last = cast.bars, cast.dial, cast.tokens.prompt[-1]
    film.beat("temperature")
    film.subject(bars.words, dial.object, bars.object)
    film.quiet()
    shot = shots.stage(cast)
    film.play(
        cast.camera.to(shot),
        cast.columns.size.to(0.0, end=0.6),
        (cast.vocabulary.frame_rise.to(0.001, end=0.4), cast.vocabulary.frame_visible.off(0.4)),
        (last.sink(end=0.6), last.visible.off(0.6)),
        run_time=max(1.0, film.camera.seconds(shot)),
    )
    film.caption("unembedding.temperature")
    film.set(dial.visible.on(0.0))
    film.play(dial.scale.to((dial.full,) * 3, easing="out"), run_time=0.4)
    film.set(last.visible.off(0.0), last.id.visible.off(0.0))
    for temperature, hue, seconds in zip(_sweep(cast), (".cold", ".hot", ""), (1.0, 1.3, 0.8), strict=True):
        film.change_hue(f"unembedding{hue}", seconds)
        film.play(bars.temperature.to(temperature), dial.temperature.to(temperature), run_time=seconds)
        film.hear("heat", bars.temperature, parts=9, lasts=0.5)
        film.wait(0.6)


def _clear_stage(film, cast):
    """The dial and the words go, and the bars lie down end to end: that is the strip."""
    bars, axis, dial = cast.bars, cast.axis, cast.dial
    # Letters that fade are darker than the ground in the end: they go before that.
    going = bars.light(0.4, end=0.5), bars.light(0.0, start=0.5, easing="step"), bars.words_visible.off(0.5)
    film.play(dial.scale.to((0.001,) * 3, easing="in", end=0.8), going, axis.shown.to(0.0), run_time=0.4)
    film.set(dial.visible.off(0.0), bars.words_visible.off(0.0), axis.visible.off(0.0))


def _roulette(film, cast):
    """A light runs over all chances, slows down, and the picture dives to the piece it stops on."""
    script, bars, draw = cast.script, cast.bars, cast.draw
    step, cut = script.recording.steps[0], script.recording.sampling.top_k or script.recording.sampling.top_p < 1
    film.beat("draw")
    film.subject(draw.object)
    film.quiet()
    _clear_stage(film, cast)
    film.caption("unembedding.chances")
    film.move(shots.strip(cast), bars.turn(0.0, "Rise") if cut else bars.lay.to(1.0), run_time=1.0)
    film.set(draw.visible.on(0.0), bars.visible.off(0.0))
    film.set([seen.on(0.0) for _, seen in draw.names])
    film.play(
        draw.colour.to(1.0, easing="linear"),
        draw.light.to(1.0, start=0.4),
        [size.to((1, 1, 1), start=0.4, easing="out") for size, _ in draw.names],
        run_time=0.6,
    )
    run = draw.random
    # Over all chances and back, as far as a quarter of the way before the number; the rest while the picture dives.
    film.play(draw.pointer.to(FAR - run), run_time=0.7)
    film.hear("boundary", draw.pointer, draw.edges[:HEARD])
    film.together([(size.to((0.001,) * 3), seen.off(1.0)) for size, seen in draw.names], run_time=0.2)
    film.play(draw.pointer.to(-0.25 * run), run_time=0.6)
    film.hear("boundary", draw.pointer, draw.edges[:HEARD])
    film.together(film.camera.to(shots.door(cast)), run_time=1.9)
    film.play(draw.pointer.to(0.0, easing="out"), draw.dive.to(1.0, easing="cubic"), run_time=1.9)
    film.hear("boundary", draw.pointer, draw.edges)
    if not cut:  # with a cut, the line names the word
        film.caption("unembedding.draw", random=f"{step.draw.random:.4f}")
    film.set(draw.chances_visible.on(0.0))
    film.wait(0.2)
    _win(film, cast)
    if cut:
        film.caption(
            "unembedding.draw_cut",
            random=f"{step.draw.random:.4f}",
            token=script.word(step.draw.token),
            share=percent(cast.share(0)),
        )
    film.wait(0.7)


def _win(film, cast):
    """The piece under the light turns gold, and comes out of the strip as the cube of its word."""
    draw, token = cast.draw, cast.tokens.drawn[0]
    (x, _, z), (wide, high) = draw.door
    middle, (across, deep, tall) = token.rest[2], layout.CUBE_SIZE
    large = min(0.8 * wide / max(token.width, 0.1), 0.6 * high / LABEL_SIZE)
    thin, thick = THIN / deep, COMES_OUT * high / deep
    film.play(draw.gold.to(1.0), draw.light.to(0.0), run_time=0.3)
    film.hear("bell", draw.gold, 0.0)
    film.set(
        token.seat.to((x, -THIN, z - middle)),
        token.cube_scale.to((wide / across, thin, high / tall)),
        token.place.dials[1].to(token.rest[1] * thin),
        token.focus.to(1.0),
        token.light.to(DOOR_LIGHT),
        token.visible.on(0.0),
    )
    # The corners of the gold piece would stand out behind the cube's.
    film.together(draw.gold.to(0.0, start=0.3, easing="step"), run_time=0.3)
    film.together(token.scale.to((large,) * 3, origin=(NOTHING,) * 3, easing="out"), run_time=0.3)
    seconds = max(0.9, film.camera.seconds(shots.won(cast)))
    film.play(
        cast.camera.to(shots.won(cast)),
        token.seat.dials[1].to(-thick * deep / 2, easing="out"),
        token.cube_scale.dials[1].to(thick, easing="out"),
        token.place.dials[1].to(token.rest[1] * thick, easing="out"),
        draw.chances_scale.to((1, 1, 1), start=0.45, end=0.75, easing="out"),
        run_time=seconds,
    )


def _no_dice(film, cast):
    """Nothing is left to chance: the one token that may be drawn turns gold where it stands."""
    script, bars, axis, dial = cast.script, cast.bars, cast.axis, cast.dial
    step = script.recording.steps[0]
    film.beat("draw")
    film.subject(bars.object)
    film.quiet()
    film.play(dial.scale.to((0.001,) * 3, easing="in"), axis.shown.to(0.0), run_time=0.4)
    film.set(dial.visible.off(0.0), axis.visible.off(0.0), bars.turn(cast.chosen(0), "Chosen"))
    film.play(bars.turn(1.0, "Glow"), run_time=0.4)
    film.hear("bell", bars.dial("Glow"), 0.0)
    film.wait(0.5)
    greedy = script.recording.sampling.temperature == 0
    film.caption(f"unembedding.{'greedy' if greedy else 'sure'}", token=script.word(step.draw.token))
    film.wait(1.0)


def percent(share):
    """With as many digits as a small one needs to be told from nothing; of a tiny one only how tiny it is."""
    if share >= 0.001:
        return f"{100 * share:.1f}%"
    return f"{100 * share:.{1 - floor(log10(100 * share))}f}%" if share >= 1e-6 else "<0.0001%"
