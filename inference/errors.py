"""What can go wrong with a model, said so that a user can act on it."""


class ModelError(Exception):
    """A checkpoint, a prompt, a setting or a recording can't be used; the message is one clear sentence."""


class Cancelled(ModelError):
    """The user stopped the computation; nothing was kept."""

    def __init__(self, message: str = "The computation was cancelled."):
        super().__init__(message)
