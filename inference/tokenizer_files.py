"""The files that tokenizers come in -> a tokenizer of the tokenizers library, and how it spells its tokens.

tokenizer.json             anything that the library can do
vocab.json, merges.txt     GPT-2's own: byte-level BPE (Radford et al. 2019, section 2.2)
vocab.txt                  BERT's: word pieces (Devlin et al. 2018), as most Chinese GPT-2s have them
tokenizer.model            SentencePiece (Kudo 2018), of the kind Unigram; also called spiece.model
"""

import functools
import json
from collections.abc import Callable
from pathlib import Path

from . import sentencepiece, spelling
from .errors import ModelError

_END_OF_TEXT = "<|endoftext|>"
_BERT_TOKENS = ("[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]", "[EOS]", "[BOS]")
_SETTINGS = "tokenizer_config.json"  # beside vocab.txt

Spelling = Callable[[str], bytes]

# What a folder may have, in the order of preference: the file to read, and those that must be beside it.
FORMATS = (
    ("tokenizer.json",),
    ("vocab.json", "merges.txt"),
    ("vocab.txt",),
    ("tokenizer.model",),
    ("spiece.model",),
)
OPTIONAL = {"vocab.txt": (_SETTINGS,)}


def read(path: Path) -> tuple[object, Spelling]:
    """-> the library's Tokenizer, and what the bytes of one of its tokens are.

    Raises ModelError that names what is wrong, and ValueError or what the library raises when the file is none.
    """
    import tokenizers

    if path.name == "vocab.json":
        return _byte_level_bpe(tokenizers, path), spelling.byte_level
    if path.name == "vocab.txt":
        return _word_pieces(tokenizers, path), spelling.word_piece
    if path.suffix == ".model":
        return sentencepiece.read(tokenizers, path), spelling.sentence_piece
    text = path.read_text(encoding="utf-8")
    return tokenizers.Tokenizer.from_str(text), _spelling_of(json.loads(text))


def find(folder: Path) -> Path:
    """The file to read in a model's folder; tokenizer.json if there is none of them."""
    whole = (files for files in FORMATS if all((folder / file).is_file() for file in files))
    return folder / next(whole, FORMATS[0])[0]


def _spelling_of(content: dict) -> Spelling:
    """How the tokenizer of a tokenizer.json spells."""
    parts = [content.get("normalizer"), content.get("pre_tokenizer"), content.get("decoder")]
    for part in parts:
        if part:
            for several in ("normalizers", "pretokenizers", "decoders"):
                parts.extend(part.get(several, []))
    kinds = {part.get("type") for part in parts if part}
    replaced = [part.get("pattern", {}).get("String") for part in parts if part and part.get("type") == "Replace"]
    if "ByteLevel" in kinds:
        return spelling.byte_level
    if content["model"].get("type") == "WordPiece":
        return functools.partial(spelling.word_piece, prefix=content["model"].get("continuing_subword_prefix", "##"))
    if "Metaspace" in kinds or spelling.SPACE in replaced:
        return spelling.sentence_piece
    return spelling.plain


def _byte_level_bpe(tokenizers, path: Path):
    """ByteLevel cuts the text by GPT-2's regular expression before the merges; <|endoftext|> is found before that."""
    vocabulary = json.loads(path.read_text(encoding="utf-8"))
    ids = vocabulary.values() if isinstance(vocabulary, dict) else [None]
    if any(type(id) is not int or id < 0 for id in ids) or len(set(ids)) < len(ids):
        raise ValueError("it is not a table of tokens and their ids")
    merges = _read_merges(path.with_name("merges.txt"), vocabulary)
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    if _END_OF_TEXT in vocabulary:  # which keeps its id
        tokenizer.add_special_tokens([_END_OF_TEXT])
    return tokenizer


def _read_merges(path: Path, vocabulary: dict[str, int]) -> list[tuple[str, str]]:
    """The pairs of tokens that become one, first things first. Raises ModelError for a line that says nothing such."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # some tokens hold what splitlines takes for a line's end
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} can't be read ({error}); download it again.") from error
    merges = []
    for number, line in enumerate(lines, 1):
        if (number == 1 and line.startswith("#version")) or not line.strip():
            continue
        pair = tuple(line.split(" "))
        if len(pair) != 2 or any(token not in vocabulary for token in (*pair, "".join(pair))):
            raise ModelError(
                f"{path}: line {number} is no merge of two tokens of vocab.json into one; download both files again."
            )
        merges.append(pair)
    return merges


def _word_pieces(tokenizers, path: Path):
    """A token a line, its id the line's number; of a token that stands there twice, the later line counts, as in BERT.

    Raises ModelError when there is no [UNK] for what isn't in it.
    """
    lines = path.read_text(encoding="utf-8-sig").split("\n")  # which reads CRLF, too
    lines = lines[:-1] if lines[-1] == "" else lines
    vocabulary = {token: id for id, token in enumerate(lines)}
    if "[UNK]" not in vocabulary:
        raise ModelError(f"{path} has no [UNK], the token for what it doesn't know; download it again.")
    settings = _bert_settings(path.with_name(_SETTINGS))
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = tokenizers.normalizers.BertNormalizer(**settings)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = tokenizers.decoders.WordPiece()
    tokenizer.add_special_tokens([token for token in _BERT_TOKENS if token in vocabulary])
    return tokenizer


def _bert_settings(path: Path) -> dict[str, bool | None]:
    """What a tokenizer_config.json says of the text's preparation; what it leaves out, or all of it, is as in BERT."""
    try:
        content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        wishes = {name: content.get(name) for name in ("do_lower_case", "strip_accents", "tokenize_chinese_chars")}
    except (OSError, ValueError, AttributeError) as error:
        raise ModelError(f"{path} can't be read as JSON ({error}); download it again.") from error
    for name, value in wishes.items():
        if type(value) not in (bool, type(None)):
            raise ModelError(f"{path}: {name} must be true or false, not {value!r}.")
    return {
        "lowercase": wishes["do_lower_case"] is not False,
        "strip_accents": wishes["strip_accents"],
        "handle_chinese_chars": wishes["tokenize_chinese_chars"] is not False,
    }
