"""Tokens, and the vectors that stand for them."""

import numpy as np

from .. import layout
from ..cast import Cast
from ..cast.tokens import NOTHING
from ..framing import LENS, SENSOR, Margins, Shot
from ..timeline import Clip
from . import shots
from .moves import add, beside
from .shots import row_box

NEAR, FILLED = 0.45, 0.68  # of the way from the camera to what it looks at; of the picture's height
NEXT = 0.25  # seconds from one neighbour to the next
CUTTING, SEATED, LEANED, LEANING = 1.35, 1.0, 1.35, -14  # seconds of the blade's way, until the row stands, of the
# camera's way to it; degrees that it stands aside
BESIDE, BEHIND = 0.35, 0.12  # light of the others' cubes beside the first column, and of the table behind it
SHRUNK, PUSH = 0.06, 1.035  # size of the column that comes nearer as digits; how much larger those become
HIT_ROW, SAME_ROW = 0.5, 0.75  # how far the row is magnified that a ray hits; that of a token that stands twice
RETURNING = 0.4  # light that columns come back with
BACK = 0.6  # seconds in which the pair goes back into the row; the camera takes longer
LIT, UNDER, AROUND = 1.3, 0.6, 0.45  # light of the cloud: when the words come to it, under their names, around one
POINT, COLLAPSE, RISE = 0.03, 0.8, 2.2  # of their size, of columns that are points; seconds until then, to the cloud


def embedding(film, cast):
    with film.act("embedding"):
        _split(film, cast)
        _aside(film, cast)
        _ids(film, cast)
        _vectors(film, cast)
        _digits(film, cast)
        _columns(film, cast)
        _meaning(film, cast)
        _neighbours(film, cast)
        _position(film, cast)


def _split(film, cast):
    """A blade of light runs along the text, the camera close beside it; what it has parted gets cubes, in a row."""
    script, tokens, typed = cast.script, cast.tokens, cast.typed
    count = script.prompt_count
    film.beat("split")
    film.subject(*typed.objects, *(token.cube for token in tokens.prompt))
    film.caption("embedding.split", count=script.text_count)
    film.set(typed.blank(0.0, script.text_count))
    left, right = cast.blade.place.dials[0].value, cast.blade.end[0]
    cut, passed = [], {}
    for token in tokens.prompt:
        at = max((token.sentence_left - left) / (right - left), passed.get(token.sentence_row, 0.0))
        cut += [token.visible.on(at), typed.cut_to(token.sentence_row, token.sentence_right - 0.02, at)]
        passed[token.sentence_row] = at
    film.set(cast.blade.visible.on(0.0))
    wide = cast.picture.is_wide
    if wide:
        film.together(cast.camera.to(shots.whole_text(cast, azimuth=LEANING / 2)), run_time=CUTTING)
    else:  # the row will be broader than a narrow picture: the camera is there before it
        film.together(cast.camera.to(_leaning(cast), start=0.4), run_time=CUTTING + 0.15)
    film.play(cast.blade.place.to(cast.blade.end), cut, run_time=CUTTING, easing="linear")
    film.hear("blade", cast.blade.place.dials[0], parts=1, lasts=CUTTING)
    film.hear("token", cast.blade.place.dials[0], [token.sentence[0] for token in tokens.prompt], of=script.shown)
    film.set(cast.blade.visible.off(0.0), typed.visible.off(0.0))
    if wide:
        film.together(cast.camera.to(_leaning(cast)), run_time=LEANED)
    boxed = [token.boxed(start=0.4 * i / count, end=0.6 + 0.4 * i / count) for i, token in enumerate(tokens.prompt)]
    film.play([token.opened() for token in tokens.prompt], boxed, run_time=0.45 * SEATED, easing="out")
    seated = [token.seated(start=0.3 * i / count, end=0.7 + 0.3 * i / count) for i, token in enumerate(tokens.prompt)]
    film.play(seated, run_time=0.55 * SEATED)
    film.wait(LEANED - SEATED + 0.25)


def _leaning(cast):
    """The row of cubes from a little beside it, as wide as the picture."""
    azimuth = LEANING if cast.picture.is_wide else LEANING / 3
    return cast.picture.shot(row_box(cast, 1.3), azimuth, 10, Margins(0.05, 0.05, 0.22, 0.18))


