"""How many tokens the prompt has, by the model's own tokenizer, while it is being typed."""

import functools

from . import models
from .lookups import Lookup


def count(settings):
    """How many tokens the prompt has; None while they are being counted, and where there is no tokenizer."""
    found = models.whereabouts(settings)
    if not found or found.folder is None:
        return None
    answer = _counts.get((found.folder, settings.prompt))
    return answer if isinstance(answer, int) else None  # else building says what is wrong


def forget():
    """Let go of all tokenizers."""
    _tokenizer.cache_clear()


def _count(key):
    folder, prompt = key
    return len(_tokenizer(folder).encode(prompt))


@functools.lru_cache(maxsize=4)
def _tokenizer(folder):
    from ..inference.tokens import Tokenizer

    return Tokenizer.find(folder)


_counts = Lookup(_count, age=60.0)
