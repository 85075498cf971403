"""One query, one key, their score: a product with a matrix in full, one in a sweep, then q · k with its digits."""

from ..cast import Cast
from ..cast.score import KEY, QUERY
from ..cast.tokens import NOTHING
from ..film import Film
from . import attention_shots as shots

DIM = 0.25  # the light of everything that the picture is not about
UNREAD, BEHIND = 0.4, 0.03  # the light of the matrix before it is read, and behind one of its rows
EACH = 0.3  # seconds for one product of the number that is worked out
FIRST, QUICK, SLOW = 0.9, 0.45, 1.25  # seconds for a score: the first, on the way to the highest, and there


def lit(cast, *chosen, dim=DIM):
    """Clips that light some of the shown tokens, by their index in the row, and leave the others in the dark."""
    return [token.light.to(1.0 if i in chosen else dim) for i, token in enumerate(cast.tokens.prompt)]


def query(film, cast):
    """The reader's vector meets the matrix of queries: one number worked out, the others in a sweep."""
    script, product = cast.script, cast.worked.query
    reader = script.focus_query - script.earlier
    film.beat("query")
    film.caption("attention.query", token=script.name(script.focus_query))
    film.change_hue("attention.numbers", 1.2)  # numbers shine before a dark ground, arcs before a warm one
    film.set(cast.columns.spot.to(float(reader)))
    dark = [lit(cast, reader), cast.columns.ambient.to(DIM), cast.tokens.prompt[reader].focus.to(1.0)]
    dark += [cast.gates.light.to(0.0, end=0.4), cast.gates.name_light.to(0.0, end=0.3)]
    dark += [*cast.gates.name_visible.off(0.3), cast.columns.size.to(0.0, start=0.25, end=0.75)]
    dark += [token.id.lowered(end=0.3) for token in cast.tokens.prompt]
    if product is None:
        film.move(shots.worked(cast), dark, run_time=1.2)
    else:
        wall, (vector, _) = product.wall, product.away
        film.subject(wall.object, product.object, *(token.cube for token in cast.tokens.prompt))
        film.set(product.visible.on(0.0), wall.reveal.to(0.0), wall.light.to(UNREAD))
        # The reader's vector tips over, cell by cell, and is the row over the matrix; that one unrolls below it.
        film.move(
            shots.worked(cast),
            dark,
            vector.to(0.0, origin=1.0, end=0.8, easing="linear"),
            wall.visible.on(0.55),
            wall.reveal.to(1.0, origin=0.0, start=0.55, easing="linear"),
            run_time=1.4,
        )
        _one_number(film, product, cast.worked.first)
        film.set(product.sweep(1.0))
        film.play(product.sweep(product.count), wall.light.to(1.0), run_time=0.6, easing="linear")
        film.wait(0.2)
        if cast.worked.key:
            _one_key(film, cast)
        # Query and key go where they will meet.
        made = [one for one in (product, cast.worked.key) if one]
        film.play(
            [one.away[1].to(1.0) for one in made],
            [(one.wall.reveal.to(0.0, end=0.5), one.wall.visible.off(0.5)) for one in made],
            cast.worked.score.query_frame.on(0.9) if cast.worked.score else None,
            run_time=0.7,
            easing="linear",
        )
    film.set(cast.gates.visible.off(0.0), cast.gates.name_visible.off(0.0))


def _one_key(film: Film, cast: Cast) -> None:
    """Another token's vector meets the matrix of keys, which rolls over that of queries, in one sweep."""
    script, query, made = cast.script, cast.worked.query, cast.worked.key
    token = cast.worked.keys[0]
    film.beat("key")
    if cast.picture.is_wide:
        film.subject(made.wall.object, made.object, query.object, *(token.cube for token in cast.tokens.prompt))
    else:  # the vector may come from beyond the picture's edge
        film.subject(made.wall.object, query.object)
    film.caption("attention.key", token=script.name(token))
    film.set(made.visible.on(0.0), made.wall.reveal.to(0.0), made.wall.light.to(UNREAD))
    film.play(
        lit(cast, script.focus_query - script.earlier, token - script.earlier),
        made.away[0].to(0.0, origin=1.0, end=0.85, easing="linear"),
        made.wall.visible.on(0.5),
        query.wall.reveal.to(0.0, start=0.2, end=0.5, easing="linear"),
        query.wall.visible.off(0.5),  # two names would be read as one
        made.wall.reveal.to(1.0, origin=0.0, start=0.5, easing="linear"),
        run_time=1.3,
    )
    film.set(cast.worked.said.on(0.0))
    film.play(made.sweep(made.count), made.wall.light.to(1.0), run_time=0.9, easing="linear")
    film.wait(0.4)
    film.set(cast.worked.said.off(0.0))


