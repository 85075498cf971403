"""What the film shows, chosen from the data. No bpy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...inference.focus import most_telling, telling_heads
from ...inference.recording import Recording
from ...inference.sampling import MOST_TOKENS
from . import layout
from .errors import FilmError

MAX_TOKENS = 96  # prompt and drawn tokens together
MAX_DRAWN = 24
MAX_LAYERS = 200  # gpt2-xl has 48
MAX_LETTERS = 20_000  # more than MAX_TOKENS of GPT-2's longest tokens have
MAX_SHOWN = 16  # of the prompt's last tokens have a cube with a word, and a vector; in narrow pictures it is fewer


@dataclass(frozen=True)
class Focus:
    """What the user wants emphasised, counted from 1 as the captions count; None: chosen from the data."""

    layer: int | None = None
    head: int | None = None
    token: int | None = None  # of the prompt: whose reading is followed, and whose neighbours are shown
    fade_sink: bool = False  # draw what rests on the first token faintly


@dataclass(frozen=True)
class Script:
    """The recording, arranged for the film. T prompt tokens, of which the last P are shown; N shown tokens with a
    vector: those and the drawn ones; L layers."""

    recording: object
    earlier: int  # T - P
    tokens: np.ndarray  # [N + 1] shown prompt tokens and drawn ones; the last one was drawn and never run
    prompt_count: int  # P
    stream: np.ndarray  # [2L + 2, N, d]: slot 0 the token embedding, slot c + 1 the residual stream at checkpoint c
    updates: np.ndarray  # [2L + 1, N, d]: slot 0 the position embedding, 2l + 1 attention's and 2l + 2 the MLP's result
    activations: np.ndarray  # [L, N, m] neurons after their activation function
    focus_layer: int
    focus_head: int
    focus_heads: np.ndarray  # [L] the most telling head of each layer
    focus_query: int  # the place in the text of the token whose reading is followed
    focus_word: int  # the token whose neighbours in meaning space are shown
    fade_sink: bool

    @property
    def drawn(self) -> list[int]:
        """All drawn tokens."""
        return [step.draw.token for step in self.recording.steps]

    @property
    def text_count(self):
        """T."""
        return self.earlier + self.prompt_count

    @property
    def shown(self):
        """The places in the text of the prompt's tokens that are shown."""
        return range(self.earlier, self.text_count)

    @property
    def text_x(self):
        """x [T] of all tokens of the prompt."""
        return layout.text_x(self.text_count, self.prompt_count)

    @property
    def trace(self):
        """The full trace of the prompt."""
        return self.recording.steps[0].trace

    @property
    def model(self):
        return self.trace.model

    @property
    def block_depth(self):
        """Metres along +Y."""
        return layout.block_depth(self.model.n_layer)

    def depth(self, checkpoint):
        """y of the row at a checkpoint."""
        return float(layout.depth_of_checkpoint(checkpoint, self.model.n_layer))

    @property
    def count(self):
        """N: tokens that have a vector."""
        return self.stream.shape[1]

    @property
    def sink_share(self):
        """How much of the focus layer's attention rests on the first token: mean over heads and later queries."""
        pattern = self.trace.blocks[self.focus_layer].pattern
        return float(pattern[:, 1:, 0].mean()) if pattern.shape[1] > 1 else 0.0

    @property
    def heads_results(self):
        """[2, N, d] of the focus layer: what each head mixed, joined; and what the projection makes of it."""
        first, *later = (step.trace.blocks[self.focus_layer].z for step in self.recording.steps)
        joined = np.concatenate([first[self.earlier :], *(z[-1:] for z in later)]).reshape(self.count, -1)
        return np.stack([joined, self.updates[2 * self.focus_layer + 1]])

    @property
    def reads(self):
        """Attention [S - 1, L, T + S - 1] of the newest token of each later run, in the most telling head of each
        layer; 0 for tokens that are still to come."""
        later = self.recording.steps[1:]
        found = np.zeros((len(later), self.model.n_layer, self.text_count + len(later)), np.float32)
        for step, one in enumerate(later):
            for layer, block in enumerate(one.trace.blocks):
                row = block.pattern[self.focus_heads[layer], -1]
                found[step, layer, : len(row)] = row
        return found

    @property
    def weights(self):
        """The recorded weights of the focus layer and head; None if those of others were recorded."""
        found = self.recording.weights
        return found if found and (found.layer, found.head) == (self.focus_layer, self.focus_head) else None

    @property
    def votes(self):
        """The recorded votes of the focus layer's neurons; None as for `weights`."""
        return self.recording.votes if self.weights else None

    def label(self, token):
        """How a token is written on its cube: a space before it is a dot."""
        return self.recording.vocabulary.label(int(token))

    def word(self, token):
        """How a caption names a token: without the space before it."""
        return self.label(token).lstrip("·") or self.label(token)

    def name(self, place):
        """How a caption names the token at a place of the prompt: a piece of a character by the whole character."""
        return self.recording.vocabulary.name(self.trace.tokens.tolist(), int(place))


def check_layers(count):
    """Raise FilmError when a model has more layers than a film can show."""
    if count > MAX_LAYERS:
        raise FilmError(f"The model has {count:,} layers, and a film shows at most {MAX_LAYERS}; choose another model.")


