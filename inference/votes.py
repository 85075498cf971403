"""How far each neuron of one layer pushes some words. m neurons, W words, d residual stream."""

from dataclasses import dataclass

import numpy as np

from .arrays import below, check, numbers
from .checkpoint import Checkpoint
from .trace import ModelInfo


@dataclass(frozen=True, eq=False)
class Votes:
    """What the neurons of the focus layer say at the prompt's last position, for and against some words."""

    words: np.ndarray  # [W] int64             tokens, each once
    pushes: np.ndarray  # [W, m] float32       in logits; below 0 is against the word

    def check(self, model: ModelInfo) -> None:
        """Raise ValueError unless all of it fits a model."""
        count = len(self.words)
        check("votes", self, {"words": below(model.n_vocab, count), "pushes": numbers(count, model.d_mlp)})
        if not count or len(np.unique(self.words)) != count:
            raise ValueError("the words that are voted on are not each there once")


def votes(weights: Checkpoint, layer: int, activations: np.ndarray, stream: np.ndarray, words: list[int]) -> Votes:
    """The direct effect of each neuron on the logits of some words.

    activations  [m] of the layer at one position, after the activation function
    stream       [d] the final residual stream there

    A neuron adds its activation times its row of W_out to the stream. The final LayerNorm takes the mean of that away,
    divides by the deviation of the whole stream and multiplies by its weight; the rest is the dot product with a word's
    row of the unembedding. This is direct logit attribution with the scale of LayerNorm held fixed (Elhage et al. 2021,
    "A Mathematical Framework for Transformer Circuits"; `logit_attrs` in TransformerLens' ActivationCache). It leaves
    out what later layers make of the neuron. The pushes of all neurons of a layer, of its b_out, of all other layers,
    of the embeddings and of ln_f's bias add up to the logit.
    """
    tokens = np.array(list(dict.fromkeys(words)), np.int64)
    w_out = weights.block(layer)["mlp.c_proj.weight"].T  # [m, d]
    centred = w_out - w_out.mean(axis=1, keepdims=True)
    deviation = np.sqrt(stream.var(dtype=np.float64) + weights.config.layer_norm_epsilon)
    towards = weights.unembedding[tokens] * weights.final_norm["ln_f.weight"]  # [W, d]
    pushes = (towards @ centred.T) * activations / deviation
    return Votes(tokens, pushes.astype(np.float32))
