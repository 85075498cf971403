"""The film picks the head that tells something, and takes every number from the run that computed it."""

import dataclasses

import numpy as np
import pytest

from transformer_cinema.addon.film.direction import (
    MAX_DRAWN,
    MAX_SHOWN,
    MAX_TOKENS,
    Focus,
    make_script,
    most_drawn,
)
from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.inference.focus import telling, telling_heads
from transformer_cinema.inference.sampling import MOST_TOKENS, Sampling

COUNT = 8


def attention(rows):
    """Scores [T, T] -> a causal pattern whose rows sum to 1."""
    causal = np.tril(np.exp(rows))
    return causal / causal.sum(-1, keepdims=True)


def pattern(kind):
    scores = np.zeros((COUNT, COUNT))
    query = np.arange(COUNT)
    if kind == "sink":
        scores[:, 0] = 6
    elif kind == "self":
        scores[query, query] = 6
    elif kind == "previous":
        scores[query[1:], query[:-1]] = 6
    elif kind == "distant":
        scores[query[4:], 2] = 6
    return attention(scores)


@pytest.mark.parametrize("kind", ["even", "sink", "self", "previous"])
def test_a_head_that_picks_out_a_distant_token_tells_more(kind):
    heads = np.stack([pattern(kind), pattern("distant")])
    assert telling(heads).argmax() == 1
    assert telling(heads)[1] > 2 * telling(heads)[0]


def test_it_measures_each_head_of_each_layer():
    heads = np.stack([np.stack([pattern("sink"), pattern("distant")]), np.stack([pattern("even"), pattern("self")])])
    measured = telling(heads)
    assert measured.shape == (2, 2)
    assert measured[0, 1] == telling(pattern("distant"))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_shortest_prompts_have_no_distant_tokens(count):
    assert telling(np.tril(np.ones((count, count)))).tolist() == 0.0


def test_the_user_may_choose(recording, script):
    chosen = make_script(recording, Focus(layer=2, head=5, token=3))
    assert (chosen.focus_layer, chosen.focus_head, chosen.focus_query) == (1, 4, 2)
    assert chosen.focus_word == script.tokens[2]
    assert chosen.focus_heads[1] == 4


def test_what_the_user_leaves_open_is_chosen_from_the_data(recording, script):
    score = np.array([telling_heads(block) for block in script.trace.blocks])
    in_layer, as_head = make_script(recording, Focus(layer=3)), make_script(recording, Focus(head=2))
    assert (in_layer.focus_layer, in_layer.focus_head) == (2, score[2].argmax())
    assert (as_head.focus_layer, as_head.focus_head) == (score[:, 1].argmax(), 1)
    assert script.focus_query == script.prompt_count - 1


@pytest.mark.parametrize("focus", [Focus(layer=0), Focus(layer=7), Focus(head=7), Focus(token=8), Focus(token=-1)])
def test_a_focus_that_is_not_there(recording, focus):
    with pytest.raises(FilmError, match="counted from 1 to"):
        make_script(recording, focus)


def test_the_word_in_space_has_a_family(storybook):
    recording = storybook.generate("He ran and the mother cried", new_tokens=1)
    script, meaning = make_script(recording), recording.insights.meaning
    assert storybook.vocabulary.label(script.focus_word) == "·ran"
    near = meaning.neighbours[meaning.tokens.tolist().index(script.focus_word)]
    assert {"·rushed", "·running", "·sprang"} <= {storybook.vocabulary.label(int(token)) for token in near}


def test_the_family_is_one_of_words(recording, script, storybook):
    """ "was" stands out most, and one of its nearest is a comma; "there" has its own spellings beside it."""
    meaning = recording.insights.meaning
    names = {
        storybook.vocabulary.label(int(token)): [storybook.vocabulary.label(int(one)) for one in near]
        for token, near in zip(meaning.tokens, meaning.neighbours, strict=True)
    }
    most = storybook.vocabulary.label(int(meaning.tokens[1:][meaning.telling[1:].argmax()]))
    assert most == "·was" and "," in names[most], "or the usual choice would be as good"
    near = [name.removeprefix("·").lower() for name in names[storybook.vocabulary.label(script.focus_word)]]
    assert all(map(str.isalpha, near)) and len(set(near)) == len(near)


def test_the_focus_is_the_head_that_tells_most(recording, script):
    blocks = script.trace.blocks
    score = np.array([telling_heads(block) for block in blocks])
    assert score[script.focus_layer, script.focus_head] == score.max()
    assert script.focus_heads.tolist() == score.argmax(1).tolist()
    assert script.focus_heads[script.focus_layer] == script.focus_head


