"""Where a camera must stand to hold given points inside given margins. Pure numpy."""

from dataclasses import dataclass, replace

import numpy as np

LENS, SENSOR = 42.0, 36.0  # mm; one lens for the whole film, so that captions keep their size
SHEET = 16.0  # units that captions are measured in along the picture's longer side
FORMATS = {"16:9": 16 / 9, "9:16": 9 / 16, "1:1": 1.0}
NARROW_CAPTIONS, UPRIGHT_CAPTIONS = 1.25, 1.95  # how much more of a narrow picture's height its captions take


@dataclass(frozen=True)
class Margins:
    """Parts of the picture's width (left, right) and height (bottom, top) to leave free."""

    left: float = 0.06
    right: float = 0.06
    bottom: float = 0.06
    top: float = 0.09  # the progress mark


CAPTIONED = Margins(bottom=0.17)


@dataclass(frozen=True)
class Shot:
    """A camera position and the point that it looks at."""

    location: tuple
    target: tuple


@dataclass(frozen=True)
class Picture:
    """The picture's form. top: the part of its height that a text at its top takes."""

    aspect: float = 16 / 9
    top: float = 0.0

    @property
    def is_wide(self):
        return self.aspect > 1.2

    @property
    def is_upright(self) -> bool:
        return self.aspect < 0.8

    @property
    def most_tokens(self):
        """How many cubes with words stay legible in a row."""
        return 16 if self.is_wide else 10 if self.aspect > 0.8 else 7

    @property
    def parts(self):
        """Width and height as parts of the longer side, which the sensor's width belongs to."""
        return (1.0, 1 / self.aspect) if self.aspect >= 1 else (self.aspect, 1.0)

    @property
    def sheet(self):
        """Width and height in units."""
        return tuple(SHEET * part for part in self.parts)

    def pixels(self, short_side):
        """Width and height, both even, as H.264 wants them."""
        return tuple(2 * round(short_side * part / min(self.parts) / 2) for part in self.parts)

    def azimuth(self, degrees):
        """How far round the camera stands in this form, for so many degrees in a wide one."""
        return degrees if self.is_wide else degrees * (1.4 if self.aspect > 0.8 else 1.9)

    def shot(self, points, azimuth=0.0, elevation=8.0, margins=CAPTIONED, pull=1.0, under_text=True):
        """frame() for this form: in a narrow picture the camera stands further round, which draws a row together,
        and captions get more room. under_text: whether the place of a text at the top stays free."""
        azimuth = self.azimuth(azimuth)
        if not self.is_wide:
            more = UPRIGHT_CAPTIONS if self.is_upright else NARROW_CAPTIONS
            margins = replace(margins, bottom=margins.bottom * more)
        if under_text:
            margins = replace(margins, top=max(margins.top, self.top))
        return frame(points, azimuth, elevation, margins, self.aspect, pull)


def frame(points, azimuth=0.0, elevation=8.0, margins=CAPTIONED, aspect=16 / 9, pull=1.0):
    """The nearest camera that sees all points inside the margins.

    points: [n, 3]. azimuth, elevation: degrees; at 0, 0 the camera looks along +Y; a positive azimuth puts
    it to the right, a positive elevation above. pull: > 1 stands further back. -> Shot

    In camera axes (a right, b up, c forward) a point is inside the right edge when a - A <= R (c - C) for the
    camera (A, B, C) and the tangent R of that edge: each edge is a half plane, so the nearest C is closed form.
    """
    points = np.asarray(points, float).reshape(-1, 3)
    turn, tilt = np.radians(azimuth), np.radians(elevation)
    forward = np.array([-np.sin(turn) * np.cos(tilt), np.cos(turn) * np.cos(tilt), -np.sin(tilt)])
    right = np.array([np.cos(turn), np.sin(turn), 0.0])
    up = np.cross(right, forward)
    a, b, c = points @ right, points @ up, points @ forward
    half_width, half_height = (SENSOR / 2 / LENS * part for part in Picture(aspect).parts)

    def edges(coordinate, half_size, low, high):
        low, high = half_size * (2 * low - 1), half_size * (1 - 2 * high)
        return np.max(coordinate - high * c), np.min(coordinate - low * c), low, high

    horizontal = edges(a, half_width, margins.left, margins.right)
    vertical = edges(b, half_height, margins.bottom, margins.top)
    nearest = min((low_side - high_side) / (high - low) for high_side, low_side, low, high in (horizontal, vertical))
    middle = float(np.mean([c.min(), c.max()]))
    depth = middle - (middle - nearest) * pull

    def centred(high_side, low_side, low, high):
        return (high_side + high * depth + low_side + low * depth) / 2

    location = centred(*horizontal) * right + centred(*vertical) * up + depth * forward
    target = location + forward * (middle - depth)
    return Shot(tuple(map(float, location)), tuple(map(float, target)))


def flow(one, other, aspect=16 / 9, steps=32):
    """How far the picture's content runs while the camera goes straight from one Shot to another.

    -> [steps + 1] in widths of the picture, added up from 0 on: for the fastest of what the camera looks at and four
    points around it, anew at every step, for a far move has nothing in common between its ends.
    """
    start, end = (np.array([shot.location, shot.target], float) for shot in (one, other))
    path = start + (end - start) * np.linspace(0, 1, steps + 1)[:, None, None]  # [steps + 1, 2, 3]
    location, offset = path[:, 0], path[:, 1] - path[:, 0]
    distance = np.maximum(np.linalg.norm(offset, axis=1), 1e-9)
    forward = offset / distance[:, None]
    right = np.column_stack([forward[:, 1], -forward[:, 0], np.zeros(len(forward))])
    right /= np.maximum(np.linalg.norm(right, axis=1), 1e-9)[:, None]
    up = np.cross(right, forward)
    reach = (distance * SENSOR / LENS * 0.35 * Picture(aspect).parts[0])[:, None]
    around = np.stack([0 * right, right * reach, -right * reach, up * reach, -up * reach], 1)
    points = path[:, None, 1] + around  # [steps + 1, 5, 3]

    def projected(seen, camera):
        """Points of one step as a camera of another sees them -> [steps, 5, 2] in widths, from the middle."""
        off = seen - location[camera, None]
        depth = np.maximum(np.einsum("spi,si->sp", off, forward[camera]), 0.05 * distance[camera, None])
        places = [np.einsum("spi,si->sp", off, axis[camera]) for axis in (right, up)]
        return np.stack(places, -1) / depth[..., None] * LENS / SENSOR

    before, after = slice(None, -1), slice(1, None)
    moved = np.linalg.norm(projected(points[before], after) - projected(points[before], before), axis=-1).max(1)
    return np.append(0.0, np.cumsum(moved))


def box(low, high):
    """The eight corners of a box."""
    return np.array([(x, y, z) for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
