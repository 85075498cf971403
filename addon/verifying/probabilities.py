"""The wall of the vocabulary, the bars, the dial, the strip with its light: scores, probabilities, the draw."""

import re

import numpy as np

from ...inference.sampling import draw, likeliest, probabilities, softmax
from ...inference.spelling import decoded
from ..film import layout
from ..film.cast import COLDEST
from ..film.cast import bars as drawn_bars
from ..film.cast import sampling as drawn_sampling
from ..film.cast.growing import BROKEN, CUT, ENDS
from ..film.lines import one_line
from ..film.palette import on_ramp
from ..film.texts import plain
from .numbers import step
from .reading import Elements


def vocabulary(actor, evidence, report, picture):
    """A dash's place -> its token; its brightness -> that token's logit; and its colour, once it has been scanned."""
    shape = actor.shape
    if not len(shape):
        return
    elements = Elements(shape, "token")
    token, logits = elements["token"], evidence.logits[0].astype(np.float64)

    def name(i):
        return f"dash of token {token[i]}"

    report.compare("wall, logit", name, elements.first(shape["logit"]), logits[token], np.ptp(logits) or 1.0)
    shown = layout.shown_logit(logits, logits.min(), logits.max())[token]
    report.compare("wall, brightness", name, elements.first(shape["shown"]), shown)
    if actor.dial("Grown") < 1 - 1e-6:
        return
    if actor.dial("Sweep") > 1 - 1e-6:
        report.present("wall", lambda one: f"dash of token {one}", set(token.tolist()), set(range(len(logits))))
    position = shape["position"].astype(np.float64)
    middle = elements.middle(position[:, [0, 2]])
    grid = layout.VocabularyGrid.of(len(logits), *actor.mark["size"])
    report.compare("wall, place", name, middle, np.column_stack(grid.place(token)), max(actor.mark["size"]))
    if actor.dial("Sweep") > 1 - 1e-6 and actor.dial("Light") > 1 - 1e-6:
        colour = elements.first(shape["Color"])[:, :3]
        report.compare("wall, colour", name, colour, on_ramp(evidence.palette.score, shown), tolerance=1e-3)


def bars(actor, evidence, report, picture):
    """Length -> probability at the dial's temperature, over the whole vocabulary; which bar is gold."""
    number = int(round(actor.dial("Step")))
    temperature = np.float64(actor.dial("Temperature"))
    order = evidence.candidates(number)
    share = softmax(evidence.logits[number], temperature)
    rest = max(0.0, 1 - share[order].sum())
    share, tokens, places = share[order], order, list(range(len(order)))
    if number == 0:
        share, tokens, places = np.append(share, rest), np.append(order, -1), [*places, drawn_bars.OTHERS]

    def name(i):
        return f"bar {i + 1} of step {number + 1} ({evidence.label(order[i]) if i < len(order) else 'all others'})"

    blocks = actor.shape
    blocks = blocks.where(blocks["shade"] > 0) if len(blocks) else blocks
    if not len(blocks) or actor.dial("Rise") < 1e-4:
        return
    solid = Elements(blocks.tinted(), "place")
    if solid["place"].tolist() != places:
        report.agree("bars", name, solid["place"].tolist(), places)
        return
    report.agree("bars", name, solid.first(solid.shape["token"]).tolist(), tokens.tolist())
    report.compare("bars, probability", name, solid.first(solid.shape["probability"]), share)
    every = Elements(blocks, "place")
    position = blocks["position"].astype(np.float64)
    low, high = every.low(position[:, 0]), every.high(position[:, 0])
    ends = {"low": low, "high": high, "place": every["place"]}
    if actor.dial("Rise") > 1 - 1e-6 and actor.dial("Lay") < 1e-6 and actor.dial("Fly") > 1 - 1e-6:
        _standing(actor, report, name, ends, every.middle(position[:, 2]), share, places)
    if actor.dial("Lay") > 0.999:  # the last bar has arrived at 0.96
        _laid(actor, evidence, report, name, low, high, share)
    glow = actor.dial("Glow")
    if glow > 1e-3:
        gold = solid.first(solid.shape["gold"]) > 0.5 * glow
        report.agree("bars, gold", name, gold.tolist(), (tokens == evidence.draw_tokens[number]).tolist())
        sampled = max(evidence.sampling.temperature, COLDEST)
        where = f"temperature of the draw at step {number + 1}"
        report.compare("temperature", lambda i: where, [temperature], [sampled], drawn_sampling.DIAL_TO)


