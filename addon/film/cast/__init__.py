"""Everything that appears in the film."""

from dataclasses import dataclass

import numpy as np

from ....inference.sampling import probabilities
from .. import layout
from ..steps import made
from .answers import Answers
from .aside import Aside
from .axis import Axis
from .bars import Bars, bar_group, bars_font, words_group
from .beams import Beams, beam_group
from .blade import Blade
from .brackets import make_brackets
from .columns import Columns, make_columns
from .context import Context
from .digits import Digits
from .flight import Flight
from .gates import Gates
from .guesses import Guesses
from .lanes import Lanes
from .needles import Needles
from .neurons import Neurons
from .pair import Pair
from .panel import Panel
from .question import Question
from .rounds import Rounds
from .same_end import SameEnds
from .sampling import Draw, TemperatureDial
from .sources import Sources
from .space import MeaningSpace
from .stack import Stack
from .table import Table
from .tile import Tile
from .tokens import Tokens
from .typed import Typed, make_typed
from .vocabulary import Board, Strands, Vocabulary
from .votes import Votes
from .worked import Worked

# In the order in which they are made; some take several steps.
ACTORS = (
    *("tokens", "typed", "columns", "table", "digits", "space", "aside", "context", "tile", "beams", "worked"),
    *("neurons", "panel", "stack", "answers", "vocabulary", "bars", "dial", "draw"),
)
COLD, HOT = 0.3, 1.6  # the temperatures that the sweep visits
COLDEST = 0.05  # what the dial shows of temperature 0, where softmax has no value


@dataclass
class Cast:
    """The film's actors; the acts turn their dials."""

    script: object
    picture: object  # its form, which says where cameras stand
    camera: object
    ground: object  # carries floor and lamps
    tokens: Tokens
    blade: Blade
    typed: Typed  # the text itself, to its end
    guesses: Guesses  # for the word after the prompt
    brackets: object  # around pieces of one character
    columns: Columns
    updates: Columns
    table: Table
    digits: Digits  # of the middle token's column
    pair: Pair  # whose places are added
    space: MeaningSpace
    aside: Aside
    context: Context | None  # of films with a second prompt
    trail: list
    tile: Tile | None  # of recordings with attention scores
    beams: Beams
    sources: Sources
    gates: Gates  # that the row goes through in act two
    worked: Worked
    turned: Needles  # how far the addition turns the reader's vector
    neurons: Neurons
    panel: Panel  # the last token's neurons, large
    question: Question | None  # that one of them asks; of recordings with weights
    votes: Votes | None  # of recordings with votes
    lanes: Lanes
    stack: Stack
    flight: Flight
    answers: Answers  # beside the last token
    same_end: SameEnds | None  # of recordings with three texts
    board: Board
    vocabulary: Vocabulary
    strands: Strands
    bars: Bars
    axis: Axis  # under them
    dial: TemperatureDial
    draw: Draw
    rounds: Rounds  # of the drawn tokens

    @property
    def temperature(self):
        return max(self.script.recording.sampling.temperature, COLDEST)

    @property
    def panel_top(self):
        """z of the neuron panels' upper edge."""
        return self.neurons.base_z + layout.NeuronGrid.of(self.script.model.d_mlp).height

    def chosen(self, step):
        """Which bar of a step the drawn token has."""
        return int(np.flatnonzero(self.bars.steps[step] == self.script.recording.steps[step].draw.token)[0])

    def share(self, step):
        """The drawn token's probability under the sampling settings."""
        recorded = self.script.recording.steps[step]
        return float(probabilities(recorded.trace.logits, self.script.recording.sampling)[recorded.draw.token])


