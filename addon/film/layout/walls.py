"""Matrices as walls, one cell a weight."""

from dataclasses import dataclass


@dataclass(frozen=True)
class WallGrid:
    """How a matrix fills a plane: row 0 on top, column 0 on the left; upright, row 0 is on the left."""

    rows: int
    columns: int
    width: float
    height: float
    upright: bool = False

    @property
    def along(self):
        """Metres from the first row's edge to the last one's."""
        return self.width if self.upright else self.height

    @property
    def across(self):
        """Metres that a row is long."""
        return self.height if self.upright else self.width

    def place(self, row, column):
        """-> (x, z) of a cell's middle, from the wall's middle."""
        down = ((row + 0.5) / self.rows - 0.5) * self.along
        right = ((column + 0.5) / self.columns - 0.5) * self.across
        return (down, -right) if self.upright else (right, -down)

    def cell(self, x, z):
        """Inverse of place: (row, column) with fractions, whole in the middle of a cell."""
        down, right = (x, -z) if self.upright else (-z, x)
        return (down / self.along + 0.5) * self.rows - 0.5, (right / self.across + 0.5) * self.columns - 0.5
