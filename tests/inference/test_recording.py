"""A prompt continued, kept in a file, and read back from files that may be anything."""

import dataclasses
import json
import zipfile

import numpy as np
import pytest

from checkpoints import write_checkpoint
from transformer_cinema.inference import archive
from transformer_cinema.inference.errors import Cancelled, ModelError
from transformer_cinema.inference.examples import Examples, Pair, SameEnding
from transformer_cinema.inference.model import Model
from transformer_cinema.inference.recording import Recording
from transformer_cinema.inference.sampling import Sampling, draw, probabilities, random_numbers

PROMPT = "the old king \x00 机🙂\n"


@pytest.fixture(scope="module")
def recording(small_folder):
    model = Model.load(small_folder)
    pair = Pair("king", ("the old king", "she gave it to the king"))
    model.examples = Examples((pair,), (SameEnding(("the king", "a king", "the old king")),))
    return model.generate(PROMPT, Sampling(temperature=1.5, seed=3), new_tokens=3)


@pytest.fixture
def saved(recording, tmp_path):
    path = tmp_path / "recording.npz"
    recording.save(path)
    return path


def drawn(recording):
    return [step.draw.token for step in recording.steps]


def test_every_step_runs_on_what_was_drawn_before(recording, small):
    tokens = small.tokenizer.encode(PROMPT)
    randoms = random_numbers(3)
    for step in recording.steps:
        assert step.trace.tokens.tolist() == tokens
        assert np.array_equal(step.trace.logits, small.trace(tokens).logits)
        assert step.draw.random == next(randoms)
        assert step.draw.token == draw(probabilities(step.trace.logits, recording.sampling), step.draw.random)
        tokens.append(step.draw.token)
    assert len(recording.steps) == 3


def test_the_lens_is_the_first_steps(recording, small):
    lens = small.logit_lens(recording.steps[0].trace)
    assert np.array_equal(recording.lens.tokens, lens.tokens)
    assert np.array_equal(recording.lens.probabilities, lens.probabilities)