def _aside(film, cast):
    """Pictures and sounds are cut up like text, for other models: they fall into rows over the tokens'."""
    aside = cast.aside
    film.beat("aside")
    film.subject(aside.object, *(token.cube for token in cast.tokens.prompt))
    film.caption("embedding.aside")
    film.set(aside.visible.on(0.0))
    film.move(_aside_shot(cast, aside.corners), aside.size.to(1.0, start=0.5, easing="out"), run_time=1.5)
    film.together(cast.camera.to(_aside_shot(cast, aside.fallen)), run_time=1.2)
    film.play(aside.apart.to(1.0), run_time=1.6, easing="linear")
    film.wait(0.2)


def _aside_shot(cast, corners):
    return cast.picture.shot(corners, 0, 4, Margins(0.04, 0.04, 0.15, 0.1))


def _ids(film, cast):
    """Each token's number, and the row of the table that it is: equal tokens have the same."""
    script, tokens, table = cast.script, cast.tokens, cast.table
    count = script.prompt_count
    film.beat("ids")
    film.subject(table.wall.object, *(token.cube for token in tokens.prompt))
    film.caption("embedding.ids", vocabulary=f"{script.model.n_vocab:,}")
    film.set([token.id.visible.on(0.0) for token in tokens.prompt], cast.brackets.on(0.0))
    film.set(table.wall.visible.on(0.0), table.wall.magnified(0.0), _table_gone(cast))
    film.together(cast.aside.size.to(0.0), run_time=0.4)
    film.move(
        _table_shot(cast),
        _table_come(cast),
        [
            token.id.raised(start=0.3 + 0.4 * i / count, end=0.6 + 0.4 * i / count)
            for i, token in enumerate(tokens.prompt)
        ],
        run_time=1.2,
    )
    film.set(cast.aside.visible.off(0.0), table.rays_visible.on(0.0))
    hit = [table.wall.lit.to(row + 0.2, easing="step", start=(i + 0.8) / count) for i, row in enumerate(table.rows)]
    film.set(table.wall.magnified(HIT_ROW))
    film.play(table.reach.to(count), hit, run_time=0.4 + 0.2 * count, easing="linear")
    film.hear("token", table.reach, range(1, count + 1), of=script.shown)
    film.play(_same_row(cast), run_time=0.35)
    film.wait(0.5)
    if tokens.earlier:
        film.beat("earlier")
        film.caption("embedding.earlier", shown=count, earlier=script.earlier)
        film.set(tokens.earlier.visible.on(0.0))
        film.move(shots.cubes(cast, earlier=True), run_time=1.2)
        film.wait(1.0)
        film.move(_table_shot(cast), run_time=0.8)


def _table_gone(cast: Cast) -> list[Clip]:
    """Clips that take the table upwards, or away where a text stands over it."""
    wall, table = cast.table.wall, cast.table
    return [wall.size.to((NOTHING,) * 3) if cast.picture.top else wall.place.to(table.above, easing="in")]


def _table_come(cast: Cast) -> list[Clip]:
    """Clips that bring it."""
    wall, table = cast.table.wall, cast.table
    return [wall.size.to((1.0,) * 3) if cast.picture.top else wall.place.to(table.place, easing="out")]


def _same_row(cast):
    """Clips that leave light on the first token that stands twice in the text, if one does, and on its row."""
    table, tokens = cast.table, cast.tokens.prompt
    if not table.twins_of:
        return []
    others = [
        (token.light.to(0.35), token.id.light.to(0.3))
        for place, token in enumerate(tokens)
        if place not in table.twins_of
    ]
    gold = [tokens[place].focus.to(1.0) for place in table.twins_of]
    lit = table.wall.lit.to(table.rows[table.twins_of[0]] + 0.2, easing="step")
    return [*others, *gold, lit, table.wall.magnified(SAME_ROW), table.twins.to(1.0)]


