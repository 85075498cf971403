"""The files that tokenizers come in -> a tokenizer of the tokenizers library, and how it spells its tokens.

tokenizer.json             anything that the library can do
vocab.json, merges.txt     GPT-2's own: byte-level BPE (Radford et al. 2019, section 2.2)
vocab.txt                  BERT's: word pieces (Devlin et al. 2018), as most Chinese GPT-2s have them
tokenizer.model            SentencePiece (Kudo 2018), of the kind Unigram; also called spiece.model

Beside all but the first may be what transformers writes of tokens that were added, and of the text's preparation:
tokenizer_config.json, added_tokens.json, special_tokens_map.json.
"""

import functools
import json
from collections.abc import Callable
from pathlib import Path

from . import normalizers, sentencepiece, spelling
from .errors import ModelError
from .files import read_json, read_text, shown

_END_OF_TEXT = "<|endoftext|>"
_BERT_TOKENS = ("[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]", "[EOS]", "[BOS]")
_SETTINGS, _ADDED, _SPECIAL = _BESIDE = ("tokenizer_config.json", "added_tokens.json", "special_tokens_map.json")
_MOST = 64_000_000  # bytes; the largest known tokenizer.json of a GPT-2 has 8 million
_NAMED = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")

Spelling = Callable[[str], bytes]

# What a folder may have, in the order of preference: the file to read, and those that must be beside it.
FORMATS = (
    ("tokenizer.json",),
    ("vocab.json", "merges.txt"),
    ("vocab.txt",),
    ("tokenizer.model",),
    ("spiece.model",),
)
NAMES = tuple(" and ".join(files) for files in FORMATS)
OPTIONAL = {files[0]: _BESIDE for files in FORMATS[1:]}


def read(path: Path) -> tuple[object, Spelling]:
    """-> the library's Tokenizer, and what the bytes of one of its tokens are.

    Raises ModelError that names what is wrong, and ValueError or what the library raises when the file is none.
    """
    import tokenizers

    if path.name == "vocab.json":
        tokenizer, spell = _byte_level_bpe(tokenizers, path), spelling.byte_level
    elif path.name == "vocab.txt":
        tokenizer, spell = _word_pieces(tokenizers, path), spelling.word_piece
    elif path.suffix == ".model":
        tokenizer, spell = sentencepiece.read(tokenizers, path), spelling.sentence_piece
    else:
        text = read_text(path, _MOST)
        content = json.loads(text)
        normalizers.check_growth(path, content.get("normalizer"))
        tokenizer = tokenizers.Tokenizer.from_str(text)
        if getattr(tokenizer.model, "dropout", None):  # which is for training: ids would be drawn by chance
            tokenizer.model.dropout = None
        return tokenizer, _spelling_of(content)
    _add_tokens(tokenizers, tokenizer, path.parent)
    return tokenizer, spell


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
    vocabulary = json.loads(read_text(path, _MOST))
    ids = vocabulary.values() if isinstance(vocabulary, dict) else [None]
    if any(type(id) is not int or id < 0 for id in ids) or len(set(ids)) < len(ids):
        raise ValueError("it is not a table of tokens and their ids")
    merges = _read_merges(path.with_name("merges.txt"), vocabulary)
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=vocabulary, merges=merges))
    prefix_space = _switch(path.with_name(_SETTINGS), "add_prefix_space")
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=bool(prefix_space))
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    if _END_OF_TEXT in vocabulary:  # which keeps its id
        tokenizer.add_special_tokens([_END_OF_TEXT])
    return tokenizer


def _read_merges(path: Path, vocabulary: dict[str, int]) -> list[tuple[str, str]]:
    """The pairs of tokens that become one, first things first. Raises ModelError for a line that says nothing such."""
    text = read_text(path, _MOST).replace("\r\n", "\n")
    lines = text.split("\n")  # some tokens hold what splitlines takes for a line's end
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
    lines = read_text(path, _MOST).replace("\r\n", "\n").split("\n")
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
    names = ("do_lower_case", "strip_accents", "tokenize_chinese_chars")
    lower, accents, chinese = (_switch(path, name) for name in names)
    return {
        "lowercase": lower is not False,
        "strip_accents": accents,
        "handle_chinese_chars": chinese is not False,
    }


def _switch(path: Path, name: str) -> bool | None:
    """A setting that is true or false; None where nothing is said. Raises ModelError for anything else."""
    value = _table(path).get(name)
    if type(value) not in (bool, type(None)):
        raise ModelError(f"{path}: {name} must be true or false, not {shown(value)!r}.")
    return value


def _table(path: Path) -> dict:
    """A JSON object; an empty one where there is no file. Raises ModelError when it is something else."""
    content = read_json(path) if path.exists() else {}
    if not isinstance(content, dict):
        raise ModelError(f"{path} can't be read as JSON (it is no table of names and values); download it again.")
    return content


def _add_tokens(tokenizers, tokenizer, folder: Path) -> None:
    """Give a tokenizer the tokens that the files beside it add, under the ids that they say.

    A special token without an id gets the next one that is free, as in transformers. Raises ModelError when an id
    can't be given.
    """
    settings, special = _table(folder / _SETTINGS), _table(folder / _SPECIAL)
    named = [found.get(name) for found in (special, settings) for name in _NAMED]
    more = special.get("additional_special_tokens") or []
    named += more if isinstance(more, list) else []
    specials = dict.fromkeys(filter(None, map(_content, named)))
    # Only older models have added_tokens.json; the other table says more, and stands for it.
    path, table = (folder / _SETTINGS, _decoder(settings)) if _decoder(settings) else (folder / _ADDED, None)
    table = _table(path) if table is None else table
    with_ids = {token: _with_id(path, token, value) for token, value in table.items()}
    for token, (id, options) in sorted(with_ids.items(), key=lambda item: item[1][0]):
        tokenizer.add_tokens([tokenizers.AddedToken(token, **{"special": token in specials, **options})])
        if tokenizer.token_to_id(token) != id:
            raise ModelError(
                f"{folder} gives the token {shown(token)!r} the id {id}, which doesn't follow on those before it; get "
                "the model with a tokenizer.json, which transformers' save_pretrained writes."
            )
    tokenizer.add_special_tokens([token for token in specials if token not in with_ids])


def _decoder(settings: dict) -> dict:
    """added_tokens_decoder, which is {id: token and its options}, as {token: that with the id}."""
    table = settings.get("added_tokens_decoder") or {}
    if not isinstance(table, dict):
        return {}
    return {_content(entry): (id, entry) for id, entry in table.items() if _content(entry)}


def _with_id(path: Path, token: str, value: object) -> tuple[int, dict[str, bool]]:
    """An entry of added_tokens.json or added_tokens_decoder -> the id and the options. Raises ModelError."""
    id, entry = value if isinstance(value, tuple) else (value, {})
    id = int(id) if isinstance(id, str) and id.isascii() and id.isdigit() and len(id) < 10 else id
    if type(id) is not int or id < 0:
        raise ModelError(f"{path}: the token {shown(token)!r} has the id {shown(id)!r}, which is none.")
    names = ("single_word", "lstrip", "rstrip", "normalized", "special")
    return id, {name: entry[name] for name in names if type(entry.get(name)) is bool}


def _content(entry: object) -> str | None:
    """The token itself of what stands for one: text, or a table with its `content`."""
    content = entry.get("content") if isinstance(entry, dict) else entry
    return content if isinstance(content, str) and content else None
