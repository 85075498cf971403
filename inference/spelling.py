"""How tokenizers write their tokens, and which bytes of a text such a token stands for."""

import re
import unicodedata

SPACE = "▁"  # U+2581, SentencePiece's blank

# The first word of the Unicode names of characters that are written without blanks between words.
_UNSPACED = ("CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "BOPOMOFO", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")


def decoded(data: bytes) -> str:
    """What bytes spell as UTF-8; each one that is no part of a text is written as `<E6>`."""
    return re.sub(
        "[\udc80-\udcff]", lambda byte: f"<{ord(byte[0]) - 0xDC00:02X}>", data.decode(errors="surrogateescape")
    )


def begun(data: bytes) -> int:
    """How many bytes at the end of some are the beginning of a character that still lacks bytes."""
    for count in range(1, min(len(data), 3) + 1):
        try:
            data[-count:].decode()
        except UnicodeDecodeError as error:
            if error.start == 0 and error.reason == "unexpected end of data":
                return count
    return 0


def plain(token: str) -> bytes:
    """A token that is its own text."""
    return token.encode(errors="replace")


def byte_level(token: str) -> bytes:
    """A token of GPT-2's alphabet, in which every byte is a character that can be printed."""
    if all(character in _BYTES for character in token):
        return bytes(_BYTES[character] for character in token)
    return plain(token)


def word_piece(token: str, prefix: str = "##") -> bytes:
    """A piece of a word: with the prefix it goes on, without it begins.

    Word pieces don't keep the text's blanks. There is one before a word that begins, but not in scripts that are
    written without: 机 is 机.
    """
    if prefix and token.startswith(prefix) and token != prefix:
        return plain(token[len(prefix) :])
    return plain(f" {token}" if _begins_word(token) else token)


def sentence_piece(token: str) -> bytes:
    """A piece with its blanks, or a byte of a character that is no piece: `<0xE6>`."""
    byte = re.fullmatch(r"<0x([0-9A-F]{2})>", token)
    return bytes.fromhex(byte[1]) if byte else plain(token.replace(SPACE, " "))


def _begins_word(token: str) -> bool:
    first = token[:1]
    return first.isalnum() and not unicodedata.name(first, "").startswith(_UNSPACED)


def _byte_alphabet() -> dict[str, int]:
    """The character that stands for each byte in a byte-level vocabulary (GPT-2; Radford et al. 2019).

    Bytes that print in Latin-1 stand for themselves, the others, in order, for the characters from U+0100 on.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(0x100 + place): byte for place, byte in enumerate(others)}


_BYTES = _byte_alphabet()