def assemble(studio, camera, ground, media):
    """Make every object of the film; nothing is visible yet.

    In steps: yields the name of the actor that comes next, returns the Cast.
    """
    script, film = studio.script, studio.film
    context = script.recording.insights.context
    yield "tokens"
    tokens = yield from made(Tokens(), studio)
    yield "typed"
    typed = make_typed(studio, tokens)
    brackets = make_brackets(studio)
    columns, updates, trail = yield from make_columns(studio)
    yield "table"
    table = Table(studio)
    yield "digits"
    digits = Digits(studio, "First digits", token=table.middle, slots=(0,))
    pair = Pair(studio)
    yield "space"
    space = MeaningSpace(studio)
    yield "aside"
    aside = Aside(studio, media)
    yield "context"
    context = (yield from made(Context(), studio, context)) if context else None
    yield "tile"
    tile = (yield from made(Tile(), studio)) if script.trace.scores else None
    yield "beams"
    yield from studio.once_in_steps("beams", beam_group(studio))
    yield "beams"
    beams = Beams(studio, tile)
    yield "beams"
    sources = Sources(studio)
    gates = Gates(studio)
    yield "worked"
    worked = yield from made(Worked(), studio)
    yield "worked"
    turned = _turned(studio, "attention", script.focus_query - script.earlier, 2 * script.focus_layer + 1, 2.0)
    yield "neurons"
    neurons = Neurons(studio)
    yield "panel"
    panel = Panel(studio, neurons, layout.update_offset(layout.SCALE_ATTENTION))
    yield "panel"
    question = (yield from made(Question(), studio, panel)) if panel.wall else None
    yield "panel"
    votes = Votes(studio, panel) if script.votes else None
    yield "panel"
    lanes = Lanes(studio, neurons.base_z + layout.NeuronGrid.of(script.model.d_mlp).height + 0.35)
    yield "stack"
    stack = Stack(studio, beams, trail)
    yield "answers"
    flight = Flight(studio, tokens.row_object)
    yield "answers"
    answers = Answers(studio, tokens.row_object, tokens.prompt[-1].x)
    yield "answers"
    same = script.recording.insights.same_end
    end = tokens.prompt[-1].x, stack.end
    same_end = (yield from made(SameEnds(), studio, same, end)) if same else None
    yield "vocabulary"
    board = Board.of(script, studio.picture, stack.end, tokens.prompt[-1].x)
    vocabulary = Vocabulary(studio, board)
    yield "bars"
    bars = yield from bar_group(studio, board)
    yield "bars"
    words = words_group(studio, bars_font(studio))
    yield "bars"
    bars = Bars(studio, board, bars, words)
    yield "bars"
    strands = Strands(studio, board, bars.steps[0][: bars.count], [bars.row(0, i) for i in range(bars.count)])
    axis = Axis(studio, bars)
    yield "dial"
    dial = TemperatureDial(studio)
    dial.place.begin(board.dial_place)
    yield "draw"
    draw = Draw(studio, 0, board)
    return Cast(
        script=script,
        picture=studio.picture,
        camera=camera,
        ground=film.place(ground, "location", (0.0, 0.0, 0.0)),
        tokens=tokens,
        typed=typed,
        guesses=Guesses(studio, typed),
        blade=Blade(studio, typed),
        brackets=brackets,
        columns=columns,
        updates=updates,
        table=table,
        digits=digits,
        pair=pair,
        space=space,
        aside=aside,
        context=context,
        trail=trail,
        tile=tile,
        beams=beams,
        sources=sources,
        gates=gates,
        worked=worked,
        turned=turned,
        neurons=neurons,
        panel=panel,
        question=question,
        votes=votes,
        lanes=lanes,
        stack=stack,
        flight=flight,
        answers=answers,
        same_end=same_end,
        board=board,
        vocabulary=vocabulary,
        strands=strands,
        bars=bars,
        axis=axis,
        dial=dial,
        draw=draw,
        rounds=Rounds(studio),
    )


def _turned(studio, by, token, slot, size=0.9):
    """The angle between a vector at a slot and at the next one, after the addition, row by row."""
    script = studio.script
    before, after = (script.stream[one, token].astype(np.float64) for one in (slot, slot + 1))
    grid = layout.CellGrid.of(script.model.d_model)
    row = np.arange(script.model.d_model) // grid.columns
    swept = [np.where(row < rows, after, before) for rows in range(grid.rows + 1)]
    lengths = np.linalg.norm(before) * np.linalg.norm(swept, axis=1)
    angles = np.degrees(np.arccos(np.clip(swept @ before / np.maximum(lengths, 1e-12), -1, 1)))
    return Needles(studio, f"Turned by {by}", angles, size, symmetric=False)