def test_the_seed_decides_the_tokens(storybook):
    prompt = "Once upon a time"
    runs = [drawn(storybook.generate(prompt, Sampling(seed=seed), new_tokens=6)) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_temperature_zero_takes_the_likeliest(storybook):
    steps = storybook.generate("Once upon a time", Sampling(temperature=0), new_tokens=3).steps
    assert all(step.draw.token == step.trace.logits.argmax() for step in steps)


def test_the_end_of_text_ends_the_recording(small, small_folder, tmp_path):
    usual = drawn(small.generate("the king", Sampling(seed=5), new_tokens=5))
    assert len(usual) == 5
    for ends in (usual[1], [399, usual[1]]):
        folder = write_checkpoint(tmp_path / str(ends), eos_token_id=ends)
        ended = drawn(Model.load(folder).generate("the king", Sampling(seed=5), new_tokens=5))
        assert ended == usual[: usual.index(usual[1]) + 1]


def test_a_full_context_ends_the_recording(tmp_path):
    model = Model.load(write_checkpoint(tmp_path, n_ctx=6, eos_token_id=None))
    prompt = "king"
    length = len(model.tokenizer.encode(prompt))
    recording = model.generate(prompt, new_tokens=50)
    assert len(recording.steps[-1].trace.tokens) == 6
    assert len(recording.steps) == 6 - length + 1


def test_progress_counts_all_runs_together(small):
    calls = []
    small.generate("the king", new_tokens=2, progress=lambda *call: calls.append(call))
    done, totals, what = zip(*calls, strict=True)
    assert done[:10] == (0, 1, 2, 3, 4, 4, 5, 6, 7, 8) and what[9] == "token 2/2, unembedding"
    assert list(done) == sorted(done) and len(set(totals)) == 1
    assert done[-1] == totals[-1], "runs that were not needed are counted as done"


def test_cancelling_in_the_second_run(small):
    questions = iter(range(100))
    with pytest.raises(Cancelled):
        small.generate("the king", new_tokens=3, cancelled=lambda: next(questions) == 7)
    assert next(questions) == 8


def test_cancelling_while_the_token_table_is_looked_through(small):
    """That takes seconds with a large one, after all runs."""
    told = []
    with pytest.raises(Cancelled):
        small.generate(
            "the king",
            new_tokens=1,
            progress=lambda done, total, what: told.append(done == total),
            cancelled=lambda: bool(told) and told[-1],
        )
    assert told[-1]


@pytest.mark.parametrize("prompt, new_tokens", [("", 1), ("the king " * 100, 1), ("\ud800", 1), ("the king", 0)])
def test_what_cannot_be_continued_is_refused(small, prompt, new_tokens):
    with pytest.raises(ModelError):
        small.generate(prompt, new_tokens=new_tokens)


def test_a_file_holds_all_of_it(recording, saved):
    loaded = Recording.load(saved)
    assert loaded.prompt == PROMPT
    assert loaded.sampling == recording.sampling
    assert loaded.vocabulary == recording.vocabulary
    assert loaded.model == recording.model
    assert len(loaded.steps) == len(recording.steps)
    for one, other in zip(loaded.steps, recording.steps, strict=True):
        assert one.draw == other.draw
        expected = other.trace.named()
        for name, tensor in one.trace.named().items():
            assert tensor.dtype == expected[name].dtype
            assert np.array_equal(tensor, expected[name]), name
    assert loaded.counts == recording.counts
    assert np.array_equal(loaded.greedy, recording.greedy)
    insights = ((getattr(one.insights, name) for one in (loaded, recording)) for name in ("context", "same_end"))
    others = ((getattr(one, name) for one in (loaded, recording)) for name in ("lens", "weights", "votes"))
    for one, other in (*insights, *others):
        assert type(one) is type(other)
        for field in dataclasses.fields(other):
            expected, found = getattr(other, field.name), getattr(one, field.name)
            assert type(found) is type(expected) and np.array_equal(found, expected), field.name


def test_anyone_can_read_the_file(recording, saved):
    with np.load(saved, allow_pickle=False) as file:
        assert json.loads(str(file["metadata"]))["prompt"] == PROMPT
        trace = recording.steps[0].trace
        assert np.array_equal(file["blocks.1.attn.hook_pattern"], trace.blocks[1].pattern)
        assert np.array_equal(file["hook_embed"], trace.embed)
        assert np.array_equal(file["tokens"], trace.tokens)
        assert np.array_equal(file["steps.2.logits"], recording.steps[2].trace.logits)
        blob, offsets = file["vocabulary.bytes"], file["vocabulary.offsets"]
        last = drawn(recording)[-1]
        assert blob[offsets[last] : offsets[last + 1]].tobytes() == recording.vocabulary.bytes(last)


def test_saving_again_replaces(recording, saved):
    before = saved.read_bytes()
    recording.save(saved)
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_a_failure_leaves_the_old_file_and_nothing_else(recording, saved, monkeypatch):
    before = saved.read_bytes()

    def full_disk(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.np, "savez", full_disk)
    with pytest.raises(ModelError, match="No space left"):
        recording.save(saved)
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_saving_where_nothing_can_be_saved(recording, tmp_path):
    for path in (tmp_path / "missing" / "r.npz", tmp_path / ("x" * 300), tmp_path):
        with pytest.raises(ModelError, match="Can't write"):
            recording.save(path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("length", [0, 1, 100, 5000, -1])
def test_a_truncated_file_is_refused(saved, length):
    saved.write_bytes(saved.read_bytes()[:length])
    with pytest.raises(ModelError, match="damaged"):
        Recording.load(saved)


def test_flipped_bytes_are_noticed(saved):
    content = bytearray(saved.read_bytes())
    content[len(content) // 2] ^= 0xFF
    saved.write_bytes(content)
    with pytest.raises(ModelError, match="damaged"):
        Recording.load(saved)


def test_missing_and_foreign_files_are_refused(tmp_path):
    path = tmp_path / "other.npz"
    with pytest.raises(ModelError, match="no file"):
        Recording.load(path)
    with pytest.raises(ModelError, match="no file"):
        Recording.load(tmp_path)
    path.write_text("not a zip")
    with pytest.raises(ModelError, match="damaged"):
        Recording.load(path)
    np.savez(path, x=np.zeros(3))
    with pytest.raises(ModelError, match="not a recording of this program"):
        Recording.load(path)
    with zipfile.ZipFile(path, "w") as archive_file:
        archive_file.writestr("metadata.npy", "nonsense")
    with pytest.raises(ModelError):
        Recording.load(path)


def test_pickles_are_never_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    path = tmp_path / "trap.npz"
    np.savez(path, metadata=np.array(Trap(), dtype=object))
    with pytest.raises(ModelError):
        Recording.load(path)
    assert not (tmp_path / "sprung").exists()


def _metadata(arrays, **changes):
    metadata = json.loads(str(arrays["metadata"]))
    for key, value in changes.items():
        where = metadata if key in metadata else metadata["model"] if key in metadata["model"] else metadata["sampling"]
        where[key] = value
    arrays["metadata"] = np.array(json.dumps(metadata))


def changed(name, change):
    return lambda arrays: arrays.update({name: change(arrays[name])})


def at(name, index, value):
    def change(arrays):
        arrays[name] = arrays[name].copy()
        arrays[name][index] = value

    return change


OUTPUT = ("rows_O", "W_O")
CHANGES = {
    "a missing tensor": lambda arrays: arrays.pop("blocks.0.hook_resid_mid"),
    "a tensor of a later step": lambda arrays: arrays.pop("steps.2.ln_final"),
    "a tensor's shape": lambda arrays: arrays.update(logits=arrays["logits"][:-1]),
    "another format": lambda arrays: _metadata(arrays, format="something else"),
    "metadata of another shape": lambda arrays: arrays.update(metadata=np.array("[]")),
    "broken metadata": lambda arrays: arrays.update(metadata=np.array("{")),
    "a prompt that is no text": lambda arrays: _metadata(arrays, prompt=5),
    "negative sizes": lambda arrays: _metadata(arrays, n_layer=-1),
    "more layers than there are": lambda arrays: _metadata(arrays, n_layer=10**9),
    "no heads": lambda arrays: _metadata(arrays, n_head=0),
    "senseless sampling": lambda arrays: _metadata(arrays, temperature=-1),
    "a draw out of range": lambda arrays: arrays["draws.token"].__setitem__(1, 400),
    "another token than drawn": lambda arrays: arrays["draws.token"].__setitem__(0, 399),
    "a random number out of range": lambda arrays: arrays["draws.random"].__setitem__(0, 1.0),
    "no steps": lambda arrays: arrays.update({name: arrays[name][:0] for name in ("draws.random", "draws.token")}),
    "more draws than tokens": lambda arrays: arrays.update({"draws.random": np.zeros(4)}),
    "a lens of another model": lambda arrays: arrays.update({"lens.tokens": arrays["lens.tokens"][:-1]}),
    "a lens of unknown tokens": lambda arrays: arrays["lens.tokens"].__setitem__((0, 0), 400),
    "a space of another model": lambda arrays: arrays.update({"meaning.cloud": arrays["meaning.cloud"][:-1]}),
    "neighbours that are no table": lambda arrays: arrays.update({"meaning.neighbours": np.array(5)}),
    "words of another prompt": lambda arrays: arrays["meaning.tokens"].__setitem__(0, 399),
    "a neuron that isn't there": lambda arrays: arrays["neurons.neurons"].__setitem__((0, 0), 10**6),
    "a history of another model": changed("lens.tracked_probabilities", lambda array: array[:-1]),
    "histories of one token": changed("lens.tracked", lambda array: array * 0),
    "a history of an unknown token": at("lens.tracked", 0, 400),
    "a probability above 1": at("lens.tracked_probabilities", (0, 0), 1.5),
    "a word without a second text": lambda arrays: arrays.pop("context.other"),
    "a word in no place": changed("context.positions", lambda array: array[::-1].copy()),
    "another word in the second text": at("context.positions", 1, 0),
    "vectors of another width": changed("context.vectors", lambda array: array[..., :-1]),
    "a cosine above 1": at("context.cosines", 0, 1.1),
    "attention to another text": changed("context.patterns_first", lambda array: array[..., :-1]),
    "attention below 0": at("context.patterns_other", (0, 0, 0), -0.1),
    "an answer that is no token": at("context.next_tokens", (0, 0), -1),
    "answers without a table": changed("context.next_tokens", lambda array: np.array(5)),
    "texts that end in another token": at("same_end.tokens", -1, 5),
    "texts of other lengths": changed("same_end.lengths", lambda array: array - [0, 0, 1]),
    "a text without tokens": changed("same_end.lengths", lambda array: array + [-array[0], array[0], 0]),
    "two texts": changed("same_end.vectors", lambda array: array[:2]),
    "no greedy text": changed("greedy", lambda array: array[:0]),
    "a greedy text that is longer": changed("greedy", lambda array: np.repeat(array, 4)),
    "a greedy text of another run": changed("greedy", lambda array: (array + 1) % 400),
    "greedy tokens that are no numbers": changed("greedy", lambda array: array.astype(np.float32)),
    "a greedy token that isn't there": at("greedy", -1, 400),
    "numbers that don't add up": lambda arrays: _metadata(arrays, n_parameters=5),
    "numbers that aren't counted": lambda arrays: _metadata(arrays, counts={"rest": 5}),
    "weights without votes": lambda arrays: [arrays.pop(f"votes.{name}") for name in ("words", "pushes")],
    "votes without weights": lambda arrays: [arrays.pop(name) for name in list(arrays) if "weights." in name],
    "votes of another model": changed("votes.pushes", lambda array: array[:, :-1]),
    "votes on one word twice": changed("votes.words", lambda array: array * 0),
    "votes on a word that isn't there": at("votes.words", 0, 400),
    "a layer that isn't there": at("weights.layer", (), 2),
    "a head that isn't there": at("weights.head", (), 4),
    "a layer that is no number": changed("weights.layer", lambda array: np.array(0.5)),
    "several layers": changed("weights.layer", lambda array: np.arange(2)),
    "a matrix of another shape": changed("weights.W_Q", lambda array: array.T),
    "a matrix of another type": changed("weights.W_in", lambda array: array.astype(np.float64)),
    "rows out of order": changed("weights.rows_mlp", lambda array: array[::-1]),
    "more rows than numbers": changed("weights.rows_mlp", lambda array: array[:-1]),
    "rows that aren't there": at("weights.rows_E", -1, 400),
    "a prompt without its rows": lambda arrays: arrays.update(
        {f"weights.{name}": arrays[f"weights.{name}"][-9:] for name in ("rows_E", "W_E")}
    ),
    "a head without its rows": lambda arrays: arrays.update(
        {f"weights.{name}": np.delete(arrays[f"weights.{name}"], 8 * arrays["weights.head"], 0) for name in OUTPUT}
    ),
    "a matrix without rows": lambda arrays: arrays.update(
        {f"weights.{name}": arrays[f"weights.{name}"][:0] for name in ("rows_mlp", "W_in", "W_out")}
    ),
    "an input of another prompt": changed("weights.attn_input", lambda array: array[:-1]),
    "a shorter vocabulary": lambda arrays: arrays.update({"vocabulary.offsets": arrays["vocabulary.offsets"][:-1]}),
    "a vocabulary out of order": lambda arrays: arrays["vocabulary.offsets"].__setitem__(3, -5),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_recording_that_contradicts_itself_is_refused(saved, change):
    arrays = archive.read(saved)
    change(arrays)
    archive.write(saved, arrays)
    with pytest.raises(ModelError, match="recording"):
        Recording.load(saved)


UNSOUND = ["blocks.1.attn.hook_pattern", "steps.1.logits", "lens.probabilities", "weights.W_out", "votes.pushes"]
UNSOUND += ["context.vectors", "same_end.next_probabilities", "weights.mlp_input", "lens.tracked_probabilities"]


@pytest.mark.parametrize("name", UNSOUND)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_no_numbers_are_refused_and_named(saved, name, value):
    arrays = dict(archive.read(saved))
    arrays[name] = arrays[name].copy()
    arrays[name].flat[-1] = value
    archive.write(saved, arrays)
    with pytest.raises(ModelError, match=rf"{name} holds values that are no numbers"):
        Recording.load(saved)


def test_only_scores_of_the_future_may_be_infinite(saved):
    arrays = dict(archive.read(saved))
    assert (arrays["blocks.0.attn.hook_attn_scores"] == -np.inf).any()
    arrays["weights.W_O"][0, 0] = -np.inf
    archive.write(saved, arrays)
    with pytest.raises(ModelError, match="W_O holds values that are no numbers"):
        Recording.load(saved)
