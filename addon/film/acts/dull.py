"""Without dice: the temperature goes to 0, and under the drawn text stands what always taking the likeliest gives."""

from ..cast import Cast
from ..cast.growing import LEADING, Growing
from ..cast.sampling import HAND, TemperatureDial
from ..film import Film
from . import loop_shots as shots
from .moves import light, standing

GAP = 0.4  # lines between two texts
WRITING, TURNING = 2.0, 0.6  # seconds in which the likeliest words are written, and in which the dial turns
SHADE, SHARED, DRAWN = 0.35, 0.35, 0.75  # light of the machine behind them; of the beginning that both texts have, and
# of what was drawn
DIAL, LEAST, AROUND = 1.6, 1.1, 0.25  # size of the dial, and the least that can be read; sheet's units around it
LOW = 0.13  # of the picture's height, below which the caption stands


def dull(film: Film, cast: Cast, text: Growing) -> None:
    """What always taking the likeliest word gives, under the drawn text. Both are real runs."""
    script, captions, sampling = cast.script, film.captions, cast.script.recording.sampling
    prompt, greedy = script.trace.tokens.tolist(), script.recording.greedy.tolist()
    blue = captions.studio.palette.bar_cold
    other = Growing(captions.studio, captions.frame, "Likeliest text", [*prompt, *greedy], "greedy", blue)
    film.beat("dull")
    film.subject(text.object, other.object)
    # What both texts share goes into the dark; row, machine and vectors sink. What is left is where they part.
    low = text.top - LEADING * text.size * text.rows
    room = low - LEADING * other.size * other.rows - (LOW - 0.5) * captions.height - 2 * AROUND
    scale = min(DIAL, room / (2 * HAND))
    dial = _dial(film, low - AROUND - HAND * scale) if scale > LEAST else None
    own = text.rows + other.rows + GAP
    row = [*cast.tokens.prompt, *cast.tokens.drawn]
    film.together(
        standing(film, cast, 0.0),
        cast.stack.rail_length.to(0.0),
        cast.columns.size.to(0.0),
        light(cast, SHADE),
        [token.sink() for token in row],  # the text comes there
        cast.rounds.off(end=0.9),
        text.opening.to(SHARED / DRAWN),
        text.light.to(DRAWN),
        run_time=0.5,
    )
    begin, seconds = film.time, film.move_together(shots.under(cast, own), run_time=0.5 + TURNING + WRITING)
    if dial:
        film.set(dial.visible.on(0.0), dial.temperature.to(sampling.temperature))
        film.play(dial.scale.to((scale,) * 3, easing="out"), run_time=0.5)
    else:
        film.wait(0.5)
    film.caption("loop.dull")
    film.change_hue("unembedding.cold", TURNING)
    if dial:
        film.play(dial.temperature.to(0.0), run_time=TURNING)
        film.hear("heat", dial.temperature, parts=9, lasts=0.5)
    top = low - (2 * AROUND + 2 * HAND * scale if dial else GAP * LEADING * text.size)
    film.set(other.place.to((0.0, top, 0.0)), other.opening.to(SHARED))
    film.set(other.visible.on(0.0), other.upto(len(prompt)))
    for count in range(len(prompt) + 1, len(prompt) + len(greedy) + 1):
        film.set(other.upto(count))
        film.hear("greedy", other.letters, other.letters.value, of=count - len(prompt) - 1)
        film.wait(min(0.2, 0.75 * WRITING / len(greedy)))
    film.wait(0.25 * WRITING)
    film.settle(begin, seconds)
    film.quiet()
    film.play(
        other.light.to(0.3),  # without light it is black
        dial.scale.to((0.001,) * 3, easing="in") if dial else None,
        run_time=0.15,
    )
    film.set(other.visible.off(0.0), dial.visible.off(0.0) if dial else None)


def _dial(film: Film, y: float) -> TemperatureDial:
    """The dial on the sheet, at a height of its."""
    dial = TemperatureDial(film.captions.studio, film.captions.frame)
    dial.place.begin((0.0, y, 0.0))
    return dial
