"""The same word in two texts, where the model has such a pair: a part of the second act."""

from ..cast.context import IN_LINE
from ..cast.tokens import NOTHING
from . import attention_shots as shots
from .attention_values import dial_gone, row_back

FAINT = 0.3  # the light that a word comes and goes with: fainter ones are darker than the backdrop
RISES = 0.9  # metres that the next words rise
FIRST = 0.6  # size of the cubes as they come
OPENS, TELLS = 1.5, 3.1  # seconds: until the two have parted; for the way through all layers


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
    film.set(found.cubes_visible.on(0.0), _in_line(found))
    film.cut(found.line_shot(cast.picture))
    film.set(dial_gone(cast), cast.columns.size.to(0.0), cast.columns.visible.off(0.0))
    film.set(reader.sink(), reader.visible.off(0.0))
    film.set([seen.on(0.0) for seen in sum(found.words_visible, [])])
    film.play([cube.size.to((IN_LINE,) * 3, origin=(FIRST,) * 3, easing="out") for cube in found.cubes], run_time=0.3)
    film.wait(1.0)
    _part(film, cast)

    film.beat("context_parts")
    words, cubes = [word for side in found.words for word in side], [cube.parts[0] for cube in found.cubes]
    film.subject(found.columns, found.needles.object, *cubes, *words)
    film.caption("attention.context_parts")
    film.play(found.needles.equal.to(0.0), found.light.to(1.0), run_time=0.5)
    film.play(found.to(found.slots - 1), run_time=TELLS, easing="linear")
    film.hear("parting", found.slot[0], range(found.slots), lasts=1.6)
    film.set(found.answers_visible.on(0.0))
    film.play(
        [size.to((1, 1, 1)) for size in found.said],
        [place.dials[2].to(place.dials[2].value, origin=place.dials[2].value - RISES) for place in found.said_places],
        run_time=0.4,
        easing="out",
    )
    film.wait(0.9)
    _back(film, cast)


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
    flat = (sum(each, []) for each in (found.word_lights, found.words_visible, found.word_places, found.homes))
    words = [*zip(*flat, strict=True)]
    film.move(
        found.shot(cast.picture),
        [
            (light.to(FAINT, end=0.12), seen.off(0.13), place.to(home, start=0.2, easing="step"))
            for light, seen, place, home in words
        ],
        [
            (seen.on(0.45 + 0.03 * n), light.to(1.0, origin=FAINT, start=0.45 + 0.03 * n, end=0.65 + 0.03 * n))
            for n, (light, seen, _, _) in enumerate(words)
        ],
        # The cubes part, and sink as the camera comes along; then columns grow on them.
        [
            (
                cube.place.dials[0].to(float(x), start=0.1, end=0.45),
                cube.place.dials[2].to(float(z), start=0.1, end=0.68),
                cube.size.to((1, 1, 1), start=0.08, end=0.45),
            )
            for (x, _, z), cube in zip(found.seats, found.cubes, strict=True)
        ],
        found.split.to(1.0, start=0.4, end=0.41),
        found.size.to(1.0, start=0.42, end=0.85, easing="linear"),
        found.needles.size.to(1.0, start=0.75, easing="out"),
        run_time=OPENS,
    )
    film.hear("parting", found.split, 0.0, lasts=2.4)
    film.wait(0.3)


def _back(film, cast):
    """A cut to the row, which stands as it stood."""
    found, columns = cast.context, cast.columns
    film.cut(shots.head(cast))
    film.set(
        found.visible.off(0.0),
        found.cubes_visible.off(0.0),
        found.needles.visible.off(0.0),
        found.needles.size.to(0.0),
        found.size.to(0.0),
    )
    film.set([seen.off(0.0) for side in found.words_visible for seen in side], found.answers_visible.off(0.0))
    film.set([cube.size.to((NOTHING,) * 3) for cube in found.cubes])
    film.set(columns.visible.on(0.0), columns.size.to(1.0), row_back(cast))
