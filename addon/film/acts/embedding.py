"""Tokens, and the vectors that stand for them."""

import numpy as np

from .. import layout
from ..framing import LENS, SENSOR, Margins
from . import shots
from .moves import add, beside

NEAR, FILLED = 0.45, 0.64  # of the way from the camera to what it looks at; of the picture's height
DIMMED = 0.22  # light of the other columns while one is spoken of


def embedding(film, cast):
    with film.act("embedding"):
        _split(film, cast)
        _aside(film, cast)
        _ids(film, cast)
        _vectors(film, cast)
        _digits(film, cast)
        _columns(film, cast)
        _position(film, cast)
        _meaning(film, cast)
        _neighbours(film, cast)


def _split(film, cast):
    """A blade of light runs along the text; where it has passed there are pieces, and each gets its cube."""
    script, tokens, typed = cast.script, cast.tokens, cast.typed
    count = script.prompt_count
    film.beat("split")
    film.subject(*typed.objects, *(token.seat_object for token in tokens.prompt))
    film.caption("embedding.split", count=script.text_count)
    film.set(typed.blank(0.0, script.text_count))
    half = tokens.sentence_width / 2
    shown = [token.visible.on((token.sentence[0] + half) / (2 * half + 0.3) * 0.95) for token in tokens.prompt]
    film.set(cast.blade.visible.on(0.0))
    film.play(cast.blade.place.to(cast.blade.end), typed.cut(), shown, run_time=0.9, easing="linear")
    film.hear("blade", cast.blade.place.dials[0], parts=1, lasts=0.9)
    film.hear("token", cast.blade.place.dials[0], [token.sentence[0] for token in tokens.prompt], of=script.shown)
    film.set(cast.blade.visible.off(0.0), typed.visible.off(0.0))
    boxed = [token.boxed(start=0.55 * i / count, end=0.45 + 0.55 * i / count) for i, token in enumerate(tokens.prompt)]
    begin, seconds = film.time, film.move_together(shots.opened(cast), run_time=1.1)
    film.play([token.opened() for token in tokens.prompt], boxed, run_time=1.1, easing="out")
    film.settle(begin, seconds)
    seated = [token.seated(start=0.3 * i / count, end=0.7 + 0.3 * i / count) for i, token in enumerate(tokens.prompt)]
    film.move(shots.cubes(cast), seated, run_time=1.5)


def _aside(film, cast):
    """Pictures and sounds are cut up like text, for other models: they fall into rows over the tokens'."""
    aside = cast.aside
    film.beat("aside")
    film.subject(aside.object, *(token.seat_object for token in cast.tokens.prompt))
    film.caption("embedding.aside")
    film.set(aside.visible.on(0.0))
    shot = cast.picture.shot(aside.corners, 0, 4, Margins(0.04, 0.04, 0.16, 0.08))
    film.move(shot, aside.size.to(1.0, start=0.2, easing="out"), run_time=1.2)
    film.play(aside.apart.to(1.0), run_time=1.8, easing="linear")
    film.wait(0.6)
    film.play(aside.size.to(0.0), run_time=0.4)
    film.set(aside.visible.off(0.0))


def _ids(film, cast):
    """Each token's number, and the row of the table that it is: equal tokens have the same."""
    script, tokens, table = cast.script, cast.tokens, cast.table
    count = script.prompt_count
    film.beat("ids")
    film.subject(table.wall.object, *(token.seat_object for token in tokens.prompt))
    film.caption("embedding.ids", vocabulary=f"{script.model.n_vocab:,}")
    film.set([token.id_visible.on(0.0) for token in tokens.prompt], cast.brackets.on(0.0))
    film.set(table.wall.visible.on(0.0), table.wall.place.to(table.above))
    film.together(
        [token.raised_id(start=0.6 * i / count, end=0.4 + 0.6 * i / count) for i, token in enumerate(tokens.prompt)],
        run_time=1.2,
        easing="out",
    )
    film.move(_table_shot(cast), table.wall.place.to(table.place), run_time=1.6)
    film.set(table.rays_visible.on(0.0))
    film.play(table.reach.to(count), run_time=0.5 + 0.22 * count, easing="linear")
    film.hear("token", table.reach, range(1, count + 1), of=script.shown)
    film.play(_same_row(cast), run_time=0.4)
    film.wait(0.8)
    if tokens.earlier:
        film.beat("earlier")
        film.caption("embedding.earlier", shown=count, earlier=script.earlier)
        film.set(tokens.earlier.visible.on(0.0))
        film.move(shots.cubes(cast, earlier=True), run_time=1.2)
        film.wait(1.0)
        film.move(_table_shot(cast), run_time=0.8)