def test_every_vector_comes_from_the_run_that_computed_it(recording, script):
    """Prompt tokens from the first run; each drawn token from the run that read it first."""
    first = recording.steps[0].trace
    prompt = len(first.tokens)
    layers = first.model.n_layer
    sources = [(first, token, token) for token in range(prompt)]
    sources += [(step.trace, -1, prompt + i) for i, step in enumerate(recording.steps[1:])]
    assert script.stream.shape == (2 * layers + 2, len(sources), first.model.d_model)
    for trace, row, column in sources:
        assert (script.stream[0, column] == trace.embed[row]).all()
        assert (script.updates[0, column] == trace.pos_embed[row]).all()
        for checkpoint in range(2 * layers + 1):
            assert (script.stream[checkpoint + 1, column] == trace.resid(checkpoint)[row]).all()
        for layer, block in enumerate(trace.blocks):
            assert (script.updates[2 * layer + 1, column] == block.attn_out[row]).all()
            assert (script.updates[2 * layer + 2, column] == block.mlp_out[row]).all()
            assert (script.activations[layer, column] == block.post[row]).all()


def test_every_token_is_there_and_the_last_drawn_one_has_no_vector_yet(recording, script):
    drawn = [step.draw.token for step in recording.steps]
    assert script.tokens.tolist() == [*recording.steps[0].trace.tokens, *drawn]
    assert script.count == len(script.tokens) - 1
    assert script.prompt_count == len(recording.steps[0].trace.tokens)


def test_earlier_vectors_stay_when_the_text_grows(recording, script):
    """Why one table is enough for all runs: no token looks ahead."""
    last = recording.steps[-1].trace
    for checkpoint in range(2 * last.model.n_layer + 1):
        assert script.stream[checkpoint + 1] == pytest.approx(last.resid(checkpoint), abs=1e-4)


@pytest.mark.parametrize("drawn", [1, 4])
def test_too_many_tokens_are_counted_in_the_error(roomy, drawn):
    fits = roomy.generate("a" * 9, Sampling(temperature=0), drawn)
    too_many = roomy.generate(of_length(roomy, MAX_TOKENS), Sampling(temperature=0), drawn)
    make_script(fits)
    count = len(too_many.steps[-1].trace.tokens) + 1
    assert count > MAX_TOKENS
    with pytest.raises(FilmError, match=rf"\b{count}\b.*\b{MAX_TOKENS}\b"):
        make_script(too_many)


def of_length(model, count):
    """A prompt of so many tokens."""
    return next(text for text in ("a" * n for n in range(9, 300)) if len(model.tokenizer.encode(text)) == count)


def test_the_largest_number_of_tokens_fits_and_its_last_ones_are_shown(roomy):
    recording = roomy.generate(of_length(roomy, MAX_TOKENS - 1), Sampling(temperature=0), 1)
    script = make_script(recording)
    assert script.text_count == MAX_TOKENS - 1 and script.prompt_count == MAX_SHOWN
    assert script.tokens.tolist() == [*recording.steps[0].trace.tokens[-MAX_SHOWN:], recording.steps[0].draw.token]
    trace, shown = recording.steps[0].trace, slice(-MAX_SHOWN, None)
    assert (script.stream[1] == trace.resid(0)[shown]).all()
    assert (script.heads_results[0] == trace.blocks[script.focus_layer].z[shown].reshape(MAX_SHOWN, -1)).all()
    assert script.focus_word in trace.tokens[shown]
    assert (np.diff(script.text_x) > 0).all()


def test_only_a_shown_token_can_be_followed(roomy):
    recording = roomy.generate(of_length(roomy, 40), Sampling(temperature=0), 1)
    assert make_script(recording, Focus(token=25)).focus_query == 24
    with pytest.raises(FilmError, match="last tokens, 25 to 40"):
        make_script(recording, Focus(token=24))


def test_a_recording_without_a_step_is_an_error(recording):
    with pytest.raises(FilmError, match="no step"):
        make_script(dataclasses.replace(recording, steps=()))


def test_the_recorded_head_is_the_one_to_film(roomy):
    recording = roomy.generate("the king had a ball", Sampling(temperature=0), 1, focus=(1, 3))
    script = make_script(recording)
    assert (script.focus_layer, script.focus_head) == (1, 3)
    assert script.weights is recording.weights and script.votes is recording.votes
    other = make_script(recording, Focus(layer=1, head=1))
    assert (other.focus_layer, other.focus_head) == (0, 0)
    assert other.weights is None and other.votes is None


def test_how_much_may_be_drawn():
    assert most_drawn(10) == MOST_TOKENS
    assert most_drawn(MAX_TOKENS - 3) == 3, "what still fits"
    assert most_drawn(10, 20) == 20
    for prompt, drawn in ((MAX_TOKENS, None), (MAX_TOKENS - 3, 4), (10, MAX_DRAWN + 1)):
        with pytest.raises(FilmError, match="at most"):
            most_drawn(prompt, drawn)


def test_a_favourite_with_a_score_below_zero_is_not_chosen(recording):
    """Where another head has one above it: 0.7 of the weight for a score of −8 puzzles whoever sees it."""
    from dataclasses import replace

    block = recording.steps[0].trace.blocks[0]
    best = int(telling_heads(block).argmax())
    scores = block.attn_scores.copy()
    scores[best] -= 1 + scores[best].max()
    assert int(telling_heads(replace(block, attn_scores=scores)).argmax()) != best
