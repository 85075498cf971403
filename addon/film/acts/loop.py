"""The word joins the text, and the machine runs again, faster and faster; what the likeliest words would have been."""

from .. import layout
from ..cast import LOOP_SCALE
from ..cast.brackets import WordBracket, joined_words
from ..cast.growing import Growing
from ..cast.tokens import LABEL_SIZE
from ..texts import word
from . import unembedding_shots as shots
from .ending import ending
from .unembedding import drawn_by_chance

FRAME = 1 / 24  # seconds
ROUND_SECONDS = (3.4, 1.3, 0.9, 0.7, 0.5, 0.4, 0.3, 0.25, 0.2)  # faster and faster; at least as long as eyes need
BARS_GO = 0.72  # of the first round has gone when its bars set out for the next one's place
FLIES = 0.70  # of a round has gone when the word leaves its bar


def loop(film, cast):
    script = cast.script
    rounds = len(script.recording.steps)
    with film.act("loop"):
        text = _growing(film, cast)
        brackets = {
            step: WordBracket(film.captions.studio, *places, cast.board.y)
            for step, places in joined_words(script).items()
        }
        film.beat("append")
        film.subject(cast.columns.object)
        film.caption("loop.append" if rounds > 1 else "loop.only")
        _append(film, cast, text)
        for step in range(1, rounds):
            if step == 1:
                film.beat("again")
                film.subject(cast.columns.object, cast.bars.object)
                film.caption("loop.again")
            _round(film, cast, text, brackets, step)
        film.set(cast.bars.visible.off(0.0), cast.bars.words_visible.off(0.0))
        film.wait(0.5)
        if script.recording.greedy.tolist() != drawn(script)[: len(script.recording.greedy)]:
            _dull(film, cast, text)
        film.set(text.visible.off(0.0))
        ending(film, cast)


def drawn(script):
    """All drawn tokens."""
    return [step.draw.token for step in script.recording.steps]


def _growing(film, cast):
    tokens = [*cast.script.trace.tokens, *drawn(cast.script)]
    return Growing(film.captions.studio, film.captions.frame, "Growing text", tokens, "drawn")


def _append(film, cast, text):
    """The gold word rises out of the strip, and flies to the end of the row, which has come back."""
    token, draw, columns = cast.tokens.drawn[0], cast.draw, cast.columns
    row = [
        columns.size.to(1.0, start=0.2),
        columns.solo.to(0.0, start=0.2, end=0.8, easing="linear"),
        columns.scale.to(layout.SCALE_ATTENTION, end=0.15),
        [
            one.rise(
                start=0.15 + i / cast.script.prompt_count / 3, end=0.5 + i / cast.script.prompt_count / 3, easing="out"
            )
            for i, one in enumerate(cast.tokens.prompt)
        ],
    ]
    film.set([one.visible.on(0.0) for one in cast.tokens.prompt])
    if drawn_by_chance(cast):
        film.play(
            draw.light.to(0.0),
            draw.chances_scale.to((0.001,) * 3),
            draw.word_place.to(_above(draw.word_place, -0.2), start=0.6),
            run_time=0.3,
        )
        seat = (token.x, cast.board.y + token.rest[1], token.rest[2])
        size = 1.25 * LABEL_SIZE * token.text_scale / draw.size
        film.together(draw.height.to((1.0, 1.0, 0.001)), run_time=0.4, easing="in")
        film.move(
            shots.row(cast),
            row,
            _arc(draw.word_place, seat, 0.1, start=0.1, stop=0.95),
            draw.word_scale.to((size,) * 3, start=0.1, end=0.95),
            run_time=1.6,
        )
        film.set(draw.visible.off(0.0), draw.chances_visible.off(0.0))
        film.set(token.visible.on(0.0), draw.word_visible.off(0.0), token.focus.to(1.0))
    else:
        film.set(token.visible.on(0.0))
        film.together(cast.bars.turn(0.0, "Rise"), run_time=0.5)
        film.move(shots.row(cast), row, token.arrive(_bar_place(cast, 0), 0.8), run_time=1.5)
        film.set(token.focus.to(1.0))
    _land(film, cast, text, 0, 0.35)
    film.wait(0.8)


def _above(place, by):
    x, y, z = (dial.value for dial in place.dials)
    return x, y, z + by


def _arc(place, end, rise, origin=None, start=0.0, stop=1.0):
    """Clips that throw something to a place: ever onwards, up and down again."""
    x, y, z = place.dials
    origin = origin or [dial.value for dial in place.dials]
    top, middle = max(origin[2], end[2]) + rise, (start + stop) / 2
    return [
        x.to(end[0], origin=origin[0], start=start, end=stop),
        y.to(end[1], origin=origin[1], start=start, end=stop),
        z.to(top, origin=origin[2], start=start, end=middle, easing="out"),
        z.to(end[2], start=middle, end=stop, easing="in"),
    ]


def _land(film, cast, text, step, seconds):
    """A cube closes around the word, a bit too large at first; the text has it, too."""
    token = cast.tokens.drawn[step]
    film.set(text.visible.on(0.0), text.upto(cast.script.text_count + step + 1))
    film.hear("word", text.letters, text.letters.value, of=step)
    film.play(token.cube_scale.to((1.12, 1.12, 1.12)), run_time=0.6 * seconds, easing="out")
    film.play(token.cube_scale.to((1, 1, 1)), run_time=0.4 * seconds)


