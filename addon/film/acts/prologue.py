"""The film in ten seconds: a text, a gap, the whole machine in a flash, the words that it finds. Then the question."""

from ..framing import Margins, Shot
from ..texts import word

TYPING, DIVE = 1.3, 2.6  # seconds for the prompt's letters; through all layers
ROUND_SECONDS = (0.6, 0.42, 0.32, 0.26, 0.22, 0.18)  # between the drawn words: faster and faster, then this often
BLINK = 0.42  # seconds


def prologue(film, cast):
    script, typed = cast.script, cast.typed
    prompt = typed.end_of(script.text_count)
    with film.act("prologue"):
        film.beat("text")
        film.subject(*typed.objects)
        film.cut(_text(cast, prompt))
        film.set(typed.visible.on(0.0), cast.camera.sharp(True))
        film.wait(0.3)
        film.play(typed.to(prompt), run_time=TYPING, easing="linear")
        _clicks(film, typed)
        _blink(film, cast, 2)

        film.beat("dive")
        _dive(film, cast)

        film.beat("words")
        _words(film, cast)

        film.beat("title")
        _title(film, cast)

        film.beat("question")
        film.subject(*typed.objects)
        film.set(typed.visible.on(0.0), cast.camera.to(_text(cast, prompt)))
        film.caption("prologue.question")
        film.play(typed.to(prompt), run_time=0.8, easing="linear")
        _clicks(film, typed)
        _blink(film, cast, 1)
        film.set(cast.camera.sharp(False))


def _clicks(film, typed):
    """Each letter that was just written is heard."""
    for dials, line in zip(typed.dials, typed.lines, strict=True):
        film.hear("typed", dials["Typed"], range(1, len(line) + 1))


def _text(cast, letters):
    """So many letters of the typed text, and the blank behind them."""
    return cast.picture.shot(cast.typed.box(letters), 0, 2, Margins(0.07, 0.07, 0.2, 0.14))


def _blink(film, cast, times):
    """The blank goes dark and light: the open question."""
    for _ in range(times):
        film.set(cast.typed.blank(1.0, cast.script.text_count))
        film.wait(BLINK)
        film.set(cast.typed.blank(0.2, cast.script.text_count))
        film.wait(BLINK)
    film.set(cast.typed.blank(1.0, cast.script.text_count))


def _dive(film, cast):
    """Through the blank and past every layer, to the word at the end of the stack."""
    stack, typed, last = cast.stack, cast.typed, cast.tokens.prompt[-1].x
    end, machine = stack.end, _machine(cast)
    film.set([one.on(0.0) for one in machine], stack.rail_length.to(end), cast.opening_word.on(0.0))
    film.subject(stack.gates)
    near = Shot((last + 2.2, -4.0, 2.8), (last - 1.0, 5.0, 2.3))
    film.play(cast.camera.to(near, easing="linear"), typed.visible.off(0.7), run_time=0.9)
    far = Shot((last + 1.5, end - 6.5, 2.7), (last - 0.4, end + 1.0, 2.55))
    film.play(cast.camera.to(far, easing="linear"), run_time=DIVE)
    film.hear("gate", cast.camera.location.dials[1], stack.places, of=stack.layers)
    film.wait(0.5)
    film.set([one.off(0.0) for one in machine], cast.opening_word.off(0.0))


def _machine(cast):
    """All that is seen of all layers at once -> [Visibility]."""
    stack = cast.stack
    return [stack.rails_visible, stack.gates_visible, cast.beams.all_layers, *(trail.visible for trail in cast.trail)]


def _words(film, cast):
    """The drawn words come, one after the other, until the sentence ends."""
    script, typed = cast.script, cast.typed
    count = script.text_count
    film.subject(*typed.objects)
    film.set(typed.visible.on(0.0), cast.camera.to(_text(cast, typed.letters)))
    for step in range(len(script.recording.steps)):
        before, after = (typed.end_of(count + step + more) for more in (0, 1))
        film.set(typed.gold(before), typed.to(after, easing="step"), typed.blank(1.0, count + step + 1))
        film.hear("word", *typed.dial_at(after), of=step)
        film.wait(ROUND_SECONDS[min(step, len(ROUND_SECONDS) - 1)])
    film.set(typed.blank(0.0, len(typed.ends)))
    film.wait(0.5)
    film.set(typed.gold(typed.letters + 1))
    film.caption("prologue.words")
    film.wait(0.6)


def _title(film, cast):
    captions, palette = film.captions, film.captions.studio.palette
    captions.clear()
    film.set(cast.typed.visible.off(0.0))
    card = captions.card(word("subtitle", captions.language), 1.05, palette.text, 0.2, most=captions.width * 0.8)
    captions.appear(card)
    captions.push(1.4)
    film.wait(1.4)
    captions.vanish(card)
