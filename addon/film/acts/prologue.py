"""The film in a dozen seconds: a text, a gap, all layers in a flash, the words that they find. Then the question."""

import numpy as np

from ..captions import FADE
from ..cast.stack import RAIL_Z
from ..framing import Margins, Shot, box
from ..texts import SET_WIDTH, breadth
from .moves import machine, standing

TYPING, DIVE = 1.0, 3.1  # seconds for the prompt's letters; through all layers
SWEPT, LATER = 0.4, 0.2  # seconds in which letters go; until the camera follows them
PIECES, GONE, ARRIVES = 16, 2, 4  # of the dive; after which the letters are gone, and begin to stand at its end
ROUND_SECONDS = (0.55, 0.42, 0.34, 0.28, 0.22, 0.18, 0.16)  # between the drawn words: faster and faster
FOLLOWING = 4  # words before the last one that the caption comes with
PASS = 0.4  # seconds of a light along the rails
BLINK = 0.3  # seconds
BEHIND, BEYOND = 2.0, 30.0  # metres: of the camera from the last layer when it has arrived; of the rails past the text
TEXT_MARGINS = Margins(0.045, 0.045, 0.2, 0.14)
AISLE_Z = 2.25  # height at which the camera flies between the columns, under the arcs
GROWS, TITLE = 0.9, 1.9  # seconds in which the machine stands up; of the title


def prologue(film, cast):
    with film.act("prologue"):
        film.beat("text")
        _type(film, cast)

        film.beat("dive")
        _dive(film, cast)

        film.beat("words")
        _words(film, cast)

        film.beat("title")
        _title(film, cast)

        film.beat("question")
        _question(film, cast)


def _prompt(cast):
    """How many letters the prompt has."""
    return cast.typed.end_of(cast.script.text_count)


def _clicks(film, typed):
    """Each letter that was just written is heard."""
    for dials, line in zip(typed.dials, typed.lines, strict=True):
        film.hear("typed", dials["Typed"], range(1, len(line) + 1))


def _text(cast, letters):
    """So many letters of the typed text, and the blank behind them."""
    return cast.picture.shot(cast.typed.box(letters), 0, 2, TEXT_MARGINS)


def _sentence(cast):
    """The whole typed text, and the blank behind each word of it that is drawn."""
    typed, count = cast.typed, cast.script.text_count
    boxes = [typed.box(typed.end_of(more)) for more in range(count, len(typed.ends) + 1)]
    return cast.picture.shot(np.concatenate(boxes), 0, 2, TEXT_MARGINS)


def _arrived(cast):
    """Before the text behind the last layer."""
    shot, lift = _sentence(cast), _lift(cast)
    return Shot(*((x, y + _far(cast), z + lift) for x, y, z in (shot.location, shot.target)))


def _lift(cast):
    """How much higher the text stands there, so that its last line is over the rails."""
    return max(0.0, RAIL_Z + 0.5 - cast.typed.low)


def _far(cast):
    """y of the text behind the last layer: as far as the camera needs it, when that has flown out of the machine."""
    return cast.stack.end + BEHIND - _sentence(cast).location[1]


def _blink(film, cast, times):
    """The blank goes dark and light: the open question."""
    for _ in range(times):
        film.set(cast.typed.blank(0.2, cast.script.text_count))
        film.wait(BLINK)
        film.set(cast.typed.blank(1.0, cast.script.text_count))
        film.wait(BLINK)


def _type(film, cast):
    """The text types itself over the rails of a machine that is still dark; then there is a gap."""
    typed, stack = cast.typed, cast.stack
    prompt = _prompt(cast)
    film.subject(*typed.objects)
    film.cut(_text(cast, prompt))
    film.set(
        typed.visible.on(0.0),
        typed.blank(1.0, 0),
        cast.camera.sharp(True),
        [one.on(0.0) for one in machine(cast)],
        standing(film, cast, 0.0),
        stack.rail_length.to(0.0),
    )
    film.together(stack.rail_length.to(stack.end), run_time=TYPING + 0.6)
    film.wait(0.25)
    film.set(typed.blank(0.0, 0))
    film.play(typed.to(prompt), run_time=TYPING, easing="linear")
    _clicks(film, typed)
    film.set(typed.blank(1.0, cast.script.text_count))
    film.wait(BLINK)
    _blink(film, cast, 1)


def _dive(film, cast):
    """The letters become vectors; through all layers, and out to where the text stands again."""
    stack, typed, far = cast.stack, cast.typed, _far(cast)
    film.together(typed.cut(), standing(film, cast, 1.0), run_time=SWEPT)
    film.wait(LATER)
    for piece, shot in enumerate(_through(cast)):
        film.play(cast.camera.to(shot, easing="linear"), run_time=DIVE / PIECES)
        film.hear("gate", cast.camera.location.dials[1], stack.places, of=stack.layers)
        if piece == GONE:
            film.set(
                typed.to(0), typed.uncut(), typed.blank(0.0, cast.script.text_count), typed.stand(far, _lift(cast))
            )
            film.set(stack.rail_length.to(far + BEYOND))
        elif piece == ARRIVES:
            film.together(typed.to(_prompt(cast)), run_time=(PIECES - piece - 2) * DIVE / PIECES, easing="linear")
    film.set(typed.blank(1.0, cast.script.text_count))


