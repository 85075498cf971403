"""The end: the whole sentence, what it took, and a card of its own for whoever shares it."""

import numpy as np

from ..cast import Cast
from ..cast.barcode import Barcode, column_cells, on_sheet
from ..cast.growing import LEADING, Growing
from ..film import Film
from ..lines import balanced
from ..texts import set_width, word
from . import loop_shots as shots
from .moves import light, risen, sunk

WRITTEN = 1.5  # seconds
SMALL = 50e6  # parameters; a model below that is called a small one
ADDRESS = "Transformer Cinema"
# Of the barcode, in units of the sheet: its height at most, its distance from the sentence, its end in a wide picture.
MOST_HIGH, UNDER, FOOT = 3.0, 0.45, -1.35
WORDS = 0.4  # light of the row's words, which are small there
DAWN = 1.8  # seconds in which the poster takes its own hue
BACK, NARROW_BACK, FACTS_SECONDS, SINKING, FLOWING = 2.2, 3.8, 4.9, 0.5, 1.3
CARD_SECONDS, READ_SECONDS = 3.2, 2.6  # of the card; in which the sentence lights up with its vectors
BLINK = 0.4  # seconds that the blank is there, and isn't


def ending(film, cast, text):
    """The whole row before the lit machine, and what it took; then a card of its own. text: the grown one."""
    film.captions.clear()
    film.beat("facts")
    low = text.top - LEADING * text.size * text.rows  # where the sentence ends, on the sheet
    covered = 0.5 - low / film.captions.height  # of the picture's height, by the sentence
    _facts(film, cast, text, covered)
    film.beat("card")
    _share_card(film, cast, text, low, covered)


def _sentence(film: Film, cast: Cast, text: Growing, *before: str) -> tuple:
    """Clips for the whole text at the top, where it has grown; it writes itself where none of the beats before is
    shown."""
    if not any(film.shows("loop", beat) for beat in ("append", "again", "dull", *before)):
        given = cast.script.text_count
        film.set(text.visible.on(0.0), text.upto(given))
        film.together(text.upto(given + len(cast.script.drawn), easing="linear"), run_time=WRITTEN)
    return text.opening.to(1.0), text.light.to(1.0)


def _facts(film, cast, text, covered):
    """The poster: the lights go on and the camera draws back, until the whole machine is seen; under the sentence, one
    by one, the numbers behind it."""
    script, captions, palette = cast.script, film.captions, film.captions.studio.palette
    row = [*cast.tokens.prompt, *cast.tokens.drawn]
    shown = [cast.columns.object, cast.stack.gates, *(token.cube for token in row)]
    if cast.picture.is_wide:
        film.subject(*shown)
    else:  # there is room for the row's end only
        film.subject(running_out=shown)
    film.set(cast.beams.all_layers.on(0.0), cast.beams.all_reveal.to(0.0))
    film.together(_sentence(film, cast, text), run_time=0.5)
    film.change_hue("loop.end", DAWN)
    film.together(light(cast, 1.0), run_time=0.6)
    words = [token.word_light.to(WORDS, start=0.3, end=0.6) for token in row]  # they stand in the sentence
    film.together(words, run_time=BACK)
    film.set(cast.rounds.layer.to(script.model.n_layer - 1))
    back = BACK if cast.picture.is_wide else NARROW_BACK
    film.move(shots.poster(cast, covered), risen(film, cast, end=0.6), cast.rounds.whole(start=0.4), run_time=back)
    film.together(cast.camera.to(shots.poster(cast, covered, 1.0)), run_time=FACTS_SECONDS)
    film.together(cast.stack.rail_light.to(1.0, origin=0.0, easing="linear"), run_time=FACTS_SECONDS)
    begin = film.time
    shown, y = [], -captions.height / 2 + (1.75 if captions.wide else 3.4)
    model = facts(script, captions.language)
    rows = (
        (model if captions.wide else model.replace(" · ", "\n", 1), 0.72, palette.text),
        (word("promise", captions.language), 1.0, palette.gold),
    )
    for body, size, colour in rows:
        made = captions.card(body, size, colour, y)
        captions.appear(made)
        shown += made
        y -= 1.1 + 0.9 * body.count("\n")
        film.wait(0.7)
    film.settle(begin, FACTS_SECONDS)
    captions.vanish(shown)


