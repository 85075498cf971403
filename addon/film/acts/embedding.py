"""Tokens, and the vectors that stand for them."""

from .. import layout
from . import shots
from .moves import add, beside


def embedding(film, cast):
    script, tokens = cast.script, cast.tokens
    count = script.prompt_count
    columns, updates = cast.columns, cast.updates
    with film.act("embedding"):
        film.beat("split")
        film.caption("embedding.split", count=script.text_count)
        film.set(tokens.plain.off(0.0), [token.visible.on(0.0) for token in tokens.prompt])
        film.play(
            [token.place.to(_apart(token, i)) for i, token in enumerate(tokens.prompt)], run_time=0.5, easing="out"
        )
        film.wait(0.3)
        film.play(
            [token.seated(start=0.4 * i / count, end=0.6 + 0.4 * i / count) for i, token in enumerate(tokens.prompt)],
            [token.cube_scale.to((1, 1, 1), start=0.35, end=0.9, easing="out") for token in tokens.prompt],
            cast.camera.to(shots.cubes(cast)),
            run_time=1.9,
        )

        film.beat("ids")
        film.caption("embedding.ids", vocabulary=f"{script.model.n_vocab:,}")
        film.set([token.id_visible.on(0.0) for token in tokens.prompt], cast.brackets.on(0.0))
        film.play([token.id_scale.to((1, 1, 1), easing="out") for token in tokens.prompt], run_time=0.6)
        film.wait(1.2)
        if tokens.earlier:
            film.beat("earlier")
            film.caption("embedding.earlier", shown=count, earlier=script.earlier)
            film.set(tokens.earlier.visible.on(0.0))
            film.play(cast.camera.to(shots.cubes(cast, earlier=True)), run_time=1.2)
            film.wait(1.0)

        film.beat("vectors")
        film.caption("embedding.vectors", d=script.model.d_model)
        film.set(columns.visible.on(0.0), cast.brackets.off(0.0))
        film.together(cast.camera.to(shots.embedding(cast)), run_time=1.3)
        film.play(columns.reveal.to(count, start=0.2), run_time=3.6, easing="linear")
        film.wait(0.4)

        film.beat("position")
        film.caption("embedding.position")
        film.set(
            updates.visible.on(0.0),
            updates.reveal.to(count),
            updates.shift_x.to(beside(layout.SCALE_EMBEDDING)),
            updates.scale.to(layout.SCALE_EMBEDDING),
        )
        film.play(updates.size.to(1.0, origin=0.0), run_time=0.7, easing="out")
        film.wait(0.5)
        add(film, cast, 0)
        film.wait(0.7)
        _meaning(film, cast)


def _meaning(film, cast):
    """Up into the space of all tokens, to one word and its neighbours."""
    script, space = cast.script, cast.space
    shares = script.recording.insights.meaning.explained
    film.beat("meaning")
    film.caption("embedding.meaning")
    film.tag("embedding.meaning", vocabulary=f"{script.model.n_vocab:,}", share=f"{100 * shares.sum():.0f}%")
    film.set(space.visible.on(0.0), cast.camera.sharp(True))
    film.together(space.spread.to((1, 1, 1), easing="out"), run_time=2.4)
    film.play(cast.camera.to(space.shot), run_time=1.6)
    film.wait(1.0)
    film.set(space.words_visible.on(0.0))
    film.wait(1.6)

    film.beat("neighbours")
    film.caption("embedding.neighbours", token=script.word(script.focus_word))
    film.tag("embedding.neighbours", d=script.model.d_model)
    film.set(space.words_visible.off(0.0), space.lines_visible.on(0.0))
    film.play(
        cast.camera.to(space.close),
        space.light.to(0.45),
        space.lines_grow.to((1, 1, 1), start=0.5, easing="out"),
        run_time=1.6,
    )
    film.set(space.near_visible.on(0.0))
    film.wait(2.8)

    film.set(space.near_visible.off(0.0), space.lines_visible.off(0.0))
    film.set(space.visible.off(0.0))
    _aside(film, cast)


def _aside(film, cast):
    """Cut to a picture and a sound that fall into pieces, and cut back to the row."""
    aside = cast.aside
    film.beat("aside")
    film.tag()
    film.caption("embedding.aside")
    film.set(aside.visible.on(0.0), cast.camera.to(aside.shot))
    film.wait(1.2)
    film.play(aside.apart.to(1.0), run_time=1.3)
    film.wait(2.4)
    film.set(aside.visible.off(0.0), cast.camera.to(shots.embedding(cast)), cast.camera.sharp(False))


def _apart(token, index):
    """The cut made visible: neighbours step up and down in turn."""
    x, y, z = token.sentence
    return (x, y, z + (0.13 if index % 2 else -0.13))
