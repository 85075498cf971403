"""Work in steps: generators that yield where Blender may be used meanwhile, and return what they have made."""

from collections.abc import Generator
from typing import Protocol, TypeVar

Made = TypeVar("Made")


class Actor(Protocol):
    """Something of the film that is made in steps."""

    def make(self, *inputs: object) -> Generator[str, None, None]: ...


def made(actor: Actor, *inputs: object) -> Generator[str, None, Actor]:
    """Make an actor from its inputs -> the actor."""
    yield from actor.make(*inputs)
    return actor


def finished(steps: Generator[str, None, Made]) -> Made:
    """All steps at once -> what they return."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
