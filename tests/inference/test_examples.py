"""film.toml: what it may say, and that everything else is refused with one sentence that names the file."""

import shutil

import pytest

from transformer_cinema.inference.errors import ModelError
from transformer_cinema.inference.examples import BY_NAME, ENDINGS, PAIRS, Examples, examples_of
from transformer_cinema.inference.hub import KNOWN
from transformer_cinema.inference.model import EMBEDDED_MODEL, Model

WHOLE = """
[[context]]
word = "left"
texts = ["She took his left", "Only one was left"]
[[context]]
word = "花"
texts = ["院子里开满了花", "钱不知道怎么花"]
[[same_end]]
texts = ["It was a", "He had a", "She saw a"]
[[greedy]]
text = "Once upon a time"
seed = 7
"""


def read(folder, text):
    (folder / "film.toml").write_text(text, encoding="utf-8")
    return examples_of(folder, "gpt2")


def test_a_file_is_read(tmp_path):
    found = read(tmp_path, WHOLE)
    assert [pair.word for pair in found.context] == ["left", "花"]
    assert found.context[0].texts == ("She took his left", "Only one was left")
    assert found.same_end[0].texts == ("It was a", "He had a", "She saw a")
    assert (found.greedy[0].text, found.greedy[0].seed) == ("Once upon a time", 7)


def test_it_goes_before_what_is_known(tmp_path):
    assert examples_of(tmp_path, "gpt2").context[0].word == "model"
    assert read(tmp_path, "") == Examples() == examples_of(tmp_path / "elsewhere", "another")


def test_every_known_model_of_english_has_examples():
    assert set(BY_NAME) == {name for name in KNOWN if "chinese" not in name}  # in Chinese, PAIRS are tried


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.word)
def test_the_words_to_search_for_end_both_texts(pair):
    assert len(set(pair.texts)) == 2 and all(text.endswith(pair.word) for text in pair.texts)


def test_the_texts_to_search_among_end_alike():
    for ending in ENDINGS:
        assert len(set(ending.texts)) == 3 and len({text.split()[-1][-1] for text in ending.texts}) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[context]", "can't be read as TOML"),
        ("[[contexts]]", "there is no contexts"),
        ("greedy = 5", "greedy must be a list of tables"),
        ("[context]\nword = 'a'", "context must be a list of tables"),
        ("context = [5]", r"\[\[context\]\] number 1 must have a word, and two texts"),
        ("[[context]]\nword = 'left'", "number 1 must have a word, and two texts"),
        ("[[context]]\nword = 'left'\ntexts = ['left']", "number 1 must have a word, and two texts"),
        ("[[context]]\nword = 'left'\ntexts = ['left', 'right']", "two texts with that word"),
        ("[[context]]\nword = ''\ntexts = ['left', 'right']", "number 1 must have a word"),
        ("[[context]]\nword = 3\ntexts = ['3', '3']", "number 1 must have a word"),
        (WHOLE + "[[context]]\nword = 'a'\ntexts = ['a', 'a']\nmore = 1", "number 3 must have a word"),
        ("[[same_end]]\ntexts = ['a', 'a']", "number 1 must have three texts"),
        ("[[same_end]]\ntexts = ['a', 'a', ' ']", "number 1 must have three texts"),
        ("[[same_end]]\ntexts = ['a', 'a', 5]", "number 1 must have three texts"),
        ("[[same_end]]\ntexts = 'abc'", "number 1 must have three texts"),
        ("[[greedy]]\ntext = 'a'\nseed = -1", "number 1 must have a text, and a seed"),
        ("[[greedy]]\ntext = 'a'\nseed = true", "number 1 must have a text, and a seed"),
        ("[[greedy]]\ntext = 'a'", "number 1 must have a text, and a seed"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path, text, message):
    with pytest.raises(ModelError, match=message) as caught:
        read(tmp_path, text)
    said = str(caught.value)
    assert "film.toml" in said and said.endswith(".") and "\n" not in said


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "film.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ModelError, match="can't be read"):
        examples_of(tmp_path, "gpt2")


def test_a_model_with_a_bad_file_is_refused(small_folder, tmp_path):
    folder = shutil.copytree(small_folder, tmp_path / "model")
    (folder / "film.toml").write_text("[[context]]", encoding="utf-8")
    with pytest.raises(ModelError, match="film.toml"):
        Model.load(folder)


def test_the_embedded_models_examples_can_all_be_used():
    model = Model.load(EMBEDDED_MODEL)
    assert model.examples.context and model.examples.same_end and model.examples.greedy
    for pair in model.examples.context:
        one, other = (model.tokenizer.encode(text) for text in pair.texts)
        assert one[-1] == other[-1] and model.vocabulary.text(one[-1:]).strip() == pair.word
    for ending in model.examples.same_end:
        assert len({model.tokenizer.encode(text)[-1] for text in ending.texts}) == 1
