"""One number of the evidence is another: the film doesn't show it, and it is named."""

import dataclasses

import numpy as np
import pytest

from film.screening import shifted, some_slow
from transformer_cinema.addon.verify import verify


def usual(vector):
    """A component that is neither among the largest nor nearly 0: moving it doesn't move the scale."""
    magnitude = np.abs(vector)
    return int(np.flatnonzero((magnitude > 0.1 * magnitude.max()) & (magnitude < 0.4 * magnitude.max()))[3])


def component(tensor, slot, name, token=3):
    def change(evidence):
        at = slot(evidence) if callable(slot) else slot
        array = getattr(evidence, tensor)
        vector = array[token] if at is None else array[at, token]
        dim = usual(vector)
        index = (token, dim) if at is None else (at, token, dim)
        return shifted(
            evidence, tensor, index, 0.02 * np.abs(vector).max()
        ), f"{name}, token {token + 1}, component {dim}"

    return change


def weight(layer, of_focus, low, high, by, says):
    """A causal weight of the emphasised or another head, between two limits, moved; by None: to nothing."""

    def change(evidence):
        at = layer(evidence)
        for head in range(evidence.model.n_head):
            if (head == evidence.focus_heads[at]) == of_focus:
                for query, key in np.argwhere((evidence.pattern[at, head] > low) & (evidence.pattern[at, head] < high)):
                    if key <= query:
                        move = -evidence.pattern[at, head, query, key] if by is None else by
                        names = {"layer": at + 1, "head": head + 1, "query": query + 1, "key": key + 1}
                        moved = shifted(evidence, "pattern", (at, head, query, key), move)
                        return moved, says.format(**names)
        raise AssertionError("there is no such weight")

    return change


def focus(evidence):
    return evidence.focus_layer


def elsewhere(evidence):
    return (evidence.focus_layer + 2) % evidence.model.n_layer


def share(evidence):
    row = evidence.pattern[evidence.focus_layer, evidence.focus_head, evidence.focus_query]
    index = (evidence.focus_layer, evidence.focus_head, evidence.focus_query, int(row.argmax()))
    return shifted(evidence, "pattern", index, -0.02), f"share of token {row.argmax() + 1}"


def activation(layer, last=False):
    def change(evidence):
        at, token = layer(evidence), evidence.prompt_count - 1 if last else 3
        neuron = usual(np.maximum(evidence.activations[at, token], 0))
        by = 0.05 * evidence.activations[at, token].max()
        moved = shifted(evidence, "activations", (at, token, neuron), by)
        return moved, f"neuron {neuron} of layer {at + 1}"

    return change


def thread(evidence):
    layer = evidence.focus_layer
    neuron = int(np.argsort(-evidence.activations[layer, 3])[4])
    by = 0.01 * evidence.activations[layer, 3, neuron]
    return shifted(evidence, "activations", (layer, 3, neuron), by), f"thread of token 4 to neuron {neuron}"


def no_thread(evidence):
    """Another neuron is stronger than all."""
    layer = evidence.focus_layer
    neuron = int(np.argsort(-evidence.activations[layer, 3])[30])
    moved = shifted(evidence, "activations", (layer, 3, neuron), 100.0)
    return moved, f"thread of token 4 to neuron {neuron} of layer {layer + 1}: missing from the picture"


def logit(step, place):
    def change(evidence):
        token = int(evidence.candidates(step)[place])
        return shifted(evidence, "logits", (step, token), 0.01), f"bar {place + 1} of step {step + 1}"

    return change


def guess(evidence):
    token = int(np.argsort(-evidence.logits[0])[4])
    return shifted(evidence, "logits", (0, token), 0.01), "guess 5, size"


def all_others(evidence):
    """A token far from having a bar is likelier."""
    token = np.argsort(-evidence.logits[0])[40]
    return shifted(evidence, "logits", (0, token), 0.05), f"bar {len(evidence.candidates(0)) + 1} of step 1"


