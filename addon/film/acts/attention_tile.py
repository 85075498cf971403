"""All scores of one head at once: the tile, the mask, softmax; and the match cut from its gold row to the arcs."""

from .. import layout
from . import attention_shots as shots
from .attention_query import gone

LATER = 0.2  # part of the time, after which words come where the camera must have drawn back from under a text
SIDES = 0.4  # the same for those at the left, which is beyond the picture's edge until then
FOLLOW = 0.9  # seconds in which all other rows become bars


def tile(film, cast):
    """The score that was worked out goes into its cell, and the table grows around that one, with its words."""
    script, board = cast.script, cast.tile
    last, (query, key) = max(script.text_count - 1, 1), board.first
    film.beat("tile")
    film.subject(board.object, *board.words.labels)
    film.caption("attention.tile")
    film.tag()  # words of the tile stand where it was
    film.set(cast.camera.sharp(True))
    begun, seconds = film.time, film.move_together(shots.tile(cast), run_time=1.5)
    film.together([token.sink(start=0.5 * abs(i - key) / last) for i, token in _row(cast)], run_time=0.5)
    if cast.worked.score:
        (x, _, z), (_, before, _) = board.place(*board.first), cast.worked.score_home
        film.together(gone(cast, (x, before, z)), run_time=0.9)  # before the row, all the way
        film.wait(0.4)
    film.set(board.visible.on(0.0))
    later = LATER if cast.picture.top else 0.0
    film.together(
        board.words.heads(lambda i: _from(later + 0.5 * abs(i - key) / last)),
        board.words.sides(lambda i: _from(SIDES + 0.3 * abs(i - query) / last)),
        board.to("Reveal", 1.0, end=0.85, easing="linear"),
        board.to("Colour", 1.0, start=0.05, end=0.9, easing="linear"),
        board.to("Gold", 1.0, end=0.3, easing="out") if cast.worked.score else None,
        run_time=1.5,
    )
    film.wait(0.4)
    film.set([[token.visible.off(0.0), token.id.visible.off(0.0)] for token in cast.tokens.prompt])
    if cast.tokens.earlier:
        film.set(cast.tokens.earlier.visible.off(0.0))
    film.wait(0.7)
    film.settle(begun, seconds)
    film.wait(0.5)
    if script.text_count > 1:  # a single token has no future
        film.beat("mask")
        film.subject(board.object, *board.words.labels)
        film.caption("attention.mask")
        film.play(board.to("Mask", 1.0, start=0.05), run_time=1.5, easing="linear")
        film.hear("shutter", board.dials["Mask"][0], parts=1, lasts=1.2)
        film.wait(1.3)
    _softmax(film, cast)


def _from(start: float) -> dict:
    """The timing of a word that comes then."""
    return {"start": start, "end": start + 0.3, "easing": "out"}


def _row(cast) -> list[tuple]:
    """[(index in the text, token), ...] of the tokens that have cubes."""
    return list(enumerate(cast.tokens.prompt, cast.script.earlier))


def _softmax(film, cast):
    """One row becomes bars that fill the rail, then the others follow, one by one."""
    board, count, focus = cast.tile, cast.script.text_count, cast.script.focus_query
    film.beat("softmax")
    film.subject(board.object, *board.words.labels)
    film.caption("attention.softmax")
    reader = board.words.reader
    film.set(reader.visible.on(0.0), [word.visible.off(0.0) for word in board.words.queries[focus : focus + 1]])
    begun, seconds = film.time, film.move_together(shots.tile(cast, bars=True), run_time=1.4)
    film.together(board.to("Ambient", 0.0, end=0.8), board.to("Gold", 0.0, end=0.3), run_time=0.5)
    film.play(
        board.to("Own", 1.0),
        board.to("Rail", 1.0, start=0.6, easing="out"),  # when the row lies there
        board.words.alone(),
        run_time=1.5,
    )
    film.hear("scores", board.dials["Own"][0], 1.0)
    film.settle(begun, seconds)
    film.wait(0.5)
    if count > 1:
        film.play(board.to("Softmax", 1.0), board.words.together(end=0.5), run_time=FOLLOW, easing="linear")
        film.hear("softmax", board.dials["Softmax"][0], 1.0)
    else:
        film.set(board.to("Softmax", 1.0), board.words.together())
    film.wait(0.8)


def put_away(film, cast):
    """Take the tile away at once, for a film that doesn't show it, and let the row stand."""
    board, tokens = cast.tile, cast.tokens
    film.set(
        board.to("Rail", 0.0),
        board.to("Reveal", 0.0),
        board.words.go(),
        board.visible.off(0.0),
        cast.camera.sharp(False),
        cast.columns.visible.on(0.0),
        [(token.visible.on(0.0), token.rise()) for token in tokens.prompt],
        tokens.earlier.visible.on(0.0) if tokens.earlier else None,
        cast.sources.over.to(1.0),
        cast.columns.scale.to(layout.SCALE_ATTENTION),
        cast.columns.size.to(1.0),
    )
    film.cut(shots.head(cast))


def to_arcs(film, cast):
    """The row comes back under the tile; the bars of its gold row rise, bend, and are the arcs; their shares go to the
    cubes."""
    board, beams, tokens, sources = cast.tile, cast.beams, cast.tokens, cast.sources
    film.set(cast.columns.visible.on(0.0), cast.columns.scale.to(layout.SCALE_ATTENTION), cast.columns.size.to(0.0))
    film.set([token.visible.on(0.0) for token in tokens.prompt])
    if tokens.earlier:
        film.set(tokens.earlier.visible.on(0.0))
    film.set(beams.bend.to(0.0), beams.reveal.to(1.0), sources.visible.on(0.0), sources.over.to(1.0))
    film.move(
        shots.head(cast),
        board.to("Rail", 0.0, end=0.1),
        board.to("Reveal", 0.0, end=0.13, easing="linear"),
        board.words.go(end=0.1),
        board.visible.off(0.13),
        cast.camera.sharp(False),
        beams.visible.on(0.13),
        [token.rise(start=0.12, end=0.34, easing="out") for token in tokens.prompt],
        cast.columns.size.to(1.0, start=0.45, end=0.75),  # the bars lie where they will stand
        beams.bend.to(1.0, start=0.16, end=0.75),
        sources.numbers.to(1.0, start=0.2, end=0.36, easing="out"),
        run_time=2.0,
    )
