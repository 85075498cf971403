"""A GPT-2 checkpoint on disk: config.json and safetensors, in the Hugging Face layout."""

import functools
import math
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .errors import ModelError
from .files import read_json, shown
from .safetensors import SafeTensors, Shards

_READERS = 2  # threads: a processor turns a matrix more slowly than a disk or its cache delivers it

ACTIVATIONS = ("gelu_new", "gelu", "relu")
# Other names in transformers for the same functions, but for rounding.
_SAME_ACTIVATION = dict.fromkeys(("gelu_fast", "gelu_pytorch_tanh", "gelu_python_tanh", "gelu_accurate"), "gelu_new")
_SAME_ACTIVATION["gelu_python"] = "gelu"
# What transformers also calls the sizes.
_SAME_SIZE = {
    "n_layer": "num_hidden_layers",
    "n_head": "num_attention_heads",
    "n_embd": "hidden_size",
    "n_positions": "max_position_embeddings",
}

# A block's tensors: name in the checkpoint, shape in terms of d (the residual stream) and m (the MLP).
BLOCK_TENSORS = {
    "ln_1.weight": ("d",),
    "ln_1.bias": ("d",),
    "attn.c_attn.weight": ("d", "3d"),
    "attn.c_attn.bias": ("3d",),
    "attn.c_proj.weight": ("d", "d"),
    "attn.c_proj.bias": ("d",),
    "ln_2.weight": ("d",),
    "ln_2.bias": ("d",),
    "mlp.c_fc.weight": ("d", "m"),
    "mlp.c_fc.bias": ("m",),
    "mlp.c_proj.weight": ("m", "d"),
    "mlp.c_proj.bias": ("d",),
}