def _vectors(film, cast):
    """The row of the middle token comes out of the table and folds into its column."""
    script, tokens, table = cast.script, cast.tokens, cast.table
    middle = table.middle
    film.beat("vectors")
    film.subject(table.wall.object, table.fold.object, tokens.prompt[middle].cube)
    film.caption("embedding.vectors", d=script.model.d_model)
    film.set(cast.brackets.off(0.0))
    others = [token for place, token in enumerate(tokens.prompt) if place != middle]
    own = tokens.prompt[middle]
    film.play(
        [(token.light.to(BESIDE), token.focus.to(0.0), token.id.lowered()) for token in others],
        (own.light.to(1.0), own.focus.to(1.0), own.id.lowered()),
        table.reach.to(0.0),  # drawn back: rays that fade are black before the table
        table.wall.lit.to(table.rows[middle] + 0.2, easing="step"),
        run_time=0.4,
    )
    film.set(table.rays_visible.off(0.0), table.twins.to(0.0))
    film.play(table.wall.out.to(0.5), table.wall.magnified(1.0), run_time=0.3, easing="out")
    film.set(table.fold.visible.on(0.0))
    begin, seconds = film.time, film.move_together(_columns_shot(cast), run_time=2.0)
    film.together(table.wall.light.to(BEHIND, end=0.4), run_time=1.7)
    film.play(table.fold.fold.to(1.0), run_time=2.0, easing="linear")
    film.hear("token", table.fold.fold, 1.0, of=script.earlier + middle)
    film.set(table.wall.lit.to(-1.0, easing="step"), table.reach.to(0.0))
    film.set([token.id.visible.off(0.0) for token in tokens.prompt])
    film.settle(begin, seconds)


def _digits(film, cast):
    """The foot of the column comes near enough to read what a cell is: a number."""
    digits = cast.digits
    film.beat("digits")
    film.subject(digits.object)
    film.caption("embedding.digits", shown=len(digits.dims), d=cast.script.model.d_model)
    film.set(cast.camera.sharp(True), digits.visible.on(0.0), digits.letters.to(0.0), digits.colour.to(1.0))
    place, size = _before_the_lens(cast)
    near = [digits.place.to(place), digits.size.to((size,) * 3)]
    bare = digits.colour.to(0.0, start=0.25, end=0.6)  # numbers alone, before they are given colours again
    row = [token.sink() for token in cast.tokens.prompt]  # nothing stands behind the numbers
    gone = [row, _table_gone(cast), cast.table.fold.size.to(SHRUNK)]
    film.play(near, bare, digits.letters.to(1.0, start=0.4), gone, run_time=1.0)
    film.set(cast.table.wall.visible.off(0.0))
    film.caption("embedding.colours")
    place, size = _before_the_lens(cast, PUSH)
    pushed = [digits.place.to(place, easing="linear"), digits.size.to((size,) * 3, easing="linear")]
    film.play(pushed, digits.colour.to(1.0, start=0.1, end=0.6), run_time=1.6)


def _before_the_lens(cast, larger=1.0):
    """Where the window of digits fills the picture, and how large it is there -> (place, size)."""
    shot, (low, high) = cast.camera.shot, (cast.digits.corners.min(0), cast.digits.corners.max(0))
    location, target = np.array(shot.location), np.array(shot.target)
    wide, tall = (NEAR * np.linalg.norm(target - location) * SENSOR / LENS * part for part in cast.picture.parts)
    size = larger * min(FILLED * tall / (high[2] - low[2]), 0.88 * wide / (high[0] - low[0]))
    middle = location + NEAR * (target - location) + [0.0, 0.0, 0.03 * tall]
    middle[0] -= size * ((low[0] + high[0]) / 2 - cast.digits.home[0])  # they are a corner of the column
    return tuple(middle - [0.0, 0.0, size * (high[2] - low[2]) / 2]), float(size)


def _columns(film, cast):
    """The figures shrink to colour, in their column; then all the other vectors, faster and faster."""
    script, columns, digits, table = cast.script, cast.columns, cast.digits, cast.table
    count, middle = script.prompt_count, table.middle
    film.beat("columns")
    film.subject(columns.object, *(token.cube for token in cast.tokens.prompt))
    film.caption("embedding.columns", numbers=f"{script.text_count * script.model.d_model:,}")
    home = [digits.place.to(digits.home), digits.size.to((1.0,) * 3), digits.letters.to(0.0, start=0.4)]
    row = [(token.rise(), token.light.to(1.0), token.focus.to(0.0)) for token in cast.tokens.prompt]
    film.play(home, row, table.fold.size.to(1.0), run_time=0.7)
    film.set(digits.visible.off(0.0), cast.camera.sharp(False), columns.visible.on(0.0))
    seconds = 0.6 + 0.1 * count
    film.play(columns.reveal.to(count, easing="in"), run_time=seconds)
    others = [place for place in range(count) if place != middle]
    film.hear("token", columns.reveal, [place + 1 for place in others], of=[script.shown[place] for place in others])
    film.set(table.fold.visible.off(0.0))
    film.wait(0.5)


