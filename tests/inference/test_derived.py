"""Derived quantities against brute force: one vector at a time, in float64, from the checkpoint's own file."""

import math

import numpy as np
import pytest

import oracle
from checkpoints import write_checkpoint
from transformer_cinema.inference import derived
from transformer_cinema.inference.errors import ModelError
from transformer_cinema.inference.model import Model
from transformer_cinema.inference.tokens import Vocabulary

TOKENS = [3, 1, 4, 1, 5]


@pytest.fixture(scope="module", params=["tied", "untied"])
def folder(request, tmp_path_factory):
    return write_checkpoint(
        tmp_path_factory.mktemp("models") / request.param, untied=request.param == "untied", layer_norm_epsilon=1e-3
    )


@pytest.fixture(scope="module")
def model(folder):
    return Model.load(folder)


@pytest.fixture(scope="module")
def weights(folder):
    return {name: array.astype(np.float64) for name, array in oracle.load(folder)[0].items()}


def brute_logits(weights, vector):
    vector = vector.astype(np.float64)
    deviation = math.sqrt(((vector - vector.mean()) ** 2).mean() + 1e-3)
    normed = (vector - vector.mean()) / deviation * weights["ln_f.weight"] + weights["ln_f.bias"]
    return weights.get("lm_head.weight", weights["wte.weight"]) @ normed


def test_lens_logits(model, weights):
    trace = model.trace(TOKENS)
    for checkpoint in range(5):
        logits = derived.lens_logits(model.checkpoint, trace.resid(checkpoint))
        assert logits.shape == (5, 400)
        for position in range(5):
            expected = brute_logits(weights, trace.resid(checkpoint)[position])
            assert np.abs(logits[position] - expected).max() < 1e-5 * np.abs(expected).max()


def test_the_last_lens_is_the_models_answer(model):
    trace = model.trace(TOKENS)
    last = derived.lens_logits(model.checkpoint, trace.resid(4))[-1]
    assert np.abs(last - trace.logits).max() < 1e-5 * np.abs(trace.logits).max()
    for position in range(1, 6):  # what a shorter prompt ends with
        logits = derived.lens_logits(model.checkpoint, trace.resid(4))[position - 1]
        real = model.trace(TOKENS[:position]).logits
        assert np.abs(logits - real).max() < 1e-5 * np.abs(real).max()


@pytest.mark.parametrize("positions", [1, 2, 64])
def test_the_lens_at_every_checkpoint_and_position(model, weights, monkeypatch, positions):
    monkeypatch.setattr(derived, "_POSITIONS", positions)
    trace = model.trace(TOKENS)
    grid = derived.logit_lens(model.checkpoint, trace, k=6)
    assert grid.tokens.shape == grid.probabilities.shape == (5, 5, 6)
    for checkpoint in range(5):
        for position in range(5):
            logits = brute_logits(weights, trace.resid(checkpoint)[position])
            shares = np.exp(logits) / np.exp(logits).sum()
            top = sorted(range(400), key=lambda token: -logits[token])[:6]
            assert grid.tokens[checkpoint, position].tolist() == top
            assert grid.probabilities[checkpoint, position] == pytest.approx(shares[top], rel=1e-4)
    lens = model.logit_lens(trace, k=6)
    assert np.array_equal(grid.tokens[:, -1], lens.tokens)
    assert grid.probabilities[:, -1] == pytest.approx(lens.probabilities, rel=1e-4)


def test_the_lens_needs_all_layers(model):
    with pytest.raises(ModelError, match="left out"):
        derived.logit_lens(model.checkpoint, model.trace(TOKENS, layers=[0]))


def test_what_a_neuron_promotes(model, weights):
    row = weights["h.1.mlp.c_proj.weight"][77]
    expected = np.array(
        [
            sum((row[i] - row.mean()) * weights["ln_f.weight"][i] * direction[i] for i in range(32))
            for direction in weights.get("lm_head.weight", weights["wte.weight"])
        ]
    )
    logits = derived.neuron_logits(model.checkpoint, 1, 77)
    assert logits == pytest.approx(expected, abs=1e-6)
    tokens, values = derived.promoted(model.checkpoint, 1, 77, k=4)
    assert tokens.tolist() == sorted(range(400), key=lambda token: -expected[token])[:4]
    assert values == pytest.approx(expected[tokens], abs=1e-6)


