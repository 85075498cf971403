"""Handles on what a film animates: each knows its channels and makes clips for them."""

from .. import compat
from .timeline import Channel, Clip


class Dial:
    """One animated number, most often a Geometry Nodes modifier's input."""

    def __init__(self, timeline, owner, path, value, index=-1, write=None):
        self.channel = Channel(owner, path, index)
        timeline.at_rest(self.channel, value)
        self.timeline = timeline
        self._write = write

    @classmethod
    def of_input(cls, timeline, modifier, name, value):
        """A modifier's float input; it is set to `value` now and animated from there."""

        def write(number):
            compat.set_input(modifier, name, number)

        write(float(value))
        return cls(timeline, modifier.id_data, compat.input_path(modifier, name), value, write=write)

    @property
    def value(self):
        """What the dial stands at after everything written so far."""
        return self.timeline.value(self.channel)

    def begin(self, value):
        """Change what the dial stands at before anything turns it."""
        self._write(float(value))
        self.timeline.at_rest(self.channel, value)

    def to(self, value, **timing):
        """A clip that turns the dial to `value`; `timing` as in Clip."""
        return Clip(self.channel, float(value), **timing)


class VectorDial:
    """A vector property such as an object's location, scale or colour."""

    def __init__(self, timeline, owner, path, value):
        setattr(owner, path, value)
        self.dials = [Dial(timeline, owner, path, number, index) for index, number in enumerate(value)]

        self.owner, self.path = owner, path

    def begin(self, value):
        """Change where the vector stands before anything moves it."""
        setattr(self.owner, self.path, value)
        for dial, number in zip(self.dials, value, strict=True):
            dial.timeline.at_rest(dial.channel, number)

    def to(self, value, origin=None, **timing):
        """Clips that take the whole vector to `value`, from `origin` if that is given."""
        origin = origin or (None,) * len(self.dials)
        return [
            dial.to(number, origin=start, **timing)
            for dial, number, start in zip(self.dials, value, origin, strict=True)
        ]


class Tint:
    """A colour, (r, g, b) in linear light: of a modifier's input, or of a node."""

    def __init__(self, timeline, owner, path, value):
        self.dials = [Dial(timeline, owner, path, number, index) for index, number in enumerate(value[:3])]

    @classmethod
    def of_input(cls, timeline, modifier, name, value):
        compat.set_input(modifier, name, tuple(map(float, (*value[:3], 1.0))))
        return cls(timeline, modifier.id_data, compat.input_path(modifier, name), value)

    def to(self, value, **timing):
        """Clips that take the colour to another one."""
        return [dial.to(number, **timing) for dial, number in zip(self.dials, value, strict=False)]


class Visibility:
    """Whether objects are drawn, in the viewport and in renders alike."""

    def __init__(self, timeline, *objects, visible=False):
        self.dials = []
        for owner in objects:
            for path in ("hide_viewport", "hide_render"):
                setattr(owner, path, not visible)
                self.dials.append(Dial(timeline, owner, path, not visible))

    @property
    def visible(self):
        return any(not dial.value for dial in self.dials)

    def on(self, at=0.0):
        """Clips that show the objects, at a fraction of the play()."""
        return [dial.to(0, start=at, easing="step") for dial in self.dials]

    def off(self, at=1.0):
        """Clips that hide the objects, at a fraction of the play()."""
        return [dial.to(1, start=at, easing="step") for dial in self.dials]