@dataclass(frozen=True)
class Config:
    """What config.json says, under the names it uses; left-out settings have the values GPT-2 was published with."""

    n_layer: int
    n_head: int
    n_embd: int
    n_inner: int
    vocab_size: int
    n_positions: int
    activation_function: str
    layer_norm_epsilon: float
    scale_attn_weights: bool
    scale_attn_by_inverse_layer_idx: bool
    tie_word_embeddings: bool
    eos_token_ids: tuple[int, ...]

    @classmethod
    def read(cls, path: Path) -> "Config":
        """Raises ModelError when `path` can't be read, isn't a GPT-2's, or asks for what can't be honoured."""
        settings = read_json(path)
        if not isinstance(settings, dict):
            raise ModelError(f"{path} is not a model's configuration; download it again.")
        _check_architecture(path, settings)

        def size(*names: str, default: int | None = None) -> int:
            names = (names[0], _SAME_SIZE.get(names[0], ""), *names[1:])
            value = next((settings[name] for name in names if settings.get(name) is not None), default)
            if type(value) is not int or value < 1:
                raise ModelError(f"{path}: {names[0]} must be a whole number from 1 up, not {shown(value)}.")
            return value

        def switch(name: str, default: bool) -> bool:
            value = settings.get(name, default)
            if type(value) is not bool:
                raise ModelError(f"{path}: {name} must be true or false, not {shown(value)}.")
            return value

        n_embd, n_head = size("n_embd"), size("n_head")
        if n_embd % n_head:
            raise ModelError(f"{path}: n_embd ({n_embd}) must be divisible by n_head ({n_head}); check the file.")
        named = settings.get("activation_function", "gelu_new")
        activation = _SAME_ACTIVATION.get(named, named) if isinstance(named, str) else None
        if activation not in ACTIVATIONS:
            known = ", ".join(ACTIVATIONS)
            raise ModelError(f"{path}: activation_function is {shown(named)!r}; only models with {known} can be run.")
        epsilon = settings.get("layer_norm_epsilon", 1e-5)
        if type(epsilon) not in (int, float) or not 0 <= epsilon <= 1:
            raise ModelError(f"{path}: layer_norm_epsilon must be a number from 0 to 1, not {shown(epsilon)}.")
        ends = settings.get("eos_token_id")
        ends = ends if isinstance(ends, list) else [] if ends is None else [ends]
        if any(type(end) is not int for end in ends):
            raise ModelError(f"{path}: eos_token_id must be a token id, not {shown(settings['eos_token_id'])}.")
        return cls(
            n_layer=size("n_layer"),
            n_head=n_head,
            n_embd=n_embd,
            n_inner=size("n_inner", default=4 * n_embd),
            vocab_size=size("vocab_size"),
            n_positions=size("n_positions", "n_ctx"),
            activation_function=activation,
            layer_norm_epsilon=float(epsilon),
            scale_attn_weights=switch("scale_attn_weights", True),
            scale_attn_by_inverse_layer_idx=switch("scale_attn_by_inverse_layer_idx", False),
            tie_word_embeddings=switch("tie_word_embeddings", True),
            eos_token_ids=tuple(ends),
        )

    def attention_scale(self, layer: int) -> float:
        """What q·k is multiplied by: 1 / √dh (Vaswani et al. 2017), and 1 / (layer + 1) where the model asks for it."""
        scale = 1 / math.sqrt(self.n_embd // self.n_head) if self.scale_attn_weights else 1.0
        return scale / (layer + 1) if self.scale_attn_by_inverse_layer_idx else scale


class Checkpoint:
    """A folder with a GPT-2 in it. Opening it checks every name and shape; numbers are read when first asked for."""

    def __init__(self, folder: Path):
        """Raises ModelError when the folder holds no GPT-2 that can be run, saying which file is at fault."""
        self.folder = folder
        self.config = Config.read(_config_file(folder))
        self._file = _weights(folder)
        self._names = self._find_names()
        self._blocks: dict[int, Future] = {}
        self.n_parameters = self._check_shapes()

    @functools.cached_property
    def token_table(self) -> np.ndarray:
        """[V, d]: a row per token, added to the stream."""
        return self._file.read(self._names.token_table)

    @functools.cached_property
    def position_table(self) -> np.ndarray:
        """[n_ctx, d]: a row per position, added to the stream."""
        return self._file.read(self._names.prefix + "wpe.weight")

    @functools.cached_property
    def unembedding(self) -> np.ndarray:
        """[V, d]: the directions in which logits are read; the token table itself unless the model has its own.

        Raises ModelError when the file holds a matrix of its own against what config.json says.
        """
        own = self._names.unembedding
        if not self.config.tie_word_embeddings:
            return self._file.read(own)
        if own in self._file.entries and own != self._names.token_table and not self._is_token_table(own):
            raise ModelError(
                f"{self.folder}: config.json says that the token table unembeds, too (tie_word_embeddings), but "
                "lm_head.weight is another matrix; set tie_word_embeddings to false if the model was trained so."
            )
        return self.token_table

    def _is_token_table(self, name: str) -> bool:
        """Whether a tensor holds the same numbers; compared in parts, so that there is no second table in memory."""
        parts = self._file.read_parts(name)
        return all(np.array_equal(rows, self.token_table[first : first + len(rows)]) for first, rows in parts)

    @functools.cached_property
    def final_norm(self) -> dict[str, np.ndarray]:
        """`ln_f.weight` and `ln_f.bias` [d]."""
        return {name: self._file.read(self._names.prefix + name) for name in ("ln_f.weight", "ln_f.bias")}

    def block(self, layer: int) -> dict[str, np.ndarray]:
        """The tensors of one layer by their names in the checkpoint, see BLOCK_TENSORS; matrices as [out, in].

        A GPT-2 checkpoint has them as [in, out]; turned once, they are multiplied twice as fast on every run. While one
        layer is at work, the next ones are read. Raises ModelError when one holds a NaN or an infinity.
        """
        for ahead in range(layer, min(layer + 1 + _READERS, self.config.n_layer)):
            if ahead not in self._blocks:
                self._blocks[ahead] = self._readers.submit(self._read_block, ahead)
        try:
            return self._blocks[layer].result()
        except BaseException:  # such as a want of memory, which may be over the next time
            del self._blocks[layer]
            raise

    @functools.cached_property
    def _readers(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(_READERS, "read weights")

    def _read_block(self, layer: int) -> dict[str, np.ndarray]:
        return {
            name: (self._file.read_turned if len(axes) == 2 else self._file.read)(
                f"{self._names.prefix}h.{layer}.{name}"
            )
            for name, axes in BLOCK_TENSORS.items()
        }

    def _find_names(self) -> "_Names":
        """Whatever stands before the names: `transformer.`, and what other tools put before that, such as `module.`.

        Raises ModelError when there is no GPT-2 in the file, or more than one.
        """
        names = self._file.entries
        found = [name.removesuffix("h.0.ln_1.weight") for name in names if name.endswith("h.0.ln_1.weight")]
        prefixes = [prefix for prefix in found if not prefix or prefix.endswith(".")]
        prefix = next((prefix for prefix in ("transformer.", "") if prefix in prefixes), None)
        if prefix is None and len(prefixes) > 1:
            shown_ones = ", ".join(shown(prefix) for prefix in prefixes[:3])
            raise ModelError(
                f"{self._file.path} holds several GPT-2s ({shown_ones}); save the one that you mean alone."
            )
        if prefix is None:
            prefix = prefixes[0] if prefixes else "transformer."
        heads = [name for name in names if name == "lm_head.weight" or name.endswith(".lm_head.weight")]
        head = heads[0] if len(heads) == 1 else "lm_head.weight"
        table = prefix + "wte.weight"
        if table not in names and head in names and self.config.tie_word_embeddings:
            table = head  # one matrix under one of its two names, as safetensors' save_model leaves it
        return _Names(prefix, table, head)

    def _check_shapes(self) -> int:
        """Check every tensor that a run needs; the number of parameters in them."""
        config, prefix, names = self.config, self._names.prefix, self._file.entries
        width = {"d": config.n_embd, "3d": 3 * config.n_embd, "m": config.n_inner}
        self._check_kind(prefix)
        count = self._check(self._names.token_table, (config.vocab_size, config.n_embd))
        count += self._check(prefix + "wpe.weight", (config.n_positions, config.n_embd))
        for layer in range(config.n_layer):
            for name, shape in BLOCK_TENSORS.items():
                count += self._check(f"{prefix}h.{layer}.{name}", tuple(width[axis] for axis in shape))
        if f"{prefix}h.{config.n_layer}.ln_1.weight" in names:
            raise ModelError(
                f"{self._file.path} holds more layers than the {config.n_layer} of config.json (n_layer); use the "
                "config.json that was saved with these weights."
            )
        count += self._check(prefix + "ln_f.weight", (config.n_embd,))
        count += self._check(prefix + "ln_f.bias", (config.n_embd,))
        head = self._names.unembedding
        if (head in names and head != self._names.token_table) or not config.tie_word_embeddings:
            own = self._check(head, (config.vocab_size, config.n_embd))
            count += 0 if config.tie_word_embeddings else own
        return count

    def _check_kind(self, prefix: str) -> None:
        """Raise ModelError for what looks like a GPT-2 and is computed in another way."""
        path, names, d = self._file.path, self._file.entries, self.config.n_embd
        if any(".lora_" in name for name in names):
            raise ModelError(f"{path} is an adapter (LoRA) to a model; merge it into its model, and save that.")
        if any(name.startswith("score.") or name.startswith("classifier.") for name in names):
            raise ModelError(
                f"{path} was trained to sort texts into classes, not to continue them; use one with a language head."
            )
        attention = names.get(f"{prefix}h.0.attn.c_attn.weight")
        if attention and attention.shape == (3 * d, d):
            raise ModelError(
                f"{path} has its matrices as [out, in], as torch's nn.Linear (and nanoGPT) has them, but a GPT-2 has "
                "them as [in, out]; transpose c_attn, c_proj and c_fc of every layer and save it again."
            )
        if attention and len(attention.shape) == 2 and attention.shape[0] == d and attention.shape[1] < 3 * d:
            raise ModelError(f"{path}: heads were pruned from this GPT-2, which can't be run; use it unpruned.")
        if attention and f"{prefix}h.0.attn.c_attn.bias" not in names:
            raise ModelError(
                f"{path} has no biases (nanoGPT's bias=False), which GPT-2 has; save it with biases of zero."
            )

    def _check(self, name: str, shape: tuple[int, ...]) -> int:
        entry = self._file.entries.get(name)
        if entry is None:
            raise ModelError(
                f"{self._file.path} has no tensor {name}; it isn't the whole GPT-2 that config.json describes, "
                "so download both files again."
            )
        if entry.shape != shape:
            raise ModelError(
                f"{self._file.path}: the tensor {name} is {list(entry.shape)}, but config.json asks for {list(shape)}; "
                "download both files again from the same place."
            )
        return math.prod(shape)


@dataclass(frozen=True)
class _Names:
    """How a file calls what it holds: what stands before the layers' names, the token table, the unembedding."""

    prefix: str
    token_table: str
    unembedding: str


_OTHER_HEADS = ("ForSequenceClassification", "ForTokenClassification", "ForQuestionAnswering")


def _check_architecture(path: Path, settings: dict) -> None:
    kind = settings.get("model_type")
    classes = settings.get("architectures")
    classes = [str(name) for name in classes] if isinstance(classes, list) else []
    is_gpt2 = kind == "gpt2" if kind is not None else any(name.startswith("GPT2") for name in classes)
    if not is_gpt2:
        found = repr(kind) if kind is not None else ", ".join(classes) or "a model without a stated architecture"
        found = shown(found)
        raise ModelError(f"{path}: this model is {found}; only GPT-2 checkpoints (model_type 'gpt2') can be run.")
    if settings.get("add_cross_attention"):
        raise ModelError(f"{path}: this GPT-2 has cross-attention, which can't be run; use one without.")
    if settings.get("pruned_heads"):
        raise ModelError(f"{path}: heads were pruned from this GPT-2, which can't be run; use it unpruned.")
    if classes and all(name.endswith(_OTHER_HEADS) for name in classes):
        raise ModelError(
            f"{path}: this GPT-2 ({shown(classes[0])}) was trained for something else than to continue texts; use one "
            "with a language head (GPT2LMHeadModel)."
        )
    if settings.get("quantization_config"):
        raise ModelError(f"{path}: this GPT-2 is quantized, which can't be run; use one saved as F32, F16 or BF16.")


def _config_file(folder: Path) -> Path:
    if folder.is_file():
        raise ModelError(f"{folder} is a file; give the folder that holds it and the rest of the model.")
    if not folder.is_dir():
        raise ModelError(f"There is no folder {folder}; choose the folder that holds the model.")
    path = folder / "config.json"
    if not path.is_file() and (folder / "adapter_config.json").is_file():
        raise ModelError(f"{folder} is an adapter (LoRA) to a model; merge it into its model, and save that.")
    if not path.is_file():
        raise ModelError(
            f"{folder} is not a model: it has no config.json; choose the folder with config.json, "
            "model.safetensors and tokenizer.json (or vocab.json and merges.txt) in it."
        )
    return path


def _weights(folder: Path) -> SafeTensors | Shards:
    path, index = folder / "model.safetensors", folder / "model.safetensors.index.json"
    if path.is_file():
        return SafeTensors(path)
    if index.is_file():
        return Shards(index)
    others = sorted(folder.glob("*.safetensors"))
    if others:
        raise ModelError(
            f"{folder} has no model.safetensors, but {shown(others[0].name)}; rename it if it holds the whole model."
        )
    pickled = next(iter(sorted(folder.glob("*.bin")) + sorted(folder.glob("*.pt"))), None)
    if pickled:
        raise ModelError(
            f"{folder} has no model.safetensors; its {pickled.name} is never loaded, because a pickled file can run "
            "any program hidden in it: get the model as safetensors."
        )
    raise ModelError(f"{folder} has no model.safetensors; download it from where the model came from.")
