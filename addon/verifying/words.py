"""What is written: words of tokens, ids, percentages, cosines; and the dots of meaning space."""

import numpy as np

from ...inference.sampling import probabilities
from ...inference.spelling import decoded
from ..film import layout, matrices
from ..film.cast.head_grid import head_name
from ..film.cast.pair import sign
from ..film.cast.sampling import chances
from ..film.cast.space import BEFORE_DOTS, CHART, neighbour_text
from ..film.cast.typed import shown_text
from ..film.lines import one_line
from ..film.texts import numbers_of, plain, word
from .reading import Elements

UNDER = ("id",)  # labels that stand under their token
COUNTED = ("place", "query", "key", "first", "step", "head")  # from 1 where people read it


def text(actor, evidence, report, picture):
    """A label says what the evidence says."""
    mark = {key: value for key, value in actor.mark.items() if key not in ("shows", "says")}
    which = ", ".join(f"{key} {value + 1 if key in COUNTED else value}" for key, value in mark.items())
    name = f"{actor.mark['says']} ({which})"
    wanted = TEXTS[actor.mark["says"]](evidence, **mark)
    report.agree("texts", lambda i: name, [plain(actor.dial("Text"))], [plain(wanted)])
    if actor.mark["says"] in UNDER:
        x = actor.world[:1, 3] / layout.TOKEN_PITCH + (evidence.prompt_count - 1) / 2 + evidence.earlier
        report.compare("texts, place", lambda i: f"{name}, place", x + 1, [mark["place"] + 1], tolerance=1e-3)


def _neighbour(evidence, token):
    near = np.flatnonzero(evidence.near_tokens == token)
    if not len(near):
        return f"no neighbour {token}"
    return neighbour_text(evidence.label(token), evidence.near_cosines[near[0]])


def _typed(evidence, first, count):
    whole = decoded(bytes.fromhex("".join(evidence.pieces)))
    return shown_text(whole)[first : first + count]


def _context_word(evidence, side, place):
    tokens = (evidence.word_first, evidence.word_other)[side]
    if place < 0:
        return evidence.label(tokens[evidence.word_positions[side]])
    return evidence.word(tokens[place])


def _joined(evidence, first, count):
    """The word that neighbouring tokens make."""
    pieces = evidence.pieces[first : first + count]
    return one_line(decoded(bytes.fromhex("".join(pieces))))


def _chances(evidence, step, language):
    share = probabilities(evidence.logits[step], evidence.sampling)[evidence.draw_tokens[step]]
    return chances(float(share), language)


def _size(evidence, matrix, turned, language):
    shape = matrices.size(matrix, evidence.model)
    return matrices.size_text(shape[::-1] if turned else shape, numbers_of(language).thousands)


def _place(evidence, place, language):
    return word("place", language, number=place + 1)


def _head(evidence, head, short, language):
    most = evidence.pattern[evidence.focus_layer, head, evidence.focus_query].argmax()
    return head_name(language, head, evidence.word(evidence.tokens[most]), short)


# What a label says -> the words, from the evidence and the rest of its mark.
TEXTS = {
    "typed": _typed,
    "token": lambda evidence, place: evidence.label(evidence.tokens[place]),
    "id": lambda evidence, place: str(evidence.tokens[place]),
    "word": lambda evidence, token: evidence.label(token),
    "neighbour": _neighbour,
    "context word": _context_word,
    "next word": lambda evidence, side: evidence.word(evidence.word_next_tokens[side, 0]),
    "next share": lambda evidence, side: f"{100 * evidence.word_next_probabilities[side, 0]:.0f}%",
    "joined": _joined,
    "chances": _chances,
    "place": _place,
    "compared": lambda evidence, slot, one, other: sign(evidence.stream[slot], one, other),
    "layer": lambda evidence, layer, language: word("layer", language, number=layer + 1),
    "head": _head,
    "size": _size,
}


def cloud(actor, evidence, report, picture):
    """A dot's place -> a token's row along the three principal axes."""
    elements = Elements(actor.shape, "token")
    token = elements["token"]
    report.present("dots", lambda one: f"dot of token {one}", set(token.tolist()), set(range(len(evidence.cloud))))
    places = layout.MeaningPlaces.of(evidence.cloud, evidence.focus_word)
    found = places.cloud(elements.middle(actor.shape["position"]))
    span = np.ptp(evidence.cloud, axis=0).max()
    report.compare("dots", lambda i: f"dot of token {token[i]}", found, evidence.cloud[token], span)


def dots(actor, evidence, report, picture):
    """Labelled dots stand in the cloud where their tokens do."""
    elements = Elements(actor.outline, "token")
    token = elements["token"]
    report.present(
        "labelled dots",
        lambda one: f"labelled dot of {evidence.label(one)}",
        set(token.tolist()),
        set(actor.mark["tokens"]),
    )
    places = layout.MeaningPlaces.of(evidence.cloud, evidence.focus_word)
    found = places.cloud(elements.middle(actor.outline["position"]) + [0.0, BEFORE_DOTS, 0.0])
    span = np.ptp(evidence.cloud, axis=0).max()
    report.compare(
        "labelled dots",
        lambda i: f"labelled dot of {evidence.label(token[i])}",
        found,
        evidence.cloud[token],
        span,
    )


def near_dots(actor, evidence, report, picture):
    """The neighbours stand as far from their word as one minus the cosine says."""
    elements = Elements(actor.outline, "token")
    token, place = elements["token"], elements.middle(actor.outline["position"])
    wanted = [evidence.focus_word, *evidence.near_tokens.tolist()]
    report.present("neighbours", lambda one: f"dot of {evidence.label(one)}", set(token.tolist()), set(wanted))
    at = {int(one): here for one, here in zip(token, place, strict=True)}
    if not set(wanted) <= set(at):
        return
    far = [np.linalg.norm(at[one] - at[wanted[0]]) for one in wanted[1:]]
    cosines = evidence.near_cosines
    found = 1 - np.array(far) / CHART * (1 - float(cosines.min()))
    report.compare("neighbours", lambda i: f"cosine of {evidence.label(wanted[1 + i])}", found, cosines, tolerance=1e-4)
