"""Vectors exchange meaning: one head's arithmetic, its beams, then all heads, and what they bring."""

from .. import layout
from . import shots
from .context import context
from .moves import bring_update, over_columns, row_to

SINK = 0.4  # of a layer's attention on the first token is worth a word


def attention(film, cast):
    script, beams, tokens = cast.script, cast.beams, cast.tokens
    layer, checkpoint = script.focus_layer, 2 * script.focus_layer
    reader = tokens.prompt[script.focus_query - script.earlier]
    with film.act("attention"):
        film.beat("travel")
        film.caption("attention.travel", layers=script.model.n_layer, layer=layer + 1)
        film.play(
            row_to(cast, checkpoint),
            cast.columns.scale.to(layout.SCALE_ATTENTION),
            cast.camera.to(shots.attention(cast)),
            run_time=1.5 + 0.2 * min(layer, 4),
        )

        if cast.tile:
            _tile(film, cast)

        film.beat("head")
        _say_where(film, cast)
        threshold = f"{100 * layout.BEAM_THRESHOLD:.0f}%"
        film.tag("attention.head", layer=layer + 1, head=script.focus_head + 1, threshold=threshold)
        film.set(beams.visible.on(0.0), cast.shares.on(0.0), [token.id_visible.off(0.0) for token in tokens.prompt])
        if tokens.earlier:
            film.set(tokens.earlier.stems_visible.on(0.0))
        away = _tile_away(film, cast) if cast.tile else []
        film.play(away, beams.reveal.to(1.0, start=0.4), reader.focus.to(1.0, start=0.2), run_time=2.2)
        film.play(beams.pulse.to(1.5), run_time=1.8, easing="linear")
        film.wait(0.3)

        film.beat("all_queries")
        film.caption("attention.all_queries")
        film.set(cast.shares.off(0.0), [token.id_visible.on(0.0) for token in tokens.prompt])
        film.together(cast.camera.to(shots.attention(cast, azimuth=8, elevation=12)), run_time=4.6)
        film.play(
            beams.only.to(0.0), reader.focus.to(0.0), beams.pulse.to(1.5, origin=-0.2, easing="linear"), run_time=1.9
        )
        film.wait(0.5)

        film.beat("all_heads")
        film.caption("attention.all_heads", heads=script.model.n_head)
        film.tag("attention.heads", layer=layer + 1, threshold=f"{100 * layout.OTHER_THRESHOLD:.0f}%")
        film.play(beams.others.to(1.0), run_time=1.2)
        film.wait(1.2)

        if script.sink_share > SINK:
            film.beat("sink")
            film.caption("attention.sink", share=f"{100 * script.sink_share:.0f}%")
            film.wait(1.5)

        film.beat("values")
        film.caption("attention.values")
        _values(film, cast)

        film.beat("add")
        film.caption("attention.add")
        film.play(cast.camera.to(shots.attention(cast)), run_time=1.0)
        bring_update(film, cast, checkpoint + 1, layout.SCALE_ATTENTION, grown=cast.values)
        film.wait(0.3)
        context(film, cast)


def _say_where(film, cast):
    """What the token whose reading is followed gives most to, unless that is itself."""
    script = cast.script
    weights = script.trace.blocks[script.focus_layer].pattern[script.focus_head, script.focus_query]
    most = int(weights.argmax())
    reader = script.word(script.trace.tokens[script.focus_query])
    if most == script.focus_query:
        film.caption("attention.head_alone", token=reader)
        return
    share = f"{100 * weights[most]:.0f}%"
    film.caption("attention.head", token=reader, most=script.word(script.trace.tokens[most]), share=share)


def _tile(film, cast):
    """Scores, the mask, softmax; in the end the row that the film goes on with is gold."""
    script, tile = cast.script, cast.tile
    count = script.text_count
    film.beat("tile")
    film.caption("attention.tile")
    film.tag("attention.one", layer=script.focus_layer + 1, head=script.focus_head + 1)
    film.set(tile.visible.on(0.0), cast.camera.sharp(True))
    film.play(
        cast.camera.to(shots.tile(cast), end=0.55),
        [words.on(0.4 + 0.5 * i / count) for i, words in enumerate(tile.words)],
        tile.reveal.to(1.0, start=0.3),
        run_time=2.6,
    )
    film.wait(0.4)

    if count > 1:  # a single token has no future
        film.beat("mask")
        film.caption("attention.mask")
        film.play(tile.mask.to(1.0), run_time=1.2)
        film.wait(0.4)

    film.beat("softmax")
    film.caption("attention.softmax")
    landed = [0.35 + 0.65 * i / count for i in range(count)]
    film.play(
        tile.softmax.to(1.0), [row.on(at) for row, at in zip(tile.percentages, landed, strict=False)], run_time=1.7
    )
    film.wait(0.2)
    film.set(tile.reader.on(0.0))
    film.play(tile.highlight.to(1.0), run_time=0.5)
    film.wait(0.6)


def _tile_away(film, cast):
    """Clips that go from the tile, to the arcs of its gold row."""
    tile = cast.tile
    film.set([texts.off(0.0) for texts in (*tile.words, *tile.percentages, tile.reader)])
    return [
        cast.camera.to(shots.attention(cast), end=0.6),
        tile.highlight.to(0.0, end=0.3),
        tile.reveal.to(0.0, end=0.4, easing="linear"),
        tile.visible.off(0.4),
        cast.camera.sharp(False),
    ]


def _values(film, cast):
    """What the heads found arrives over each vector, a block a head; the blocks join, and the projection mixes them."""
    beams, values = cast.beams, cast.values
    over_columns(film, cast, values, 2 * cast.script.focus_layer, layout.SCALE_ATTENTION)
    film.together(cast.camera.to(shots.values(cast)), run_time=1.3)
    film.play(
        beams.pulse.to(1.2, origin=-0.2, easing="linear"), values.size.to(1.0, start=0.65, easing="out"), run_time=1.6
    )
    film.wait(0.2)
    film.play(values.apart.to(0.0), beams.others.to(0.0), beams.reveal.to(0.0), run_time=0.9)
    film.set(beams.visible.off(0.0))
    if cast.tokens.earlier:
        film.set(cast.tokens.earlier.stems_visible.off(0.0))
    film.wait(0.2)
    film.play(values.slot.to(1.0), run_time=0.8)
    film.wait(0.2)
