"""How long a text goes on, and its greedy twin."""

import numpy as np
import pytest

from checkpoints import write_checkpoint
from transformer_cinema.inference.errors import ModelError
from transformer_cinema.inference.model import Model
from transformer_cinema.inference.recorder import ends_sentence
from transformer_cinema.inference.sampling import MOST_TOKENS, Sampling

PROMPT = "Once upon a time there was a"


def drawn(recording):
    return [step.draw.token for step in recording.steps]


def text(recording):
    return recording.vocabulary.text(drawn(recording))


@pytest.mark.parametrize(
    "whole",
    [
        " chin.",
        "no!",
        "Is it?",
        "so…",
        '"Stop!"',
        "said he.”",
        "(it was.)",
        "so it was.\n",
        "了。",
        "走！”",
        "吗？",
        "看。」",
    ],
)
def test_sentences_end_in_a_full_stop_and_its_kin(whole):
    assert ends_sentence(whole)


@pytest.mark.parametrize(
    "part", ["", " chin", "Mr. Fox", "1.5", ". ”a", '"', "so,", "了，", ".\N{REPLACEMENT CHARACTER}"]
)
def test_what_does_not_end_a_sentence(part):
    assert not ends_sentence(part)


@pytest.mark.parametrize("seed", range(3))
def test_it_draws_until_the_sentence_ends(storybook, seed):
    until = storybook.generate(PROMPT, Sampling(seed=seed))
    exactly = storybook.generate(PROMPT, Sampling(seed=seed), MOST_TOKENS)
    assert len(exactly.steps) == MOST_TOKENS == 16
    texts = [storybook.vocabulary.text(drawn(exactly)[: count + 1]) for count in range(MOST_TOKENS)]
    expected = next((count for count, part in enumerate(texts, 1) if part.rstrip("”\"'")[-1:] in tuple(".!?")), 16)
    assert drawn(until) == drawn(exactly)[:expected]


def test_the_limit_may_be_lower(storybook):
    assert len(storybook.generate(PROMPT, Sampling(seed=0), at_most=3).steps) == 3
    assert len(storybook.generate(PROMPT, Sampling(seed=0), 5, at_most=3).steps) == 5, "a number is a number"
    with pytest.raises(ModelError, match="at least 1, not 0"):
        storybook.generate(PROMPT, at_most=0)


def test_a_full_stop_in_pieces_ends_the_sentence(small):
    """The small model knows bytes; the end is seen in what they spell."""
    tokens = small.tokenizer.encode("。")
    assert len(tokens) == 3
    pieces = [small.vocabulary.text(tokens[: count + 1]) for count in range(3)]
    assert [ends_sentence(piece) for piece in pieces] == [False, False, True]


@pytest.mark.parametrize("seed", [0, 3])
def test_the_greedy_twin_takes_the_likeliest_every_time(storybook, seed):
    recording = storybook.generate(PROMPT, Sampling(seed=seed))
    tokens = storybook.tokenizer.encode(PROMPT)
    for token in recording.greedy:
        assert token == storybook.trace(tokens).logits.argmax()
        tokens.append(int(token))
    told = [storybook.vocabulary.text(recording.greedy[: count + 1]) for count in range(len(recording.greedy))]
    assert not any(map(ends_sentence, told[:-1])), "it ends with its first sentence"
    assert ends_sentence(told[-1]) or len(told) == len(recording.steps)


def test_a_number_of_tokens_is_one_for_the_greedy_twin_as_well(storybook):
    recording = storybook.generate(PROMPT, Sampling(seed=0), 14)
    assert len(recording.greedy) == 14
    told = [storybook.vocabulary.text(recording.greedy[:count]) for count in range(1, 14)]
    assert any(map(ends_sentence, told)), "or it would be as long anyway"


def test_it_shares_the_runs_that_are_the_same(storybook):
    """At temperature 0 the drawn text is the greedy one, and nothing runs twice."""
    cold, greedy = (storybook.generate(PROMPT, Sampling(temperature=heat), 4) for heat in (0, 0.8))
    assert cold.greedy.tolist() == drawn(cold) == greedy.greedy.tolist()


def test_the_end_of_text_ends_the_greedy_twin(small, tmp_path):
    usual = small.generate("the king", Sampling(temperature=5.0, seed=1), 5)
    assert usual.greedy[1] not in drawn(usual)[:4], "or the drawn text ends, too"
    end = int(usual.greedy[1])
    ended = Model.load(write_checkpoint(tmp_path, eos_token_id=end)).generate(
        "the king", Sampling(temperature=5.0, seed=1), 5
    )
    assert ended.greedy.tolist() == usual.greedy[: usual.greedy.tolist().index(end) + 1].tolist()


def test_layers_may_come_from_anywhere(small):
    recording = small.generate("the king", new_tokens=2, layers=(layer for layer in [1]))
    assert [step.trace.layers for step in recording.steps] == [(1,), (1,)]
    assert np.isfinite(recording.votes.pushes).all()
