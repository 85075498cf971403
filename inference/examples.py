"""Texts that show something about a model: from film.toml in its folder, for known models, and for any other.

film.toml, all of it optional:

    [[context]]                                     # one word, two meanings
    word = "left"
    texts = ["She took his left", "Only one was left"]
    [[same_end]]                                    # three texts that end in the same token
    texts = ["…", "…", "…"]
    [[greedy]]                                      # a prompt that is dull at temperature 0, and a livelier seed
    text = "Once upon a time"
    seed = 0
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .errors import ModelError
from .files import read_text, reason, shown

FILE = "film.toml"


@dataclass(frozen=True)
class Pair:
    """One word in two texts."""

    word: str
    texts: tuple[str, ...]  # 2


@dataclass(frozen=True)
class SameEnding:
    """Texts that end in the same token."""

    texts: tuple[str, ...]  # 3


@dataclass(frozen=True)
class Greedy:
    """A prompt whose likeliest continuation is dull, and the seed of a livelier one."""

    text: str
    seed: int


@dataclass(frozen=True)
class Examples:
    """What is known to show something with one model, the best first."""

    context: tuple[Pair, ...] = ()
    same_end: tuple[SameEnding, ...] = ()
    greedy: tuple[Greedy, ...] = ()


_GPT2 = Examples(
    context=(
        Pair("model", ("They trained a machine learning model", "She was a famous fashion model")),
        Pair("left", ("She took his left", "Only one was left")),
    ),
    same_end=(
        SameEnding(("The pilot landed the", "The chef cooked the", "The judge read the")),
        SameEnding(("Once upon a time there was a", "The king sat on a", "He cut the bread with a")),
    ),
)
BY_NAME = dict.fromkeys(("distilgpt2", "gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl"), _GPT2)

# For a model of which nothing is known: the words that end these are tried one after another.
PAIRS = (
    *_GPT2.context,
    Pair("kind", ("The queen was kind", "It was another kind")),
    Pair("well", ("The ball fell into the well", "She could sing very well")),
    Pair("ring", ("The bell began to ring", "He gave her a golden ring")),
    Pair("light", ("The bag was very light", "She turned on the light")),
    Pair("bank", ("They sat on the river bank", "He put his money in the bank")),
    Pair("花", ("院子里开满了花", "这些钱不知道怎么花")),
    Pair("米", ("他一顿吃两碗米", "这根绳子长三米")),
    Pair("会", ("明天公司要开会", "这个孩子什么都会")),
)
ENDINGS = (
    *reversed(_GPT2.same_end),
    SameEnding(("今天的天气太好了", "他终于回到家了", "孩子们都睡着了")),
)


def examples_of(folder: Path, name: str) -> Examples:
    """The examples of the model in a folder, known by a name. Raises ModelError for a film.toml that is none."""
    path = folder / FILE
    return _read(path) if path.is_file() else BY_NAME.get(name, Examples())


def _read(path: Path) -> Examples:
    text = read_text(path)
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} can't be read as TOML ({reason(error)}); correct it or delete it.") from error
    for name in content:
        if name not in _READERS:
            raise ModelError(f"{path}: there is no {shown(name)} in it, only {', '.join(_READERS)}; correct it.")
    found = {name: tuple(_entries(path, name, content.get(name, []))) for name in _READERS}
    return Examples(**found)


def _entries(path: Path, name: str, entries: object) -> list:
    if not isinstance(entries, list):
        raise ModelError(f"{path}: {name} must be a list of tables, written [[{name}]].")
    read, wanted = _READERS[name]
    found = []
    for number, entry in enumerate(entries, 1):
        try:
            found.append(read(**entry))
        except (TypeError, ValueError):  # not a table, another key, or a value that makes no sense
            raise ModelError(f"{path}: [[{name}]] number {number} must have {wanted}; correct it.") from None
    return found


def _pair(word: object, texts: object) -> Pair:
    texts = _texts(texts, 2)
    if not _is_text(word) or any(word not in text for text in texts):
        raise ValueError
    return Pair(word, texts)


def _same_ending(texts: object) -> SameEnding:
    return SameEnding(_texts(texts, 3))


def _greedy(text: object, seed: object) -> Greedy:
    if not _is_text(text) or type(seed) is not int or seed < 0:
        raise ValueError
    return Greedy(text, seed)


def _texts(texts: object, count: int) -> tuple[str, ...]:
    if not isinstance(texts, list) or len(texts) != count or not all(_is_text(text) for text in texts):
        raise ValueError
    return tuple(texts)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


_READERS: dict[str, tuple[Callable, str]] = {
    "context": (_pair, "a word, and two texts with that word"),
    "same_end": (_same_ending, "three texts"),
    "greedy": (_greedy, "a text, and a seed from 0 up"),
}