def _through(cast):
    """The way in pieces: along an aisle between the columns, under the arcs, to before the text behind them."""
    start, end = (np.array([shot.location, shot.target]) for shot in (cast.camera.shot, _arrived(cast)))
    inside = np.array([0.8 * (cast.script.prompt_count % 2), 0.0, AISLE_Z])
    shots = []
    for part in np.arange(1, PIECES + 1) / PIECES:
        way = start + (end - start) * _eased(part)
        aside = _eased(min(part / 0.34, 1.0)) * (1 - _eased(max((part - 0.66) / 0.34, 0.0)))
        way[:, ::2] += (inside - way[0])[::2] * aside
        shots.append(Shot(tuple(map(float, way[0])), tuple(map(float, way[1]))))
    return shots


def _eased(part):
    """Slow, fast, slow: 0 … 1."""
    return 0.5 - 0.5 * np.cos(np.pi * part)


def _words(film, cast):
    """The drawn words come, one after the other, until the sentence ends; a light along the rails for each."""
    script, typed, rails = cast.script, cast.typed, cast.stack.rail_light
    count, rounds = script.text_count, len(script.recording.steps)
    film.subject(*typed.objects)
    near = cast.camera.shot.location[1] / (_far(cast) + BEYOND)
    free = film.time
    for step in range(rounds):
        seconds = ROUND_SECONDS[min(step, len(ROUND_SECONDS) - 1)]
        if film.time >= free - 1e-6:
            film.together(rails.to(1.0, origin=near, easing="linear"), run_time=PASS)
            free = film.time + PASS / film.pace
        before, after = (typed.end_of(count + step + more) for more in (0, 1))
        if step == max(rounds - FOLLOWING, 0):
            film.caption("prologue.words")
        film.set(typed.gold(before), typed.to(after, easing="step"), typed.blank(1.0, count + step + 1))
        film.hear("word", *typed.dial_at(after), of=step)
        film.wait(seconds)
    film.set(typed.blank(0.0, len(typed.ends)))
    film.wait(PASS)
    film.set(typed.gold(typed.letters + 1), rails.to(0.0))


def _title(film, cast):
    """The sentence goes; the machine stands up under the film's title, and a light runs through it."""
    captions, palette, stack, typed = film.captions, film.captions.studio.palette, cast.stack, cast.typed
    film.play(typed.cut(), run_time=SWEPT)
    captions.clear()
    film.cut(_poster(cast))
    film.set(typed.visible.off(0.0), typed.uncut(), typed.stand(0.0), standing(film, cast, 0.0))
    film.set(stack.rail_length.to(stack.end))
    film.subject(stack.gates)
    lines = film.own.opening(captions.language)
    top = -captions.height * (0.17 if captions.wide else 0.14)
    small = captions.card(lines[0], 0.85, palette.text, top)
    large = min(2.3, captions.width * 0.84 / SET_WIDTH / breadth(lines[-1]))
    big = captions.card(lines[-1], large, palette.gold, top - 0.55 - 0.6 * large)
    captions.appear(small)
    captions.appear(big, film.time + 2 * FADE / film.pace)
    captions.push(TITLE)
    film.together(standing(film, cast, 1.0), run_time=GROWS)
    film.together(cast.camera.to(_poster(cast, 1.0), easing="linear"), run_time=TITLE)
    film.wait(0.4)
    film.together(stack.rail_light.to(1.0, origin=0.0, easing="linear"), run_time=TITLE - 0.5)
    film.wait(TITLE - 0.4)
    film.set(stack.rail_light.to(0.0))
    captions.vanish([*small, *big])


def _poster(cast, way=0.0):
    """The whole machine from before it, over the title; nearer on the way."""
    x, stack = cast.script.text_x, cast.stack
    near = box((max(x[0], x[-1] - 14.0) - 0.7, -2.3, 0.3), (x[-1] + 0.7, 3.0, stack.gate_height))
    margins = Margins(0.04, 0.04, 0.36, 0.03) if cast.picture.is_wide else Margins(0.02, 0.02, 0.36, 0.1)
    return cast.picture.shot(near, -26 + 5 * way, 8 - 1.5 * way, margins, 1.05 - 0.05 * way)


def _question(film, cast):
    """The text as it was given, and the gap: the film's open question."""
    typed, stack = cast.typed, cast.stack
    prompt = _prompt(cast)
    shot = _text(cast, prompt)
    film.subject(*typed.objects)
    film.set(typed.visible.on(0.0), typed.to(0), typed.blank(0.0, cast.script.text_count))
    film.caption("prologue.question")
    seconds = film.camera.seconds(shot)
    film.together(standing(film, cast, 0.0), stack.rail_length.to(0.0, start=0.4), run_time=0.8)
    film.together(cast.camera.to(shot), run_time=seconds)
    film.play(typed.to(prompt, start=0.3), run_time=0.9, easing="linear")
    _clicks(film, typed)
    film.set([one.off(0.0) for one in machine(cast)], standing(film, cast, 1.0))
    film.set(typed.blank(1.0, cast.script.text_count))
    film.wait(max(0.0, seconds - 0.9))
    _blink(film, cast, 1)
    film.set(cast.camera.sharp(False))