def check_length(prompt_count, drawn):
    """Raise FilmError when a prompt and the tokens drawn after it are more than a film can show."""
    if drawn > MAX_DRAWN:
        raise FilmError(f"{drawn} tokens are drawn, and a film shows at most {MAX_DRAWN}; draw fewer.")
    if prompt_count + drawn > MAX_TOKENS:
        raise FilmError(
            f"The prompt has {prompt_count} tokens and {drawn} are drawn: {prompt_count + drawn} in all, and a film "
            f"shows at most {MAX_TOKENS}; shorten the prompt or draw fewer."
        )


def most_drawn(prompt_count, wanted=None):
    """How many tokens may be drawn after a prompt: as many as are wanted; None is until a sentence ends.

    Raises FilmError as check_length.
    """
    check_length(prompt_count, wanted or 1)
    return wanted or min(MOST_TOKENS, MAX_DRAWN, MAX_TOKENS - prompt_count)


def make_script(recording, focus=None, shown=MAX_SHOWN):
    """A recording -> the Script of its film, which shows at most `shown` of the prompt's tokens.

    Raises FilmError when there is too much to show, or no such focus.
    """
    focus = focus or Focus()
    steps = recording.steps
    if not steps:
        raise FilmError("The recording holds no step; record at least one new token.")
    first = steps[0].trace
    if any(len(step.trace.layers) < first.model.n_layer for step in steps):
        raise FilmError("Layers were left out of this recording; record it again with all of them.")
    check_layers(first.model.n_layer)
    text_count = len(first.tokens)
    check_length(text_count, len(steps))
    count = len(recording.vocabulary.text([*steps[-1].trace.tokens, steps[-1].draw.token]))
    if count > MAX_LETTERS:
        raise FilmError(f"The text has {count:,} letters, and a film shows at most {MAX_LETTERS:,}; shorten it.")
    earlier = max(0, text_count - shown)
    # GPT-2 is causal: a token's vectors never change when more text follows, so each comes from the step that ran it
    # first.
    sources = [(0, slice(earlier, text_count))] + [(i, slice(-1, None)) for i in range(1, len(steps))]

    def gather(tensor):
        return np.concatenate([tensor(steps[step].trace)[rows] for step, rows in sources])

    layers = range(first.model.n_layer)
    checkpoints = range(2 * first.model.n_layer + 1)
    stream = [gather(lambda t: t.embed)] + [gather(lambda t, c=c: t.resid(c)) for c in checkpoints]
    updates = [gather(lambda t: t.pos_embed)]
    for layer in layers:
        updates += [gather(lambda t, i=layer: t.blocks[i].attn_out), gather(lambda t, i=layer: t.blocks[i].mlp_out)]
    activations = [gather(lambda t, i=layer: t.blocks[i].post) for layer in layers]

    score = np.array([telling_heads(first.blocks[layer]) for layer in layers])  # [L, H]
    layer, head = _focus_head(recording, score, focus)
    query = text_count - 1 if focus.token is None else _wished("token", focus.token, text_count, earlier)
    focus_heads = score.argmax(1)
    focus_heads[layer] = head
    return Script(
        recording=recording,
        earlier=earlier,
        tokens=np.append(steps[-1].trace.tokens[earlier:], steps[-1].draw.token),
        prompt_count=text_count - earlier,
        stream=np.stack(stream),
        updates=np.stack(updates),
        activations=np.stack(activations),
        focus_layer=layer,
        focus_head=head,
        focus_heads=focus_heads,
        focus_query=query,
        focus_word=_telling_word(recording, earlier) if focus.token is None else int(first.tokens[query]),
        fade_sink=focus.fade_sink,
    )


def _focus_head(recording, score, focus):
    """The (layer, head) that the user wants; what is left open is as recorded, or the most telling; score: [L, H]."""
    layer = None if focus.layer is None else _wished("layer", focus.layer, score.shape[0])
    head = None if focus.head is None else _wished("head", focus.head, score.shape[1])
    if layer is None and head is None and recording.weights:
        return recording.weights.layer, recording.weights.head
    return most_telling(score, layer, head)


def _wished(what, number, count, left_out=0):
    """A wish counted from 1 -> counted from 0. Raises FilmError when there are not so many, or it isn't shown."""
    if not 1 <= number <= count:
        raise FilmError(f"There is no {what} {number}; they are counted from 1 to {count}.")
    if number <= left_out:
        raise FilmError(
            f"Of this prompt the film shows only the last tokens, {left_out + 1} to {count}; choose one of them."
        )
    return number - 1


def _telling_word(recording, earlier):
    """The shown token of the prompt whose nearest neighbours stand out most from all others, see insights.standing_out;
    of those whose neighbours are all words, if there are any.

    Not the first one, unless it is alone: without a space before it, its neighbours are mostly other spellings.
    """
    meaning, prompt = recording.insights.meaning, recording.steps[0].trace.tokens
    shown = np.isin(meaning.tokens, prompt[max(earlier, 1) :]) & (meaning.tokens != prompt[0])
    if not shown.any():
        shown = np.isin(meaning.tokens, prompt)
    family = np.column_stack([meaning.tokens, meaning.neighbours])
    words = shown & [_different_words(recording, row) for row in family]
    if words.any():
        shown = words
    return int(meaning.tokens[np.argmax(np.where(shown, meaning.telling, -np.inf))])


def _different_words(recording: Recording, tokens: Sequence[int]) -> bool:
    """Whether tokens are words, none of them twice in another spelling."""
    words = [recording.vocabulary.label(int(token)).removeprefix("·").lower() for token in tokens]
    return all(word.isalpha() for word in words) and len(set(words)) == len(words)