def _standing(actor, report, name, ends, z, share, places):
    """Bars that have grown: how long each is, and where it begins and stands."""
    scale, found = layout.BarScale(actor.dial("Length")), ends["high"] - ends["low"]
    # Single precision of where a bar ends.
    allowed = max(1e-5, 4 * float(np.max(step(ends["high"]))) / scale.per_unit)
    report.compare("bars, length", name, scale.probability(found), share, tolerance=allowed)
    count = len(places) - (places[-1] == drawn_bars.OTHERS)
    rows = [0 if place == drawn_bars.OTHERS else layout.bar_row(count, place) for place in ends["place"]]
    report.compare("bars, place", name, z, layout.bar_z(np.array(rows)), tolerance=1e-3)
    report.compare("bars, place", name, ends["low"], np.full(len(found), layout.BAR_FOOT), tolerance=1e-3)


def _laid(actor, evidence, report, name, low, high, share):
    """The bars as pieces of the strip: where each begins and how long it is."""
    width, x = actor.dial("Strip Width"), actor.dial("Strip X")
    chances = probabilities(evidence.logits[0], evidence.sampling)
    order = np.argsort(-chances, kind="stable")
    ends = np.cumsum(chances[order])
    at = {int(token): ends[place] - chances[token] for place, token in enumerate(order)}
    begins = [at[int(token)] for token in evidence.candidates(0)]
    begins.append(ends[min(layout.CANDIDATES, len(order)) - 1])
    report.compare("bars, on the strip", name, (low - x) / width, begins, tolerance=1e-5)
    report.compare("bars, on the strip", name, (high - low) / width, share, tolerance=1e-5)


def axis(actor, evidence, report, picture):
    """The lines of the bars' scale stand at the probabilities that are written under them."""
    shape = actor.shape
    lines = shape.where(shape["tick"] > 0) if len(shape) else shape
    if not len(lines):
        return
    elements = Elements(lines, "tick")
    percent = elements["tick"]

    def name(i):
        return f"line at {percent[i]}%"

    for bars in picture.of("bars"):
        scale = layout.BarScale(bars.dial("Length"))
        at = elements.middle(lines["position"].astype(np.float64))[:, 0] - layout.BAR_FOOT
        report.compare("bars, scale", name, scale.probability(at), percent / 100, tolerance=1e-4)


def bar_words(actor, evidence, report, picture):
    """The words before the bars, of all steps."""
    letters = actor.dial("Letters")
    places = [token for step in range(len(evidence.logits)) for token in _padded(evidence.candidates(step))]
    words = ["" if token is None else evidence.label(token) for token in places]
    drawn = actor.dial("Words")
    drawn = [drawn[i : i + letters].lstrip(" ") for i in range(0, len(drawn), letters)] if letters else []
    report.agree("texts", lambda i: f"word {i + 1} before the bars", drawn, words)


def _padded(tokens):
    """As many as there are places; what a step doesn't use has no word."""
    return [*tokens, *[None] * (drawn_bars.PLACES - len(tokens))]


def dial(actor, evidence, report, picture):
    """The hand's angle and the lit dots -> the temperature of the bars beside it, or that of the text under it."""
    shape = actor.shape
    shape = shape.where(shape["shade"] > 0)
    position = shape["position"].astype(np.float64)
    reach = np.hypot(position[:, 0], position[:, 2])
    on_ring = reach < drawn_sampling.DIAL_RADIUS + 0.05
    hand = position[~on_ring].mean(0)
    turn = (drawn_sampling.DIAL_START - np.arctan2(hand[2], hand[0])) % (2 * np.pi)
    low, high = drawn_sampling.DIAL_FROM, drawn_sampling.DIAL_TO
    shown = low + turn / drawn_sampling.DIAL_SWEEP * (high - low)
    for wanted in _temperatures(actor, evidence, picture):
        temperature = np.clip(wanted, low, high)
        report.compare("temperature", lambda i: "hand of the dial", [shown], [temperature], high - low, tolerance=1e-5)
        share = np.unique(shape["share"][on_ring])
        lit = shape["share"][on_ring & (shape["on"] > 0.5)].max(initial=0.0)
        reached = share[share <= (temperature - low) / (high - low) + 1e-4].max(initial=0.0)
        report.compare("temperature", lambda i: "dots of the dial", [lit], [reached])
        number = [actor.dial("Temperature")]
        report.compare("temperature", lambda i: "number on the dial", number, [wanted])


