"""The film in a dozen seconds: a text, a gap, all layers in a flash, the words that they find. Then the question."""

import numpy as np

from .. import layout
from ..captions import FADE
from ..cast import Cast
from ..cast.tokens import FACE, NOTHING
from ..film import Film
from ..framing import Margins, Shot, box
from ..texts import set_width
from .moves import further, longer, machine, standing
from .shots import whole_text

TYPING, DIVE = 1.0, 2.5  # seconds for the prompt's letters; through all layers
BEGUN, ARCS_FIRST = 5, 0.3  # letters that stand there in the first picture; how much of the arcs
SWEPT, LATER = 0.45, 0.2  # seconds in which the text goes; until the camera follows them
PIECES, GONE = 16, 3  # of the dive; after which the letters are gone
FAR_OFF = 0.5  # of the way from there, on which they are written again, small and behind the arcs
ROUND_SECONDS = (0.5, 0.4, 0.32, 0.26, 0.2, 0.17, 0.15)  # between the drawn words: faster and faster
FOLLOWING = 4  # words before the last one that the caption comes with
PASS, FLASH = 0.6, 0.6  # seconds of a light through all layers; the part of them in which one layer flares up and dies
BLINK = 0.25  # seconds
BEHIND = 3.0  # metres of the camera from the last layer when it has arrived
BEFORE, LONG_BEFORE = 0.3, 50.0  # metres of the rails before layer 1, where no line runs under a caption; and behind
GLIMMER, WAITING, NOBODY = 0.3, 0.5, 1e3  # light of the vectors before the first run, and between two; no token's place
MARGINS, SAID_MARGINS = Margins(0.04, 0.04, 0.07, 0.07), Margins(0.04, 0.04, 0.16, 0.07)  # of text and machine
NARROW_SAID = Margins(0.02, 0.02, 0.078, 0.01)  # the caption there has one row
TILT = -3  # degrees: the camera stands low, so that the far layers don't reach up into the text
FORWARD, NARROW_FORWARD = 1.5, 9.0  # metres of the text before layer 1; in narrow pictures it is near, and large
AISLE_Z = 2.25  # height at which the camera flies between the columns, under the arcs
GROWS, TITLE = 0.6, 1.5  # seconds in which the machine comes alight; of the title
SHRINKS = 0.25  # seconds in which the title goes
QUESTION_MARGINS = Margins(0.05, 0.05, 0.15, 0.1)
ASKED, GUESSING, GUESSED, NEARER = 0.9, 0.7, 0.85, 0.5  # seconds: the text is there again; the guesses come; they hang
# there; the camera goes to the text


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


