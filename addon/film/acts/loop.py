"""The word joins the text, and the machine runs again, faster and faster; what the likeliest words would have been."""

from collections.abc import Iterator

from ....inference.sampling import softmax
from .. import layout
from ..cast import Cast
from ..cast.brackets import WordBracket, joined_words
from ..film import Film
from ..framing import Shot
from . import loop_shots as shots
from .dull import dull
from .ending import ending
from .moves import machine, standing
from .unembedding import drawn_by_chance

CLOSE_SECONDS = (1.4, 0.8)  # of the rounds that are seen close, with their bars
FAST_SECONDS = (0.5, 0.44, 0.38, 0.33, 0.29, 0.25, 0.22, 0.2)  # of the others: faster and faster
DIM, LIT = 1.0, 2.6  # light of the machine behind the row: at rest, and where a run passes
ROW_LIGHT = 1.7  # of the row's columns: they are small there
NOBODY = 999  # a spot that no token has: all columns are dim
BLUE_AGAIN = 0.2  # seconds in which a cube is no longer gold: quickly, for gold that fades is brown
BEFORE_ROW = 1.0  # metres that the strip's golden piece is before the row, when that has come back
ASIDE = -0.4  # metres before its seat at which that piece is: the row's last cube is seen beside it
CHANCE_READ = 0.5  # seconds in which the chance of a word is read
LEFT_BEHIND = 2  # rounds after which the bracket of a word goes
FALLS = 0.8  # metres that a cube of a fast round falls
BORN = 0.3  # Rise at which a bar appears, and goes: its word can be read, and the bar is seen


def loop(film: Film, cast: Cast) -> Iterator[str]:
    """In steps, for it makes texts of its own."""
    script = cast.script
    rounds = len(script.recording.steps)
    with film.act("loop"):
        text = film.captions.growing
        brackets = {
            step: WordBracket(film.captions.studio, *places, shots.FRONT, shots.top(cast))
            for step, places in joined_words(script).items()
            if cast.picture.is_wide  # a narrow picture is not as wide as a word of several cubes
        }
        film.beat("append")
        film.subject(text.object, cast.tokens.drawn[0].cube, running_out=[cast.columns.object])
        _append(film, cast, text)
        if rounds > 1:
            film.beat("again")
            film.subject(text.object, running_out=[cast.columns.object, cast.bars.object])
            film.caption("loop.again")
            _again(film, cast, text, brackets)
        yield "loop"
        film.set(
            cast.columns.settled.to(script.count),
            [one.visible.off(0.0) for one in brackets.values()],
        )
        if script.recording.greedy.tolist() != script.drawn[: len(script.recording.greedy)]:
            dull(film, cast, text)
        ending(film, cast, text)


def _append(film, cast, text):
    """The golden piece of the strip becomes the cube of its word, before the row that has come back, and takes its seat
    at the row's end."""
    token, draw, columns, bars = cast.tokens.drawn[0], cast.draw, cast.columns, cast.bars
    count = cast.script.prompt_count
    film.set(text.upto(cast.script.text_count))
    chance = drawn_by_chance(cast)
    _before_the_machine(film, cast, token.x - ASIDE - draw.door[0][0] if chance else 0.0)
    film.set(columns.solo.to(0.0), columns.scale.to(shots.SCALE), columns.size.to(0.0))
    film.set(columns.spot.to(NOBODY), columns.ambient.to(ROW_LIGHT))
    film.together(
        columns.size.to(1.0, start=0.5),
        [
            one.rise(start=0.6 * i / count, end=0.4 + 0.6 * i / count, easing="out")
            for i, one in enumerate(cast.tokens.prompt)
        ],
        run_time=0.9,
    )
    if chance:
        (_, _, z), _ = draw.door
        film.set(
            token.seat.to((token.x - ASIDE, token.seat.dials[1].value - BEFORE_ROW, z - token.rest[2])),
            draw.chances_visible.off(0.0),
        )
        film.together(
            draw.height.to((1.0, 1.0, 0.001), easing="in", end=0.4),
            token.cube_scale.to((1.5, 1.5, 1.5)),
            token.scale.to((1.5 * token.text_scale,) * 3),
            token.place.dials[1].to(token.rest[1] * 1.5),
            token.light.to(1.0),
            run_time=0.45,
        )
        film.wait(0.45)
        film.set(draw.visible.off(0.0))
        film.caption("loop.append")  # not before the row has left the caption's place in a narrow picture
        film.move(
            shots.row(cast),
            # In a narrow picture it comes from above, and goes ahead of the camera.
            _arc(token.seat, (token.x, 0.0, 0.0), *((0.15, 0.2, 0.95) if cast.picture.is_wide else (0.0, 0.0, 0.7))),
            token.cube_scale.to((1.0, 1.0, 1.0), start=0.25, end=0.95),
            token.scale.to((token.text_scale,) * 3, start=0.25, end=0.95),
            token.place.dials[1].to(token.rest[1], start=0.25, end=0.95),
            _sentence(film, text),
            run_time=1.3,
        )
    else:
        film.caption("loop.append")
        film.set(token.visible.on(0.0))
        film.together(bars.turn(0.0, "Rise"), bars.words_visible.off(), run_time=0.5)
        film.move(shots.row(cast), token.arrive(_bar_place(cast), 0.8), _sentence(film, text), run_time=1.5)
        film.set(token.focus.to(1.0))
    film.set(bars.visible.off(0.0), bars.words_visible.off(0.0))
    _land(film, cast, text, 0, 0.35)


