"""The last vector becomes a probability for every token, and one is drawn."""

from math import floor, log10

from .. import layout
from ..cast import COLD, HOT
from . import unembedding_shots as shots

APART = 0.13  # seconds between two tokens that sink
SCAN, EARLY = 2.0, 1.3  # seconds that the light takes down the wall; that it sets out before the camera has arrived
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
    """Out of the machine, before the wall of the vocabulary: only the last column stays, the others sink."""
    columns, wall, others = cast.columns, cast.vocabulary, cast.tokens.prompt[:-1]
    film.beat("last")
    film.subject(columns.object, wall.object)
    film.caption("unembedding.last")
    place = (0.0, cast.board.y, 0.0)
    film.set(
        [one.off(0.0) for one in cast.stack.whole(cast)],
        cast.stack.target_visible.off(0.0),
        wall.stand(),
        cast.tokens.row.to(place),
        cast.ground.to(place),
        columns.depth.to(cast.board.y),
        columns.scale.to(layout.SCALE_UNEMBEDDING),
    )
    if cast.tokens.earlier:
        film.set(cast.tokens.earlier.visible.off(0.0), cast.tokens.earlier.stems_visible.off(0.0))
    film.cut(shots.arrived(cast))
    film.wait(0.3)
    shot = shots.stage(cast)
    seconds = max(2.2, film.camera.seconds(shot), APART * (len(others) + 2))
    sinking = APART * (len(others) + 1) / seconds
    film.set(wall.scan_visible.on(0.0))
    scanned = seconds - EARLY + SCAN
    film.together(wall.sweep(1.0, start=1 - SCAN / scanned, easing="linear"), run_time=scanned)
    film.move(
        shot,
        columns.solo.to(1.0, end=sinking, easing="linear") if others else None,
        [
            (token.sink(start=i * APART / seconds, end=end), token.visible.off(end), token.id_visible.off(end))
            for i, token in enumerate(others)
            for end in [(i + 2) * APART / seconds]
        ],
        run_time=seconds,
    )


def _bars(film, cast):
    """The vector is held against the whole vocabulary; the brightest tokens fly out and become bars."""
    script, bars, wall = cast.script, cast.bars, cast.vocabulary
    film.beat("bars")
    film.subject(cast.columns.object, bars.object)
    film.caption("unembedding.bars", vocabulary=f"{script.model.n_vocab:,}")
    film.set(
        bars.visible.on(0.0),
        bars.temperature.to(1.0),
        bars.length.to(bars.one_scale(script.trace.logits, (1.0, *_sweep(cast)))),
    )
    film.wait(SCAN - EARLY)
    film.set(wall.scan_visible.off(0.0))
    film.wait(0.3)
    film.set(cast.strands.visible.on(0.0), bars.words_visible.on(0.0))
    film.together(cast.strands.run.to(1.0), run_time=2.2, easing="linear")
    film.together(bars.fly.to(1.0), run_time=1.0)
    film.play(wall.light.to(0.3), run_time=0.3)
    film.play(wall.fall(), run_time=0.5)  # before the words stand
    film.set(wall.visible.off(0.0), wall.light.to(1.0))
    film.play(bars.turn(1.0, "Rise"), run_time=1.5, easing="linear")
    film.hear("share", bars.dial("Rise"), [bars.risen(place) for place in range(bars.count)])
    film.set(cast.strands.visible.off(0.0))
    film.wait(0.7)


def _sweep(cast):
    """The temperatures that the dial visits; the last one is that of the draw."""
    return min(COLD, cast.temperature), HOT, cast.temperature


def _temperature(film, cast):
    """Cold: the few likeliest take it all. Hot: the floor is flooded, and chances are even. The scale stays."""
    bars, dial, last = cast.bars, cast.dial, cast.tokens.prompt[-1]
    film.beat("temperature")
    film.subject(bars.object, bars.words, dial.object)
    film.caption("unembedding.temperature")
    film.set(dial.visible.on(0.0))
    film.play(
        cast.columns.size.to(0.0, end=0.6),
        last.sink(end=0.6),
        dial.scale.to((dial.full,) * 3, start=0.4, easing="out"),
        run_time=0.8,
    )
    film.set(last.visible.off(0.0), last.id_visible.off(0.0))
    film.wait(0.4)  # the backdrop has taken the act's colours by now, even where this is its first beat
    for temperature, hue, seconds in zip(_sweep(cast), (".cold", ".hot", ""), (0.9, 1.3, 0.8), strict=True):
        if film.shown:  # otherwise the backdrop may still be on its way to the act's colours
            film.together(film.hue.to(f"unembedding{hue}"), run_time=seconds)
        film.play(bars.temperature.to(temperature), dial.temperature.to(temperature), run_time=seconds)
        film.hear("heat", bars.temperature, parts=9, lasts=0.5)
        film.wait(0.4)


def _clear_stage(film, cast):
    """The dial and the words go, and the bars lie down end to end: that is the strip."""
    bars, dial = cast.bars, cast.dial
    film.play(dial.scale.to((0.001,) * 3, easing="in", end=0.8), bars.light(0.0), run_time=0.4)
    film.set(dial.visible.off(0.0), bars.words_visible.off(0.0))


def _roulette(film, cast):
    """A light runs over all chances, slows down, and the picture dives to the piece it stops on."""
    script, bars, draw = cast.script, cast.bars, cast.draw
    step, cut = script.recording.steps[0], script.recording.sampling.top_k or script.recording.sampling.top_p < 1
    film.beat("draw")
    film.subject(draw.object)
    film.quiet()
    _clear_stage(film, cast)
    film.move(shots.strip(cast), bars.turn(0.0, "Rise") if cut else bars.lay.to(1.0), run_time=1.1)
    film.set(draw.visible.on(0.0), bars.visible.off(0.0))
    film.play(draw.light.to(1.0), run_time=0.3)
    run = draw.random
    # Ever slower: three quarters of the way at once, the rest while the picture dives.
    film.play(draw.pointer.to(-0.25 * run), run_time=1.1, easing="smooth")
    film.hear("boundary", draw.pointer, draw.edges)
    film.together(film.camera.to(shots.door(cast)), run_time=2.3)
    film.play(draw.pointer.to(0.0, easing="out"), draw.dive.to(1.0, easing="cubic"), run_time=2.3)
    film.hear("boundary", draw.pointer, draw.edges)
    film.wait(0.4)
    film.set(draw.word_visible.on(0.0), draw.chances_visible.on(0.0))
    film.play(draw.gold.to(1.0), draw.word_scale.to((1, 1, 1), easing="out"), run_time=0.3)
    film.hear("bell", draw.gold, 0.0)
    film.caption(
        f"unembedding.{'draw_cut' if cut else 'draw'}",
        random=f"{step.draw.random:.4f}",
        token=script.word(step.draw.token),
        share=percent(cast.share(0)),
    )
    film.play(draw.chances_scale.to((1, 1, 1), easing="out"), run_time=0.3)
    film.wait(0.9)


def _no_dice(film, cast):
    """Nothing is left to chance: the one token that may be drawn turns gold where it stands."""
    script, bars, dial = cast.script, cast.bars, cast.dial
    step = script.recording.steps[0]
    film.beat("draw")
    film.subject(bars.object)
    film.quiet()
    film.play(dial.scale.to((0.001,) * 3, easing="in"), run_time=0.4)
    film.set(dial.visible.off(0.0), bars.turn(cast.chosen(0), "Chosen"))
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
