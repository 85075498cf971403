"""One query, one score: a product with a matrix in full, then q · k with its digits."""

from ..cast.tokens import NOTHING
from . import attention_shots as shots

ASIDE = 0.16  # how far q goes to the side over a key, of that one's way from the middle
DIM = 0.25  # the light of everything that the picture is not about
QUICK, SLOW = 0.3, 1.3  # seconds for one score, on the way to the highest and there


def lit(cast, *chosen, dim=DIM):
    """Clips that light some of the shown tokens, by their index in the row, and leave the others in the dark."""
    return [token.light.to(1.0 if i in chosen else dim) for i, token in enumerate(cast.tokens.prompt)]


def query(film, cast):
    """The reader's vector meets the matrix of queries: one number worked out, the others in a sweep."""
    script, product = cast.script, cast.worked.query
    reader = script.focus_query - script.earlier
    film.beat("query")
    film.caption("attention.query", token=script.name(script.focus_query))
    film.tag("attention.one", layer=script.focus_layer + 1, head=script.focus_head + 1)
    film.set(cast.columns.spot.to(float(reader)))
    dark = [lit(cast, reader), cast.columns.ambient.to(DIM), cast.tokens.prompt[reader].focus.to(1.0)]
    dark += [cast.gates.light.to(0.0, end=0.4), cast.gates.name_light.to(0.0, end=0.3)]
    dark += [*cast.gates.name_visible.off(0.3), cast.columns.size.to(0.0, start=0.25, end=0.75)]
    dark += [token.id_scale.to((NOTHING,) * 3, end=0.3) for token in cast.tokens.prompt]
    if product is None:
        film.move(shots.worked(cast), dark, run_time=1.2)
    else:
        wall, (vector, _) = product.wall, product.away
        film.subject(wall.object, product.object)
        film.set(product.visible.on(0.0), wall.reveal.to(0.0))
        # The reader's vector tips over, cell by cell, and is the row over the matrix; that one unrolls below it.
        film.move(
            shots.worked(cast),
            dark,
            vector.to(0.0, origin=1.0, end=0.8, easing="linear"),
            wall.visible.on(0.55),
            wall.reveal.to(1.0, origin=0.0, start=0.55, easing="linear"),
            run_time=1.8,
        )
        film.play(product.sweep(0.02), run_time=0.1)
        for one in product.terms_visible[:-1]:
            film.set(one.on())
            film.wait(0.2)
        film.play(product.sweep(1.0), run_time=0.25)
        film.set(product.terms_visible[-1].on())
        film.wait(0.5)
        film.play(product.sweep(product.count), run_time=0.8, easing="linear")
        # The query goes where it will meet the keys.
        film.play(
            product.away[1].to(1.0),
            wall.reveal.to(0.0, end=0.5),
            wall.visible.off(0.5),
            [one.off(0.2) for one in product.terms_visible],
            run_time=0.7,
            easing="linear",
        )
    film.set(cast.gates.visible.off(0.0), cast.gates.name_visible.off(0.0))


def score(film, cast):
    """q slides along the row and stops over the keys; at the one that it likes best, slowly."""
    worked = cast.worked
    made, product = worked.score, worked.query
    if made is None:
        _put_away(film, cast)
        return
    film.beat("score")
    film.subject(made.object)
    film.tag()
    first, best = worked.keys[0], worked.keys[-1]
    film.set(made.visible.on(0.0), made.key.to(float(first)))
    film.caption("attention.score")
    film.move_together(shots.scored(cast), run_time=0.8)
    # All else comes down from the query's row, which stands.
    x, y, z = worked.score_home
    film.play(
        made.place.to((x, y, z), origin=(x, y, z + made.row_z(0))),
        made.size.to((1, 1, 1), origin=(1, 1, NOTHING)),
        run_time=0.5,
    )
    if product:
        film.set(product.visible.off(0.0))
    for key in worked.keys[:-1]:
        _meet(film, cast, key, QUICK)
    _meet(film, cast, best, SLOW)
    film.set(made.divided.to(1.0))
    film.wait(1.0)
    if not cast.tile:
        film.play(gone(cast), run_time=0.5)


def gone(cast, place=None):
    """Clips that take away what was worked out, into a place [3] if wished, and light the row again."""
    script, made = cast.script, cast.worked.score
    return [
        [made.size.to((NOTHING,) * 3, easing="in"), made.visible.off(1.0)] if made else None,
        made.place.to(place) if made and place is not None else None,
        lit(cast, *range(len(cast.tokens.prompt))),
        cast.columns.ambient.to(1.0),
        cast.columns.spot.to(-1.0, easing="step", start=1.0),
        cast.tokens.prompt[script.focus_query - script.earlier].focus.to(0.0),
    ]


def _put_away(film, cast):
    """Without a second token there is nothing to compare."""
    product = cast.worked.query
    film.play(
        product.wall.size.to((NOTHING,) * 3) if product else None,
        lit(cast, *range(len(cast.tokens.prompt))),
        cast.columns.ambient.to(1.0),
        [token.focus.to(0.0) for token in cast.tokens.prompt],
        run_time=0.5,
    )
    if product:
        film.set(product.off(0.0))
    film.set(cast.columns.spot.to(-1.0))


def _over(cast, key):
    """Where q stands over a key: beside the middle as far as the picture allows."""
    x, y, z = cast.worked.score_home
    return x + ASIDE * (float(cast.script.text_x[key]) - x), y, z


def _meet(film, cast, key, seconds):
    """q goes over to a key; their products are worked out one after another and added up."""
    script, made = cast.script, cast.worked.score
    reader, at = script.focus_query - script.earlier, key - script.earlier
    film.set(made.key.to(float(key)), made.sum.to(0.0))
    film.play(made.place.to(_over(cast, key)), lit(cast, reader, at), run_time=0.3)
    film.play(made.sum.to(float(made.d_head)), run_time=seconds, easing="linear")
    film.hear("score", made.sum, made.d_head, of=key)
