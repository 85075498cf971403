"""The model that a scene's settings name: where it is, what it costs to fetch, and loading it."""

import bpy

from . import preferences


def choice(settings):
    """What is chosen: None for the embedded model, a folder as text, or a ModelName of the hub.

    Raises ModelError for a name that can't be one.
    """
    from ..inference.hub import ModelName

    if settings.model == "storybook":
        return None
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


def load(settings):
    """The chosen Model. Raises ModelError."""
    from ..inference.errors import ModelError
    from ..inference.hub import find
    from ..inference.model import EMBEDDED_MODEL, Model

    name = choice(settings)
    if name is None:
        return Model.load(EMBEDDED_MODEL)
    if name == "":
        raise ModelError("No folder is chosen; choose the folder that holds the model.")
    if isinstance(name, str):
        return Model.load(name)
    folder = find(name, cache())
    if folder is None:
        raise ModelError(f"{name.short} is not on this machine; download it first, or choose another model.")
    return Model.load(folder, name.short)


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
