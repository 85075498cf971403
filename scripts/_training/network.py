"""GPT-2 in PyTorch, for training; what it saves is what inference/checkpoint.py reads."""

import json
import math

import safetensors.torch
import torch
from torch import nn
from torch.nn import functional

F16_MANTISSA = 10  # bits
COMPACT = 5


class Block(nn.Module):
    """Attention and MLP, each reading a normalised copy of the stream and adding its result to it."""

    def __init__(self, width, n_head):
        super().__init__()
        self.n_head = n_head
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.c_attn, self.attn_out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp_in, self.mlp_out = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, stream):
        x = self.ln_1(stream)
        batch, context, width = x.shape
        qkv = self.c_attn(x).view(batch, context, 3, self.n_head, -1)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        z = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        stream = stream + self.attn_out(z.transpose(1, 2).reshape(batch, context, width))
        return stream + self.mlp_out(functional.gelu(self.mlp_in(self.ln_2(stream)), approximate="tanh"))


class GPT2(nn.Module):
    """Radford et al. 2019, without dropout; the token table also unembeds."""

    def __init__(self, n_vocab, context, n_layer, n_head, width):
        super().__init__()
        self.context = context
        self.wte, self.wpe = nn.Embedding(n_vocab, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, n_head) for _ in range(n_layer))
        self.ln_f = nn.LayerNorm(width)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=0.5 / math.sqrt(module.in_features))
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)
        for block in self.blocks:  # every branch begins by adding nothing
            nn.init.zeros_(block.attn_out.weight)
            nn.init.zeros_(block.mlp_out.weight)

    def logits(self, tokens):
        """tokens [B, T] of ids -> what is said of the token after each of them, [B, T, V]."""
        stream = self.wte(tokens) + self.wpe.weight[: tokens.shape[1]]
        for block in self.blocks:
            stream = block(stream)
        return functional.linear(self.ln_f(stream), self.wte.weight)

    def forward(self, rows):
        """rows [B, context + 1] of token ids -> the mean loss of predicting each id but a row's first, in nats."""
        logits = self.logits(rows[:, :-1])
        return functional.cross_entropy(logits.flatten(0, 1).float(), rows[:, 1:].flatten())

    def matrices(self):
        """The blocks' matrices, which Muon trains; everything else is AdamW's."""
        return [parameter for parameter in self.blocks.parameters() if parameter.ndim == 2]

    def tensors(self):
        """The parameters by their names in a GPT-2 checkpoint, matrices as [in, out]; in the model's own memory."""
        named = {"wte.weight": self.wte.weight, "wpe.weight": self.wpe.weight, **_of("ln_f", self.ln_f)}
        for number, block in enumerate(self.blocks):
            parts = {
                **_of("ln_1", block.ln_1),
                **_turned("attn.c_attn", block.c_attn),
                **_turned("attn.c_proj", block.attn_out),
                **_of("ln_2", block.ln_2),
                **_turned("mlp.c_fc", block.mlp_in),
                **_turned("mlp.c_proj", block.mlp_out),
            }
            named |= {f"h.{number}.{name}": tensor for name, tensor in parts.items()}
        return {f"transformer.{name}": tensor.detach() for name, tensor in named.items()}

    @classmethod
    def load(cls, folder):
        """The model that `save` wrote, in float32."""
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        names = ("vocab_size", "n_positions", "n_layer", "n_head", "n_embd")
        model = cls(*(config[name] for name in names))
        stored = safetensors.torch.load_file(folder / "model.safetensors")
        for name, tensor in model.tensors().items():
            tensor.copy_(stored[name])
        return model

    def save(self, folder, compact=False):
        """Write config.json and model.safetensors (F16) into a folder.

        compact: rounded to COMPACT bits of mantissa, which loses next to nothing and takes a third less in a zip.
        """
        block = self.blocks[0]
        config = {
            "model_type": "gpt2",
            "architectures": ["GPT2LMHeadModel"],
            "vocab_size": self.wte.num_embeddings,
            "n_positions": self.context,
            "n_embd": self.wte.embedding_dim,
            "n_layer": len(self.blocks),
            "n_head": block.n_head,
            "n_inner": None,
            "activation_function": "gelu_new",
            "layer_norm_epsilon": block.ln_1.eps,
            "tie_word_embeddings": True,
            "bos_token_id": 0,
            "eos_token_id": 0,
        }
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        stored = {name: tensor.to("cpu", torch.float16).contiguous() for name, tensor in self.tensors().items()}
        if compact:
            stored = {name: _rounded(tensor) for name, tensor in stored.items()}
        safetensors.torch.save_file(stored, folder / "model.safetensors", {"format": "pt"})


def _rounded(tensor):
    """The nearest float16 numbers whose mantissa ends in zeros after COMPACT bits."""
    dropped = F16_MANTISSA - COMPACT
    bits = tensor.view(torch.int16).to(torch.int32) & 0xFFFF
    bits = bits + (1 << dropped - 1) >> dropped << dropped  # sign and magnitude: half of the step, away from 0
    return (bits - ((bits & 0x8000) << 1)).to(torch.int16).view(torch.float16)


def _of(name, module):
    return {f"{name}.weight": module.weight, f"{name}.bias": module.bias}


def _turned(name, linear):
    return {f"{name}.weight": linear.weight.T, f"{name}.bias": linear.bias}
