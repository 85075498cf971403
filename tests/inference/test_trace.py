"""Every tensor against the oracle, and what must hold for any transformer that looks only backwards."""

import numpy as np
import pytest

import oracle
from checkpoints import CASES, write_checkpoint
from transformer_cinema.inference.errors import Cancelled, ModelError
from transformer_cinema.inference.model import EMBEDDED_MODEL, Model
from transformer_cinema.inference.trace import Trace


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_every_tensor_is_the_oracles(case, tmp_path):
    case = dict(case)
    n_tokens = case.pop("tokens", 7)
    model = Model.load(write_checkpoint(tmp_path, **case))
    tokens = np.random.default_rng(1).integers(0, model.info.n_vocab, n_tokens)
    weights, config = oracle.load(tmp_path)
    oracle.assert_same_tensors(model.trace(tokens).named(), oracle.forward(weights, config, tokens))


def test_settings_change_the_numbers(tmp_path):
    """Otherwise a setting that both sides ignore would pass for honoured."""
    tokens = [5, 6, 7]
    plain = Model.load(write_checkpoint(tmp_path / "plain")).trace(tokens).logits
    for name in ("untied", "relu", "gelu", "inverse layer scaling", "unscaled attention", "large epsilon"):
        other = Model.load(write_checkpoint(tmp_path / name, **(CASES[name] | {"n_layer": 2}))).trace(tokens).logits
        assert np.abs(plain - other).max() > 1e-4 * np.abs(plain).max(), name


def test_storybook_is_the_oracles(storybook):
    trace = storybook.trace("The old king gave his daughter a")
    weights, config = oracle.load(EMBEDDED_MODEL)
    oracle.assert_same_tensors(trace.named(), oracle.forward(weights, config, trace.tokens))


def test_storybook_tells_stories(storybook):
    lens = storybook.logit_lens(storybook.trace("Once upon a time there was a"), k=4)
    assert [storybook.vocabulary.label(id) for id in lens.tokens[-1]] == ["·man", "·king", "·little", "·poor"]
    assert lens.probabilities[-1] == pytest.approx([0.119, 0.076, 0.062, 0.034], abs=0.001)


def test_info(storybook):
    info = storybook.info
    assert (info.name, info.n_layer, info.n_head, info.d_model, info.d_mlp) == ("storybook", 6, 6, 192, 768)
    assert (info.n_vocab, info.n_ctx, info.n_parameters) == (6144, 256, 3_898_368)


def test_parameters_count_an_own_unembedding(small, tmp_path):
    untied = Model.load(write_checkpoint(tmp_path, untied=True))
    assert untied.info.n_parameters - small.info.n_parameters == 400 * 32


def test_a_later_token_changes_nothing_before_it(small):
    one, other = small.trace([3, 1, 4, 1, 5]).named(), small.trace([3, 1, 4, 1, 9]).named()
    for name in one.keys() - {"logits", "tokens"}:
        rows = (slice(None), slice(4)) if one[name].shape[0] != 5 else slice(4)
        assert np.array_equal(one[name][rows], other[name][rows]), name
    assert not np.allclose(one["logits"], other["logits"])


def test_pattern_rows_sum_to_one_and_look_only_back(small):
    for block in small.trace(range(11)).blocks:
        assert block.pattern.sum(-1) == pytest.approx(1, abs=1e-6)
        assert (block.pattern >= 0).all()
        query, key = np.indices(block.pattern.shape[1:])
        assert (block.pattern[:, key > query] == 0).all()
        assert np.isneginf(block.attn_scores[:, key > query]).all()
        assert np.isfinite(block.attn_scores[:, key <= query]).all()


def test_the_sink_checkpoint_shows_a_sink(tmp_path):
    trace = Model.load(write_checkpoint(tmp_path, d_model=64, sink=True)).trace(range(5, 17))
    assert trace.blocks[0].pattern[:, 1:, 0].mean() > 0.5
    assert np.abs(trace.resid(0)).max() > 100 * np.median(np.abs(trace.resid(0)))


def test_branches_add_up_exactly(small):
    trace = small.trace([3, 1, 4])
    assert np.array_equal(trace.resid(0), trace.embed + trace.pos_embed)
    for block in trace.blocks:
        assert np.array_equal(block.resid_mid, block.resid_pre + block.attn_out)
        assert np.array_equal(block.resid_post, block.resid_mid + block.mlp_out)


def test_resid_by_checkpoint(small):
    trace = small.trace([3, 1, 4])
    first, second = trace.blocks
    expected = [first.resid_pre, first.resid_mid, first.resid_post, second.resid_mid, second.resid_post]
    for checkpoint, tensor in enumerate(expected):
        assert trace.resid(checkpoint) is tensor
    assert np.array_equal(second.resid_pre, first.resid_post)
    for outside in (-1, 5):
        with pytest.raises(IndexError):
            trace.resid(outside)


