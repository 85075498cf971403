"""Where the camera stands for the last vector, the wall, the bars and the strip."""

from .. import layout
from ..cast.sampling import DIVED_HEIGHT, seen_from
from ..framing import Margins, box

DIAL_ROOM = 1.45  # metres beside the last column, for the dial that takes its place


def stage(cast, azimuth=2, elevation=3):
    """The last column with the wall or the bars beside it; in a narrow picture, below them."""
    board = cast.board
    low = (min(board.last - DIAL_ROOM, board.left), board.y - 0.45, 0.12)
    high = (
        max(board.last + 1.0, board.left + board.width),
        board.y + 0.4,
        max(board.top, board.low + (5.2 if board.wide else 5.1)),
    )
    margins = Margins(0.02, 0.02, 0.13, 0.08) if board.wide else Margins(0.01, 0.01, 0.15, cast.picture.top + 0.02)
    return cast.picture.shot(box(low, high), azimuth, elevation, margins)


def arrived(cast, y):
    """The row with its columns at a depth."""
    x = layout.token_x(cast.script.prompt_count, cast.script.prompt_count)
    return cast.picture.shot(box((x[0] - 0.75, y - 0.5, 0.1), (x[-1] + 0.75, y + 0.3, cast.board.top)), 14, 5)


def strip(cast):
    """The whole strip, as wide as the picture's margins allow."""
    board = cast.board
    x, z = (board.strip_x, board.strip_x + board.strip_width), board.strip_z
    corners = box((x[0], board.y, z - 1.0), (x[1], board.y, z + 1.0))
    edge = 0.05 if board.wide else 0.035
    return cast.picture.shot(corners, 0, 2, Margins(edge, edge, 0.17, 0.1))


def door(cast):
    """The piece that the dive ends before."""
    return _before_the_piece(cast, 0, 1)


def won(cast):
    """The same from further round: the cube that has come out of the strip is seen as one."""
    return _before_the_piece(cast, *seen_from(cast.picture))


def _before_the_piece(cast, azimuth, elevation):
    board = cast.board
    middle, half = board.strip_x + board.strip_width / 2, board.strip_width * 0.44
    high = DIVED_HEIGHT * board.strip_width
    low, top = board.strip_z - high / 2 - 1.1 - 1.2 * cast.draw.size, board.strip_z + high / 2 + 0.6
    return cast.picture.shot(box((middle - half, board.y, low), (middle + half, board.y, top)), azimuth, elevation)
