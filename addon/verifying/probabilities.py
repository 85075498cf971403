"""Bars, the dial, the strip and the pointer: probabilities, the temperature, the draw."""

import numpy as np

from ...inference.sampling import draw, probabilities, softmax
from ..film import layout
from ..film.cast import COLDEST
from ..film.cast import sampling as drawn_sampling
from .reading import Elements


def bars(actor, evidence, report, picture):
    """Height -> probability at the dial's temperature, over the whole vocabulary; which bar is gold."""
    step = actor.mark["step"]
    temperature = np.float64(actor.dial("Temperature"))
    order = evidence.candidates(step)
    share = softmax(evidence.logits[step], temperature)
    share = np.append(share[order], max(0.0, 1 - share[order].sum()))
    tokens = np.append(order, -1)

    def name(i):
        return f"bar {i + 1} of step {step + 1} ({evidence.label(order[i]) if i < len(order) else 'all others'})"

    blocks = actor.shape
    if not len(blocks):
        return
    blocks = blocks.where(blocks["shade"] > 0)
    solid = Elements(blocks.tinted(), "place")
    if solid["place"].tolist() != list(range(len(tokens))):
        report.agree("bars", name, solid["place"].tolist(), range(len(tokens)))
        return
    report.agree("bars", name, solid.first(solid.shape["token"]).tolist(), tokens.tolist())
    report.compare("bars, probability", name, solid.first(solid.shape["probability"]), share)
    if actor.dial("Rise") > 1 - 1e-6:
        scale = layout.BarScale(actor.dial("Height"), actor.dial("Others Width"))
        every = Elements(blocks, "place")
        position = blocks["position"].astype(np.float64)
        height = every.high(position[:, 2]) - layout.BAR_BASE
        found = np.where(tokens < 0, scale.others_probability(height), scale.probability(height))
        report.compare("bars, height", name, found, share, tolerance=1e-5)
        x = solid.middle(solid.shape["position"][:, 0])[:-1] / layout.BAR_PITCH
        report.compare("bars, place", lambda i: name(i) + ", place", x + 1, np.arange(len(x)) + 1.0, tolerance=1e-3)
    glow = actor.dial("Glow")
    if glow > 1e-3:
        gold = solid.first(solid.shape["gold"]) > 0.5 * glow
        report.agree("bars, gold", name, gold.tolist(), (tokens == evidence.draw_tokens[step]).tolist())
        sampled = max(evidence.sampling.temperature, COLDEST)
        where = f"temperature of the draw at step {step + 1}"
        report.compare("temperature", lambda i: where, [temperature], [sampled], drawn_sampling.DIAL_TO)


def bar_words(actor, evidence, report, picture):
    """The words under the bars."""
    step = actor.mark["step"]
    wanted = [evidence.label(token) for token in evidence.candidates(step)]
    words = [actor.dial(f"Word {place + 1}") for place in range(len(wanted))]
    report.agree("texts", lambda i: f"word {i + 1} under the bars of step {step + 1}", words, wanted)


def dial(actor, evidence, report, picture):
    """The hand's angle and the lit dots -> the temperature of the bars beside it."""
    shape = actor.shape
    shape = shape.where(shape["shade"] > 0)
    position = shape["position"].astype(np.float64)
    reach = np.hypot(position[:, 0], position[:, 2])
    hand = position[reach < drawn_sampling.DIAL_RADIUS - 0.05].mean(0)
    turn = (drawn_sampling.DIAL_START - np.arctan2(hand[2], hand[0])) % (2 * np.pi)
    low, high = drawn_sampling.DIAL_FROM, drawn_sampling.DIAL_TO
    shown = low + turn / drawn_sampling.DIAL_SWEEP * (high - low)
    for other in picture.of("bars", step=0):
        temperature = np.clip(other.dial("Temperature"), low, high)
        report.compare("temperature", lambda i: "hand of the dial", [shown], [temperature], high - low, tolerance=1e-5)
        share = np.unique(shape["share"][reach > drawn_sampling.DIAL_RADIUS - 0.05])
        lit = shape["share"][(reach > drawn_sampling.DIAL_RADIUS - 0.05) & (shape["on"] > 0.5)].max(initial=0.0)
        reached = share[share <= (temperature - low) / (high - low) + 1e-4].max(initial=0.0)
        report.compare("temperature", lambda i: "dots of the dial", [lit], [reached])
        number = [actor.dial("Temperature")]
        report.compare("temperature", lambda i: "number on the dial", number, [other.dial("Temperature")])


def strip(actor, evidence, report, picture):
    """The ends of the strip's pieces -> cumulated probabilities; the gold piece is the drawn token's."""
    step = actor.mark["step"]
    share, order, place, named = _strip(evidence, step)
    edges = np.concatenate([[0.0], np.cumsum(share[order])[:named], [1.0]])
    pieces = [(edges[i], edges[i + 1], i == place) for i in range(named + 1)]
    if place >= named:
        end = float(np.cumsum(share[order])[place])
        pieces.append((end - share[order[place]], end, True))
    pieces = [piece for piece in pieces if piece[1] > piece[0]]
    x = actor.outline["position"][:, 0].reshape(-1, 4).astype(np.float64)
    width = x.max()

    def name(i):
        return f"piece {i + 1} of the strip"

    report.agree("strip", name, [True] * len(x), [True] * len(pieces))
    x = x[: len(pieces)]
    begins = np.array([piece[0] for piece in pieces[: len(x)]])
    ends = np.array([piece[1] for piece in pieces[: len(x)]])
    gold = np.array([piece[2] for piece in pieces[: len(x)]])
    ends = np.where(gold, np.maximum(ends, begins + 0.02 / width), ends)  # it is at least 2 cm long
    drawn = np.column_stack([x.min(1), x.max(1)]) / width
    report.compare("strip", name, drawn, np.column_stack([begins, ends]))
    colour = actor.outline["Color"].reshape(-1, 4, 4)[: len(pieces), 0]
    is_gold = np.isclose(colour, evidence.palette.linear(evidence.palette.gold), atol=1e-4).all(1)
    report.agree("strip, gold", name, is_gold.tolist(), gold.tolist())


def pointer(actor, evidence, report, picture):
    """Where it has landed on the strip -> the recorded number, and the token that this number draws."""
    step = actor.mark["step"]
    for below in picture.of("strip", step=step):
        world = below.world
        corners = below.outline["position"] @ world[:3, :3].T + world[:3, 3]
        tip = actor.world[:3, 3]
        left, right = corners[:, 0].min(), corners[:, 0].max()
        if tip[2] > corners[:, 2].max() + 0.1:
            continue  # it is still falling
        landed = (tip[0] - left) / (right - left)
        report.compare("pointer", lambda i: f"pointer of step {step + 1}", [landed], evidence.draw_numbers[[step]])
        share = probabilities(evidence.logits[step], evidence.sampling)
        # Rounded by single precision it may stand on a border; the recorded number doesn't.
        token = draw(share, float(evidence.draw_numbers[step]))
        report.agree(
            "pointer", lambda i: f"token under the pointer of step {step + 1}", [token], [evidence.draw_tokens[step]]
        )


def _strip(evidence, step):
    """-> (probabilities that the draw is made with, their order, the drawn one's place in it, how many are named)."""
    share = probabilities(evidence.logits[step], evidence.sampling)
    order = np.argsort(-share, kind="stable")
    place = int(np.flatnonzero(order == evidence.draw_tokens[step])[0])
    return share, order, place, min(drawn_sampling.NAMED, len(order))
