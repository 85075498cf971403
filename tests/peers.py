"""The same model in Hugging Face transformers, to compare with. Needs the packages of the group `torch`."""

import numpy as np

# GPT-2's five shapes; the two largest with fewer layers than the 36 and 48 they have.
SHAPES = {
    "distilgpt2": {"n_layer": 6, "n_head": 12, "d_model": 768},
    "gpt2": {"n_layer": 12, "n_head": 12, "d_model": 768},
    "gpt2-medium": {"n_layer": 24, "n_head": 16, "d_model": 1024},
    "gpt2-large": {"n_layer": 4, "n_head": 20, "d_model": 1280},
    "gpt2-xl": {"n_layer": 3, "n_head": 25, "d_model": 1600},
}


def transformers_tensors(folder, tokens):
    """All tensors of a run of transformers in float32, by their names here; hooks see what it doesn't return."""
    import torch
    import transformers

    model = transformers.GPT2LMHeadModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
    model.eval()
    config, seen = model.config, {}

    def keep(name, what=lambda inputs, output: output):
        def hook(module, inputs, output):
            seen[name] = what(inputs, output)[0].numpy().copy()  # the only prompt of the batch

        return hook

    def first_input(inputs, output):
        return inputs[0]

    model.transformer.wte.register_forward_hook(keep("hook_embed"))
    model.transformer.wpe.register_forward_hook(keep("hook_pos_embed"))
    model.transformer.ln_f.register_forward_hook(keep("ln_final"))
    for layer, block in enumerate(model.transformer.h):
        name = f"blocks.{layer}."
        block.ln_1.register_forward_hook(keep(name + "hook_resid_pre", first_input))
        block.attn.c_attn.register_forward_hook(keep(name + "qkv"))
        block.attn.c_proj.register_forward_hook(keep(name + "attn.hook_z", first_input))
        block.attn.c_proj.register_forward_hook(keep(name + "hook_attn_out"))
        block.ln_2.register_forward_hook(keep(name + "hook_resid_mid", first_input))
        block.mlp.c_fc.register_forward_hook(keep(name + "mlp.hook_pre"))
        block.mlp.c_proj.register_forward_hook(keep(name + "mlp.hook_post", first_input))
        block.mlp.c_proj.register_forward_hook(keep(name + "hook_mlp_out"))
        following = model.transformer.h[layer + 1].ln_1 if layer + 1 < config.n_layer else model.transformer.ln_f
        following.register_forward_hook(keep(name + "hook_resid_post", first_input))
    with torch.no_grad():
        result = model(torch.tensor(tokens[None]), output_attentions=True, output_hidden_states=True)
    heads = (len(tokens), config.n_head, config.n_embd // config.n_head)
    for layer in range(config.n_layer):
        name = f"blocks.{layer}."
        parts = np.split(seen.pop(name + "qkv"), 3, axis=1)
        seen |= {f"{name}attn.hook_{part}": array.reshape(heads) for part, array in zip("qkv", parts, strict=True)}
        seen[name + "attn.hook_z"] = seen[name + "attn.hook_z"].reshape(heads)
        seen[name + "attn.hook_pattern"] = result.attentions[layer][0].numpy()
        assert np.array_equal(result.hidden_states[layer][0].numpy(), seen[name + "hook_resid_pre"])
    assert np.array_equal(result.hidden_states[-1][0].numpy(), seen["ln_final"])
    return seen | {"tokens": tokens, "logits": result.logits[0, -1].numpy()}
