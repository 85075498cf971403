"""What is heard, and when: the list that a film keeps beside its numbers."""

import json
from dataclasses import dataclass, field

HERE = "cinema_sounds"  # custom property of the film's scene


@dataclass(frozen=True)
class Event:
    """One moment at which a number is heard: a dial of the picture passes a value there.

    kind: of mapping.KINDS, or of scenery.FOLEY. of: which number of its kind, such as a token's place in the text, a
    neuron, a layer. which: what else is needed to find it, such as the layer. seconds: how long it lasts, where the
    player decides.
    """

    second: float
    kind: str
    of: int = 0
    which: dict = field(default_factory=dict)
    seconds: float = 0.0
    dial: tuple = ()  # (number of the owner, path, index) of the dial's curve
    value: float = 0.0  # that the dial passes


@dataclass(frozen=True)
class Heard:
    """All events of a film, in order, the acts' beginnings, and the film's length in seconds."""

    seconds: float
    beats: tuple  # (second, "act.beat")
    events: tuple

    def to_json(self) -> str:
        return json.dumps({"seconds": self.seconds, "beats": self.beats, "events": [*map(vars, self.events)]})

    @classmethod
    def from_json(cls, text: str) -> "Heard":
        """The inverse. Raises ValueError, KeyError, TypeError for anything else."""
        found = json.loads(text)
        events = [Event(**{**event, "dial": tuple(event["dial"])}) for event in found["events"]]
        return cls(found["seconds"], tuple(map(tuple, found["beats"])), tuple(events))
