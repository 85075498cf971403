"""The film's copy of the numbers: all that is recorded of the focus is in it, and comes back from its bytes."""

import dataclasses

import numpy as np
import pytest

from transformer_cinema.addon.film.direction import Focus, make_script
from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.film.evidence import SHOWN, Evidence

CONTRAST = "a sea of the king"


def record(small, **wishes):
    from transformer_cinema.inference.sampling import Sampling

    return small.generate("the king and the sea", Sampling(seed=1), 2, **{"contrast": CONTRAST, **wishes})


@pytest.fixture(scope="module")
def own(recording):
    """The evidence of the usual film."""
    return Evidence.of(make_script(recording))


def test_it_has_what_was_recorded(own, recording):
    groups = {"": recording.weights, "vote_": recording.votes}
    groups |= {"word_": recording.insights.context, "end_": recording.insights.same_end}
    for prefix, group in groups.items():
        for field in dataclasses.fields(group):
            if field.type is np.ndarray:
                assert np.array_equal(getattr(own, prefix + field.name), getattr(group, field.name)), field.name
    assert np.array_equal(own.greedy, recording.greedy) and own.counts == recording.counts


def test_a_score_can_be_worked_out_from_it(own):
    """As a film shows it: the query times each key, divided by √dh."""
    last = own.q[-1].astype(np.float64)
    scores = [(last * key).sum() / np.sqrt(own.model.d_head) for key in own.k]
    assert scores == pytest.approx(own.scores[-1], abs=1e-4)
    assert own.attn_input @ own.W_Q + own.b_Q == pytest.approx(own.q, abs=1e-4)
    assert own.mlp_input @ own.W_in.T + own.b_in == pytest.approx(own.pre, abs=1e-4)


def test_the_last_vectors_give_the_logits(own):
    """The small model of the tests and the embedded one unembed with the token table."""
    assert own.last @ own.W_E.T == pytest.approx(own.logits, abs=1e-3)


def test_it_comes_back_from_its_bytes(own):
    back = Evidence.from_bytes(own.to_bytes())
    for field in dataclasses.fields(own):
        one, other = getattr(own, field.name), getattr(back, field.name)
        if isinstance(one, np.ndarray):
            assert one.dtype == other.dtype and np.array_equal(one, other), field.name
        else:
            assert one == other, field.name


def test_what_half_precision_holds_is_kept_in_it(own):
    """The embedded model's weights are; others keep every bit, too."""
    assert len(own.to_bytes()) < 0.9 * len(dataclasses.replace(own, W_E=own.W_E * np.float32(1.1)).to_bytes())
    odd = dataclasses.replace(own, W_E=np.array([[1e9, 1e-9, 0.1, -np.inf]], np.float32))
    assert np.array_equal(Evidence.from_bytes(odd.to_bytes()).W_E, odd.W_E)


def test_whatever_may_be_shown_has_a_label(own):
    for name in SHOWN:
        assert {int(token) for token in getattr(own, name).ravel()} <= set(own.labels), name


def test_a_film_of_another_head_has_no_weights(small):
    recorded = record(small, focus=(0, 1))
    other = Evidence.of(make_script(recorded, Focus(1, 1)))
    assert not other.W_Q.size and not other.vote_pushes.size
    assert Evidence.from_bytes(other.to_bytes()).W_E.size == 0
    assert other.of_recording(record(small, focus=(1, 1))).focus_head == 0, "nothing in it is of that head"


@pytest.mark.parametrize(
    ("wishes", "why"),
    [
        ({"focus": (0, 2)}, "the weights of another head"),
        ({"contrast": "the king of a sea"}, "a word in two other texts"),
        ({"contrast": None}, "a word in two other texts"),
    ],
)
def test_a_recording_with_other_numbers_is_another(small, wishes, why):
    evidence = Evidence.of(make_script(record(small, focus=(0, 1))))
    assert evidence.of_recording(record(small, focus=(0, 1))).W_Q.size
    with pytest.raises(FilmError, match=why):
        evidence.of_recording(record(small, **{"focus": (0, 1), **wishes}))


def test_a_recording_without_the_word_is_another(small):
    recording = record(small)
    without = dataclasses.replace(recording, insights=dataclasses.replace(recording.insights, context=None))
    for film, other in ((recording, without), (without, recording)):
        with pytest.raises(FilmError, match="only one of the two has a word in two texts"):
            Evidence.of(make_script(film)).of_recording(other)


def test_a_film_without_texts_of_its_own(tmp_path):
    from checkpoints import write_checkpoint
    from transformer_cinema.inference.model import Model

    bare = Model.load(write_checkpoint(tmp_path, n_ctx=3)).generate("a", new_tokens=1)
    evidence = Evidence.from_bytes(Evidence.of(make_script(bare)).to_bytes())
    assert evidence.word_vectors.size == evidence.end_vectors.size == 0
    assert evidence.table["word"].size == 0