def piece(evidence):
    token = int(evidence.candidates(0)[0])
    return shifted(evidence, "logits", (0, token), 0.01), "piece 1 of the strip"


def drawn_token(evidence):
    tokens = evidence.draw_tokens.copy()
    tokens[1] = np.argmin(evidence.logits[1])
    return dataclasses.replace(evidence, draw_tokens=tokens), "bar 1 of step 2"


def token(evidence):
    tokens = evidence.tokens.copy()
    tokens[2] = tokens[1]
    return dataclasses.replace(evidence, tokens=tokens), "id (place 3)"


def label(evidence):
    labels = evidence.labels | {int(evidence.tokens[2]): "·else"}
    return dataclasses.replace(evidence, labels=labels), "token (place 3)"


def bar_word(evidence):
    labels = evidence.labels | {int(evidence.candidates(0)[4]): "·else"}
    return dataclasses.replace(evidence, labels=labels), "word 5 before the bars"


def asked(evidence):
    """One weight of the question that is worked out."""
    loudest = evidence.activations[evidence.focus_layer, evidence.prompt_count - 1][evidence.rows_mlp].argmax()
    return shifted(evidence, "W_in", (int(loudest), 5), 0.1), "row, component 5"


def figure(evidence):
    """A number that is written on a cell of the question."""
    loudest = evidence.activations[evidence.focus_layer, evidence.prompt_count - 1][evidence.rows_mlp].argmax()
    return shifted(evidence, "W_in", (int(loudest), 2), 0.1), "number 3 in strip 2"


def push(evidence):
    """One neuron's push on the word that the panel is about."""
    place = int(np.abs(evidence.vote_pushes.sum(axis=1)).argmax())
    return shifted(evidence, "vote_pushes", (place, 123), 0.05), "neuron 123 of layer"


def lens_word(evidence):
    words = evidence.lens_tokens.copy()
    words[5] = words[5][::-1]
    return dataclasses.replace(evidence, lens_tokens=words), "word 1 of answer 6"


def temperature(evidence):
    sampling = dataclasses.replace(evidence.sampling, temperature=evidence.sampling.temperature + 0.01)
    return dataclasses.replace(evidence, sampling=sampling), "of the strip"


def equal_columns(evidence):
    """The two equal words as if their places added nothing."""
    stream = evidence.stream.copy()
    stream[1, 6] = stream[1, 2]
    return dataclasses.replace(evidence, stream=stream), "compared (slot 1"


def plain(evidence):
    return dataclasses.replace(evidence, pieces=[*evidence.pieces[:3], "2e", *evidence.pieces[4:]]), "typed ("


