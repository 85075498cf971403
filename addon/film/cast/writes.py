"""What the strongest neurons of the last token write: the words that their output rows make likelier."""

import numpy as np

from .. import layout, shapes
from ..evidence import mark
from ..framing import Margins, box

REACH = 0.95  # from the middle of a panel to the words beside it
LEADING = 0.62
WORD_SIZE, FACT_SIZE = 0.23, 0.15


class Writes:
    """Beside the last token's panel: a line from each of its strongest neurons to its activation and its words."""

    def __init__(self, studio, neurons):
        film, script = studio.film, studio.script
        layer, found = script.focus_layer, script.recording.insights.neurons
        grid = layout.NeuronGrid.of(script.model.d_mlp)
        x = float(layout.token_x(script.prompt_count, script.prompt_count)[-1])
        depth = script.depth(2 * layer + 1)
        foot = np.array([x, depth, neurons.base_z])
        places = grid.place(found.neurons[layer]) + foot
        rank = np.argsort(np.argsort(-places[:, 2], kind="stable"))  # lines don't cross: the highest comes first
        count = len(places)
        middle = neurons.base_z + grid.height / 2
        rows = middle + ((count - 1) / 2 - rank) * LEADING
        seats = np.column_stack([np.full(count, x + REACH), np.full(count, depth - 0.25), rows])
        made = [
            studio.solid(
                "Lines to words",
                shapes.strokes(places + [0, -0.02, 0], seats + [-0.06, 0, 0], 0.012),
                studio.colour("gold", 0.7),
                studio.materials.glow,
            ),
            studio.solid(
                "Speaking neurons",
                shapes.discs(places + [0, -0.03, 0], 1.9 * grid.pitch),
                studio.colour("gold", 1.5),
                studio.materials.glow,
            ),
        ]
        for place, (seat, neuron, activation, words) in enumerate(
            zip(seats, found.neurons[layer], found.activations[layer], found.words[layer], strict=True)
        ):
            text = "  ".join(script.label(word) for word in words)
            up, down = seat + [0, 0, 0.09], seat - [0, 0, 0.14]
            made.append(studio.label(f"Writes {text}", text, WORD_SIZE, studio.palette.text, up, "Left"))
            mark(made[-1], "text", says="written", place=place)
            fact = f"#{neuron}  ·  {activation:.2f}"
            made.append(studio.label(f"Neuron {fact}", fact, FACT_SIZE, studio.palette.text_dim, down, "Left"))
            mark(made[-1], "text", says="writer", place=place)
        widest = max(studio.measure(made[2:]))
        self.visible = film.visibility(*made)
        low = (x - 0.8, depth - 0.3, min(neurons.base_z - 0.3, rows.min() - 0.4))
        high = (x + REACH + widest, depth, max(neurons.base_z + grid.height + 0.1, rows.max() + 0.3))
        self.shot = studio.picture.shot(box(low, high), 6, 3, Margins(0.1, 0.08, 0.17, 0.09))
