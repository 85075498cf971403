"""The models that come with the extension, and which of them a prompt is for."""

import unicodedata
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent.parent / "assets" / "models"

ENGLISH, CHINESE = "storybook", "poems"
MODELS = {name: _FOLDER / name for name in (ENGLISH, CHINESE)}


def is_chinese(text: str) -> bool:
    """Whether at least half of the letters in a text are Han characters; a text without letters isn't."""
    letters = [character for character in text if character.isalpha()]
    han = sum(unicodedata.name(letter, "").startswith("CJK ") for letter in letters)
    return bool(han) and 2 * han >= len(letters)


def name_for(prompt: str) -> str:
    """The name in MODELS of the model that reads a prompt when none is named."""
    return CHINESE if is_chinese(prompt) else ENGLISH