def test_from_named_is_the_inverse(small):
    named = small.trace([3, 1, 4]).named()
    again = Trace.from_named(small.info, named).named()
    assert all(again[name] is named[name] for name in named)


@pytest.mark.parametrize("change", ["missing", "wrong shape", "wrong type", "token out of range"])
def test_from_named_refuses_what_does_not_fit(small, change):
    named = small.trace([3, 1, 4]).named()
    name = "blocks.1.attn.hook_z"
    if change == "missing":
        del named[name]
    elif change == "wrong shape":
        named[name] = named[name][:2]
    elif change == "wrong type":
        named[name] = named[name].astype(np.float64)
    else:
        name = "tokens"
        named["tokens"] = np.array([3, 1, 400])
    with pytest.raises(ModelError, match=name):
        Trace.from_named(small.info, named)


def test_logit_lens_is_the_oracles(small, small_folder):
    trace = small.trace([3, 1, 4, 1, 5])
    lens = small.logit_lens(trace, k=6)
    weights, config = oracle.load(small_folder)
    expected = oracle.lens(weights, config, oracle.forward(weights, config, trace.tokens))
    assert lens.tokens.shape == lens.probabilities.shape == (5, 6)
    order = np.argsort(-expected, axis=1, kind="stable")[:, :6]
    assert np.array_equal(lens.tokens, order)
    assert lens.probabilities == pytest.approx(np.take_along_axis(expected, order, 1), rel=1e-4)


def test_the_lens_ends_with_the_real_logits(storybook):
    trace = storybook.trace("The wolf said to the")
    lens = storybook.logit_lens(trace, k=5)
    shares = np.exp(trace.logits.astype(np.float64))
    shares /= shares.sum()
    top = np.argsort(-trace.logits, kind="stable")[:5]
    assert np.array_equal(lens.tokens[-1], top)
    assert lens.probabilities[-1] == pytest.approx(shares[top], rel=1e-6)


def test_lens_never_asks_for_more_tokens_than_there_are(small):
    lens = small.logit_lens(small.trace([3]), k=1000)
    assert lens.tokens.shape == (5, 400)
    assert lens.probabilities.sum(1) == pytest.approx(1)


def test_progress_counts_up_to_its_total(small):
    calls = []
    small.trace([3, 1], progress=lambda *call: calls.append(call))
    assert [done for done, _, _ in calls] == [0, 1, 2, 3, 4]
    assert {total for _, total, _ in calls} == {4}
    assert [what for _, _, what in calls[1:]] == ["embedding", "layer 1/2", "layer 2/2", "unembedding"]


@pytest.mark.parametrize("moment", range(5))
def test_cancel_stops_between_layers(small, moment):
    questions = iter(range(100))
    reports = []
    with pytest.raises(Cancelled):
        small.trace([3, 1], lambda *call: reports.append(call), cancelled=lambda: next(questions) == moment)
    assert len(reports) == moment
    assert small.trace([3, 1], cancelled=lambda: False).logits.shape == (400,)


def test_text_and_its_ids_give_the_same_trace(small):
    text = "the king and the ball"
    assert np.array_equal(small.trace(text).logits, small.trace(small.tokenizer.encode(text)).logits)


def test_the_tokens_of_an_untouched_array_stay(small):
    ids = np.array([3, 1, 4])
    trace = small.trace(ids)
    ids[:] = 0
    assert trace.tokens.tolist() == [3, 1, 4]


@pytest.mark.parametrize("text", [" ", "\n\t ", "🙂", "你好", "\x00\x01\x7f", "e\u0301", "<|endoftext|>", "\ufeff"])
def test_any_text_can_be_run(small, text):
    trace = small.trace(text)
    assert np.isfinite(trace.logits).all()
    assert small.vocabulary.text(trace.tokens) == text


def test_empty_prompts_are_refused(small):
    for prompt in ("", []):
        with pytest.raises(ModelError, match="empty"):
            small.trace(prompt)


def test_a_prompt_that_is_too_long_says_by_how_much(small):
    assert small.trace([3] * 32).logits.shape == (400,)
    with pytest.raises(ModelError, match="33 tokens.* at most 32"):
        small.trace([3] * 33)
    with pytest.raises(ModelError, match="tokens.* at most 32"):
        small.trace("a king " * 10_000)


@pytest.mark.parametrize("text", ["\ud83d", "half \udc00 of it"])
def test_half_a_surrogate_pair_is_refused(small, text):
    with pytest.raises(ModelError, match="surrogate"):
        small.trace(text)


@pytest.mark.parametrize("ids", [[-1], [400], [3, 10**6]])
def test_ids_outside_the_vocabulary_are_refused(small, ids):
    with pytest.raises(ModelError, match="from 0 to 399"):
        small.trace(ids)
