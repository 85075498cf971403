"""The model that a scene's settings name: where it is, what it costs to fetch, and loading it."""

import bpy

from . import preferences


def choice(settings):
    """What is chosen: the Path of an embedded model, a folder as text, or a ModelName of the hub.

    Raises ModelError for a name that can't be one.
    """
    from ..inference.embedded import MODELS
    from ..inference.hub import ModelName

    if settings.model in MODELS:
        return MODELS[settings.model]
    if settings.model == "FOLDER":
        return bpy.path.abspath(settings.model_folder)
    return ModelName.parse(settings.model_name.strip() if settings.model == "HUB" else settings.model)


def cache():
    """Where fetched models are kept: a folder of the extension's own, which an update leaves alone."""
    from pathlib import Path

    from ..inference.hub import default_cache

    try:
        return Path(bpy.utils.extension_path_user(preferences.PACKAGE, path="models"))
    except ValueError:  # not installed as an extension, but imported by a script
        return default_cache()


def missing(settings):
    """The ModelName that must be fetched before a film can be built, or None. Raises ModelError as `choice`."""
    from ..inference.hub import ModelName, find

    name = choice(settings)
    return name if isinstance(name, ModelName) and find(name, cache()) is None else None


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


def folder(settings):
    """Where the chosen model lies, or None when it isn't here. Raises ModelError as `choice`."""
    from pathlib import Path

    from ..inference.hub import ModelName, find

    name = choice(settings)
    if isinstance(name, ModelName):
        return find(name, cache())
    return Path(name) if name else None


def fetching(name):
    """A function for a Job that fetches a model."""
    from ..inference import hub
    from ..inference.download import Web

    folder, (source, endpoint) = cache(), preferences.where_from()

    def work(progress, cancelled):
        return hub.fetch(name, folder, source, endpoint, progress, Web(cancelled=cancelled))

    return work


def cost(name):
    """Size and licence of a model, for the user: "549 MB · MIT"; of an unknown one, what it is called."""
    return f"{name.known.n_bytes / 1e6:,.0f} MB · {name.known.licence}" if name.known else name.repo