def _temperatures(actor, evidence, picture):
    """What a dial must show."""
    if actor.mark["of"] == "bars":
        return [other.dial("Temperature") for other in picture.of("bars")]
    # From the temperature that the text over it was drawn with, to that of the one which comes.
    shown, ends = actor.dial("Temperature"), (0.0, evidence.sampling.temperature)
    if picture.rests(actor, "Temperature"):
        return [min(ends, key=lambda end: abs(end - shown))]
    return [np.clip(shown, *ends)]


def strip(actor, evidence, report, picture):
    """The edges of the strip's pieces -> cumulated probabilities; the light -> the recorded number and its token."""
    number = actor.mark["step"]
    share, drawn = probabilities(evidence.logits[number], evidence.sampling), evidence.draw_tokens[number]
    random = float(evidence.draw_numbers[number])
    begins, ends, starts, order = layout.strip_pieces(share, drawn)
    shape = actor.shape
    pieces = Elements(shape.where(np.abs(shape["up"]) > 0.25), "piece")  # neither the light nor the number
    width, pointer, dived = actor.dial("Width"), actor.dial("Pointer"), actor.dial("Dive")
    zoom = float(actor.dial("Most")) ** dived
    report.compare(
        "strip", lambda i: "how far the strip grows", [actor.dial("Most")], [layout.dive(share[drawn])], 100.0
    )
    # What lies beyond the picture's edge ends there.
    anchor = (pointer + random) * width * (1 - dived) + width / 2 * dived
    reach = (-layout.REACH * width, (1 + layout.REACH) * width)
    wanted = np.clip(anchor + (np.stack([begins, ends], 1) - random - pointer) * width * zoom, *reach)
    x = pieces.shape["position"][:, 0].astype(np.float64)
    there = pieces["piece"]

    def name(i):
        return f"piece {there[i] + 1} of the strip"

    report.present("strip", lambda one: f"piece {one + 1}", set(there.tolist()), set(range(len(begins))))
    found = np.column_stack([pieces.low(x), pieces.high(x)])
    report.compare("strip", name, found, wanted[there], width, tolerance=2e-5)
    is_drawn = order[starts[there]] == drawn
    report.agree("strip, drawn", name, pieces.first(pieces.shape["drawn"]).astype(bool).tolist(), is_drawn.tolist())
    if actor.dial("Gold") > 1 - 1e-6:
        gold = np.isclose(
            pieces.first(pieces.shape["Color"]), evidence.palette.linear(evidence.palette.gold, 1.1), atol=1e-3
        )
        report.agree("strip, gold", name, gold[:, :3].all(1).tolist(), is_drawn.tolist())
    light = shape.where(shape["light"] > 0.5)["position"][:, 0].astype(np.float64)
    if len(light) and actor.dial("Light") > 1e-3:
        at = ((light.min() + light.max()) / 2 - anchor) / (width * zoom)
        report.compare("light on the strip", lambda i: "light on the strip", [at + pointer], [pointer], tolerance=1e-5)
    report.compare("light on the strip", lambda i: "number that it stops at", [actor.dial("Random")], [random])
    if picture.rests(actor, "Pointer") and pointer > -1e-9:
        where = "token under the light"
        report.agree("light on the strip", lambda i: where, [draw(share, random)], [drawn])
        place = np.flatnonzero((begins <= random) & (random < ends))
        report.agree("light on the strip", lambda i: where, order[starts[place]].tolist(), [drawn])


