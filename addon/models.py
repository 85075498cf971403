"""The model that a scene's settings name: where it is, what it costs to fetch, and loading it."""

from dataclasses import dataclass

import bpy

from . import preferences
from .lookups import Lookup


def choice(settings):
    """What is chosen: the Path of an embedded model, a folder as text, or a ModelName of the hub.

    Raises ModelError for a name that can't be one.
    """
    return _choice(*_key(settings))


def _key(settings):
    """All that the choice depends on."""
    return settings.model, settings.model_name.strip(), bpy.path.abspath(settings.model_folder)


def _choice(model, name, folder):
    from ..inference.embedded import MODELS
    from ..inference.hub import ModelName

    if model in MODELS:
        return MODELS[model]
    return folder if model == "FOLDER" else ModelName.parse(name if model == "HUB" else model)


def cache():
    """Where fetched models are kept: a folder of the extension's own, which an update leaves alone."""
    from pathlib import Path

    from ..inference.hub import default_cache

    try:
        return Path(bpy.utils.extension_path_user(preferences.PACKAGE, path="models"))
    except ValueError:  # not installed as an extension, but imported by a script
        return default_cache()


@dataclass(frozen=True)
class Whereabouts:
    """folder: where a model lies, or None when it isn't here. missing: the ModelName to fetch, if it has to be."""

    folder: object = None
    missing: object = None


def whereabouts(settings):
    """The Whereabouts of the chosen model, as they were some seconds ago; None until they are known. For drawing, which
    must not wait for a disk. Raises ModelError as `choice`."""
    from ..inference.errors import ModelError

    answer = _places.get((*_key(settings), cache()))
    if isinstance(answer, ModelError):
        raise answer
    return None if isinstance(answer, Exception) else answer


def _place(key):
    from pathlib import Path

    from ..inference.hub import ModelName, find

    *chosen, fetched = key
    name = _choice(*chosen)
    if isinstance(name, ModelName):
        folder = find(name, fetched)
        return Whereabouts(folder, None if folder else name)
    return Whereabouts(Path(name) if name else None)


_places = Lookup(_place, age=3.0)


def here():
    """The names of the known models that are on this machine, as they were some seconds ago, in order."""
    if bpy.app.background:  # nobody sees it
        return ()
    answer = _heres.get(cache())
    return answer if isinstance(answer, tuple) else ()


def _here(fetched):
    from ..inference.hub import KNOWN, ModelName, find

    return tuple(name for name in KNOWN if find(ModelName.parse(name), fetched))


_heres = Lookup(_here, age=10.0)


def kept():
    """[(name, bytes), ...] of the fetched models in the cache, as they were some seconds ago; None while unknown."""
    answer = _sizes.get(cache())
    return None if isinstance(answer, Exception) else answer


def look_at_kept(folder):
    """As kept(), now. Only what holds a model counts: others may use the folder, too."""
    if not folder.is_dir():
        return []
    from ..inference.hub import is_whole

    models = [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink() and is_whole(path)]
    return sorted((path.name, sum(file.stat().st_size for file in path.iterdir() if file.is_file())) for path in models)


_sizes = Lookup(look_at_kept, age=3.0)


def forget():
    """What is on the disk has changed."""
    _places.forget()
    _heres.forget()
    _sizes.forget()


def missing(settings):
    """The ModelName that must be fetched before a film can be built, or None. Raises ModelError as `choice`."""
    return _place((*_key(settings), cache())).missing


def loading(settings):
    """A function for a Job that loads the chosen Model. Both raise ModelError."""
    from ..inference.errors import ModelError
    from ..inference.hub import ModelName, find
    from ..inference.model import Model

    name, fetched = choice(settings), cache()
    if name == "":
        raise ModelError("No folder is chosen; choose the folder that holds the model.")

    def load():
        if not isinstance(name, ModelName):
            return Model.load(name)
        folder = find(name, fetched)
        if folder is None:
            raise ModelError(f"{name.short} is not on this machine; download it first, or choose another model.")
        return Model.load(folder, name.short)

    return load


def fetching(name):
    """A function for a Job that fetches a model."""
    from ..inference import hub
    from ..inference.download import Downloader

    folder, (source, endpoint) = cache(), preferences.where_from()

    def work(progress, cancelled):
        return hub.fetch(name, folder, source, endpoint, progress, Downloader(cancelled=cancelled))

    return work


def cost(name):
    """Size and licence of a model, for the user: "549 MB · MIT"; of an unknown one, what it is called."""
    return f"{name.known.n_bytes / 1e6:,.0f} MB · {name.known.licence}" if name.known else name.repo
