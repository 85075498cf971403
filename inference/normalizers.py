"""How much longer a tokenizer may make a text before it is cut: what doubles it forty times ends the whole program."""

import base64
import struct
from pathlib import Path

from .errors import ModelError

_MOST = 10_000  # times as long
_KNOWN = {"NFKC": 18.0, "NFKD": 18.0, "NFC": 3.0, "NFD": 4.0, "Lowercase": 3.0, "BertNormalizer": 4.0, "Nmt": 1.0}


def check_growth(path: Path, normalizer: object) -> None:
    """Raise ModelError when the normalizer of a tokenizer.json may make a text much longer."""
    if _growth(normalizer) > _MOST:
        raise _too_much(path)


def check_precompiled(path: Path, table: bytes) -> None:
    """As check_growth, for the table of letters and what stands for them of a SentencePiece model."""
    if _growth_by_table(table) > _MOST:
        raise _too_much(path)


def _too_much(path: Path) -> ModelError:
    return ModelError(
        f"{path} makes a text more than {_MOST} times as long before it cuts it; something is wrong with it, so don't "
        "use this model."
    )


def _growth(normalizer: object) -> float:
    """How many times longer a text may become, at most; texts that are added once count by their length."""
    if not isinstance(normalizer, dict):
        return 1.0
    kind = normalizer.get("type")
    if kind == "Sequence":
        growth = 1.0
        for part in normalizer.get("normalizers") or []:
            growth = min(growth * _growth(part), 1e30)
        return growth
    if kind == "Replace":
        content = len(str(normalizer.get("content")))
        pattern = normalizer.get("pattern")
        found = pattern.get("String") if isinstance(pattern, dict) else None
        # A regular expression may match nothing at all, before every letter.
        return max(1.0, content / len(found)) if isinstance(found, str) and found else 1.0 + content
    if kind == "Prepend":
        return 1.0 + len(str(normalizer.get("prepend")))
    if kind == "Precompiled":
        try:
            return _growth_by_table(base64.b64decode(str(normalizer.get("precompiled_charsmap"))))
        except ValueError:  # the library will say that it is none
            return 1.0
    return _KNOWN.get(kind, 1.0) if isinstance(kind, str) else 1.0


def _growth_by_table(table: bytes) -> float:
    """Of a table that begins with the size of a tree, and ends with texts, each up to a zero."""
    if len(table) < 4:
        return 1.0
    (size,) = struct.unpack("<I", table[:4])
    return float(max(map(len, table[4 + size :].split(b"\0")), default=1))