def test_a_neuron_does_to_the_logits_what_is_said(model, weights):
    """Exactly: a vector, and the same with the neuron's row added, differ by the row's logits in one ratio."""
    vector = np.random.default_rng(2).standard_normal(32)
    row = weights["h.0.mlp.c_proj.weight"][5]
    step = 1e-6
    change = (brute_logits(weights, vector + step * row) - brute_logits(weights, vector - step * row)) / (2 * step)
    deviation = math.sqrt(vector.var() + 1e-3)
    # The deviation changes with the row, too, and with it all that was there before: that part is taken out.
    centred = vector - vector.mean()
    along = centred @ (row - row.mean()) / 32 / deviation**2
    unembedding = weights.get("lm_head.weight", weights["wte.weight"])
    rest = unembedding @ (centred * weights["ln_f.weight"]) * along
    assert derived.neuron_logits(model.checkpoint, 0, 5) == pytest.approx(change * deviation + rest, abs=1e-4)


@pytest.mark.parametrize("layer, neuron", [(2, 0), (-1, 0), (0, 128), (0, -1)])
def test_neurons_that_are_not_there(model, layer, neuron):
    with pytest.raises(ModelError, match="no neuron"):
        derived.promoted(model.checkpoint, layer, neuron)


@pytest.mark.parametrize("rows", [1, 7, 4096])
def test_neighbours(model, weights, monkeypatch, rows):
    monkeypatch.setattr(derived, "_ROWS", rows)
    table = weights["wte.weight"]
    ids, cosines = derived.neighbours(model.checkpoint.token_table, [399, 0, 7, 7], k=5)
    assert ids.shape == cosines.shape == (4, 5)
    for place, token in enumerate([399, 0, 7, 7]):
        expected = {
            other: table[token] @ table[other] / math.sqrt(table[token] @ table[token] * (table[other] @ table[other]))
            for other in range(400)
            if other != token
        }
        assert ids[place].tolist() == sorted(expected, key=lambda other: -expected[other])[:5]
        assert cosines[place] == pytest.approx([expected[other] for other in ids[place].tolist()], abs=1e-6)


def test_neighbours_of_rows_that_are_zero_or_equal():
    table = np.array([[1, 0], [0, 0], [2, 0], [0, 3], [-1, 0]], np.float32)
    ids, cosines = derived.neighbours(table, [0, 1], k=100)
    assert ids.tolist() == [[2, 1, 3, 4], [0, 2, 3, 4]]
    assert cosines.tolist() == [[1, 0, 0, -1], [0, 0, 0, 0]]


@pytest.mark.parametrize("tokens", [[-1], [400], [0, 10**6]])
def test_neighbours_of_tokens_that_are_not_there(model, tokens):
    with pytest.raises(ModelError, match="from 0 to 399"):
        derived.neighbours(model.checkpoint.token_table, tokens)


def test_neighbours_never_hold_a_second_table(monkeypatch):
    """Whatever is scaled to length 1 is no more than a block."""
    sizes = []
    unit = derived.unit
    monkeypatch.setattr(derived, "unit", lambda rows: sizes.append(len(rows)) or unit(rows))
    derived.neighbours(np.ones((10_000, 2), np.float32), [1, 2])
    assert max(sizes) == derived._ROWS < 10_000 and sum(sizes) == 10_002


@pytest.mark.parametrize("rows", [50, 4096])
@pytest.mark.parametrize("components", [1, 2, 3, 32])
def test_pca(model, monkeypatch, rows, components):
    monkeypatch.setattr(derived, "_ROWS", rows)
    table = model.checkpoint.token_table
    found = derived.pca(table, components)
    centred = table.astype(np.float64) - table.mean(axis=0, dtype=np.float64)
    _, lengths, directions = np.linalg.svd(centred, full_matrices=False)
    assert found.explained == pytest.approx((lengths**2 / (lengths**2).sum())[:components])
    assert np.abs((found.axes * directions[:components]).sum(axis=1)) == pytest.approx(1)
    assert found.axes @ found.axes.T == pytest.approx(np.eye(components), abs=1e-12)
    assert found.coordinates == pytest.approx(centred @ found.axes.T, abs=1e-12)
    assert found.mean == pytest.approx(table.mean(axis=0, dtype=np.float64))
    assert all(axis[np.abs(axis).argmax()] > 0 for axis in found.axes)