def _one_number(film, product, one):
    """One number of a product in full: its largest products, then the sum; it goes to its place."""
    wall, signs = product.wall, one.signs.shown
    film.set(one.visible.on(0.0), wall.lit.to(float(one.at)))
    film.play(one.come.to(1.0), wall.light.to(BEHIND), one.word_visible.on(0.7), run_time=0.75, easing="linear")
    film.play(
        one.sum.to(float(one.count), start=0.15),
        signs.to(float(one.count + 1)),
        run_time=EACH * one.count,
        easing="linear",
    )
    film.play(one.sum.to(one.count + 1.0, start=0.3), signs.to(one.count + 2.0, end=0.6), run_time=0.4)
    film.wait(0.6)
    film.play(
        one.come.to(0.0),
        one.word_visible.off(0.0),
        signs.to(0.0, easing="step"),
        wall.light.to(UNREAD),
        run_time=0.45,
        easing="linear",
    )
    film.set(one.visible.off(0.0), wall.lit.to(-1.0))


def score(film, cast):
    """Keys come up to q from their cubes; the products with the one that it likes best are added slowly."""
    worked = cast.worked
    made, product = worked.score, worked.query
    if made is None:
        _put_away(film, cast)
        return
    film.beat("score")
    film.subject(made.object)
    film.tag()
    film.set(made.visible.on(0.0), made.query_frame.on(0.0), made.words[QUERY, cast.script.focus_query].on(0.0))
    film.caption("attention.score")
    film.move_together(shots.scored(cast), run_time=0.8)
    film.set([one.visible.off(0.0) for one in (product, worked.key) if one])
    for key in worked.keys:
        last = key == worked.keys[-1]
        there = worked.key is not None and key == worked.keys[0]
        _meet(film, cast, key, SLOW if last else FIRST if there else QUICK, there)
        film.wait(0.0 if last else 0.4)  # its sum is read
    film.set(made.divided.to(1.0))
    film.wait(0.9)
    if not cast.tile:
        film.play(gone(cast), run_time=0.5)


def gone(cast, place=None):
    """Clips that take away what was worked out, into a place [3] if wished, and light the row again."""
    script, made = cast.script, cast.worked.score
    return [
        [made.size.to((NOTHING,) * 3, easing="in"), made.off(1.0)] if made else None,
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


def _meet(film: Film, cast: Cast, key: int, seconds: float, there: bool = False) -> None:
    """A key comes from its cube, if it isn't there; its products with q are worked out in turn and added up."""
    script, made = cast.script, cast.worked.score
    reader, at = script.focus_query - script.earlier, key - script.earlier
    if made.sum.value:  # the key before it goes back
        film.set(made.key_frame.off(0.0))
        film.play(made.come.to(0.0, easing="in"), run_time=0.2)
    film.set(made.key.to(float(key)), made.sum.to(0.0), made.key_frame.off(0.0))
    film.set([word.off(0.0) for (row, _), word in made.words.items() if row == KEY])
    if not there:
        film.play(made.come.to(1.0, origin=0.0, easing="out"), lit(cast, reader, at), run_time=0.35)
    film.set(made.key_frame.on(0.0), made.words[KEY, key].on(0.0))
    film.play(made.sum.to(float(made.d_head)), run_time=seconds, easing="linear")
    film.hear("score", made.sum, made.d_head, of=key)