def _columns_shot(cast):
    """The row of columns, from before it."""
    top = layout.column_top(cast.script.model.d_model, layout.SCALE_EMBEDDING)
    return cast.picture.shot(row_box(cast, top), 3, 5, Margins(0.03, 0.03, 0.12, 0.09))


def _table_shot(cast):
    """The row of cubes, and the table over it."""
    row = row_box(cast, 1.9)
    wall = cast.table.corners
    return cast.picture.shot([*row, *wall], 6, 5, Margins(0.02, 0.02, 0.14, 0.06))


def _position(film, cast):
    """One word that stands twice in the text, side by side: to equal vectors others are added, one for each place."""
    script, columns, updates, pair = cast.script, cast.columns, cast.updates, cast.pair
    tokens, scale = cast.tokens.prompt, layout.SCALE_EMBEDDING
    film.beat("position")
    film.subject(columns.object, updates.object, *(tokens[place].cube for place in pair.tokens))
    film.quiet()
    film.set(
        updates.visible.on(0.0),
        updates.reveal.to(script.prompt_count),
        updates.shift_x.to(beside(scale) + pair.gap),
        updates.scale.to(scale),
        updates.size.to(0.0),
        updates.ambient.to(0.0),
        [visible.on(0.0) for visible, _ in pair.signs[:1]],
    )
    first, second = float(pair.tokens[0]), float(pair.tokens[-1])
    edge = 0.05 if cast.picture.is_wide else 0.02

    def shot(pull: float) -> Shot:
        return cast.picture.shot(pair.corners, 3, 3, Margins(edge, edge, 0.14, 0.06), pull)

    film.set([(one.spot.to(first), one.second_spot.to(second)) for one in (columns, updates)])
    film.set(columns.ambient.to(0.0), _together(cast, pair.steps(script)))
    film.cut(shot(1.12))
    film.play(
        cast.camera.to(shot(1.0), easing="out"),
        columns.size.to(1.0, origin=0.4, easing="out"),  # the first picture isn't empty
        [tokens[place].returned(end=0.7, easing="out") for place in pair.tokens],
        run_time=0.6,
    )
    film.together([grow.to((1, 1, 1), easing="out") for _, grow in pair.signs[:1]], run_time=0.3)
    film.wait(0.6)
    film.caption("embedding.position")
    film.set(pair.visible.on(0.0))
    film.play([grow.to((NOTHING,) * 3) for _, grow in pair.signs[:1]], run_time=0.15)
    film.play(
        updates.size.to(1.0, easing="out"),
        [grow.to((1, 1, 1), easing="out") for grow in (*pair.grow, *pair.pluses)],
        run_time=0.4,
    )
    film.wait(0.15)
    film.play(
        updates.shift_x.to(beside(scale)),
        [grow.to((NOTHING,) * 3, end=0.5) for grow in pair.pluses],
        run_time=0.4,
    )
    add(film, cast, 0, run_time=1.15)
    film.set([visible.off(0.0) for visible, _ in pair.signs[:1]], [visible.on(0.0) for visible, _ in pair.signs[1:]])
    film.play([grow.to((1, 1, 1), easing="out") for _, grow in pair.signs[1:]], run_time=0.3)
    film.wait(0.7)
    # They go back into the row while the camera sees it whole.
    film.set(updates.spot.to(-1.0), updates.second_spot.to(-1.0), updates.ambient.to(1.0))
    film.together(
        [grow.to((NOTHING,) * 3, end=0.3) for grow in (*pair.grow, *(grow for _, grow in pair.signs))],
        [visible.off(0.3) for visible in (pair.visible, *(visible for visible, _ in pair.signs))],
        _together(cast, [0.0] * len(pair.tokens)),
        columns.ambient.to(1.0, origin=RETURNING, start=0.6),  # less light, and only their black boards were seen
        [one.to(-1.0, start=1.0, easing="step") for one in (columns.spot, columns.second_spot)],
        [token.returned(start=0.4, end=0.8) for token in tokens],
        run_time=BACK,
    )
    if not film.shows("attention", "travel"):  # whose camera takes longer
        film.wait(BACK)


