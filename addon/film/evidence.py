"""What a film shows, kept inside it: a copy of the model's numbers that nothing is drawn from.

Years later, without the model, `addon/verify.py` reads the drawn shapes and compares them with this copy. It is an
.npz file (named arrays, no pickle) in a custom property of the film's collection of tensors. What is drawn from a
number says so itself, in a custom property of its object that renaming does not change.
"""

import dataclasses
import io
import json
from dataclasses import dataclass

import numpy as np

from ...inference.archive import arrays_in
from ...inference.contexts import SameEnd, WordInContext
from ...inference.files import reason
from ...inference.sampling import Sampling, likeliest, probabilities
from ...inference.trace import ModelInfo
from ...inference.votes import Votes
from ...inference.weights import Counts, FocusWeights
from . import layout, matrices
from .direction import Focus, make_script
from .errors import FilmError
from .palette import THEMES

FORMAT = 6  # raised whenever a film's numbers are drawn, marked or kept in another way
EVIDENCE = "cinema_evidence"  # the collection's custom property
MARK = "cinema"  # an object's custom property

# Arrays of tokens of which a film may show any.
SHOWN = ("tokens", "near_tokens", "written", "lens_tokens", "greedy", "vote_words")
SHOWN += ("word_first", "word_other", "word_next_tokens", "end_tokens", "end_next_tokens")
_FACTS = {"model": ModelInfo, "sampling": Sampling, "counts": Counts}  # dataclasses without arrays


def mark(owner, shows, **which):
    """Say on an object what it shows: a kind of addon/verifying, and which of its kind as numbers or words."""
    owner[MARK] = {"shows": shows, **which}


def mark_of(owner):
    """What `mark` said, or None."""
    found = owner.get(MARK)
    found = found.to_dict() if hasattr(found, "to_dict") else None
    return found if found and "shows" in found else None


