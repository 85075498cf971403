"""A GPT-2 that can be asked for everything it computes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from . import stages
from .checkpoint import ACTIVATIONS, Checkpoint
from .errors import Cancelled, ModelError
from .examples import examples_of
from .files import expanded
from .lens import LogitLens
from .recorder import Order, Progress, record
from .recording import Recording
from .sampling import MOST_TOKENS, Sampling
from .tokens import Tokenizer
from .trace import LEFT_OUT, BlockTrace, ModelInfo, Run, Trace, kept_layers, trace_size

EMBEDDED_MODEL = Path(__file__).resolve().parent.parent / "assets" / "models" / "storybook"


class Model:
    """A checkpoint and its tokenizer, ready to run (Vaswani et al. 2017, Radford et al. 2019)."""

    def __init__(self, checkpoint: Checkpoint, tokenizer: Tokenizer, name: str):
        config = checkpoint.config
        self.checkpoint = checkpoint
        self.tokenizer = tokenizer
        self.info = ModelInfo(
            name=name,
            n_layer=config.n_layer,
            n_head=config.n_head,
            d_model=config.n_embd,
            d_mlp=config.n_inner,
            n_vocab=config.vocab_size,
            n_ctx=config.n_positions,
            n_parameters=checkpoint.n_parameters,
        )
        self.examples = examples_of(checkpoint.folder, name)
        self._epsilon = np.array(config.layer_norm_epsilon, np.float32)
        # Some tables have more rows than the tokenizer has tokens; a logit may still fall on one of those.
        self.vocabulary = tokenizer.vocabulary_of(config.vocab_size)

    @classmethod
    def load(cls, folder: str | Path, name: str | None = None) -> "Model":
        """The model in `folder`, called by the folder's name unless another is given.

        Raises ModelError when something in the folder is missing, damaged or not a GPT-2.
        """
        folder = expanded(folder)
        checkpoint = Checkpoint(folder)
        tokenizer = Tokenizer.find(folder)
        # Added tokens without a row, such as a [PAD], are no obstacle as long as the prompt has none.
        if tokenizer.size_without_added > checkpoint.config.vocab_size:
            raise ModelError(
                f"{tokenizer.path} knows {len(tokenizer)} tokens, but the model's table has "
                f"{checkpoint.config.vocab_size} rows; use the tokenizer that belongs to this model."
            )
        # Chinese GPT-2s have kept GPT-2's own id for an end that their [SEP] is.
        ends = dict.fromkeys((*checkpoint.config.eos_token_ids, *tokenizer.ends))
        checkpoint.config = replace(checkpoint.config, eos_token_ids=tuple(ends))
        name = name or folder.resolve().name
        return cls(checkpoint, tokenizer, name.encode(errors="replace").decode())  # a folder's may be no UTF-8

    @property
    def notice(self) -> str | None:
        """One sentence that the user should see: that plain numpy does the work, and why. Mostly None."""
        return stages.notice()

    def trace(
        self,
        prompt: str | Sequence[int],
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
        *,
        layers: Iterable[int] | None = None,
        scores: bool = True,
    ) -> Trace:
        """Run the model once on a text or on token ids, and keep every tensor.

        A long trace can be restricted: to the blocks of some `layers`, and to no `attn_scores` (whose softmax, the
        `pattern`, stays), see Trace; `trace_size` says in advance what that saves.

        `progress(done, total, what)` is called and `cancelled()` is asked between layers. Raises ModelError when the
        prompt is empty, too long or not text, Cancelled when `cancelled()` said so.
        """
        return self.run(self.tokens(prompt), progress, cancelled, layers, scores).trace

    def trace_size(self, n_tokens: int, layers: Iterable[int] | None = None, scores: bool = True) -> int:
        """How many bytes the tensors of a trace take. While it runs, the weights and one layer's work come on top.

        Raises ModelError for a number of tokens or a layer that the model doesn't have.
        """
        if not 1 <= n_tokens <= self.info.n_ctx:
            raise ModelError(f"{self.info.name} reads from 1 to {self.info.n_ctx} tokens, not {n_tokens}.")
        return trace_size(self.info, n_tokens, layers, scores)

    def run(
        self,
        tokens: np.ndarray,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
        layers: Iterable[int] | None = None,
        scores: bool = True,
        position: int | None = None,
    ) -> Run:
        """As `trace`, for ids [T] that the model can read; and what one position, else the last, becomes."""
        n_layer = self.info.n_layer
        kept = kept_layers(self.info, layers)

        def report(done: int, what: str) -> None:
            if cancelled is not None and cancelled():
                raise Cancelled
            if progress is not None:
                progress(done, n_layer + 2, what)

        mask = np.triu(np.full((len(tokens), len(tokens)), -np.inf, np.float32), k=1)
        report(0, "start")
        start = stages.run(
            "embedding",
            {"tokens": tokens, "wte": self.checkpoint.token_table, "wpe": self.checkpoint.position_table},
        )
        report(1, "embedding")
        blocks = []
        stream, activations, attention = [], [], []
        place = len(tokens) - 1 if position is None else position
        resid = start["resid"]
        for layer in range(n_layer):
            block = self._run_block(layer, resid, mask)
            stream += [block.resid_pre[place].copy(), block.resid_mid[place].copy()]
            activations.append(block.post[place].copy())
            attention.append(block.pattern[:, place].copy())
            resid = block.resid_post
            if not scores:
                block = replace(block, attn_scores=LEFT_OUT.attn_scores)
            blocks.append(block if layer in kept else LEFT_OUT)
            report(layer + 2, f"layer {layer + 1}/{n_layer}")
        end = self._unembed(resid, [len(tokens) - 1])
        logits = end["logits"][0]
        if not np.isfinite(logits).all():
            raise ModelError(f"The numbers of {self.info.name} overflow on this prompt; use another checkpoint.")
        report(n_layer + 2, "unembedding")
        trace = Trace(
            model=self.info,
            tokens=tokens,
            embed=start["embed"],
            pos_embed=start["pos_embed"],
            blocks=tuple(blocks),
            ln_final=end["ln_final"],
            logits=logits,
        )
        return Run(trace, place, np.stack([*stream, resid[place]]), np.stack(activations), np.stack(attention))

    def logit_lens(self, trace: Trace, k: int = 5) -> LogitLens:
        """The k likeliest next tokens at each of the 2L + 1 checkpoints of `trace`, a run of this model.

        Raises ModelError when layers were left out of it.
        """
        stream = np.stack([trace.resid(checkpoint)[-1] for checkpoint in range(2 * self.info.n_layer)])
        return self.lens(stream, trace.logits, k)

    def lens(self, stream: np.ndarray, logits: np.ndarray, k: int = 5, also: Iterable[int] = ()) -> LogitLens:
        """The lens at the checkpoints [2L, d] before the last, whose `logits` [V] are the real ones; see LogitLens."""
        early = self._unembed(stream, range(len(stream)))["logits"]
        return LogitLens.of(np.vstack([early, logits]), k, also)

    def generate(
        self,
        prompt: str,
        sampling: Sampling | None = None,
        new_tokens: int | None = None,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
        *,
        at_most: int = MOST_TOKENS,
        layers: Iterable[int] | None = None,
        scores: bool = True,
        contrast: str | None = None,
        focus: tuple[int | None, int | None] = (None, None),
    ) -> Recording:
        """Continue `prompt`, running the model anew for each token, and record all of it.

        It goes on for `new_tokens` tokens; without a number, until one of them ends a sentence, and for `at_most` so
        many. It ends early after the model's end-of-text token and when its context is full. Progress, cancelling,
        restriction and errors are those of `trace`; the parts of all runs are counted together. The lens is always
        whole.

        `contrast` is a second text that shares a word with the prompt, to see what context does to that word; without
        it two texts are taken that are known to show that (examples.py). `focus` is the layer and the head, from 0,
        whose weights are kept; what is None is chosen among the kept layers as the most telling. Raises ModelError
        when no word is shared, when layers are left out then, and when there is no such layer or head.
        """
        kept = None if layers is None else tuple(layers)
        order = Order(new_tokens, at_most, kept, scores, contrast, focus)
        return record(self, prompt, sampling or Sampling(), order, progress, cancelled)

    def tokens(self, prompt: str | Sequence[int]) -> np.ndarray:
        """The ids [T] of a text, or those given. Raises ModelError when the model can't read so many, or such ones."""
        ids = self.tokenizer.encode(prompt) if isinstance(prompt, str) else list(prompt)
        if not ids:
            raise ModelError("The prompt is empty; type at least one word.")
        if len(ids) > self.info.n_ctx:
            raise ModelError(
                f"The prompt has {len(ids)} tokens, but {self.info.name} reads at most {self.info.n_ctx}; shorten it."
            )
        tokens = np.array(ids, np.int64)
        if isinstance(prompt, str) and tokens.max() >= self.info.n_vocab:
            raise ModelError(f"The prompt holds a token for which {self.info.name} has no vector; leave it out.")
        if tokens.min() < 0 or tokens.max() >= self.info.n_vocab:
            raise ModelError(f"Token ids must be from 0 to {self.info.n_vocab - 1} for {self.info.name}.")
        return tokens

    def _run_block(self, layer: int, resid: np.ndarray, mask: np.ndarray) -> BlockTrace:
        config = self.checkpoint.config
        weights = self.checkpoint.block(layer)
        attention = stages.run(
            "attention",
            {
                "resid_pre": resid,
                "ln_weight": weights["ln_1.weight"],
                "ln_bias": weights["ln_1.bias"],
                "epsilon": self._epsilon,
                "c_attn_weight": weights["attn.c_attn.weight"],
                "c_attn_bias": weights["attn.c_attn.bias"],
                "c_proj_weight": weights["attn.c_proj.weight"],
                "c_proj_bias": weights["attn.c_proj.bias"],
                "n_head": np.array([config.n_head], np.int64),
                "scale": np.array(config.attention_scale(layer), np.float32),
                "mask": mask,
            },
        )
        mlp = stages.run(
            "mlp",
            {
                "resid_mid": attention["resid_mid"],
                "ln_weight": weights["ln_2.weight"],
                "ln_bias": weights["ln_2.bias"],
                "epsilon": self._epsilon,
                "c_fc_weight": weights["mlp.c_fc.weight"],
                "c_fc_bias": weights["mlp.c_fc.bias"],
                "c_proj_weight": weights["mlp.c_proj.weight"],
                "c_proj_bias": weights["mlp.c_proj.bias"],
                "activation": np.array(ACTIVATIONS.index(config.activation_function), np.int64),
            },
        )
        return BlockTrace(resid_pre=resid, **attention, **mlp)

    def _unembed(self, resid: np.ndarray, positions: Sequence[int]) -> dict[str, np.ndarray]:
        norm = self.checkpoint.final_norm
        return stages.run(
            "unembedding",
            {
                "resid": resid,
                "ln_weight": norm["ln_f.weight"],
                "ln_bias": norm["ln_f.bias"],
                "epsilon": self._epsilon,
                "unembedding": self.checkpoint.unembedding,
                "positions": np.array(positions, np.int64),
            },
        )