def _together(cast, steps):
    """Clips that let the tokens of the pair, and their vectors, step aside by some metres from their places."""
    tokens, names = cast.tokens.prompt, ("spot_x", "second_x")
    seats = [
        tokens[place].seat.to((tokens[place].x + step, 0.0, 0.0))
        for place, step in zip(cast.pair.tokens, steps, strict=True)
    ]
    dials = [[getattr(one, name) for name in names] for one in (cast.columns, cast.updates)]
    return seats, [[dial.to(step) for dial, step in zip(row, steps, strict=False)] for row in dials]


def _meaning(film, cast):
    """The columns shrink to points, which fly into the space of all tokens; the camera goes round it."""
    script, space, columns = cast.script, cast.space, cast.columns
    film.beat("meaning")
    film.subject(running_out=[space.cloud])
    film.caption("embedding.meaning")
    film.set(space.visible.on(0.0), space.light.to(LIT), space.rise.to(0.0), cast.camera.sharp(True))
    film.together(cast.camera.to(space.shot, start=0.2), run_time=COLLAPSE + RISE)
    film.together(space.spread.to((1, 1, 1), easing="out"), run_time=0.9)
    middle = (layout.column_top(script.model.d_model, layout.SCALE_EMBEDDING) - layout.COLUMN_BASE) / 2
    names = (*space.words_grow, *space.twins_grow)
    film.play(
        columns.scale.to(POINT),
        columns.shift_z.to(middle),
        [token.away() for token in cast.tokens.prompt],
        space.rising_visible.on(0.6),
        [one.on(0.5) for one in (space.word_visible, space.words_visible, space.twins_visible)],
        [grow.to((space.as_on_cubes,) * 3, start=0.5, easing="out") for grow in names],
        run_time=COLLAPSE,
    )
    film.set(columns.visible.off(0.0), columns.shift_z.to(0.0))
    film.play(
        space.rise.to(1.0, easing="linear"),
        space.words_fly(),
        run_time=RISE,
    )
    film.set(space.rising_visible.off(0.0), space.twins_visible.off(0.0))
    nearer = [grow.to((1, 1, 1)) for grow in space.words_grow]
    film.move(space.orbit, nearer, space.light.to(UNDER, end=0.3), run_time=2.0, easing="linear")


def _neighbours(film, cast):
    """Into the cloud to one word, and to those that are nearest by the cosine of all components, the nearest first."""
    script, space, columns = cast.script, cast.space, cast.columns
    film.beat("neighbours")
    film.subject(*space.near_objects)
    film.caption("embedding.neighbours", token=script.word(script.focus_word))
    names, dots = space.near_names, space.near_visible
    film.set(space.lines_visible.on(0.0), names[0].on(0.0), space.word_visible.off(0.0))
    film.together([grow.to((NOTHING,) * 3) for grow in space.words_grow[1:]], run_time=0.3)
    film.move(
        space.close,
        space.light.to(AROUND),
        space.chosen_size.to((1, 1, 1)),
        space.rings_grow.to((1, 1, 1), start=0.5),
        dots.on(0.7),
        space.words_visible.off(0.25),
        run_time=1.3,
    )
    for i, (line, name, grow) in enumerate(zip(space.lines_grow, names[1:], space.near_grow, strict=True)):
        film.set(name.on(0.0))
        if i == len(space.near_grow) // 2:
            film.caption("embedding.cosine")
        film.play(line.to((1, 1, 1), easing="out"), grow.to((1, 1, 1), start=0.4, easing="out"), run_time=NEXT)
        film.hear("neighbour", line.dials[0], 1.0, of=i)
    film.wait(2.2)  # the caption is read while they are there
    film.play(
        [grow.to((NOTHING,) * 3) for grow in (space.rings_grow, *space.lines_grow, *space.near_grow)],
        space.chosen_size.to((NOTHING,) * 3),
        run_time=0.3,
    )
    film.set(
        [one.off(0.0) for one in (*names, space.near_visible, space.lines_visible, space.visible)],
        columns.scale.to(layout.SCALE_EMBEDDING),
        columns.size.to(0.0),
        columns.visible.on(0.0),
        cast.camera.sharp(False),
    )