def _same_row(cast):
    """Clips that leave light on the first token that stands twice in the text, if one does, and on its row."""
    script, tokens = cast.script, cast.tokens.prompt
    shown = script.tokens[: script.prompt_count].tolist()
    twice = next((token for token in shown if shown.count(token) > 1), None)
    if twice is None:
        return []
    row = cast.table.rows[shown.index(twice)]
    others = [token.light.to(0.35) for token, which in zip(tokens, shown, strict=True) if which != twice]
    return [*others, cast.table.wall.lit.to(row + 0.2, easing="step")]


def _vectors(film, cast):
    """The first row comes out of the table and folds into a column."""
    script, tokens, table, columns = cast.script, cast.tokens, cast.table, cast.columns
    film.beat("vectors")
    film.subject(table.wall.object, cast.columns.object)
    film.caption("embedding.vectors", d=script.model.d_model)
    film.set(cast.brackets.off(0.0))
    film.play(
        [token.light.to(1.0) for token in tokens.prompt],
        [token.lowered_id() for token in tokens.prompt],
        table.rays_light.to(0.3),
        run_time=0.5,
    )
    film.set(table.wall.lit.to(table.rows[0] + 0.2, easing="step"))
    film.play(table.wall.out.to(0.5), run_time=0.6, easing="out")
    film.set(table.fold.visible.on(0.0))
    film.play(table.fold.fold.to(1.0), run_time=2.0, easing="linear")
    film.hear("token", table.fold.fold, 1.0, of=script.earlier)
    film.set(
        table.fold.visible.off(0.0),
        columns.visible.on(0.0),
        columns.reveal.to(1.0),
        table.wall.lit.to(-1.0, easing="step"),
    )
    film.set([token.id_visible.off(0.0) for token in tokens.prompt])
    film.wait(0.3)


def _digits(film, cast):
    """The foot of the column comes near enough to read what a cell is: a number; its colour comes on only then."""
    digits, table = cast.digits, cast.table
    film.beat("digits")
    film.subject(digits.object)
    film.caption("embedding.digits")
    film.set(cast.camera.sharp(True), digits.visible.on(0.0), digits.letters.to(0.0))
    place, size = _before_the_lens(cast)
    film.play(
        digits.place.to(place),
        digits.size.to((size,) * 3),
        digits.letters.to(1.0, start=0.5),
        table.reach.to(0.0),
        run_time=1.3,
    )
    film.set(table.rays_visible.off(0.0))
    film.wait(0.6)
    film.play(digits.colour.to(1.0), run_time=1.0)
    film.wait(0.6)


def _before_the_lens(cast):
    """Where the window of digits fills the picture, and how large it is there -> (place, size)."""
    shot, (low, high) = cast.camera.shot, (cast.digits.corners.min(0), cast.digits.corners.max(0))
    location, target = np.array(shot.location), np.array(shot.target)
    wide, tall = (NEAR * np.linalg.norm(target - location) * SENSOR / LENS * part for part in cast.picture.parts)
    size = min(FILLED * tall / (high[2] - low[2]), 0.9 * wide / (high[0] - low[0]))
    middle = location + NEAR * (target - location) + [0.0, 0.0, 0.03 * tall]
    return tuple(middle - [0.0, 0.0, size * (high[2] - low[2]) / 2]), float(size)


def _columns(film, cast):
    """Back, as the figures shrink to colour; then all other rows, faster and faster."""
    columns, digits, table, count = cast.columns, cast.digits, cast.table, cast.script.prompt_count
    film.beat("columns")
    film.subject(columns.object, *(token.seat_object for token in cast.tokens.prompt))
    film.play(digits.place.to(digits.home), digits.size.to((1.0,) * 3), digits.letters.to(0.0, start=0.5), run_time=1.0)
    film.set(digits.visible.off(0.0), cast.camera.sharp(False))
    begin, seconds = film.time, film.move_together(shots.embedding(cast))
    if count > 1:
        film.together(table.wall.place.to(table.above), run_time=1.6, easing="in")
        film.play(columns.reveal.to(count), run_time=0.8 + 0.22 * count, easing="in")
        film.hear("token", columns.reveal, range(2, count + 1), of=cast.script.shown[1:])
    film.set(table.wall.visible.off(0.0))
    film.settle(begin, seconds)
    film.wait(0.3)


