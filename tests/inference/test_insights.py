"""What is recorded beside the traces, against the plainest way to compute it."""

import tracemalloc

import numpy as np
import pytest

import oracle
from checkpoints import write_checkpoint
from transformer_cinema.inference.errors import ModelError
from transformer_cinema.inference.insights import standing_out
from transformer_cinema.inference.model import EMBEDDED_MODEL, Model
from transformer_cinema.inference.recording import Recording

FASHION, LEARNING = "She was a model and the king saw her", "It was a machine and the king saw it"


@pytest.fixture(scope="module")
def recording(storybook):
    return storybook.generate("The old king said to the old man", new_tokens=1)


@pytest.fixture(scope="module")
def weights():
    return {name: array.astype(np.float64) for name, array in oracle.load(EMBEDDED_MODEL)[0].items()}


def test_the_tokens_in_space_are_the_prompts_once_each(recording):
    prompt = recording.steps[0].trace.tokens.tolist()
    tokens = recording.insights.meaning.tokens.tolist()
    assert sorted(tokens) == sorted(set(prompt)) and tokens == sorted(tokens, key=prompt.index)


def test_the_cloud_is_the_table_seen_along_its_principal_axes(recording, weights):
    meaning, table = recording.insights.meaning, weights["wte.weight"]
    centred = table - table.mean(0)
    _, stretch, axes = np.linalg.svd(centred, full_matrices=False)
    expected = centred @ axes[:3].T
    for axis in range(3):  # an axis may point either way
        same = np.abs(meaning.cloud[:, axis] - expected[:, axis]).max()
        turned = np.abs(meaning.cloud[:, axis] + expected[:, axis]).max()
        assert min(same, turned) < 1e-4 * np.abs(expected).max()
    assert meaning.explained == pytest.approx(stretch[:3] ** 2 / (stretch**2).sum(), rel=1e-4)


def test_neighbours_are_the_nearest_rows(recording, weights):
    meaning, table = recording.insights.meaning, weights["wte.weight"]
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    for token, nearest, cosines in zip(meaning.tokens, meaning.neighbours, meaning.cosines, strict=True):
        all_cosines = unit @ unit[token]
        all_cosines[token] = -np.inf
        assert cosines == pytest.approx(np.sort(all_cosines)[::-1][: len(cosines)], abs=1e-5)
        assert cosines == pytest.approx(all_cosines[nearest], abs=1e-5)


def test_a_telling_word_has_a_family():
    """Six words near one direction, far from all others, which point anywhere; all of them away from the middle."""
    random = np.random.default_rng(0)
    table = random.standard_normal((300, 16)).astype(np.float32)
    table[10:18] = 3 * table[10] + 0.3 * random.standard_normal((8, 16))
    table += 20
    telling = standing_out(table, np.arange(30), table.mean(0))
    family = np.isin(np.arange(30), range(10, 18))
    assert telling[family].min() > telling[~family].max()


def test_neurons_are_the_strongest_and_their_words_what_they_promote(recording, weights):
    neurons = recording.insights.neurons
    for layer, block in enumerate(recording.steps[0].trace.blocks):
        post = block.post[-1]
        assert neurons.activations[layer].tolist() == sorted(post.tolist(), reverse=True)[:3]
        for neuron, activation, words in zip(
            neurons.neurons[layer], neurons.activations[layer], neurons.words[layer], strict=True
        ):
            assert post[neuron] == activation
            row = weights[f"h.{layer}.mlp.c_proj.weight"][neuron]
            logits = weights["wte.weight"] @ ((row - row.mean()) * weights["ln_f.weight"])
            assert logits[words] == pytest.approx(np.sort(logits)[::-1][:3], rel=1e-4)


def test_a_word_in_two_contexts(storybook):
    context = storybook.generate(FASHION, new_tokens=1, contrast=LEARNING).insights.context
    one, other = storybook.trace(FASHION), storybook.trace(LEARNING)
    assert context.other.tolist() == other.tokens.tolist()
    first, second = context.positions
    assert one.tokens[first] == other.tokens[second]
    for vectors, trace, place in ((context.vectors[0], one, first), (context.vectors[1], other, second)):
        expected = [trace.embed[place], *(trace.resid(checkpoint)[place] for checkpoint in range(13))]
        assert np.array_equal(vectors, np.stack(expected))
    a, b = context.vectors.astype(np.float64)
    cosines = (a * b).sum(1) / np.sqrt((a * a).sum(1) * (b * b).sum(1))
    assert context.cosines == pytest.approx(cosines, abs=1e-6)
    assert context.cosines[0] == pytest.approx(1.0)
    assert context.cosines[1:].min() < 0.999


@pytest.mark.parametrize(("contrast", "message"), [("Dogs bark", "share no word"), ("", "empty"), ("\ud800", "half")])
def test_a_contrast_that_is_none(storybook, contrast, message):
    with pytest.raises(ModelError, match=message):
        storybook.generate("The cat sat", new_tokens=1, contrast=contrast)


def test_a_contrast_needs_no_layers(storybook):
    whole, part = (
        storybook.generate(FASHION, new_tokens=1, contrast=LEARNING, layers=layers).insights for layers in (None, [0])
    )
    for name, array in whole.to_arrays().items():
        assert np.array_equal(array, part.to_arrays()[name]), name


def test_of_other_texts_only_what_is_read_is_kept(storybook, monkeypatch):
    """A second text of a thousand tokens would otherwise keep gigabytes of a large model."""
    run, kept = Model.run, []

    def watched(model, tokens, *how):
        found = run(model, tokens, *how)
        kept.append((len(tokens), found.trace.layers))
        return found

    monkeypatch.setattr(Model, "run", watched)
    storybook.generate("The cat", new_tokens=1, contrast="A dog and a large grey cat " * 20 + "sat")
    (first, layers), *others = kept
    assert first == 2 and len(layers) == 6
    assert max(count for count, _ in others) > 100 and all(layers == () for _, layers in others)


def test_the_rest_needs_none(storybook):
    whole, part = (storybook.generate("The cat", new_tokens=1, layers=layers).insights for layers in (None, []))
    for name, array in whole.to_arrays().items():
        assert np.array_equal(array, part.to_arrays()[name]), name


def test_all_of_it_is_saved(storybook, tmp_path):
    recording = storybook.generate(FASHION, new_tokens=1, contrast=LEARNING)
    recording.save(tmp_path / "t.npz")
    loaded = Recording.load(tmp_path / "t.npz").insights
    assert "context.vectors" in loaded.to_arrays()
    for name, array in recording.insights.to_arrays().items():
        assert np.array_equal(array, loaded.to_arrays()[name]), name


def test_models_of_any_size(tmp_path):
    tiny = Model.load(write_checkpoint(tmp_path, n_layer=1, n_head=1, d_model=2, n_inner=2, n_vocab=300))
    insights = tiny.generate("a", new_tokens=1).insights
    assert insights.meaning.cloud.shape == (300, 3)
    assert insights.neurons.neurons.shape == (1, 2)


def test_standing_out_never_holds_a_second_table():
    """Only the cosines of the few tokens to all others, and a block of rows at a time."""
    table = np.random.default_rng(0).standard_normal((60_000, 64), np.float32)
    mean = table.mean(0)
    tracemalloc.start()
    try:
        standing_out(table, np.arange(3), mean)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < table.nbytes / 2
