"""How many tokens the prompt has, by the model's own tokenizer, while it is being typed."""

import bpy

from . import models, work
from .job import Job

QUICK = 0.01  # seconds in which most prompts are counted, so that the number doesn't flicker
_counting = {}  # the Job that counts, and the folder and the prompt that it is about
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
            _redraw_later()
        job = _loading[folder]
        return None if job.running else _counted(folder, job.result(), settings.prompt)
    except (ModelError, OSError):  # building says what is wrong; the folder may be mended meanwhile
        _loading.pop(folder, None)
        return None


def forget():
    """Let go of all tokenizers."""
    _loading.clear()
    _counting.clear()
    if bpy.app.timers.is_registered(_redraw_when_loaded):
        bpy.app.timers.unregister(_redraw_when_loaded)


def _loader(folder):
    def load(progress, cancelled):
        from ..inference.tokens import Tokenizer

        return Tokenizer.find(folder)

    return load


def _redraw_later():
    if not bpy.app.timers.is_registered(_redraw_when_loaded):
        bpy.app.timers.register(_redraw_when_loaded, first_interval=0.05)


def _redraw_when_loaded():
    counting = [_counting["job"]] if "job" in _counting else []
    if any(job.running for job in (*_loading.values(), *counting)):
        return 0.05
    work.redraw()
    return None


def _counted(folder, tokenizer, prompt):
    """The number, once a Job has found it: a tokenizer may take any time, and panels are drawn all the time."""
    from ..inference.errors import ModelError

    if _counting.get("of") != (folder, prompt):
        running = _counting.get("job")
        if running and running.running:  # one at a time; when it is done, the panel is drawn again
            return None
        _counting["of"] = (folder, prompt)
        _counting["job"] = Job(lambda progress, cancelled: len(tokenizer.encode(prompt))).start()
        _counting["job"].wait(QUICK)
    job = _counting["job"]
    if job.running:
        _redraw_later()
        return None
    try:
        return job.result()
    except ModelError:  # building says why it can't be cut
        return None
