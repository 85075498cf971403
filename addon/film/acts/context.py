"""The same word in two texts, where the model has such a pair: a part of the second act."""

from ..cast.tokens import NOTHING
from . import attention_shots as shots
from .attention_values import dial_gone, row_back

OPENS, TELLS = 1.2, 4.4  # seconds: until the two have parted; for the way through all layers


def context(film, cast):
    """The row makes room; one column becomes two, which go through all layers side by side; then the row is back."""
    found = cast.context
    if found is None:
        return
    reader = cast.tokens.prompt[cast.script.focus_query - cast.script.earlier]
    film.beat("context")
    film.subject(found.columns, *found.cubes[0].parts)
    film.caption("attention.context", token=found.word)
    film.tag()
    film.set(found.visible.on(0.0), found.cubes[1].place.to((0.0, 0.01, 0.0)))
    # The word rises beside the reader, which goes when the word stands.
    film.move(
        found.shot(cast.picture, parted=False),
        dial_gone(cast, end=0.35),
        [cube.size.to((1, 1, 1), end=0.4, easing="out") for cube in found.cubes],
        found.size.to(1.0, start=0.2, end=0.8, easing="linear"),
        reader.sink(start=0.55, end=0.9),
        reader.visible.off(0.9),
        cast.columns.size.to(0.0, start=0.5, end=0.8),
        run_time=1.6,
    )
    film.set(cast.columns.visible.off(0.0))
    _part(film, cast)

    film.beat("context_parts")
    film.subject(found.columns, found.needles.object, *(word for side in found.words for word in side))
    film.caption("attention.context_parts")
    film.play(found.needles.equal.to(0.0), found.light.to(1.0), run_time=0.6)
    film.play(found.to(found.slots - 1), run_time=TELLS, easing="linear")
    film.hear("parting", found.slot[0], range(found.slots), lasts=1.6)
    film.set(found.answers_visible.on(0.0))
    film.play([size.to((1, 1, 1)) for size in found.said], run_time=0.4, easing="out")
    film.wait(1.4)
    _back(film, cast)


def _part(film, cast):
    """One column becomes two; an equals sign stays between them, and their texts come."""
    found = cast.context
    film.set(found.needles.visible.on(0.0), found.needles.equal.to(1.0), found.words_visible.on(0.0))
    film.set([light.to(0.0) for light in found.word_lights])
    film.move(
        found.shot(cast.picture, parted=True),
        found.split.to(1.0, end=0.8, easing="cubic"),
        [
            cube.place.to((side * found.apart_by, 0.0, 0.0), end=0.8, easing="cubic")
            for side, cube in zip((-1, 1), found.cubes, strict=True)
        ],
        found.needles.size.to(1.0, start=0.5, end=0.9, easing="out"),
        [
            light.to(1.0, origin=0.0, start=0.4 + 0.1 * n, end=0.7 + 0.1 * n)
            for n, light in enumerate(found.word_lights)
        ],
        run_time=OPENS,
    )
    film.hear("parting", found.split, 0.0, lasts=2.4)
    film.wait(0.5)


def _back(film, cast):
    """A cut to the row, which stands as it stood."""
    found, columns = cast.context, cast.columns
    film.cut(shots.head(cast))
    film.set(found.visible.off(0.0), found.needles.visible.off(0.0), found.needles.size.to(0.0), found.size.to(0.0))
    film.set(found.words_visible.off(0.0), found.answers_visible.off(0.0))
    film.set([cube.size.to((NOTHING,) * 3) for cube in found.cubes])
    film.set(columns.visible.on(0.0), columns.size.to(1.0), row_back(cast))
