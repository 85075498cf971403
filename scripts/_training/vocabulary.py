"""Tokenizers learned from a text: GPT-2's byte-level BPE, and the same with whole characters as its only merges."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from .corpus import END_OF_TEXT

SMALLEST = 257  # every byte, and the end of a text
LONGEST = 10_000  # characters of text in one go: the time for a word without an end grows with its square
_GB2312 = (bytes([row, cell]) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))  # its first level
COMMON_HAN = "".join(pair.decode("gb2312", "ignore") for pair in _GB2312)
CHINESE_SIGNS = "，。、；：？！“”‘’（）《》〈〉【】『』「」—…·～"
CHARACTERS_A_TOKEN = 50  # of text, at least; else most tokens are seen too seldom to be learned


def largest(characters: int) -> int:
    """How many tokens can be learned from a text of so many characters."""
    return SMALLEST + characters // CHARACTERS_A_TOKEN


def learn_words(texts: Iterable[str], n_vocab: int) -> Tokenizer:
    """GPT-2's kind of tokenizer (Radford et al. 2019, section 2.2), with merges learned from `texts`."""
    tokenizer = _byte_level(models.BPE())
    trainer = trainers.BpeTrainer(
        vocab_size=n_vocab,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    cut = (text[start : start + LONGEST] for text in texts for start in range(0, len(text), LONGEST))
    tokenizer.train_from_iterator(cut, trainer)
    return tokenizer


def learn_characters(texts: Iterable[str], n_vocab: int) -> Tokenizer:
    """A byte-level BPE that merges the bytes of a character and no more: Chinese is read a character a token.

    The most frequent characters of `texts` become tokens, until there are `n_vocab`; where they are Chinese, then the
    common ones of modern Chinese that they don't have: a prompt may. Any other is still written exactly, as its bytes.
    """
    counts = Counter()
    for text in texts:
        counts.update(text)
    if any(counts[character] for character in COMMON_HAN):
        counts.update(dict.fromkeys(COMMON_HAN + CHINESE_SIGNS, 0))
    letters = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    vocabulary = {token: number for number, token in enumerate([END_OF_TEXT, *sorted(letters.alphabet())])}
    merges = {}
    for character, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        spelled = letters.pre_tokenize_str(character)[0][0]
        wanted = [(spelled[:end], spelled[end]) for end in range(1, len(spelled))]
        new = [pair for pair in wanted if pair not in merges]
        if len(vocabulary) + len(new) > n_vocab:
            break
        for pair in new:
            merges[pair] = len(pair[0])
            vocabulary["".join(pair)] = len(vocabulary)
    ordered = sorted(merges, key=merges.get)  # first two bytes, then three, then four; otherwise the most frequent
    return _byte_level(models.BPE(vocab=vocabulary, merges=ordered))


def _byte_level(model: models.BPE) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([END_OF_TEXT])
    return tokenizer


def of_model(folder: Path) -> Tokenizer:
    """The tokenizer that a model made here has."""
    return Tokenizer.from_file(str(folder / "tokenizer.json"))
