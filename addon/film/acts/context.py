"""The same word in two texts, where the model has such a pair: a part of the second act."""

from ..cast.context import IN_LINE, Context
from ..cast.tokens import NOTHING
from . import attention_shots as shots
from .attention_values import dial_gone, row_back

FAINT = 0.3  # the light that a word comes and goes with: fainter ones are darker than the backdrop
RISES = 0.9  # metres that the next words rise
OPENS, TELLS = 2.3, 2.8  # seconds: until the two have parted; for the way through all layers
LEADING, NARROW_LEADING = (0.0, 0.14), (0.25, 0.0)  # parts of the first: when the cubes begin, and the words
SLOWER = 1.25  # times the time that other moves of the camera take: of the one back from the dial
ARRIVES = 0.7  # part of the first in which the camera sees all that room


def context(film, cast):
    """Two sentences end in one word; it becomes two columns, which go through all layers; then the row is back."""
    found = cast.context
    if found is None:
        return
    reader = cast.tokens.prompt[cast.script.focus_query - cast.script.earlier]
    film.beat("context")
    film.subject(*(cube.parts[0] for cube in found.cubes), *(word for side in found.words for word in side))
    film.caption("attention.context", token=found.word)
    film.tag()
    film.set(found.cubes_visible.on(0.0), _in_line(found), [light.to(FAINT) for light in sum(found.word_lights, [])])
    if not film.shows("attention", "add"):
        film.cut(found.line_shot(cast.picture))
    # The reader and its dial make room for the two sentences.
    film.move(
        found.line_shot(cast.picture),
        dial_gone(cast, end=0.35),
        # It stays until the others are there: the picture is never empty.
        (cast.columns.size.to(0.0, start=0.35, end=0.7), cast.columns.visible.off(0.58)),
        (reader.sink(start=0.4, end=0.75), reader.visible.off(0.75)),
        [cube.size.to((IN_LINE,) * 3, origin=(NOTHING,) * 3, start=0.5, easing="out") for cube in found.cubes],
        _written(found),
        run_time=SLOWER * cast.camera.seconds(found.line_shot(cast.picture)),
    )
    film.wait(0.8)
    _part(film, cast)

    film.beat("context_parts")
    words, cubes = [word for side in found.words for word in side], [cube.parts[0] for cube in found.cubes]
    film.subject(found.columns, found.needles.object, *cubes, *words)
    film.caption("attention.context_parts")
    film.play(found.needles.equal.to(0.0), found.light.to(1.0), run_time=0.5)
    film.play(found.to(found.slots - 1), run_time=TELLS, easing="linear")
    film.hear("parting", found.slot[0], range(found.slots), lasts=1.6)
    film.set(found.answers_visible.on(0.0))
    if len(set(found.found.next_tokens[:, 0].tolist())) == 2:
        film.caption("attention.context_next")
    film.play(
        [size.to((1, 1, 1)) for size in found.said],
        [place.dials[2].to(place.dials[2].value, origin=place.dials[2].value - RISES) for place in found.said_places],
        run_time=0.4,
        easing="out",
    )
    film.wait(2.2)
    _back(film, cast)


def _written(found):
    """Clips that let the words of both lines come, one after another."""
    clips = []
    for lights, visible in zip(found.word_lights, found.words_visible, strict=True):
        for n, (light, seen) in enumerate(zip(lights, visible, strict=True)):
            start = 0.62 + 0.18 * n / len(lights)  # when the camera sees both lines
            clips += [seen.on(start), light.to(1.0, origin=FAINT, start=start, end=start + 0.2)]
    return clips


def _in_line(found):
    """Clips that put the words and the cubes into their lines of text."""
    places = [
        place.to(at)
        for side, line in zip(found.word_places, found.lines, strict=True)
        for place, at in zip(side, line, strict=True)
    ]
    return [places, [cube.place.to(end) for cube, end in zip(found.cubes, found.ends, strict=True)]]


def _part(film, cast):
    """The two cubes part, and their columns grow: equal ones. The words come to their sides."""
    found = cast.context
    film.set(found.visible.on(0.0), found.needles.visible.on(0.0), found.needles.equal.to(1.0))
    begin, words = LEADING if found.side_by_side else NARROW_LEADING
    film.play(
        cast.camera.to(found.shot(cast.picture), end=ARRIVES),
        _beside(found, words),
        # The cubes sink, and part on the floor; then columns grow on them.
        [
            (
                cube.place.dials[2].to(float(z), start=begin, end=begin + 0.27),
                cube.place.dials[0].to(float(x), start=begin + 0.07, end=begin + 0.33),
                cube.size.to((1, 1, 1), start=begin, end=begin + 0.33),
            )
            for (x, _, z), cube in zip(found.seats, found.cubes, strict=True)
        ],
        found.split.to(1.0, start=0.58, end=0.59),
        found.size.to(1.0, start=0.6, end=0.95, easing="linear"),
        found.needles.size.to(1.0, start=0.75, easing="out"),
        run_time=max(OPENS, cast.camera.seconds(found.shot(cast.picture)) / ARRIVES),
    )
    film.hear("parting", found.split, 0.0, lasts=2.4)
    film.wait(0.3)


def _beside(found: Context, first: float) -> list:
    """Clips that take the words from their lines to the sides of their columns, one after another from a part of the
    time on: those first that go down the farthest, or up. So no word crosses another."""
    clips = []
    for places, homes in zip(found.word_places, found.homes, strict=True):
        order = list(zip(places, homes, strict=True))
        for turn, (place, (x, y, z)) in enumerate(order[::-1] if found.side_by_side else order):
            across, along, up = place.dials
            begin = first + 0.06 * turn
            end = begin + 0.36
            clips += [across.to(x, start=begin, end=end), along.to(y, start=begin, end=end)]
            clips.append(up.to(z, start=begin, end=begin + 0.24))
    return clips


def _back(film, cast):
    """The two sink, and the row stands again as it stood."""
    found, columns = cast.context, cast.columns
    film.quiet()
    film.captions.show_prompt()
    film.set(columns.visible.on(0.0), found.answers_visible.off(0.0))
    film.move(
        shots.head(cast),
        (found.size.to(0.0, end=0.36), found.visible.off(0.36)),
        (found.needles.size.to(0.0, end=0.3), found.needles.visible.off(0.3)),
        [light.to(FAINT, end=0.2) for light in sum(found.word_lights, [])],
        [seen.off(0.2) for seen in sum(found.words_visible, [])],
        [cube.size.to((NOTHING,) * 3, end=0.36) for cube in found.cubes],
        found.cubes_visible.off(0.36),
        # At once, so that the picture is never empty.
        columns.size.to(1.0, start=0.2, easing="step"),
        row_back(cast, start=0.2, end=0.7, easing="out"),
        run_time=0.9,
    )