def _sentence(film, text):
    """Clips that let the text come, when nothing is behind it any more; in a narrow film, where the prompt stood."""
    if film.captions.has_prompt:
        return [text.visible.on(0.7), film.captions.prompt.visible.off(0.7)]
    return [text.visible.on(0.7), text.light.to(1.0, origin=0.0, start=0.7, end=0.9, easing="linear")]


def _before_the_machine(film, cast, aside):
    """All that is left stands before the first layer at once, so many metres aside, and the camera with it: nothing
    moves in the picture. Then the machine stands up behind it, without the arcs of the prompt."""
    stack, camera, board, near = cast.stack, cast.camera.shot, cast.board, shots.FRONT - (BEFORE_ROW if aside else 0.0)
    place, by = (0.0, shots.FRONT, 0.0), near - board.y
    film.cut(Shot(*((x + aside, y + by, z) for x, y, z in (camera.location, camera.target))))
    film.set(
        cast.tokens.row.to(place),
        cast.ground.to(place),
        cast.columns.depth.to(shots.FRONT),
        cast.bars.place.dials[1].to(cast.bars.place.dials[1].value + by),
        cast.draw.place.to((board.strip_x + aside, near, board.strip_z)),
        [(one.visible.on(0.0), one.focus.to(0.0)) for one in cast.tokens.prompt],
        [one.on(0.0) for one in machine(cast)],
        cast.beams.all_layers.off(0.0),
        cast.camera.sharp(True),
        stack.rail_length.to(0.0),
        standing(film, cast, 0.0),
        [(trail.ambient.to(DIM), trail.spot.to(NOBODY)) for trail in cast.trail],
    )
    film.together(standing(film, cast, 1.0, gates=shots.GATES), stack.rail_length.to(stack.end), run_time=1.4)


def _arc(place, end, rise, start=0.0, stop=1.0):
    """Clips that throw something to a place: ever onwards, up and down again."""
    x, y, z = place.dials
    origin = [dial.value for dial in place.dials]
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
    film.play(token.cube_scale.to((1.12, 1.0, 1.12)), run_time=0.6 * seconds, easing="out")
    film.play(token.cube_scale.to((1, 1, 1)), run_time=0.4 * seconds)


def _bar_place(cast):
    """Where the first drawn word stands before its bar, from the seat that it will take."""
    bars, board = cast.bars, cast.board
    z = board.low + layout.bar_z(bars.row(0, cast.chosen(0)))
    return board.left + layout.BAR_FOOT - 0.7 - cast.tokens.drawn[0].x, -0.3, z


def _again(film, cast, text, brackets):
    """A few rounds close, each with its bars; the others ever faster, while the camera draws back."""
    rounds = len(cast.script.recording.steps)
    close = min(len(CLOSE_SECONDS) + 1, rounds)
    for step in range(1, close):
        _close_round(film, cast, text, step, CLOSE_SECONDS[step - 1])
        _join(film, brackets, step)
    begin, seconds = film.time, [FAST_SECONDS[min(i, len(FAST_SECONDS) - 1)] for i in range(rounds - close)]
    film.subject(text.object, running_out=[cast.columns.object])
    least = 0.95 * film.camera.seconds(shots.late(cast, rounds - 1))
    slower = max(1.0, least / sum(seconds)) if seconds else 1.0  # the camera keeps up
    for step, one in zip(range(close, rounds), seconds, strict=True):
        shot = shots.late(cast, step, (step + 1 - close) / len(seconds))
        film.together(film.camera.to(shot, easing="linear"), run_time=one * slower)
        _fast_round(film, cast, text, step, one * slower)
        _join(film, brackets, step)
    film.settle(begin, slower * sum(seconds))
    film.wait(0.3)


def _join(film, brackets, step):
    """A bracket over the pieces of a word, if this one ends it; one that comes near the picture's edge goes."""
    if step - LEFT_BEHIND in brackets:
        film.together(brackets[step - LEFT_BEHIND].size.to((0.001, 1, 0.001)), run_time=0.2)
    if step in brackets:
        film.set(brackets[step].visible.on(0.0))
        film.together(brackets[step].size.to((1, 1, 1)), run_time=0.25, easing="out")


