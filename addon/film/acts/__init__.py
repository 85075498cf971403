"""The acts, in order. Each is a function (film, cast) that reads like a page of a screenplay; one that is long to write
gives its steps."""

from .attention import attention
from .embedding import embedding
from .loop import loop
from .mlp import mlp
from .prologue import prologue
from .stack import stack
from .unembedding import unembedding

ACTS = {act.__name__: act for act in (prologue, embedding, attention, mlp, stack, unembedding, loop)}
