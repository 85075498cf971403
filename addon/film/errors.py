"""Errors of the film layer."""


class FilmError(Exception):
    """A film cannot be built or rendered; the message is one sentence that says what to do."""