def _run(film, cast, step, seconds, drawn=0.0):
    """A real run: the new column is written, its vector goes through all layers, and a light with it.

    drawn: the part of the arcs that is there at once; where runs follow fast, arcs that grow anew would flicker.
    """
    columns, script, stack = cast.columns, cast.script, cast.stack
    run = script.prompt_count + step  # tokens that have a vector now
    settled = 0 if step == 1 else run - 1  # the first run is seen in every column
    film.set(columns.settled.to(settled), columns.slot.to(1.0), columns.reveal.to(run - 1))
    film.together(cast.tokens.drawn[step - 1].focus.to(0.0), run_time=min(seconds, BLUE_AGAIN))
    # What the newest token reads, layer after layer.
    arcs = cast.rounds
    film.set(arcs.visible.on(0.0), arcs.query.to(script.text_count + step - 1), arcs.layer.to(-1.0))
    film.together(
        arcs.reveal.to(1.0, origin=drawn, start=0.2, end=0.8, easing="out"),
        arcs.layer.to(script.model.n_layer - 1, start=0.2, easing="linear"),
        run_time=seconds,
    )
    for i, trail in enumerate(cast.trail):
        passes = 0.2 + 0.5 * i / len(cast.trail)
        film.together(
            trail.reveal.to(run, start=passes, easing="step"),
            trail.spot.to(run - 1, start=passes, easing="step"),
            trail.ambient.to(LIT, start=passes, end=passes + 0.12),
            trail.ambient.to(DIM, start=passes + 0.12, end=passes + 0.3),
            run_time=seconds,
        )
    film.together(
        stack.rail_count.to(run, easing="step"),
        stack.rail_light.to(1.0, origin=0.0, start=0.2, easing="linear"),
        run_time=seconds,
    )
    film.play(columns.reveal.to(run), run_time=0.3 * seconds)
    film.play(columns.slot.to(2 * script.model.n_layer + 1, easing="linear"), run_time=0.7 * seconds)


def _close_round(film, cast, text, step, seconds):
    """A run; then the drawn word stands beside its chance, where its cube closes around it."""
    bars, token = cast.bars, cast.tokens.drawn[step]
    shot = shots.row_end(cast, step)
    seconds = max(seconds, film.camera.seconds(shot) / 0.6)
    film.set(
        bars.place.to(shots.bars_at(cast, step)),
        bars.turn(step, "Step"),
        bars.turn(cast.chosen(step), "Chosen"),
        bars.turn(BORN, "Rise"),
        bars.turn(1.0, "Glow"),
        bars.turn(1.0, "Fly"),
        bars.lay.to(0.0),
        bars.light(1.0),
        bars.temperature.to(cast.temperature),
        bars.scale.to((shots.BARS,) * 3),
        bars.length.to(_length(cast)),
    )
    film.together(cast.camera.to(shot), run_time=0.7 * seconds)
    _run(film, cast, step, 0.45 * seconds)
    film.set(bars.visible.on(0.0), bars.words_visible.on(0.0))
    film.play(bars.turn(1.0, "Rise", easing="out"), run_time=0.2 * seconds)
    film.wait(CHANCE_READ)
    film.set(token.visible.on(0.0), token.focus.to(1.0), bars.words_visible.off(0.0))
    x, y, z = shots.bars_at(cast, step)
    half = token.width * token.text_scale / 2
    right = x + shots.BARS * (layout.BAR_FOOT - 0.12)
    before = (right - half - token.x, y - shots.FRONT - 0.1, z + shots.BARS * layout.bar_z(1))
    film.set(token.place.to(before), token.scale.to((0.9 * token.text_scale,) * 3))
    film.play(
        bars.turn(BORN, "Rise", end=0.5),  # before the word goes where the bar has been
        token.place.to(token.rest, start=0.5),
        token.scale.to((token.text_scale,) * 3, start=0.5),
        run_time=0.2 * seconds,
    )
    film.set(bars.visible.off(0.0))
    _land(film, cast, text, step, 0.1 * seconds)


def _length(cast):
    """The bars' Length at which the likeliest of all drawn words fits beside the row: one scale for all rounds."""
    steps = cast.script.recording.steps[1:]
    shares = [softmax(step.trace.logits, cast.temperature)[step.draw.token] for step in steps]
    return layout.BarScale.of(float(max(shares)), shots.longest(cast)).per_unit


def _fast_round(film, cast, text, step, seconds):
    """A run, and the word falls into the row in its cube."""
    token = cast.tokens.drawn[step]
    _run(film, cast, step, 0.45 * seconds, drawn=0.7)
    film.set(token.visible.on(0.0), token.focus.to(1.0))
    film.set(token.cube_scale.to((1, 1, 1)), token.scale.to((token.text_scale,) * 3))
    film.play(token.seat.to((token.x, 0.0, 0.0), origin=(token.x, 0.0, FALLS), easing="in"), run_time=0.3 * seconds)
    _land(film, cast, text, step, 0.25 * seconds)