def test_pca_finds_the_line_that_points_lie_on():
    points = np.array([[0, 0, 1], [3, -4, 1], [6, -8, 1], [9, -12, 1]], np.float32)
    found = derived.pca(points, 2)
    assert found.axes[0] == pytest.approx([-0.6, 0.8, 0])
    assert found.coordinates[:, 0] == pytest.approx([7.5, 2.5, -2.5, -7.5])
    assert found.explained == pytest.approx([1, 0], abs=1e-12)


def test_pca_of_one_row_is_nothing():
    found = derived.pca(np.ones((1, 4), np.float32), 2)
    assert not found.explained.any() and not found.coordinates.any()


@pytest.mark.parametrize("rows, components", [(0, 1), (5, 0), (5, 4)])
def test_pca_that_cannot_be_had(rows, components):
    with pytest.raises(ModelError, match="principal components"):
        derived.pca(np.ones((rows, 3), np.float32), components)


def test_contrast(storybook):
    one = storybook.trace("The old king had a golden crown")
    other = storybook.trace("She saw the little king of the birds")
    found = derived.contrast(storybook.vocabulary, one, other)
    assert found.word == "king"
    first, second = found.positions
    for trace, position in ((one, first), (other, second)):
        assert storybook.vocabulary.text(trace.tokens[: position + 1]).endswith(" king")
    assert one.tokens[first] == other.tokens[second]
    assert found.embedding == pytest.approx(1, abs=1e-12)
    assert found.cosines.shape == (13,) and found.cosines.dtype == np.float32
    for checkpoint in range(13):
        a, b = (t.resid(checkpoint)[p].tolist() for t, p in ((one, first), (other, second)))
        dot = math.fsum(x * y for x, y in zip(a, b, strict=True))
        expected = dot / math.hypot(*a) / math.hypot(*b)
        assert found.cosines[checkpoint] == pytest.approx(expected, abs=1e-6)
    assert (found.cosines[1:] < 0.9999).all()


def test_contrast_of_a_prompt_with_itself(storybook):
    trace = storybook.trace("The old king")
    found = derived.contrast(storybook.vocabulary, trace, trace)
    assert found.word == "king"
    assert found.cosines == pytest.approx(1)


def test_contrast_of_a_given_word(storybook):
    one, other = storybook.trace("the old king and the queen"), storybook.trace("an old man and his old queen")
    found = derived.contrast(storybook.vocabulary, one, other, "old")
    assert found.word == "old"
    assert storybook.vocabulary.text(other.tokens[: found.positions[1] + 1]) == "an old man and his old"
    assert derived.contrast(storybook.vocabulary, one, other).word == "queen"
    for word in ("ol", "birds", "the old"):
        with pytest.raises(ModelError, match=f"share no “{word}”"):
            derived.contrast(storybook.vocabulary, one, other, word)


@pytest.mark.parametrize(
    "one, other", [("the king", "a ball"), ("the king", "theking"), (" ", " "), ("ball", "the ball")]
)
def test_prompts_that_share_no_word(storybook, one, other):
    with pytest.raises(ModelError, match="share no word"):
        derived.contrast(storybook.vocabulary, storybook.trace(one), storybook.trace(other))


def test_contrast_of_different_models(storybook, small):
    with pytest.raises(ModelError, match="different models"):
        derived.contrast(storybook.vocabulary, storybook.trace([3]), small.trace([3]))


@pytest.mark.parametrize("word, expected", [(None, "型"), ("模型", "模型")])
def test_contrast_in_chinese(storybook, word, expected):
    one, other = storybook.trace("机器学习模型"), storybook.trace("时装模型很美")
    found = derived.contrast(storybook.vocabulary, one, other, word)
    assert found.word == expected
    assert found.positions == (len(one.tokens) - 1, len(storybook.tokenizer.encode("时装模型")) - 1)


def test_words_of_several_tokens_and_broken_characters():
    vocabulary = Vocabulary([b"", b" fa", b"shion", b"\xe6", b" model", b"s", b"!"])
    words = derived._words(vocabulary, [0, 3, 1, 2, 0, 4, 5, 6], None)
    assert words == [("fashion", 3), ("models", 6)]
    assert derived._words(vocabulary, [1, 2, 4], "shion") == []
