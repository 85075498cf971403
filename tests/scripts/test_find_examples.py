"""Examples that a model is searched for, and those of the models that come with the extension."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from _examples import search
from transformer_cinema.inference import embedded
from transformer_cinema.inference.derived import cosine
from transformer_cinema.inference.model import Model
from transformer_cinema.inference.sampling import Sampling

SCRIPT = Path(__file__).parents[2] / "scripts/find_examples.py"
CANDIDATES = """
[[en.context]]
word = "well"
one = ["The ball fell into the well", "not at its end: well."]
other = ["She could sing very well"]
[[en.same_end]]
texts = ["Once upon a time there was a", "The king sat on a", "He cut the bread with a", "The queen had the"]
[[en.greedy]]
text = "One day the fox said"
"""


@pytest.fixture(scope="module")
def storybook():
    return Model.load(embedded.MODELS["storybook"])


def final(model, text):
    return model.trace(text).resid(2 * model.info.n_layer)[-1]


@pytest.fixture(scope="module", params=embedded.MODELS)
def shipped(request):
    """A model that comes with the extension, and its film.toml."""
    folder = embedded.MODELS[request.param]
    return Model.load(folder), tomllib.loads((folder / "film.toml").read_text(encoding="utf-8"))


class TestShipped:
    def test_words_part(self, shipped):
        model, examples = shipped
        assert examples["context"]
        for entry in examples["context"]:
            ids = [model.tokenizer.encode(text)[-1] for text in entry["texts"]]
            assert ids[0] == ids[1] and model.vocabulary.text(ids[:1]).strip() == entry["word"]
            assert cosine(*(final(model, text) for text in entry["texts"])) < 0.7

    def test_one_end_goes_on_in_three_ways(self, shipped):
        model, examples = shipped
        assert examples["same_end"]
        for entry in examples["same_end"]:
            assert len({model.tokenizer.encode(text)[-1] for text in entry["texts"]}) == 1
            assert len({int(model.trace(text).logits.argmax()) for text in entry["texts"]}) == 3

    def test_the_likeliest_words_repeat_themselves(self, shipped):
        model, examples = shipped
        for entry in examples["greedy"]:
            dull = search.written(model, entry["text"], Sampling(temperature=0.0))
            lively = search.written(model, entry["text"], Sampling(seed=entry["seed"]))
            assert search.repetition(dull) > search.repetition(lively)


def test_repetition():
    assert search.repetition([1, 2, 3, 4, 5, 6]) == 0
    assert search.repetition([1, 2, 3, 1, 2, 3]) == pytest.approx(1 / 4)
    assert search.repetition([1, 2]) == 1


def test_the_clearest_come_first(storybook):
    texts = ["The ball fell into the well", "She fell into the well", "She could sing very well"]
    candidates = [
        {"word": "well", "one": texts[:1], "other": texts[1:2]},
        {"word": "well", "one": texts[:2], "other": texts[2:]},
    ]
    (near, one), (far, other) = reversed(search.context_pairs(storybook, candidates))
    assert far < near
    assert other["texts"][1] == texts[2]
    assert far == min(cosine(final(storybook, text), final(storybook, texts[2])) for text in texts[:2])
    assert near == pytest.approx(cosine(*(final(storybook, text) for text in one["texts"])))


def test_an_end_that_differs_is_left_out(storybook):
    texts = tomllib.loads(CANDIDATES)["en"]["same_end"][0]["texts"]
    ((distance, entry),) = search.same_ends(storybook, [{"texts": texts}])
    assert entry["texts"] == texts[:3] and 0 < distance <= 1


def test_the_script_writes_what_it_found(tmp_path, storybook_folder):
    (tmp_path / "candidates.toml").write_text(CANDIDATES, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, SCRIPT, "--model", storybook_folder, "--candidates", tmp_path / "candidates.toml"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    examples = tomllib.loads((storybook_folder / "film.toml").read_text(encoding="utf-8"))
    assert examples["context"] == [
        {"word": "well", "texts": ["The ball fell into the well", "She could sing very well"]}
    ]
    assert len(examples["same_end"]) == 1


@pytest.fixture
def storybook_folder(tmp_path):
    """A copy of storybook without a film.toml."""
    folder = tmp_path / "storybook"
    folder.mkdir()
    for path in embedded.MODELS["storybook"].iterdir():
        if path.name != "film.toml":
            (folder / path.name).write_bytes(path.read_bytes())
    return folder
