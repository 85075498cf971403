"""The tile of one head's scores and weights."""

from dataclasses import dataclass

TILE_CELL = 0.82  # a cell's side, in pitches
TILE_FLAT = 0.12  # how far a cell stands out, in pitches
TILE_STRETCH = 2.7  # how much wider than high cells are in a wide picture
TILE_LOWER = 0.3  # pitches that the row which is followed comes down, in sizes of its bars
TILE_ALONE, TILE_ALONE_Z = 0.4, 0.14  # of the tile's height: a row of bars without the others, and its middle
BAR_PART = 0.97  # of a bar's length that is drawn: a gap separates it from the next one


@dataclass(frozen=True)
class TileGrid:
    """A board of count x count cells: a row for every query from the top, a column for every key from the left."""

    count: int
    stretch: float = 1.0  # how much wider than high a cell is

    @property
    def pitch(self):
        """Metres from a row to the next one; long prompts get a larger tile of smaller cells."""
        return 1.4 / (1 + 0.15 * (self.count - 1))

    @property
    def grown(self):
        """How much higher than the others the row that is followed becomes, so that it can be read."""
        return max(1.5, self.count / 8)

    @property
    def height(self):
        return self.count * self.pitch

    @property
    def width(self):
        """Also the length of a rail: an attention weight of 1."""
        return self.height * self.stretch

    def place(self, query, key):
        """-> (x, z) of a cell's middle, from the tile's middle."""
        middle = (self.count - 1) / 2
        return (key - middle) * self.pitch * self.stretch, (middle - query) * self.pitch

    def bar(self, before, weight):
        """-> (x of its middle, its length) of a weight's bar on the rail, from the tile's middle.

        before: the sum of the weights to its left.
        """
        return (before + weight / 2 - 0.5) * self.width, weight * self.width * BAR_PART

    def weight(self, length):
        """Inverse of a bar's length."""
        return length / (self.width * BAR_PART)