TILE = "tile, query {query}, key {key}"
BEAM = "beam layer {layer} head {head}, query {query} ← key {key}: "
ALTERED = {
    "the embedding": ("embedding.columns", component("stream", 0, "residual stream")),
    "the position": ("embedding.position", component("updates", 0, "update", token=6)),
    "the sign between two words": ("embedding.position", equal_columns),
    "a dot": ("embedding.meaning", lambda e: (shifted(e, "cloud", (1234, 1), 0.01), "dot of token 1234")),
    "a labelled dot": (
        "embedding.meaning",
        lambda e: (shifted(e, "cloud", (e.tokens[2], 0), 0.01), f"labelled dot of {e.labels[int(e.tokens[2])]}"),
    ),
    "a cosine": (
        "embedding.neighbours",
        lambda e: (shifted(e, "near_cosines", 2, -0.02), f"neighbour (token {e.near_tokens[2]})"),
    ),
    "a score": ("attention.tile", lambda e: (shifted(e, "scores", (3, 1), 0.02), "tile, query 4, key 2")),
    "a weight on the tile": ("attention.softmax", weight(focus, True, 0.05, 0.9, 0.01, TILE)),
    "a beam": ("attention.all_queries", weight(focus, True, 0.05, 0.9, 0.01, BEAM + "drawn")),
    "a beam that there is not": ("attention.all_queries", weight(focus, True, 0, 0.018, 0.1, BEAM + "missing")),
    "a beam too many": ("attention.all_queries", weight(focus, True, 0.05, 0.9, None, BEAM + "must not")),
    "a share": ("attention.head", share),
    "another head's beam": ("attention.all_heads", weight(focus, False, 0.15, 0.9, 0.01, BEAM + "drawn")),
    "a head's result": (
        "attention.values",
        lambda e: (shifted(e, "heads", (e.focus_query, 0), 0.1), "result of head 1"),
    ),
    "a value": ("attention.values", lambda e: (shifted(e, "v", (2, 5), 0.1), "value of token 3, component 5")),
    "a score of the future": ("attention.tile", lambda e: (shifted(e, "k", (5, 0), 0.3), "tile, query 1, key 6")),
    "attention's result": ("attention.add", component("updates", lambda e: 2 * e.focus_layer + 1, "update")),
    "the sum": ("attention.add", component("stream", lambda e: 2 * e.focus_layer + 2, "residual stream")),
    "a neuron": ("mlp.neurons", activation(focus, last=True)),
    "a neuron of another token": ("mlp.add", activation(focus)),
    "a thread": ("mlp.add", thread),
    "another thread": ("mlp.add", no_thread),
    "a question": ("mlp.matrix", asked),
    "a number of a question": ("mlp.matrix", figure),
    "a push": ("mlp.votes", push),
    "the stream in the flight": ("stack.flight", component("stream", 4, "residual stream")),
    "an arc in the flight": (
        "stack.flight",
        lambda e: (shifted(e, "pattern", (0, int(e.focus_heads[0]), -1, -1), 0.01), "beam layer 1"),
    ),
    "a neuron in the flight": ("stack.flight", activation(elsewhere, last=True)),
    "an answer": (
        "stack.flight",
        lambda e: (shifted(e, "lens_probabilities", (5, 1), 0.002), "answer 2 at checkpoint 5"),
    ),
    "a word of an answer": ("stack.flight", lens_word),
    "one of three vectors": (
        "stack.same_end",
        lambda e: (shifted(e, "end_vectors", (1, -1, 5), 0.05), "three texts with one end, text 2, component 5"),
    ),
    "one of three answers": (
        "stack.same_end",
        lambda e: (shifted(e, "end_next_probabilities", (2, 0), 0.01), "answer 1 to text 3"),
    ),
    "a beam among all layers": ("stack.whole", weight(elsewhere, False, 0.35, 0.95, 0.01, BEAM + "drawn")),
    "a bar": ("unembedding.bars", logit(0, 2)),
    "all others": ("unembedding.bars", all_others),
    "a bar as it turns": ("unembedding.temperature", logit(0, 0)),
    "a word under a bar": ("unembedding.bars", bar_word),
    "the strip": ("unembedding.draw", piece),
    "the pointer": ("unembedding.draw", lambda e: (shifted(e, "draw_numbers", 0, 1e-4), "number that it stops at")),
    "the draw's temperature": ("unembedding.draw", temperature),
    "a later bar": ("loop.again", logit(3, 0)),
    "a later draw": ("loop.again", drawn_token),
    "an id": ("embedding.ids", token),
    "a word": ("embedding.ids", label),
    "the text": ("prologue.text", plain),
    "a guess": ("prologue.question", guess),
}


@pytest.mark.parametrize("what", some_slow(ALTERED))
def test_one_number_that_the_film_does_not_show_is_named(screening, evidence, what):
    beat, change = ALTERED[what]
    altered, name = change(evidence)
    report = verify(screening.scene, altered, beats=[beat])
    assert not report.ok and report.wrong
    assert [line for line in report.mismatches if line.startswith(f"{beat}: ") and name in line], report.mismatches[:5]
