"""The word joins the text, and the machine runs again; then the end card."""

from .. import layout
from . import shots
from .ending import ending

ROUND_SECONDS = (2.6, 2.0, 1.6, 1.3)  # faster and faster


def loop(film, cast):
    script = cast.script
    rounds = len(script.recording.steps)
    with film.act("loop"):
        film.beat("append")
        film.caption("loop.append" if rounds > 1 else "loop.only")
        film.set(
            cast.dial.visible.off(0.0),
            cast.dial.name_visible.off(0.0),
            cast.draw.visible.off(0.0),
            cast.draw.pointer_visible.off(0.0),
        )
        for step in range(rounds):
            _append(film, cast, step)
            if step + 1 < rounds:
                if step == 1:
                    film.beat("again")
                    film.caption("loop.again")
                _round(film, cast, step + 1)
        film.wait(0.5)

        ending(film, cast)


def _append(film, cast, step):
    """The drawn word leaves its bar and becomes the next cube of the row."""
    tokens, bars = cast.tokens, cast.bars[step]
    token = tokens.drawn[step]
    film.set(token.visible.on(0.0), token.id_visible.on(0.0))
    film.together(bars.rise.to(0.0), run_time=0.5)
    if step == 0:
        row = [
            cast.columns.solo.to(0.0),
            cast.columns.scale.to(layout.SCALE_ATTENTION),
            [t.back() for t in tokens.prompt[:-1]],
        ]
    else:
        row = []
    film.play(
        token.arrive(cast.word_place(step), 0.6),
        token.cube_scale.to((1, 1, 1), start=0.4, easing="out"),
        token.id_scale.to((1, 1, 1), start=0.5, easing="out"),
        row,
        cast.camera.to(shots.row_and_bars(cast, step + 1)),
        run_time=1.4 if step == 0 else 0.6,
    )
    film.set(bars.visible.off(0.0))


def _round(film, cast, step):
    """A real re-run: the new column is written, the stream plays through all layers, the next word is drawn."""
    columns, bars = cast.columns, cast.bars[step]
    seconds = ROUND_SECONDS[min(step - 1, len(ROUND_SECONDS) - 1)]
    last_slot = 2 * cast.script.model.n_layer + 1
    settled = cast.script.prompt_count + step - 1
    film.set(columns.settled.to(settled), columns.slot.to(1.0), bars.visible.on(0.0), bars.chosen.to(cast.chosen(step)))
    film.play(columns.reveal.to(cast.script.prompt_count + step), run_time=seconds * 0.2)
    film.play(columns.slot.to(last_slot, easing="linear"), bars.rise.to(1.0, start=0.4), run_time=seconds * 0.45)
    film.play(bars.glow.to(1.0), run_time=seconds * 0.1)
    film.wait(seconds * 0.2)
