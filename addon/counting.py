"""How many tokens the prompt has, by the model's own tokenizer, while it is being typed."""

import functools

import bpy

from . import models, work
from .job import Job

_loading = {}  # folder -> the Job that loads its tokenizer, or has loaded it


def count(settings):
    """How many tokens the prompt has; None while the tokenizer is being loaded, and where there is none."""
    from ..inference.errors import ModelError

    folder = None
    try:
        folder = models.folder(settings)
        if folder is None:
            return None
        if folder not in _loading:
            _loading[folder] = Job(_loader(folder)).start()
            bpy.app.timers.register(_redraw_when_loaded, first_interval=0.05)
        job = _loading[folder]
        return None if job.running else _count(job.result(), settings.prompt)
    except (ModelError, OSError):  # building says what is wrong; the folder may be mended meanwhile
        _loading.pop(folder, None)
        return None


def forget():
    """Let go of all tokenizers."""
    _loading.clear()
    _count.cache_clear()
    if bpy.app.timers.is_registered(_redraw_when_loaded):
        bpy.app.timers.unregister(_redraw_when_loaded)


def _loader(folder):
    def load(progress, cancelled):
        from ..inference.tokens import Tokenizer

        return Tokenizer.find(folder)

    return load


def _redraw_when_loaded():
    if any(job.running for job in _loading.values()):
        return 0.05
    work.redraw()
    return None


@functools.lru_cache(maxsize=64)
def _count(tokenizer, prompt):
    return len(tokenizer.encode(prompt))
