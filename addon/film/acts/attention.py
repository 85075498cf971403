"""Vectors exchange meaning: one head close up, then all of them."""

from .. import layout
from . import shots
from .context import context
from .moves import bring_update, row_to


def attention(film, cast):
    script, beams, tokens = cast.script, cast.beams, cast.tokens
    layer, checkpoint = script.focus_layer, 2 * script.focus_layer
    last = tokens.prompt[-1]
    with film.act("attention"):
        film.beat("travel")
        film.caption("attention.travel", layers=script.model.n_layer, layer=layer + 1)
        film.play(
            row_to(cast, checkpoint),
            cast.columns.scale.to(layout.SCALE_ATTENTION),
            cast.camera.to(shots.attention(cast)),
            run_time=1.5 + 0.2 * min(layer, 4),
        )

        film.beat("head")
        film.caption("attention.head", layer=layer + 1, head=script.focus_head + 1, token=last.text)
        film.set(beams.visible.on(0.0), cast.shares.on(0.0), [token.id_visible.off(0.0) for token in tokens.prompt])
        film.play(beams.reveal.to(1.0), last.focus.to(1.0), run_time=1.3)
        film.play(beams.pulse.to(1.5), run_time=1.8, easing="linear")
        film.wait(0.3)

        film.beat("all_queries")
        film.caption("attention.all_queries", threshold=f"{100 * layout.BEAM_THRESHOLD:.0f} %")
        film.set(cast.shares.off(0.0), [token.id_visible.on(0.0) for token in tokens.prompt])
        film.together(cast.camera.to(shots.attention(cast, azimuth=8, elevation=12)), run_time=4.6)
        film.play(
            beams.only.to(0.0), last.focus.to(0.0), beams.pulse.to(1.5, origin=-0.2, easing="linear"), run_time=1.9
        )
        film.wait(0.5)

        film.beat("all_heads")
        film.caption(
            "attention.all_heads", heads=script.model.n_head, threshold=f"{100 * layout.OTHER_THRESHOLD:.0f} %"
        )
        film.play(beams.others.to(1.0), run_time=1.2)
        film.wait(1.2)

        film.beat("add")
        film.caption("attention.add")
        film.play(beams.others.to(0.0), beams.reveal.to(0.0), run_time=0.8)
        film.set(beams.visible.off(0.0))
        bring_update(film, cast, checkpoint + 1, layout.SCALE_ATTENTION)
        film.wait(0.3)
        context(film, cast)
