"""Words in company, and texts with one end: against runs of the model on the same texts."""

import numpy as np
import pytest

import oracle
from checkpoints import write_checkpoint
from transformer_cinema.inference import finding
from transformer_cinema.inference.examples import Examples, Pair, SameEnding
from transformer_cinema.inference.model import EMBEDDED_MODEL, Model
from transformer_cinema.inference.sampling import softmax


@pytest.fixture(scope="module")
def insights(storybook):
    return storybook.generate("Once upon a time", new_tokens=1).insights


@pytest.fixture(scope="module")
def weights():
    return oracle.load(EMBEDDED_MODEL)


@pytest.fixture
def fresh(small_folder):
    """The small model, whose examples may be changed."""
    return Model.load(small_folder)


def after(weights, tokens):
    """All tensors of an independent run on some tokens, the stream [2L + 2, T, d] among them, and what comes next."""
    tensors = oracle.forward(*weights, tokens)
    layers = weights[1]["n_layer"]
    stream = [tensors["hook_embed"], tensors["blocks.0.hook_resid_pre"]]
    for layer in range(layers):
        stream += [tensors[f"blocks.{layer}.hook_resid_mid"], tensors[f"blocks.{layer}.hook_resid_post"]]
    patterns = np.stack([tensors[f"blocks.{layer}.attn.hook_pattern"] for layer in range(layers)])
    return np.stack(stream), patterns, softmax(tensors["logits"])


def test_the_models_own_word_is_shown_without_being_asked_for(insights, storybook, weights):
    context = insights.context
    for text, tokens in zip(storybook.examples.context[0].texts, (context.first, context.other), strict=True):
        assert tokens.tolist() == storybook.tokenizer.encode(text)
    assert context.positions.tolist() == [len(context.first) - 1, len(context.other) - 1]
    streams = []
    for side, tokens in enumerate((context.first, context.other)):
        stream, patterns, probabilities = after(weights, tokens)
        streams.append(stream[:, -1])
        assert context.vectors[side] == pytest.approx(stream[:, -1], abs=2e-4)
        kept = (context.patterns_first, context.patterns_other)[side]
        assert kept == pytest.approx(patterns[:, :, -1], abs=1e-5)
        assert context.next_tokens[side, 0] == probabilities.argmax()
        assert context.next_probabilities[side] == pytest.approx(np.sort(probabilities)[::-1][:5], abs=1e-5)
        assert context.next_probabilities[side] == pytest.approx(probabilities[context.next_tokens[side]], abs=1e-5)
    one, other = streams
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    assert context.cosines == pytest.approx((one * other).sum(1) / lengths, abs=1e-5)
    assert context.cosines[0] == 1 and context.cosines[-1] < 0.6


def test_next_tokens_belong_to_the_word_wherever_it_stands(storybook, weights):
    first, second = "She was a model and the king saw her", "It was a machine and the king saw it"
    context = storybook.generate(first, new_tokens=1, contrast=second).insights.context
    for side, (text, place) in enumerate(zip((first, second), context.positions, strict=True)):
        tokens = storybook.tokenizer.encode(text)
        assert place < len(tokens) - 1
        probabilities = after(weights, tokens[: place + 1])[2]
        assert context.next_probabilities[side] == pytest.approx(np.sort(probabilities)[::-1][:5], abs=1e-5)
        patterns = after(weights, tokens)[1][:, :, place]
        kept = (context.patterns_first, context.patterns_other)[side]
        assert kept == pytest.approx(patterns, abs=1e-5)
        assert not kept[..., place + 1 :].any()


def test_three_texts_with_one_end(insights, storybook, weights):
    found = insights.same_end
    texts = storybook.examples.same_end[0].texts
    assert [tokens.tolist() for tokens in found.texts] == [storybook.tokenizer.encode(text) for text in texts]
    for number, tokens in enumerate(found.texts):
        stream, _, probabilities = after(weights, tokens)
        assert found.vectors[number] == pytest.approx(stream[:, -1], abs=2e-4)
        assert found.next_probabilities[number] == pytest.approx(np.sort(probabilities)[::-1][:5], abs=1e-5)
        assert found.next_probabilities[number] == pytest.approx(probabilities[found.next_tokens[number]], abs=1e-5)
    assert np.array_equal(found.vectors[0, 0], found.vectors[1, 0]), "the same row of the table"
    assert len(set(found.next_tokens[:, 0])) == 3


def pairs(*words):
    """Texts that the small model reads: its tokens are pieces of a tale of a king's daughter."""
    return tuple(Pair(word, (f"the old {word}", f"she gave the {word}")) for word in words)


def test_an_unknown_model_is_searched_for_the_word_that_parts_most(fresh, monkeypatch):
    monkeypatch.setattr(finding, "PAIRS", pairs("ball", "king", "daughter"))
    monkeypatch.setattr(finding, "APART", 2.0)
    runs = [
        fresh.generate(f"the old {word}", new_tokens=1, contrast=f"she gave the {word}").insights.context
        for word in ("ball", "king", "daughter")
    ]
    found = fresh.generate("a", new_tokens=1).insights.context
    assert found.cosines[-1] == min(run.cosines[-1] for run in runs)
    monkeypatch.setattr(finding, "APART", float(found.cosines[-1]))
    assert fresh.generate("a", new_tokens=1).insights.context is None, "none is below the limit"


def test_a_word_of_several_tokens_is_not_searched_for(fresh, monkeypatch):
    monkeypatch.setattr(finding, "APART", 2.0)
    monkeypatch.setattr(finding, "PAIRS", pairs("zebra"))
    assert fresh.generate("a", new_tokens=1).insights.context is None
    fresh.examples = Examples(context=pairs("zebra"))
    assert fresh.generate("a", new_tokens=1).insights.context is not None, "but a model may name it"


def test_an_example_that_the_model_cannot_use_is_passed_over(fresh):
    good = Pair("king", ("the old king", "a king"))
    no_word, too_long = Pair("king", ("the kings", "a king")), Pair("king", ("the king", "old " * 40 + "king"))
    no_end, end = SameEnding(("a king", "a ball", "the king")), SameEnding(("the king", "a king", "old king"))
    fresh.examples = Examples(context=(no_word, too_long, good), same_end=(no_end, end))
    insights = fresh.generate("a", new_tokens=1).insights
    assert insights.context.first.tolist() == fresh.tokenizer.encode("the old king")
    assert [text.tolist() for text in insights.same_end.texts] == [fresh.tokenizer.encode(text) for text in end.texts]


def test_a_model_that_reads_none_of_them_has_none(tmp_path):
    tiny = Model.load(write_checkpoint(tmp_path, n_ctx=3))
    insights = tiny.generate("a", new_tokens=1).insights
    assert insights.context is None and insights.same_end is None


def test_a_users_second_text_goes_first(storybook):
    context = storybook.generate("The old cat sat", new_tokens=1, contrast="An old cat ran").insights.context
    assert context.first.tolist() == storybook.tokenizer.encode("The old cat sat")
    assert context.other.tolist() == storybook.tokenizer.encode("An old cat ran")
