"""What each drawn token reads when it is run: arcs of one head a layer, back to all tokens before it."""

import numpy as np

from ... import compat
from .. import layout, points
from ..evidence import mark
from .beams import shared_group

FLAT = 0.26  # of an arc's height: what comes from far must not cross the text over the picture


class Rounds:
    """Query chooses the token, by its place in the text; Layer up to which layer its arcs stand; Reveal grows them."""

    def __init__(self, studio):
        film, script = studio.film, studio.script
        group = shared_group(studio)
        self.object, modifier = studio.field("Round beams", round_mesh(script, studio.palette), group)
        layers = script.model.n_layer
        fade = float(script.fade_sink)
        inputs = {"Trail": float(layers), "Every": float(layout.every(layers)), "Fade Sink": fade}
        for name, value in inputs.items():
            compat.set_input(modifier, name, value)
        mark(self.object, "round beams")
        base = compat.get_input(modifier, "Base")
        self.object.location.z, self.object.scale.z = base * (1.0 - FLAT), FLAT
        self.query = film.dial(modifier, "Query", float(script.text_count))
        self.only, self.layer = film.dial(modifier, "Only", 1.0), film.dial(modifier, "Layer", 0.0)
        self.reveal = film.dial(modifier, "Reveal", 0.0)
        self.visible = film.visibility(self.object)
        self.last = script.count - 1 + script.earlier  # the last token that was run

    def off(self, **timing):
        """Clips that take the arcs away."""
        return [self.reveal.to(0.0, **timing), self.visible.off()]

    def whole(self, **timing):
        """Clips that draw the arcs of all runs."""
        return [
            self.query.to(self.last, easing="step"),
            self.only.to(0.0, easing="step"),
            self.visible.on(0.0),
            self.reveal.to(1.0, origin=0.0, **timing),
        ]


def text_x(script):
    """x [T + S] of all tokens of the text."""
    drawn = layout.token_x(len(script.tokens), script.prompt_count)[script.prompt_count :]
    return np.concatenate([script.text_x, drawn])


def round_mesh(script, palette):
    """A point for each arc of each later run: from the token that was drawn last, in the most telling head."""
    x = text_x(script)
    found = script.reads
    step, layer, key = np.nonzero(found >= layout.BEAM_THRESHOLD)
    query = script.text_count + step
    count = len(step)
    return points.point_mesh(
        "Round beams",
        {
            "weight": found[step, layer, key].astype(np.float32),
            "layer": layer,
            "head": script.focus_heads[layer],
            "query": query,
            "key": key,
            "focus": np.ones(count, np.int32),
            "span": (x[query] - x[key]).astype(np.float32),
            "fan": np.zeros(count, np.float32),
            "line": np.zeros(count, np.int32),
            "before": np.zeros(count, np.float32),
            "tint": np.tile(np.array(palette.linear(palette.gold)), (count, 1)),
        },
        np.column_stack([x[key], layer * script.block_depth, np.zeros(count)]),
    )