def _begun(cast):
    """How many letters stand there before the others are typed."""
    return min(BEGUN, _prompt(cast) // 2)


def _clicks(film, typed, begun):
    """Each letter that was just written, after so many, is heard."""
    for dials, start, line in zip(typed.dials, typed.starts, typed.lines, strict=True):
        film.hear("typed", dials["Typed"], range(max(begun - start, 0) + 1, len(line) + 1))


def _sentence(cast, margins, further=0.0):
    """Before the whole typed text, and the machine under it; so many metres further on."""
    return _under(cast, (_prompt(cast), cast.typed.letters), _lift(cast), margins, further)


def _prompt_shot(cast, pull=1.0):
    """Before the prompt, and the machine under it."""
    return _under(cast, (_prompt(cast),), _prompt_lift(cast), MARGINS, pull=pull)


def _under(cast, counts, lift, margins, further=0.0, pull=1.0):
    """Before what stands there with so many letters, and the machine's row under it."""
    boxes = [cast.typed.box(letters) + [0.0, further - _forward(cast), lift] for letters in counts]
    x = layout.token_x(cast.script.prompt_count, cast.script.prompt_count)
    feet = box((x[0] - 0.6, further, layout.COLUMN_BASE - 0.2), (x[-1] + 0.6, further, layout.COLUMN_BASE))
    return cast.picture.shot(np.concatenate([*boxes, feet]), 0, TILT, margins, pull, under_text=False)


def _question_shot(cast, pull=1.0):
    """Before the prompt and the guesses under it."""
    text = cast.typed.box(_prompt(cast)) + [0.0, -_forward(cast), _prompt_lift(cast)]
    low = text * [1.0, 1.0, 0.0] + [0.0, 0.0, _line_z(cast) + cast.guesses.low]
    return cast.picture.shot(np.concatenate([text, low]), 0, 0, QUESTION_MARGINS, pull, under_text=False)


def _line_z(cast):
    """z of the middle of the prompt's last line, with the blank, in the prologue."""
    return cast.typed.low(cast.typed.end_of(cast.script.text_count + 1)) + _prompt_lift(cast)


def _prompt_lift(cast):
    """As _lift, for the prompt and the word after it."""
    return _lift(cast, cast.typed.end_of(cast.script.text_count + 1))


def _lift(cast, letters=None):
    """How much higher the text stands here than where it is cut into tokens: its last line is over the arcs.

    letters: how many there will be; without it, all.
    """
    over = 0.5 if cast.picture.is_wide else 0.9  # sizes of letters; a narrow picture sees more of the arcs behind it
    return cast.stack.gate_height + cast.typed.size * over - cast.typed.low(letters or cast.typed.letters)


def _forward(cast):
    """Metres that the text stands before layer 1."""
    return FORWARD if cast.picture.is_wide else NARROW_FORWARD


def _gates(film, cast, part, **timing):
    """Clips that let the gates stand to a part of their height; at 0 they lie on the floor, under the text."""
    gates = film.place(cast.stack.gates, "scale", (1.0, 1.0, 1.0))
    return gates.dials[2].to(max(part, 1e-3), **timing)


def _far(cast):
    """How much further on the text stands again: as far as the camera needs it that has flown out of the machine."""
    return cast.stack.end + BEHIND - _sentence(cast, MARGINS).location[1]


def _rails(film, cast, before, beyond):
    """Clips that let the rails run from some metres before the first layer to some beyond it."""
    place = film.place(cast.stack.rails, "location", (0.0, 0.0, 0.0))
    return [place.to((0.0, -before, 0.0)), cast.stack.rail_length.to(before + beyond)]


def _lit(cast, light, **timing):
    """Clips that give light to the vectors of all layers."""
    return [trail.ambient.to(light, **timing) for trail in cast.trail]


def _blink(film, cast, times):
    """The blank goes dark and light: the open question."""
    for _ in range(times):
        film.set(cast.typed.blank(0.2, cast.script.text_count))
        film.wait(BLINK)
        film.set(cast.typed.blank(1.0, cast.script.text_count))
        film.wait(BLINK)


def _type(film, cast):
    """The text types itself over the waiting machine, which a light runs through as it reads; then there is a gap."""
    typed, stack = cast.typed, cast.stack
    prompt, begun = _prompt(cast), _begun(cast)
    film.subject(*typed.objects, running_out=[cast.trail[0].object])
    film.cut(_prompt_shot(cast, 1.08))
    film.set(
        typed.visible.on(0.0),
        typed.stand(-_forward(cast), _prompt_lift(cast), prompt),
        typed.to(begun),
        typed.blank(
            0.0 if typed.line_of(max(prompt - 1, 0)) else 1.0, 0
        ),  # it runs ahead of the letters in one line only
        cast.camera.sharp(True),
        [one.on(0.0) for one in machine(cast)],
        standing(film, cast, 1.0),
        _gates(film, cast, 0.0),
        cast.beams.all_reveal.to(ARCS_FIRST),
        [(trail.spot.to(NOBODY), trail.ambient.to(GLIMMER)) for trail in cast.trail],
        _rails(film, cast, BEFORE, stack.end),
    )
    seconds = TYPING + PASS
    film.together(cast.camera.to(_prompt_shot(cast), easing="linear"), run_time=seconds)
    _run(film, cast, 1.0, GLIMMER)
    film.together(cast.beams.all_reveal.to(1.0), run_time=seconds - 0.2)
    film.play(typed.to(prompt), run_time=TYPING, easing="linear")
    _clicks(film, typed, begun)
    film.set(typed.blank(1.0, cast.script.text_count))
    _run(film, cast, 1.0, WAITING)
    _blink(film, cast, 1)
    film.wait(PASS - 2 * BLINK)


def _dive(film, cast):
    """The letters become vectors; through all layers, and out to where text and machine stand again.

    What the camera comes to is the machine once more. Behind the last layer it goes back to the beginning, and nothing
    is seen of that.
    """
    stack, typed, camera, far = cast.stack, cast.typed, cast.camera, _far(cast)
    film.subject(running_out=[trail.object for trail in cast.trail])
    film.set(
        _rails(film, cast, BEFORE, far + stack.end),
        typed.blank(0.0, cast.script.text_count),
        stack.ahead.to((0.0, far, 0.0)),
        stack.ahead_visible.on(0.0),
    )
    last = cast.script.depth(2 * stack.layers[-1])
    film.together(typed.rise(), standing(film, cast, 1.0)[:2], _lit(cast, 1.0), run_time=SWEPT)
    film.wait(LATER)
    seconds, around = DIVE * longer(cast) / PIECES, 0.0
    for piece, shot in enumerate(_through(cast), start=1):
        film.play(camera.to(further(shot, -around), easing="linear"), run_time=seconds)
        film.hear("gate", camera.location.dials[1], stack.places, of=stack.layers)
        if piece == GONE:  # of the letters
            film.set(typed.to(0, easing="step"), typed.stand(far - _forward(cast), _lift(cast), typed.letters))
            film.set(typed.blank(1.0, cast.script.text_count))
            film.together(typed.to(_prompt(cast), easing="linear"), run_time=FAR_OFF * (PIECES - piece) * seconds)
        if not around and shot.location[1] > last:
            around = far
            film.cut(further(shot, -around))
            film.set(
                typed.stand(-_forward(cast), _lift(cast), typed.letters),
                _rails(film, cast, LONG_BEFORE, stack.end),
                _gates(film, cast, 0.0),
                stack.ahead_visible.off(0.0),
            )
            film.together(_rails(film, cast, BEFORE, stack.end), run_time=(PIECES - piece) * seconds)
    film.play(_lit(cast, WAITING), run_time=0.2)


def _through(cast):
    """The way in pieces: along an aisle between the columns, under the arcs, to before the text behind them."""
    ends = (cast.camera.shot, _sentence(cast, MARGINS, _far(cast)))
    start, end = (np.array([shot.location, shot.target]) for shot in ends)
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
    """The drawn words come, one after the other, until the sentence ends; for each, light runs through the machine."""
    script, typed, rails = cast.script, cast.typed, cast.stack.rail_light
    count, rounds = script.text_count, len(script.recording.steps)
    film.subject(*typed.objects, cast.trail[0].object)  # the machine runs for each word
    film.set(typed.gold(typed.end_of(count)))  # what was given stays white
    free, rests = film.time, [ROUND_SECONDS[min(step, len(ROUND_SECONDS) - 1)] for step in range(rounds)]
    said = SAID_MARGINS if cast.picture.is_wide else NARROW_SAID
    film.together(cast.camera.to(_sentence(cast, said)), run_time=sum(rests))
    for step, seconds in enumerate(rests):
        if film.time >= free - 1e-6:
            _run(film, cast, 1.0, WAITING)
            film.together(cast.beams.all_pulse.to(1.3, origin=-0.2, easing="linear"), run_time=PASS)
            free = film.time + PASS / film.pace
        after = typed.end_of(count + step + 1)
        if step == max(rounds - FOLLOWING, 0):
            film.caption("prologue.words")
        film.set(typed.to(after, easing="step"), typed.blank(1.0, count + step + 1))
        film.hear("word", *typed.dial_at(after), of=step)
        film.wait(seconds)
    film.set(typed.blank(0.0, len(typed.ends)))
    film.settle(free - PASS / film.pace, PASS)
    _run(film, cast, 1.0, WAITING)
    film.play(cast.beams.all_pulse.to(1.3, origin=-0.2, easing="linear"), run_time=PASS)
    film.set(rails.to(0.0), cast.beams.all_pulse.to(-0.2))


def _run(film, cast, strength, rest):
    """A light runs along the rails, and each layer flares up when it comes by."""
    stack = cast.stack
    flares = []
    for place, trail in zip(stack.places, cast.trail, strict=True):
        start = (1 - FLASH) * max(place, 0.0) / stack.end
        flares.append(trail.ambient.to(strength, start=start, end=start + 0.3 * FLASH, easing="out"))
        flares.append(trail.ambient.to(rest, start=start + 0.3 * FLASH, end=start + FLASH, easing="linear"))
    film.together(stack.rail_light.to(1.0, origin=0.0, easing="linear"), flares, run_time=PASS)


def _title(film, cast):
    """The sentence goes; the camera steps aside and sees the whole machine, over the film's title."""
    captions, palette, stack, typed = film.captions, film.captions.studio.palette, cast.stack, cast.typed
    captions.clear()
    if cast.picture.is_wide:
        film.subject(stack.gates)
    else:  # the camera comes from near
        film.subject(running_out=[stack.gates])
    begin, seconds = film.time, film.move_together(_poster(cast), run_time=0.9)
    film.together(typed.rise(), run_time=SWEPT)
    film.together(standing(film, cast, 1.0)[:2], _lit(cast, 1.0), _rails(film, cast, 0.0, stack.end), run_time=GROWS)
    film.together(_reflected(cast, 0.0), run_time=0.6 * seconds)
    film.wait(0.6 * seconds)
    lines = film.own.opening(captions.language)
    top = -captions.height * (0.12 if captions.wide else 0.1)
    small = captions.card(lines[0], 0.85, palette.text, top)
    large = min(2.3, captions.width * 0.84 / set_width(lines[-1]))
    big = captions.card(lines[-1], large, palette.gold, top - 0.45 - 0.55 * large)
    captions.appear(small)
    captions.appear(big, film.time + 2 * FADE / film.pace)
    captions.push(TITLE)
    film.settle(begin, seconds)
    left = begin + (0.6 * seconds + TITLE) / film.pace - film.time
    film.set(typed.visible.off(0.0), typed.to(0, easing="step"), typed.blank(0.0, cast.script.text_count))
    film.set(typed.gold(typed.letters + 1))
    film.together(cast.camera.to(_poster(cast, 1.0), easing="linear"), run_time=left * film.pace)
    film.together(stack.rail_light.to(1.0, origin=0.0, easing="linear"), run_time=left * film.pace)
    film.wait(left * film.pace)
    film.set(stack.rail_light.to(0.0))
    film.together(_shrunk(film, [*small, *big]), run_time=SHRINKS)
    captions.level()


def _reflected(cast: Cast, part: float) -> list:
    """Clips that show a part of the columns in the floor."""
    return [dial.to(part) for trail in cast.trail for dial in trail.reflected]


def _shrunk(film: Film, shown: list) -> list:
    """Clips that let texts of a card shrink away to their middle: gold that fades is brown."""
    clips = []
    for text, visible, _ in shown:
        x, y, z = text.location
        clips += film.place(text, "scale", tuple(text.scale)).to((NOTHING,) * 3, easing="in")
        clips += [film.place(text, "location", (x, y, z)).to((0.0, y, z), easing="in"), visible.off(1.0)]
    return clips


def _poster(cast, way=0.0):
    """The whole machine from before it, over the title; nearer on the way."""
    x, stack = cast.script.text_x, cast.stack
    near = box((max(x[0], x[-1] - 14.0) - 0.7, -2.3, 0.3), (x[-1] + 0.7, 3.0, 0.98 * stack.gate_height))
    margins = Margins(0.08, 0.0, 0.41, 0.03) if cast.picture.is_wide else Margins(0.04, 0.0, 0.26, 0.08)
    return cast.picture.shot(near, -10 + 4 * way, 6 - 1.5 * way, margins, 1.03 - 0.06 * way, under_text=False)


def _question(film, cast):
    """The text as it was given, and the gap; under it hang the likeliest words, and none has won: the open question."""
    typed, stack, guesses, prompt = cast.typed, cast.stack, cast.guesses, _prompt(cast)
    film.subject(*typed.objects, *guesses.objects)
    film.caption("prologue.question")
    film.set(
        typed.visible.on(0.0),
        typed.stand(-_forward(cast), _prompt_lift(cast), prompt),
        guesses.place.to((0.0, -_forward(cast), _line_z(cast))),
    )
    begin, seconds = film.time, film.move_together(_question_shot(cast), run_time=ASKED)
    # All of it, lines on the floor first: none runs under the words.
    film.together(_rails(film, cast, 0.0, 0.0), run_time=0.4 * ASKED)
    film.together(standing(film, cast, 0.0, end=0.8), stack.gates_visible.off(0.8), run_time=ASKED)
    film.play(typed.to(prompt, origin=0.0, start=0.6, easing="linear"), run_time=ASKED)
    film.set(typed.blank(1.0, cast.script.text_count))
    film.play(guesses.come(), run_time=GUESSING)
    film.wait(GUESSED)
    film.settle(begin, seconds)
    near = whole_text(cast, -_forward(cast), _prompt_lift(cast))
    begin, seconds = film.time, film.move_together(near, run_time=NEARER)
    film.together(typed.blank(0.0, cast.script.text_count), run_time=0.8 * NEARER)
    film.together(standing(film, cast, 0.0), run_time=0.8 * NEARER)
    film.play(guesses.go(), run_time=0.4 * NEARER)
    film.wait(0.6 * NEARER)
    film.settle(begin, seconds)
    film.set(
        [one.off(0.0) for one in machine(cast)],
        standing(film, cast, 1.0),
        [(trail.spot.to(-1.0), trail.ambient.to(1.0)) for trail in cast.trail],
        stack.rail_light.to(0.0),
        _reflected(cast, 1.0),
        _rails(film, cast, 0.0, 0.0),
        typed.stand(FACE, 0.0, prompt),
        cast.camera.sharp(False),
    )
    film.cut(further(cast.camera.shot, _forward(cast) + FACE, -_prompt_lift(cast)))
