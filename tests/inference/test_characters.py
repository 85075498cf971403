"""Texts as their readers' characters, against the regular expression \\X of another library (Oniguruma)."""

import random
import unicodedata
from itertools import accumulate

import pytest
import tokenizers

from prompts import PROMPTS
from transformer_cinema.inference.characters import characters, first_letters, last_letters

CLUSTERS = tokenizers.pre_tokenizers.Split(tokenizers.Regex(r"\X"), "isolated")
RANGES = (
    "\x0a\x0d \u0250\u0300\u0370\u0400\u0480\u0590\u0700\u0900\u0d80\u0e00\u0f00\u1100\u1200\u1780\u17f0\u200b\u2010"
    "\u20d0\u20f1\u2600\u2700\u3040\u30ff\uac00\uac40\ufe00\ufe10\U0001f1e6\U0001f200\U0001f3f4\U0001f400\U0001f466"
    "\U0001f46a\U000e0060\U000e0080"
)


def ends(parts):
    return set(accumulate(map(len, parts)))


def clusters(text):
    return [part for part, _ in CLUSTERS.pre_tokenize_str(text)]


@pytest.mark.parametrize("text", PROMPTS)
def test_the_characters_of_a_text_are_those_that_its_readers_see(text):
    assert "".join(characters(text)) == text
    assert ends(characters(text)) <= ends(clusters(text))
    # The other library is older: it knows nothing of conjuncts, such as the first two consonants of क्षत्रिय.
    if not any(unicodedata.combining(letter) == 9 for letter in text):
        assert characters(text) == clusters(text)


def test_no_character_is_cut_whatever_follows_what():
    pairs = zip(RANGES[::2], RANGES[1::2], strict=True)
    pool = [chr(code) for first, last in pairs for code in range(ord(first), ord(last))]
    pool = [letter for letter in pool if unicodedata.category(letter) != "Cn"]
    chance = random.Random(1)
    for _ in range(20_000):
        text = "".join(chance.choices(pool, k=chance.randint(2, 6)))
        assert ends(characters(text)) <= ends(clusters(text)), text.encode("unicode_escape")


@pytest.mark.parametrize("most", [1, 3, 7])
def test_shortened_texts_are_cut_between_characters(most):
    for text in PROMPTS:
        check_shortened(text, most)


def check_shortened(text, most):
    first, last = first_letters(text, most), last_letters(text, most)
    if len(text) > most:
        assert first.endswith("…") and len(first) <= most
        kept = first.removesuffix("…")
        assert text.startswith(kept) and len(kept) in {0, *ends(clusters(text))}
        assert len(last) <= most and text.endswith(last)
        assert len(text) - len(last) in ends(clusters(text))
    else:
        assert (first, last) == (text, text)
