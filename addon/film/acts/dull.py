"""Without dice: the temperature goes to 0, and under the drawn text stands what always taking the likeliest gives."""

from ..cast import Cast
from ..cast.growing import LEADING, Growing
from ..cast.sampling import HAND, TemperatureDial
from ..film import Film
from ..texts import word
from . import loop_shots as shots
from .moves import light, standing

GAP = 1.05  # lines between two texts
TURNING, WRITING, READING = 0.6, 1.8, 1.0  # seconds: the dial turns; the likeliest words are written, and are read
SHADE, SHARED, DRAWN = 0.35, 0.35, 0.5  # light of the machine behind them; of the beginning that both texts have, and
# of what was drawn
DIAL, LEAST, AROUND = 2.0, 1.1, 0.3  # size of the dial, and the least that can be read; sheet's units around it
TAG, UNDER = 0.62, -0.1  # size of what stands under a text; how far, in its own size
RIGHT = 0.485  # of the picture's width, from the middle: how far texts may reach
LOW = 0.13  # of the picture's height, below which the caption stands


def dull(film: Film, cast: Cast, text: Growing) -> None:
    """The dial turns to 0; where it was, what always taking the likeliest word gives is written, under the drawn text.
    Both are real runs."""
    script, captions = cast.script, film.captions
    prompt, greedy = script.trace.tokens.tolist(), script.recording.greedy.tolist()
    blue = captions.studio.palette.bar_cold
    line = LEADING * text.size
    low, foot = text.top - line * text.rows, (LOW - 0.5) * captions.height
    rows = max(1, int((low - foot) / line - GAP))
    other = Growing(captions.studio, captions.frame, "Likeliest text", [*prompt, *greedy], "greedy", blue, rows)
    # Under each other, if the other one isn't much longer.
    left = text.left if text.left - 2 * other.left < RIGHT * captions.width else other.left
    film.beat("dull")
    film.subject(text.object, other.object)
    film.together(
        standing(film, cast, 0.0),
        cast.stack.gates_visible.off(1.0),  # what is left of them would be lines on the floor
        cast.stack.rail_length.to(0.0),
        cast.columns.size.to(0.0),
        light(cast, SHADE),
        [token.sink() for token in (*cast.tokens.prompt, *cast.tokens.drawn)],  # the text comes there
        cast.rounds.off(end=0.9),
        text.opening.to(SHARED / DRAWN),
        text.light.to(DRAWN),
        run_time=0.5,
    )
    shot = shots.under(cast, text.rows + other.rows + GAP)
    begin, seconds = film.time, film.move_together(shot, run_time=1.0)
    film.caption("loop.dull")
    _no_dice(film, script.recording.sampling.temperature, low, foot)
    tags = _tag(film, script.recording.sampling.temperature, text.left, low)
    tags += _tag(film, 0.0, left, low - GAP * line - other.rows * line)
    captions.appear(tags)
    film.set(
        other.place.to((left, low - GAP * line, 0.0)),
        other.opening.to(SHARED),
        other.visible.on(0.0),
        other.upto(len(prompt)),
    )
    for count in range(len(prompt) + 1, len(prompt) + len(greedy) + 1):
        film.set(other.upto(count))
        film.hear("greedy", other.letters, other.letters.value, of=count - len(prompt) - 1)
        film.wait(min(0.2, WRITING / len(greedy)))
    film.settle(begin, seconds)
    film.wait(READING)
    film.quiet()
    captions.vanish(tags)
    film.play(other.light.to(0.3), run_time=0.15)  # without light it is black
    film.set(other.visible.off(0.0))


def _tag(film: Film, temperature: float, left: float, top: float) -> list:
    """The temperature that a text was drawn with, under it."""
    captions = film.captions
    said = word("heading", captions.language, temperature=temperature)
    return captions.text(said, TAG, captions.studio.palette.text_dim, (left, top - UNDER * TAG, 0.0))


def _no_dice(film: Film, temperature: float, low: float, foot: float) -> None:
    """The dial turns to 0 between two heights of the sheet, if there is room for it."""
    captions = film.captions
    scale = min(DIAL, ((low - foot) / 2 - AROUND) / HAND)
    film.change_hue("unembedding.cold", 2 * TURNING)
    if scale < LEAST:
        film.wait(0.5)
        return
    dial = TemperatureDial(captions.studio, captions.frame)
    dial.place.begin((0.0, (low + foot) / 2, 0.0))
    film.set(dial.visible.on(0.0), dial.temperature.to(temperature))
    film.play(dial.scale.to((scale,) * 3, easing="out"), run_time=0.5)
    film.play(dial.temperature.to(0.0), run_time=TURNING)
    film.hear("heat", dial.temperature, parts=9, lasts=0.5)
    film.wait(0.3)
    film.play(dial.scale.to((0.001,) * 3, easing="in"), run_time=0.2)
    film.set(dial.visible.off(0.0))