def piece(actor, evidence, report, picture):
    """A word over the strip: that of the piece under it, before the strip grows."""
    number, rank = actor.mark["step"], actor.mark["rank"]
    share = probabilities(evidence.logits[number], evidence.sampling)
    begins, ends, starts, order = layout.strip_pieces(share, evidence.draw_tokens[number])
    name = f"word over piece {rank + 1} of the strip"
    report.agree("texts", lambda i: name, [plain(actor.dial("Text"))], [plain(evidence.word(order[starts[rank]]))])
    report.agree("strip, words", lambda i: f"{name}: the strip is there", [len(picture.of("strip", step=number))], [1])
    for below in picture.of("strip", step=number):
        width = below.dial("Width")
        found = (actor.world[0, 3] - below.world[0, 3]) / np.linalg.norm(below.world[:3, 0])
        wanted = (begins[rank] + ends[rank]) / 2 * width
        report.compare("strip, words", lambda i: f"{name}: its place", [found], [wanted], width, tolerance=1e-4)
        before = below.dial("Dive") < 0.5
        report.agree("strip, words", lambda i: f"{name}: before the dive", [before], [True])


def guess(actor, evidence, report, picture):
    """A word under the prologue's blank -> the token; the area of its letters -> its probability."""
    share = softmax(evidence.logits[0])
    tokens, place = likeliest(share, layout.GUESSES), actor.mark["place"]
    size = np.array([one.dial("Size") * np.linalg.norm(one.world[:3, 0]) for one in (actor, *_first(picture))])
    name = f"guess {place + 1}"
    report.agree("texts", lambda i: name, [plain(actor.dial("Text"))], [plain(evidence.word(tokens[place]))])
    found = (size[0] / size[-1]) ** 2 * share[tokens[0]]
    report.compare("guesses, size", lambda i: f"{name}, size", [found], [share[tokens[place]]], tolerance=1e-5)


def _first(picture):
    """The largest of the guesses."""
    return picture.of("guess", place=0)


def growing(actor, evidence, report, picture):
    """A text at the top of the picture: as much of it as there are letters."""
    prompt, drawn = evidence.pieces[: evidence.text_count], evidence.pieces[evidence.text_count :]
    pieces = prompt + {"prompt": [], "drawn": drawn, "greedy": evidence.greedy_pieces}[actor.mark["text"]]
    beginnings = [_plain(pieces[:count]) for count in range(len(pieces) + 1)]
    lines, count = actor.dial("Text"), int(actor.dial("Letters") + 0.001)
    whole = "".join(beginnings[-1].split())
    broken = actor.mark["text"] == "greedy" and not beginnings[-1].endswith(ENDS)
    shown = "".join(lines.removeprefix(CUT).split())
    if broken:
        report.agree("texts", lambda i: "that the likeliest text goes on", [shown[-1:]], [BROKEN])
        shown = shown.removesuffix(BROKEN)
    which = f"the {'likeliest' if actor.mark['text'] == 'greedy' else actor.mark['text']} text"
    report.agree("texts", lambda i: which, [shown], [whole[len(whole) - len(shown) :]])
    given = "".join(beginnings[evidence.text_count].split())
    opening = "".join(lines[: actor.dial("Opening")].removeprefix(CUT).split())
    of_prompt = shown[: max(len(shown) - (len(whole) - len(given)), 0)]
    report.agree("texts", lambda i: f"how much of {which} is the prompt", [opening], [of_prompt])
    so_far = "".join(lines[:count].removeprefix(CUT).split())
    so_far = so_far.removesuffix(BROKEN) if broken and count == len(lines) else so_far
    allowed = ["".join(one.split()) for one in beginnings]
    fits = not so_far or any(one.endswith(so_far) or _complete(one).endswith(so_far) for one in allowed)
    report.agree("texts", lambda i: f"how far {which} is written", [fits], [True])


def _plain(pieces):
    return one_line(decoded(bytes.fromhex("".join(pieces))))


def _complete(text):
    """A text without the bytes at its end, which may be the beginning of a character."""
    return re.sub("(<[0-9A-F]{2}>)+$", "", text)