@dataclass(frozen=True, eq=False)
class Evidence:
    """The numbers behind one film. T prompt tokens, of which the last P are shown, N shown ones with a vector, S drawn
    ones; L layers, H heads, d, m, V.

    Arrays that a film doesn't have have no elements: scores, a word in two texts, three texts with one end, the weights
    of a head that the recording doesn't have.
    """

    prompt: str
    theme: str  # one of THEMES
    model: ModelInfo
    sampling: Sampling
    earlier: int  # T - P
    prompt_count: int  # P
    focus_layer: int
    focus_head: int
    focus_query: int  # the place of the token whose reading is followed
    focus_word: int  # the token whose neighbours are shown
    counts: Counts  # of the model's learned numbers
    labels: dict  # {token: how it is shown}, of all tokens that are
    pieces: list  # [T + S] the bytes of the text's tokens, in hex
    greedy_pieces: list  # [n] those of the continuation at temperature 0
    parts: dict  # what everything in the film was built as, see parts.py
    tokens: np.ndarray  # [T + S]
    stream: np.ndarray  # [2L + 2, N, d]
    updates: np.ndarray  # [2L + 1, N, d]
    heads: np.ndarray  # [N, d] the values that each head of the focus layer mixed, joined
    activations: np.ndarray  # [L, N, m]
    pattern: np.ndarray  # [L, H, T, T]
    reads: np.ndarray  # [S - 1, L, T + S - 1] of the newest token of each later run, in the head of focus_heads
    scores: np.ndarray  # [T, T] of the focus head
    q: np.ndarray  # [T, dh] of the focus head, as are k and v
    k: np.ndarray  # [T, dh]
    v: np.ndarray  # [T, dh]
    head_values: np.ndarray  # [H, T, dh] v of all heads of the focus layer
    pre: np.ndarray  # [T, m] of the focus layer: its neurons before their activation function
    focus_heads: np.ndarray  # [L]
    logits: np.ndarray  # [S, V]
    last: np.ndarray  # [S, d] the last vector of each run after the final LayerNorm: what the unembedding multiplies
    lens_tokens: np.ndarray  # [2L + 1, K]
    lens_probabilities: np.ndarray  # [2L + 1, K]
    greedy: np.ndarray  # [n] the continuation at temperature 0
    draw_numbers: np.ndarray  # [S] the recorded numbers 0 … 1
    draw_tokens: np.ndarray  # [S]
    cloud: np.ndarray  # [V, 3] the token table along its principal axes
    near_tokens: np.ndarray  # [K] the focus word's neighbours
    near_cosines: np.ndarray  # [K]
    writers: np.ndarray  # [n] the strongest neurons of the focus layer at the last token of the prompt
    written: np.ndarray  # [n, W] the tokens that they make likelier
    word_vectors: np.ndarray  # [2, 2L + 2, d] of one word in two texts; these are a WordInContext of inference
    word_cosines: np.ndarray  # [2L + 2]
    word_first: np.ndarray  # [T1]
    word_other: np.ndarray  # [T2]
    word_positions: np.ndarray  # [2]
    word_next_tokens: np.ndarray  # [2, K]
    word_next_probabilities: np.ndarray  # [2, K]
    word_patterns_first: np.ndarray  # [L, H, T1]
    word_patterns_other: np.ndarray  # [L, H, T2]
    end_tokens: np.ndarray  # [T1 + T2 + T3] of three texts with one end; these are a SameEnd of inference
    end_lengths: np.ndarray  # [3]
    end_vectors: np.ndarray  # [3, 2L + 2, d]
    end_next_tokens: np.ndarray  # [3, K]
    end_next_probabilities: np.ndarray  # [3, K]
    vote_words: np.ndarray  # [W] tokens
    vote_pushes: np.ndarray  # [W, m]
    W_Q: np.ndarray  # [d, dh] of the focus head; this and what follows are a FocusWeights of inference
    W_K: np.ndarray  # [d, dh]
    W_V: np.ndarray  # [d, dh]
    b_Q: np.ndarray  # [dh]
    b_K: np.ndarray  # [dh]
    b_V: np.ndarray  # [dh]
    rows_O: np.ndarray  # [O]
    W_O: np.ndarray  # [O, d]
    b_O: np.ndarray  # [d]
    rows_mlp: np.ndarray  # [M]
    W_in: np.ndarray  # [M, d]
    b_in: np.ndarray  # [m]
    W_out: np.ndarray  # [M, d]
    b_out: np.ndarray  # [d]
    rows_E: np.ndarray  # [R]
    W_E: np.ndarray  # [R, d]
    attn_input: np.ndarray  # [T, d]
    mlp_input: np.ndarray  # [T, d]

    @classmethod
    def of(cls, script, theme="dark", parts=None):
        """The evidence for a script's film; parts: what number_parts() gives of its scene."""
        recording, trace, layer = script.recording, script.trace, script.focus_layer
        meaning, neurons, block = recording.insights.meaning, recording.insights.neurons, trace.blocks[layer]
        near = int(np.flatnonzero(meaning.tokens == script.focus_word)[0])
        logits = np.stack([step.trace.logits for step in recording.steps])
        draw_tokens = np.array([step.draw.token for step in recording.steps])
        arrays = {
            "tokens": np.append(recording.steps[-1].trace.tokens, draw_tokens[-1]),
            "stream": script.stream,
            "updates": script.updates,
            "heads": script.heads_results[0],
            "activations": script.activations,
            "pattern": np.stack([block.pattern for block in trace.blocks]),
            "reads": script.reads,
            "scores": block.attn_scores[script.focus_head] if trace.scores else np.zeros((0, 0)),
            **{name: getattr(block, name)[:, script.focus_head] for name in ("q", "k", "v")},
            "head_values": block.v.transpose(1, 0, 2),
            "pre": block.pre,
            "focus_heads": script.focus_heads,
            "logits": logits,
            "last": np.stack([step.trace.ln_final[-1] for step in recording.steps]),
            "lens_tokens": recording.lens.tokens,
            "lens_probabilities": recording.lens.probabilities,
            "greedy": recording.greedy,
            "draw_numbers": np.array([step.draw.random for step in recording.steps]),
            "draw_tokens": draw_tokens,
            "cloud": meaning.cloud,
            "near_tokens": meaning.neighbours[near],
            "near_cosines": meaning.cosines[near],
            "writers": neurons.neurons[layer],
            "written": neurons.words[layer],
            **_arrays(WordInContext, recording.insights.context, "word_"),
            **_arrays(SameEnd, recording.insights.same_end, "end_"),
            **_arrays(Votes, script.votes, "vote_"),
            **_arrays(FocusWeights, script.weights),
        }
        shown = [token for name in SHOWN for token in arrays[name].ravel().astype(int)] + [script.focus_word]
        shown += [token for step in range(len(logits)) for token in candidates(logits[step], draw_tokens[step], step)]
        shown += likeliest(logits[0], layout.GUESSES).tolist()
        shown += layout.worded(probabilities(logits[0], recording.sampling), draw_tokens[0]).tolist()
        return cls(
            prompt=recording.prompt,
            theme=theme,
            model=script.model,
            sampling=recording.sampling,
            earlier=script.earlier,
            prompt_count=script.prompt_count,
            focus_layer=layer,
            focus_head=script.focus_head,
            focus_query=script.focus_query,
            focus_word=script.focus_word,
            counts=recording.counts,
            labels={int(token): script.label(token) for token in shown},
            pieces=[recording.vocabulary.bytes(token).hex() for token in arrays["tokens"]],
            greedy_pieces=[recording.vocabulary.bytes(token).hex() for token in recording.greedy],
            parts=parts or {"blender": [], "objects": [], "materials": [], "groups": []},
            **{name: np.array(array) for name, array in arrays.items()},
        )

    @property
    def palette(self):
        """The colours that the film is drawn in."""
        return THEMES[self.theme]

    @property
    def text_count(self):
        """T."""
        return self.earlier + self.prompt_count

    @property
    def count(self):
        """N."""
        return self.stream.shape[1]

    @property
    def table(self):
        """{name: vectors [S, N, d]} that columns of cells show, by the names of their marks."""
        words = self.word_vectors.transpose(1, 0, 2) if len(self.word_vectors) else np.zeros((0, 2, 0))
        return {"stream": self.stream, "updates": self.updates, "word": words}

    @property
    def learned(self):
        """{name: array} of the matrices and biases of the focus, by the names of matrices.py."""
        return {name: getattr(self, name) for name in matrices.LEARNED}

    @property
    def computed(self):
        """{name: [T, n]} what they multiply and what comes out, by the names of matrices.py; of tokens that are not
        shown some is not kept, and no number."""
        blocks = {"z": self.heads, "attn_out": self.updates[2 * self.focus_layer + 1]}
        blocks |= {"post": self.activations[self.focus_layer], "mlp_out": self.updates[2 * self.focus_layer + 2]}
        kept = {name: getattr(self, name) for name in ("attn_input", "mlp_input", "q", "k", "v", "pre")}
        before = [(self.earlier, 0), (0, 0)]
        shown = {name: rows[: self.prompt_count] for name, rows in blocks.items()}
        return kept | {name: np.pad(rows, before, constant_values=np.nan) for name, rows in shown.items()}

    def label(self, token):
        """How a token is shown; one that the film doesn't show is `#id`."""
        return self.labels.get(int(token), f"#{token}")

    def word(self, token):
        """How a token is named where a space before it is not written."""
        return self.label(token).lstrip("·") or self.label(token)

    def candidates(self, step):
        """The tokens that have a bar at a step, from left to right."""
        return candidates(self.logits[step], self.draw_tokens[step], step)

    def of_recording(self, recording):
        """The evidence for this film from a recording of one's own. What the film emphasises stays as it is.

        Raises FilmError when the recording is of another model or prompt, or went on in another way.
        """
        if why := self._differs_from(recording):
            raise FilmError(f"The film is not made from this recording: {why}.")
        script = make_script(recording, Focus(self.focus_layer + 1, self.focus_head + 1), self.prompt_count)
        script = dataclasses.replace(script, focus_query=self.focus_query, focus_word=self.focus_word)
        return Evidence.of(script, self.theme, self.parts)

    def _differs_from(self, recording):
        """In a few words; None if it doesn't."""
        last = recording.steps[-1]
        if recording.model != self.model:
            another = "another " if recording.model.name == self.model.name else ""
            return f"it is of the model {recording.model.name}, the film of {another}{self.model.name}"
        if recording.prompt != self.prompt:
            return f"its prompt is {recording.prompt!r}, the film's {self.prompt!r}"
        if [*last.trace.tokens, last.draw.token] != self.tokens.tolist() or recording.sampling != self.sampling:
            return "it draws other words, or with other settings"
        context = recording.insights.context
        if (context is not None) != bool(len(self.word_cosines)):
            return "only one of the two has a word in two texts"
        if context and not (
            np.array_equal(context.first, self.word_first) and np.array_equal(context.other, self.word_other)
        ):
            return "it shows a word in two other texts"
        focus, weights = (self.focus_layer, self.focus_head), recording.weights
        if len(self.W_Q) and (weights is None or (weights.layer, weights.head) != focus):
            return "it has the weights of another head"
        if len(self.scores) and not recording.steps[0].trace.scores:
            return "it was recorded without attention scores"
        return None

    # --- bytes ---------------------------------------------------------------------------------

    def to_bytes(self):
        """A compressed .npz file."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        arrays = {name: _short(value) for name, value in values.items() if isinstance(value, np.ndarray)}
        facts = {name: value for name, value in values.items() if name not in arrays}
        facts |= {name: dataclasses.asdict(facts[name]) for name in _FACTS}
        facts["labels"] = list(self.labels.items())
        file = io.BytesIO()
        np.savez_compressed(file, format=np.array(FORMAT), facts=np.array(json.dumps(facts)), **arrays)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data):
        """The inverse of to_bytes. Raises FilmError when the bytes are damaged or of another version."""
        try:
            arrays = {name: _long(array) for name, array in arrays_in(io.BytesIO(data)).items()}
            version = int(arrays.pop("format"))
        except MemoryError:
            raise
        except Exception as error:  # a damaged zip fails in a dozen ways
            raise _damaged(error) from error
        if version != FORMAT:
            age = "a newer" if version > FORMAT else "an older"
            raise FilmError(f"The film was made by {age} version of Transformer Cinema; verify it with that version.")
        try:
            facts = json.loads(str(arrays.pop("facts")))
            facts |= {name: kind(**facts[name]) for name, kind in _FACTS.items()}
            facts["labels"] = dict(facts["labels"])
            return cls(**facts, **arrays)
        except (LookupError, TypeError, ValueError, RecursionError) as error:
            raise _damaged(error) from error


def _damaged(error):
    return FilmError(f"The film's record of its numbers is damaged ({reason(error)}); build the film again.")


def _arrays(kind, group, prefix=""):
    """The arrays of a part of a recording; where there is none, arrays without elements."""
    names = [field.name for field in dataclasses.fields(kind) if field.type is np.ndarray]
    return {prefix + name: getattr(group, name) if group else np.zeros(0) for name in names}


def _short(array):
    """An array in half precision if that loses nothing, as of weights that were published so: quicker to compress."""
    if array.dtype != np.float32:
        return array
    with np.errstate(over="ignore"):
        half = array.astype(np.float16)
    return half if np.array_equal(half, array) else array


def _long(array):
    """The inverse of _short."""
    return array.astype(np.float32) if array.dtype == np.float16 else array


def candidates(logits, drawn, step):
    """The tokens that get a bar, from logits [V]: the likeliest; in later steps the drawn one alone. In the first step
    nobody shall know yet which one it is."""
    return likeliest(logits, layout.CANDIDATES) if step == 0 else np.array([drawn])


# --- in the scene --------------------------------------------------------------------------------


def keep(collection, data):
    """Keep the evidence for a finished film, as bytes, in one of its collections."""
    collection[EVIDENCE] = data


def find(scene):
    """The evidence kept in a scene. Raises FilmError when there is none."""
    for collection in scene.collection.children_recursive:
        data = collection.get(EVIDENCE)
        if isinstance(data, bytes):
            return Evidence.from_bytes(data)
    raise FilmError(f"The scene {scene.name} keeps no record of a model's numbers; build the film again to verify it.")


def films(scenes):
    """Those scenes that hold a film with evidence."""
    return [scene for scene in scenes if any(EVIDENCE in one.keys() for one in scene.collection.children_recursive)]
