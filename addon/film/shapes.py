"""Small meshes that the film is made of, as (vertices, faces, shade). Pure numpy.

`shade` bakes soft light into the colour of what Workbench draws unlit.
"""

import numpy as np


def keycap(inset=0.13, depth=0.4):
    """A unit cell facing -Y: a flat front with four bevels, no back."""
    half, inner = 0.5, 0.5 - inset
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    outer = [(x * half, 0.0, z * half) for x, z in corners]
    front = [(x * inner, -depth, z * inner) for x, z in corners]
    sides = [(i, (i + 1) % 4, 4 + (i + 1) % 4, 4 + i) for i in range(4)]
    return outer + front, [(4, 5, 6, 7), *sides], [0.5] * 4 + [1.0] * 4


def plate():
    """A unit square facing -Y."""
    return [(-0.5, 0, -0.5), (0.5, 0, -0.5), (0.5, 0, 0.5), (-0.5, 0, 0.5)], [(0, 1, 2, 3)], None


def disc(sides=6):
    """A disc of diameter 1 facing -Y."""
    angles = np.arange(sides) * 2 * np.pi / sides
    return [(np.cos(a) / 2, 0, np.sin(a) / 2) for a in angles], [tuple(range(sides))], None


def discs(places, diameter, sides=14):
    """Discs at places [n, 3], facing -Y; diameter: of all, or [n]."""
    ring, _, _ = disc(sides)
    size = np.broadcast_to(diameter, len(places))[:, None, None]
    vertices = (np.asarray(places)[:, None] + np.array(ring)[None] * size).reshape(-1, 3)
    return vertices, [tuple(range(i * sides, (i + 1) * sides)) for i in range(len(places))], None


def strokes(starts, ends, width):
    """Flat straight lines between places [n, 3] and [n, 3], facing -Y."""
    starts, ends = np.asarray(starts, float), np.asarray(ends, float)
    along = (ends - starts)[:, [0, 2]]
    length = np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    across = np.column_stack([-along[:, 1], np.zeros(len(along)), along[:, 0]]) / length * width / 2
    vertices = np.stack([starts - across, ends - across, ends + across, starts + across], 1).reshape(-1, 3)
    return vertices, [tuple(range(4 * i, 4 * i + 4)) for i in range(len(starts))], None


def bevelled_box(size, bevel, segments=3):
    """A box with rounded edges around the origin: each corner of a finely cut cube pulled onto a sphere.

    Its shade is a soft light from above the viewer: 0.42 + 0.42 toward the viewer + 0.18 up, brighter on top edges.
    """
    size = np.asarray(size, float) / 2
    steps = np.linspace(0, np.pi / 4, segments + 1)
    corner = bevel * (1 - np.tan(np.pi / 4 - steps))  # from the face's edge plane inwards
    cuts = [np.concatenate([-s + corner, (s - corner)[::-1]]) for s in size]
    index, vertices, faces = {}, [], []

    def vertex(point):
        key = tuple(np.round(point, 6))
        if key not in index:
            inner = np.clip(point, -(size - bevel), size - bevel)
            out = point - inner
            norm = np.linalg.norm(out)
            index[key] = len(vertices)
            vertices.append((inner + out / norm * bevel, out / norm) if norm > 1e-9 else (np.array(point), np.zeros(3)))
        return index[key]

    for axis in range(3):
        u, v = [a for a in range(3) if a != axis]
        for sign in (-1, 1):
            for i in range(len(cuts[u]) - 1):
                for j in range(len(cuts[v]) - 1):
                    quad = []
                    for du, dv in ((0, 0), (1, 0), (1, 1), (0, 1)):
                        point = np.empty(3)
                        point[axis], point[u], point[v] = sign * size[axis], cuts[u][i + du], cuts[v][j + dv]
                        quad.append(vertex(point))
                    faces.append(quad if (sign > 0) == (axis != 1) else quad[::-1])
    positions = np.array([position for position, _ in vertices])
    normals = np.array([normal for _, normal in vertices])
    up, near = np.clip(normals[:, 2], 0, 1), np.clip(-normals[:, 1], 0, 1)
    shade = 0.34 + 0.42 * near + 0.5 * up + 2.4 * up * near + 0.5 * np.abs(normals[:, 0]) * near
    shade *= 0.78 + 0.34 * (positions[:, 2] / (2 * size[2]) + 0.5)
    return positions, faces, shade


def block():
    """A unit box standing on z = 0, shaded: front, lit top, darker sides. Faces don't share vertices."""
    low, high = np.array([-0.5, -0.5, 0.0]), np.array([0.5, 0.5, 1.0])
    vertices, faces, shade = [], [], []
    for axis, side, brightness in ((1, 0, 0.84), (2, 1, 1.5), (0, 0, 0.55), (0, 1, 0.55)):
        u, v = [a for a in range(3) if a != axis]
        corners = []
        for a, b in ((0, 0), (1, 0), (1, 1), (0, 1)):
            point = np.empty(3)
            point[axis] = (low, high)[side][axis]
            point[u], point[v] = (low, high)[a][u], (low, high)[b][v]
            corners.append(point)
        if (side == 0) != (axis == 1):
            corners.reverse()
        faces.append(tuple(range(len(vertices), len(vertices) + 4)))
        vertices += corners
        shade += [brightness] * 4
    return vertices, faces, shade


def tube(path, radius, sides=6, closed=False):
    """A tube along a path [n, 3] that lies in one plane y = const."""
    path = np.asarray(path, float)
    ahead = np.roll(path, -1, 0) if closed else np.vstack([path[1:], path[-1:]])
    behind = np.roll(path, 1, 0) if closed else np.vstack([path[:1], path[:-1]])
    along = ahead - behind
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    across = np.cross(along, (0.0, 1.0, 0.0))
    angles = np.arange(sides) * 2 * np.pi / sides
    ring = across[:, None] * np.cos(angles)[None, :, None] + np.array([0, 1.0, 0]) * np.sin(angles)[None, :, None]
    vertices = (path[:, None] + radius * ring).reshape(-1, 3)
    count = len(path)
    faces = []
    for i in range(count if closed else count - 1):
        j = (i + 1) % count
        faces += [
            (i * sides + k, i * sides + (k + 1) % sides, j * sides + (k + 1) % sides, j * sides + k)
            for k in range(sides)
        ]
    return vertices, faces, None


def rounded_rectangle(width, height, corner, steps=6):
    """An upright outline [n, 3] from z = 0 up, its lower edge left open."""
    quarter = np.linspace(0, np.pi / 2, steps)
    left = [(-width / 2 + corner - corner * np.cos(a), 0.0, height - corner + corner * np.sin(a)) for a in quarter]
    right = [(-x, y, z) for x, y, z in reversed(left)]
    return np.array([(-width / 2, 0, 0), *left, *right, (width / 2, 0, 0)])
