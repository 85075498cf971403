"""The last vector becomes a probability for every token, and one is drawn."""

from .. import layout
from ..cast import COLD, HOT
from . import shots


def unembedding(film, cast):
    script, bars, dial, draw = cast.script, cast.bars[0], cast.dial, cast.draw
    step = script.recording.steps[0]
    sampled = cast.temperature
    with film.act("unembedding"):
        film.beat("last")
        film.caption("unembedding.last")
        film.set(
            cast.beams.all_layers.off(0.0),
            cast.stack.gates_visible.off(0.0),
            [name.off(0.0) for name in cast.stack.names_visible.values()],
            cast.stack.rails_visible.off(0.0),
            [trail.visible.off(0.0) for trail in cast.trail],
        )
        if cast.tokens.earlier:
            film.set(cast.tokens.earlier.visible.off(0.0), cast.tokens.earlier.stems_visible.off(0.0))
        film.play(
            cast.columns.solo.to(1.0, end=0.5),
            [token.away(end=0.5) for token in cast.tokens.prompt[:-1]],
            cast.columns.scale.to(layout.SCALE_UNEMBEDDING),
            cast.camera.to(shots.last_vector(cast)),
            run_time=1.7,
        )
        film.wait(0.6)

        film.beat("bars")
        film.caption("unembedding.bars", vocabulary=f"{script.model.n_vocab:,}")
        film.set(bars.visible.on(0.0), bars.temperature.to(1.0))
        film.together(cast.camera.to(shots.bars(cast)), run_time=1.4)
        film.play(bars.rise.to(1.0), run_time=1.8, easing="linear")
        film.wait(0.7)

        film.beat("temperature")
        film.caption("unembedding.temperature")
        film.set(dial.visible.on(0.0), dial.name_visible.on(0.0))
        for temperature, seconds in ((COLD, 1.1), (HOT, 1.4), (sampled, 0.9)):
            film.play(bars.temperature.to(temperature), dial.temperature.to(temperature), run_time=seconds)
            film.wait(0.3)

        film.beat("draw")
        film.set(draw.visible.on(0.0))
        film.play(draw.strip_scale.to((1, 1, 1)), run_time=0.6, easing="out")
        film.set(draw.pointer_visible.on(0.0))
        film.play(draw.pointer.to(draw.landed), run_time=1.0, easing="in")
        film.set(bars.chosen.to(cast.chosen(0)))
        film.play(bars.glow.to(1.0), run_time=0.4)
        film.caption(
            f"unembedding.{_how_drawn(script.recording.sampling)}",
            random=f"{step.draw.random:.4f}",
            token=script.word(step.draw.token),
            share=_percent(cast.share(0)),
        )
        film.wait(1.4)


def _percent(share):
    """With as many digits as a small one needs to be told from nothing."""
    return f"{100 * share:.1f}%" if share >= 0.001 else f"{100 * share:.2g}%"


def _how_drawn(sampling):
    """Which caption is true: the bars show the softmax over all tokens, the draw may leave some out."""
    if sampling.temperature == 0:
        return "greedy"
    return "draw_cut" if sampling.top_k or sampling.top_p < 1 else "draw"