def _table_shot(cast):
    """The row of cubes, and the table over it."""
    row = shots.row_box(cast, 1.9)
    wall = cast.table.corners
    return cast.picture.shot([*row, *wall], 6, 5, Margins(0.05, 0.05, 0.16, 0.08))


def _position(film, cast):
    """From near: a second vector, of the place, and the one picture of an addition. One word twice, and then two."""
    script, columns, updates, pair = cast.script, cast.columns, cast.updates, cast.pair
    count = script.prompt_count
    scale = layout.SCALE_EMBEDDING
    film.beat("position")
    film.subject(columns.object, updates.object)
    film.caption("embedding.position")
    first, second = float(pair.tokens[0]), float(pair.tokens[-1])
    film.set(
        updates.visible.on(0.0),
        updates.reveal.to(count),
        updates.shift_x.to(beside(scale) + 0.5),
        updates.scale.to(scale),
        updates.size.to(0.0),
        pair.visible.on(0.0),
        [light.to(0.0) for light in pair.light],
    )
    film.set([(one.spot.to(first), one.second_spot.to(second)) for one in (columns, updates)], updates.ambient.to(0.0))
    others = [token for i, token in enumerate(cast.tokens.prompt) if i not in pair.tokens]
    film.move(
        shots.added(cast),
        columns.ambient.to(DIMMED),
        [token.light.to(DIMMED) for token in others],
        updates.size.to(1.0, start=0.5, easing="out"),
        [light.to(1.0, start=0.6) for light in pair.light],
        run_time=1.3,
    )
    film.play(updates.shift_x.to(beside(scale)), run_time=0.6)
    film.together([light.to(0.0, start=0.6) for light in pair.light], run_time=1.8)
    add(film, cast, 0, run_time=1.8)
    film.set(pair.visible.off(0.0))
    film.wait(0.8)
    film.set(updates.ambient.to(1.0))


def _meaning(film, cast):
    """The columns shrink to points, which fly into the space of all tokens."""
    script, space, columns, updates = cast.script, cast.space, cast.columns, cast.updates
    shares = script.recording.insights.meaning.explained
    film.beat("meaning")
    film.subject(space.cloud)
    film.caption("embedding.meaning")
    film.tag("embedding.meaning", vocabulary=f"{script.model.n_vocab:,}", share=f"{100 * shares.sum():.0f}%")
    film.set(space.visible.on(0.0), space.light.to(0.5), space.rising_visible.on(0.0), cast.camera.sharp(True))
    lit = [token.light.to(1.0) for token in cast.tokens.prompt]
    film.play(columns.scale.to(0.03), columns.ambient.to(1.0), lit, space.spread.to((1, 1, 1)), run_time=0.9)
    film.set(columns.visible.off(0.0), [(one.spot.to(-1.0), one.second_spot.to(-1.0)) for one in (columns, updates)])
    away = [token.away(end=0.4) for token in cast.tokens.prompt]
    film.move(space.shot, away, space.rise.to(1.0), space.light.to(1.0, start=0.3), run_time=2.2)
    film.set(space.words_visible.on(0.0), space.rising_visible.off(0.0))
    film.wait(2.0)


def _neighbours(film, cast):
    """To one word, and to those that are nearest by the cosine of all components."""
    script, space, columns = cast.script, cast.space, cast.columns
    film.beat("neighbours")
    film.subject(*space.near_objects)
    film.caption("embedding.neighbours", token=script.word(script.focus_word))
    film.tag("embedding.neighbours", d=script.model.d_model)
    film.set(space.words_visible.off(0.0), space.lines_visible.on(0.0))
    film.move(space.close, space.light.to(0.3), space.near_names[0].on(0.4), run_time=1.6)
    names = space.near_names[1:]
    film.play(
        [grow.to((1, 1, 1), easing="out") for grow in space.lines_grow],
        space.near_visible.on(0.3),
        [name.on(0.3 + 0.65 * i / len(names)) for i, name in enumerate(names)],
        run_time=1.2,
    )
    for i, name in enumerate(names):
        film.hear("neighbour", name.dials[0], 0.0, of=i)
    film.wait(1.8)
    film.tag()
    film.set(
        [one.off(0.0) for one in (*space.near_names, space.near_visible, space.lines_visible, space.visible)],
        [token.returned() for token in cast.tokens.prompt],
        columns.scale.to(layout.SCALE_EMBEDDING),
        columns.visible.on(0.0),
        cast.camera.sharp(False),
    )
    film.cut(shots.embedding(cast))
