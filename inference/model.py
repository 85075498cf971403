"""A GPT-2 that can be asked for everything it computes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from . import stages
from .checkpoint import ACTIVATIONS, Checkpoint
from .errors import Cancelled, ModelError
from .insights import Insights, meaning_space, neuron_words, word_in_context
from .recording import Draw, LogitLens, Recording, Step
from .sampling import Sampling, draw, likeliest, probabilities, random_numbers, softmax
from .tokens import Tokenizer, Vocabulary
from .trace import LEFT_OUT, BlockTrace, ModelInfo, Trace, kept_layers, trace_size

EMBEDDED_MODEL = Path(__file__).resolve().parent.parent / "assets" / "models" / "storybook"

Progress = Callable[[int, int, str], None]  # how many parts are done, of how many, and what was done last


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
        self._epsilon = np.array(config.layer_norm_epsilon, np.float32)
        known = [tokenizer.vocabulary.bytes(id) for id in range(len(tokenizer.vocabulary))]
        # Some tables have more rows than the tokenizer has tokens; a logit may still fall on one of those.
        self.vocabulary = Vocabulary(known + [b""] * (config.vocab_size - len(known)))

    @classmethod
    def load(cls, folder: str | Path, name: str | None = None) -> "Model":
        """The model in `folder`, called by the folder's name unless another is given.

        Raises ModelError when something in the folder is missing, damaged or not a GPT-2.
        """
        folder = Path(folder).expanduser()
        checkpoint = Checkpoint(folder)
        tokenizer = Tokenizer.find(folder)
        if len(tokenizer) > checkpoint.config.vocab_size:
            raise ModelError(
                f"{tokenizer.path} knows {len(tokenizer)} tokens, but the model's table has "
                f"{checkpoint.config.vocab_size} rows; use the tokenizer that belongs to this model."
            )
        # Chinese GPT-2s have kept GPT-2's own id for an end that their [SEP] is.
        ends = dict.fromkeys((*checkpoint.config.eos_token_ids, *tokenizer.ends))
        checkpoint.config = replace(checkpoint.config, eos_token_ids=tuple(ends))
        return cls(checkpoint, tokenizer, name or folder.resolve().name)

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
        return self._run(self._tokens(prompt), progress, cancelled, layers, scores)[0]

    def trace_size(self, n_tokens: int, layers: Iterable[int] | None = None, scores: bool = True) -> int:
        """How many bytes the tensors of a trace take. While it runs, the weights and one layer's work come on top.

        Raises ModelError for a number of tokens or a layer that the model doesn't have.
        """
        if not 1 <= n_tokens <= self.info.n_ctx:
            raise ModelError(f"{self.info.name} reads from 1 to {self.info.n_ctx} tokens, not {n_tokens}.")
        return trace_size(self.info, n_tokens, layers, scores)

    def _run(
        self,
        tokens: np.ndarray,
        progress: Progress | None,
        cancelled: Callable[[], bool] | None,
        layers: Iterable[int] | None,
        scores: bool,
    ) -> tuple[Trace, np.ndarray, np.ndarray]:
        """-> the trace, and of the last position, whatever was left out: the residual stream [2L, d] at every
        checkpoint but the last, and the neurons' activations [L, m].
        """
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
        early, activations = [], []
        resid = start["resid"]
        for layer in range(n_layer):
            block = self._run_block(layer, resid, mask)
            early += [block.resid_pre[-1].copy(), block.resid_mid[-1].copy()]
            activations.append(block.post[-1].copy())
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
        return trace, np.stack(early), np.stack(activations)

    def logit_lens(self, trace: Trace, k: int = 5) -> LogitLens:
        """The k likeliest next tokens at each of the 2L + 1 checkpoints of `trace`, a run of this model.

        Raises ModelError when layers were left out of it.
        """
        early = [trace.resid(checkpoint)[-1] for checkpoint in range(2 * self.info.n_layer)]
        return self._lens(np.stack(early), trace.logits, k)

    def _lens(self, early: np.ndarray, last: np.ndarray, k: int) -> LogitLens:
        """`early` [2L, d] and `last` [V], the real logits -> what each of them says."""
        logits = self._unembed(early, range(len(early)))["logits"]
        tokens, shares = [], []
        for row in (*logits, last):
            tokens.append(likeliest(row, k))
            shares.append(softmax(row)[tokens[-1]])
        return LogitLens(np.array(tokens, np.int64), np.array(shares, np.float32))

    def generate(
        self,
        prompt: str,
        sampling: Sampling | None = None,
        new_tokens: int = 4,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
        *,
        layers: Iterable[int] | None = None,
        scores: bool = True,
        contrast: str | None = None,
    ) -> Recording:
        """Continue `prompt` by up to `new_tokens` tokens, running the model anew for each, and record all of it.

        Ends early after the model's end-of-text token and when its context is full. Progress, cancelling, restriction
        and errors are those of `trace`; the parts of all runs are counted together. The lens is always whole.

        `contrast` is a second prompt that shares a word with the first, to see what context does to that word. Raises
        ModelError when it doesn't, and when layers are left out then.
        """
        if new_tokens < 1:
            raise ModelError(f"The number of new tokens must be at least 1, not {new_tokens}.")
        sampling = sampling or Sampling()
        tokens = self._tokens(prompt).tolist()
        randoms = random_numbers(sampling.seed)
        runs = min(new_tokens, self.info.n_ctx - len(tokens) + 1)
        other = None if contrast is None else self._tokens(contrast)
        parts = runs + (other is not None)
        steps = []
        for number in range(runs):
            part = _part(progress, number, parts)
            trace, early, activations = self._run(np.array(tokens, np.int64), part, cancelled, layers, scores)
            if not steps:
                lens = self._lens(early, trace.logits, k=5)
                context = None
                if other is not None:
                    second = self._run(other, _part(progress, runs, parts), cancelled, layers, False)[0]
                    context = word_in_context(self.vocabulary, trace, second)
                meaning = meaning_space(self.checkpoint, trace.tokens)
                insights = Insights(meaning, neuron_words(self.checkpoint, activations), context)
            random = next(randoms)
            token = draw(probabilities(trace.logits, sampling), random)
            steps.append(Step(trace, Draw(random, token)))
            tokens = [*tokens, token]
            if token in self.checkpoint.config.eos_token_ids:
                break
        return Recording(prompt, sampling, self.vocabulary, tuple(steps), lens, insights)

    def _tokens(self, prompt: str | Sequence[int]) -> np.ndarray:
        ids = self.tokenizer.encode(prompt) if isinstance(prompt, str) else list(prompt)
        if not ids:
            raise ModelError("The prompt is empty; type at least one word.")
        if len(ids) > self.info.n_ctx:
            raise ModelError(
                f"The prompt has {len(ids)} tokens, but {self.info.name} reads at most {self.info.n_ctx}; shorten it."
            )
        tokens = np.array(ids, np.int64)
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


def _part(progress: Progress | None, number: int, runs: int) -> Progress | None:
    """The progress of one run, told as part of `runs` runs."""
    if progress is None:
        return None

    def report(done: int, total: int, what: str) -> None:
        progress(number * total + done, runs * total, f"token {number + 1}/{runs}, {what}")

    return report