def facts(script, language):
    """The model in numbers: all counted, nothing typed."""
    model = script.model
    return word(
        "model" if model.n_parameters < SMALL else "large_model",
        language,
        name=model.name,
        layers=model.n_layer,
        millions=model.n_parameters / 1e6,
        wan=model.n_parameters / 1e4,
    )


def settings(script, language):
    """How the words were drawn: whoever has the model draws the same ones."""
    sampling = script.recording.sampling
    cut = sampling.top_k or sampling.top_p < 1
    return word(
        "sampling_cut" if cut else "sampling",
        language,
        temperature=sampling.temperature,
        seed=sampling.seed,
        **({"top_k": sampling.top_k or "–", "top_p": f"{sampling.top_p:g}"} if cut else {}),
    )


def _share_card(film, cast, text, low, covered):
    """The machine sinks away, and the cells of its last vectors flow into a barcode under the sentence; a question."""
    script, captions, palette = cast.script, film.captions, film.captions.studio.palette
    high = min(MOST_HIGH, low - UNDER - FOOT) if captions.wide else MOST_HIGH
    cells, edge = column_cells(script, shots.SCALE, shots.FRONT)
    seen = on_sheet(cells, shots.poster(cast, covered, 1.0)) * (1.0, 1.0, edge)
    barcode = Barcode(captions, min(low - UNDER - high / 2, 0.6), high, seen)
    film.subject(barcode.object)
    film.together(_sentence(film, cast, text, "facts"), run_time=0.5)
    film.set(barcode.visible.on(0.0), cast.columns.visible.off(0.0))
    film.together(barcode.flow.to(1.0, easing="linear"), run_time=FLOWING)
    film.play(sunk(film, cast), cast.rounds.off(), run_time=SINKING, easing="in")
    film.set(film.everything_off(but=[barcode.visible, text.visible]))
    film.wait(FLOWING - SINKING)
    captions.push(CARD_SECONDS)
    most = 0.9 * captions.width  # they come nearer
    question = word("question", captions.language)
    letters, y = (1.12, -2.6) if captions.wide else (1.1, -3.7)
    rows = [question] if captions.wide else balanced(question, most / letters, set_width)
    lines = [captions.card(row, letters, palette.gold, y - 1.25 * letters * i, most) for i, row in enumerate(rows)]
    cards = sum(lines, [])
    made = [film.own.credit or ADDRESS, settings(script, captions.language)]
    if film.voice and film.voice.synthetic:
        made.append(word("voice", captions.language))
    size, y, between = (0.56, -3.85, " · ") if captions.wide else (0.7, -3.5 - 1.375 * len(rows), "\n")
    cards += captions.card(between.join(made), size, palette.text, y, most)
    name = captions.card(
        word("barcode", captions.language),
        0.6 if captions.wide else 0.9,
        palette.text,
        barcode.low - (0.42 if captions.wide else 0.5),
        most,
    )
    captions.appear([*name, *cards])
    film.set(text.read.to(0.0))
    _blink(film, captions.blank(lines[-1], letters))
    # The words of the sentence light up with their rows.
    film.play(barcode.read(easing="linear"), text.read_along(barcode.turns()), run_time=READ_SECONDS)
    film.wait(CARD_SECONDS - READ_SECONDS)  # the film ends on the whole sentence


def _blink(film, blank):
    """Until the end, a blank comes and goes, as the one that the film began with: here words could stand."""
    if film.shown:
        for second in np.arange(2 * BLINK, CARD_SECONDS, 2 * BLINK):
            film.at(film.time + second / film.pace, blank.on(0.0))
            film.at(film.time + (second + BLINK) / film.pace, blank.off(0.0))