def _bar_place(cast, step, on=0.0):
    """Where the drawn word stands before its bar, from the seat that it will take; on: metres that the bars went."""
    bars, seat = cast.bars, cast.tokens.drawn[step].x
    x, y, z = (cast.board.left, cast.board.y, cast.board.low) if step == 0 else _bars_at(cast, step)
    size = 1.0 if step == 0 else LOOP_SCALE
    row = layout.bar_z(bars.row(step, cast.chosen(step)))
    return x + on + (layout.BAR_FOOT - 0.7) * size - seat, y - cast.board.y - 0.3, z + row * size


def _bars_at(cast, step):
    """The bars' place beside the seat that the step's word will take."""
    across, up = shots.bars_offset(cast)
    x = layout.token_x(cast.script.prompt_count + step + 1, cast.script.prompt_count)[-1]
    return x + across, cast.board.y, up


def _round(film, cast, text, brackets, step):
    """A real run: the new column is written, the stream plays through all layers, the next word is drawn."""
    columns, bars, script = cast.columns, cast.bars, cast.script
    last, token = step + 1 == len(script.recording.steps), cast.tokens.drawn[step]
    before, after = _bars_at(cast, step), _bars_at(cast, step + (not last))
    shot = shots.row_end(cast, step + (not last))
    seconds = max(ROUND_SECONDS[min(step - 1, len(ROUND_SECONDS) - 1)], film.camera.seconds(shot))
    first, slots = step == 1, 2 * script.model.n_layer + 1
    logits = script.recording.steps[step].trace.logits
    film.set(
        columns.settled.to(0 if first else script.prompt_count + step - 1),
        columns.slot.to(1.0) if not first else None,
        bars.turn(step, "Step"),
        bars.turn(-1, "Chosen"),
        bars.turn(0.0, "Rise", "Glow"),
        bars.fly.to(1.0),
        bars.lay.to(0.0),
        bars.words_light.to(1.0),
        bars.temperature.to(cast.temperature),
        bars.scale.to((LOOP_SCALE,) * 3),
        bars.length.to(bars.longest(logits, cast.temperature, shots.loop_longest(cast))),
        bars.visible.on(0.0),
        bars.words_visible.on(0.0),
    )
    goes = BARS_GO if first else 0.0
    film.set(bars.place.to(before))
    if first:
        film.together(cast.camera.to(shots.row_end(cast, 1), end=0.4), run_time=seconds)
    film.together(
        bars.place.to(after, start=goes),
        cast.camera.to(shot, start=goes, easing="linear"),
        run_time=seconds,
        easing="linear",
    )
    film.together(cast.tokens.drawn[step - 1].focus.to(0.0), run_time=0.5 * seconds)
    reveal = columns.reveal.to(script.prompt_count + step)
    if first:  # everything again, from the first layer
        film.play(columns.slot.to(1.0), reveal, run_time=0.16 * seconds)
    else:
        film.play(reveal, run_time=0.16 * seconds)
    film.play(
        columns.slot.to(slots, easing="linear", end=0.85), bars.turn(1.0, "Rise", start=0.35), run_time=0.44 * seconds
    )
    film.set(bars.turn(cast.chosen(step), "Chosen"))
    film.play(bars.turn(1.0, "Glow"), run_time=0.10 * seconds)
    film.set(token.visible.on(0.0), token.focus.to(1.0))
    origin = _bar_place(cast, step, max(FLIES - goes, 0.0) / (1 - goes) * (after[0] - before[0]))
    film.play(
        _arc(token.place, token.rest, 0.5, origin),
        token.scale.to((token.text_scale,) * 3, origin=(0.9,) * 3),
        run_time=0.18 * seconds,
    )
    film.together(bars.turn(0.0, "Rise"), run_time=0.12 * seconds)
    _land(film, cast, text, step, 0.12 * seconds)
    if step in brackets:
        film.set(brackets[step].visible.on(0.0))
        film.together(brackets[step].size.to((1, 1, 1)), run_time=0.25, easing="out")


def _dull(film, cast, text):
    """What always taking the likeliest word gives, beside the drawn text. Both are real runs."""
    script, captions = cast.script, film.captions
    prompt, greedy = script.trace.tokens.tolist(), script.recording.greedy.tolist()
    other = Growing(captions.studio, captions.frame, "Likeliest text", [*prompt, *greedy], "greedy")
    film.beat("dull")
    film.subject(text.object, other.object)
    film.caption("loop.dull")
    line, heading = 1.3 * text.size, 0.42
    tops = [text.top - 0.5, text.top - 0.5 - line * text.rows - 0.85]
    film.move(shots.poster(cast), text.place.to((0.0, tops[0], 0.0)), run_time=1.4)
    sampling, palette = script.recording.sampling, captions.studio.palette
    headings = []
    for top, temperature in zip(tops, (sampling.temperature, 0), strict=True) if captions.languages else ():
        text = word("heading", captions.language, temperature=temperature)
        headings += captions.card(text, heading, palette.text_dim, top + 0.42)
    captions.appear(headings)
    film.set(other.place.to((0.0, tops[1], 0.0)), other.visible.on(0.0), other.upto(len(prompt)))
    for count in range(len(prompt) + 1, len(prompt) + len(greedy) + 1):
        film.set(other.upto(count))
        film.hear("greedy", other.letters, other.letters.value, of=count - len(prompt) - 1)
        film.wait(min(0.16, 2.0 / len(greedy)))
    film.wait(1.2)
    captions.vanish(headings)
    film.set(other.visible.off(0.0))
