"""Checkpoints as people have them: read right, to 1e-5 of an independent GPT-2, or refused by what they are."""

import json
import os

import numpy as np
import pytest
import safetensors.numpy

import oracle
from checkpoints import small_tokenizer, write_checkpoint
from transformer_cinema.inference.errors import ModelError
from transformer_cinema.inference.model import Model
from transformer_cinema.inference.tokens import Tokenizer

SIZES = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 32}
OTHER_NAMES = dict(
    zip(SIZES, ("hidden_size", "num_hidden_layers", "num_attention_heads", "max_position_embeddings"), strict=True)
)
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 548105171\n"


@pytest.fixture
def folder(tmp_path):
    return write_checkpoint(tmp_path / "model")


def configure(folder, **settings):
    """Change config.json; None leaves a setting out."""
    path = folder / "config.json"
    content = json.loads(path.read_text()) | settings
    path.write_text(json.dumps({name: value for name, value in content.items() if value is not None}))


def rewrite(folder, change):
    """Save the weights that a function makes of them: {name: array} -> another one."""
    path = folder / "model.safetensors"
    weights = change(safetensors.numpy.load_file(path))
    path.unlink()
    safetensors.numpy.save_file({name: np.ascontiguousarray(array) for name, array in weights.items()}, path)


def named(rename):
    return lambda weights: {rename(name): array for name, array in weights.items()}


def refused(folder, match):
    with pytest.raises(ModelError, match=match) as caught:
        Model.load(folder).trace("the king")
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message and len(message) < 600 + len(str(folder))
    assert "download both" not in message, "which would not help"


def same_numbers(changed, plain):
    """All tensors of a changed model are those that the independent GPT-2 makes of the plain one."""
    tokens = Model.load(plain).tokenizer.encode("the king and the ball")
    ours = Model.load(changed).trace(tokens).named()
    oracle.assert_same_tensors(ours, oracle.forward(*oracle.load(plain), tokens))


# --- read ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rename",
    [
        lambda name: f"_orig_mod.{name}",
        lambda name: f"module.{name}",
        lambda name: f"_orig_mod.module.{name}",
        lambda name: name.replace("transformer.", "gpt2."),
        lambda name: name.replace("transformer.", "model.gpt."),
        lambda name: name.replace("transformer.", ""),
    ],
    ids=["compiled", "parallel", "both", "gpt2", "model.gpt", "none"],
)
@pytest.mark.parametrize("untied", [False, True])
def test_whatever_stands_before_the_names(tmp_path, rename, untied):
    folders = [write_checkpoint(tmp_path / name, untied=untied) for name in ("plain", "changed")]
    rewrite(folders[1], named(rename))
    same_numbers(*folders[::-1])


def test_buffers_of_older_versions(tmp_path):
    plain, changed = (write_checkpoint(tmp_path / name) for name in ("plain", "changed"))
    mask = {f"transformer.h.{layer}.attn.bias": np.tril(np.ones((1, 1, 32, 32), np.uint8)) for layer in range(2)}
    low = {f"transformer.h.{layer}.attn.masked_bias": np.float32(-1e4).reshape(()) for layer in range(2)}
    rewrite(changed, lambda weights: weights | mask | low)
    same_numbers(changed, plain)


def test_a_tied_model_that_has_only_the_other_name(tmp_path):
    plain, changed = (write_checkpoint(tmp_path / name) for name in ("plain", "changed"))
    rewrite(changed, named(lambda name: name.replace("transformer.wte.weight", "lm_head.weight")))
    same_numbers(changed, plain)


def test_a_tied_model_with_both_names(tmp_path):
    plain, changed = (write_checkpoint(tmp_path / name) for name in ("plain", "changed"))
    rewrite(changed, lambda weights: weights | {"lm_head.weight": weights["transformer.wte.weight"]})
    same_numbers(changed, plain)


def test_double_precision(tmp_path):
    plain, changed = (write_checkpoint(tmp_path / name) for name in ("plain", "changed"))
    rewrite(changed, lambda weights: {name: array.astype(np.float64) for name, array in weights.items()})
    same_numbers(changed, plain)
    rewrite(changed, lambda weights: weights | {"transformer.ln_f.bias": np.full(32, 1e300)})
    refused(changed, "infinite")


def test_sizes_under_their_other_names(tmp_path):
    plain, changed = (write_checkpoint(tmp_path / name) for name in ("plain", "changed"))
    configure(changed, **dict.fromkeys(SIZES), **{OTHER_NAMES[name]: size for name, size in SIZES.items()})
    same_numbers(changed, plain)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("gelu_new", "gelu_fast"),
        ("gelu_new", "gelu_pytorch_tanh"),
        ("gelu_new", "gelu_accurate"),
        ("gelu", "gelu_python"),
    ],
)
def test_activations_under_their_other_names(tmp_path, ours, theirs):
    plain = write_checkpoint(tmp_path / "plain", activation_function=ours)
    same_numbers(write_checkpoint(tmp_path / "changed", activation_function=theirs), plain)


def test_a_tokenizer_with_a_token_more_than_the_table(tmp_path):
    """[PAD] was added for training, and the table wasn't resized."""
    plain, changed = (write_checkpoint(tmp_path / name, n_vocab=369) for name in ("plain", "changed"))
    tokenizer = Tokenizer(changed / "tokenizer.json")._tokenizer
    assert len(Tokenizer(changed / "tokenizer.json")) == 369, "the table is full"
    tokenizer.add_special_tokens(["[PAD]"])
    tokenizer.save(str(changed / "tokenizer.json"))
    same_numbers(changed, plain)
    model = Model.load(changed)
    assert len(model.vocabulary) == 369
    with pytest.raises(ModelError, match="a token for which changed has no vector"):
        model.trace("the [PAD]")


def test_a_byte_order_mark(folder):
    small_tokenizer(400).model.save(str(folder))
    expected = Model.load(folder).trace("the king").logits
    for name in ("config.json", "tokenizer.json", "vocab.json", "merges.txt"):
        (folder / name).write_bytes(b"\xef\xbb\xbf" + (folder / name).read_bytes())
    assert np.array_equal(Model.load(folder).trace("the king").logits, expected)
    (folder / "tokenizer.json").unlink()
    assert np.array_equal(Model.load(folder).trace("the king").logits, expected)


# --- tokens that were added ------------------------------------------------------------------------


@pytest.fixture
def pair(tmp_path):
    """A folder with vocab.json and merges.txt alone -> (it, how many tokens there are)."""
    small_tokenizer(400).model.save(str(tmp_path))
    return tmp_path, len(json.loads((tmp_path / "vocab.json").read_text(encoding="utf-8")))


def write_json(folder, **files):
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))


def test_added_tokens_keep_their_ids(pair):
    folder, count = pair
    plain = Tokenizer.find(folder)
    write_json(folder, added_tokens={"<|bot|>": count + 1, "<|user|>": count})
    ids = Tokenizer.find(folder).encode("<|user|> the king<|bot|>")
    assert ids == [count, *plain.encode(" the king"), count + 1]  # as transformers has it
    assert Tokenizer.find(folder).vocabulary.text(ids) == "<|user|> the king<|bot|>"


def test_added_tokens_with_options(pair):
    folder, count = pair
    plain = Tokenizer.find(folder)
    entry = {"content": "<s>", "lstrip": True, "rstrip": True, "normalized": False, "special": True}
    write_json(folder, tokenizer_config={"added_tokens_decoder": {str(count): entry}}, added_tokens={"<x>": count + 7})
    assert Tokenizer.find(folder).encode("a <s> b") == [*plain.encode("a"), count, *plain.encode("b")]


def test_special_tokens_of_the_vocabulary_are_not_cut(pair):
    folder, count = pair
    vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8")) | {"<s>": count, "</s>": count + 1}
    write_json(folder, vocab=vocabulary, special_tokens_map={"bos_token": "<s>", "eos_token": {"content": "</s>"}})
    tokenizer = Tokenizer.find(folder)
    assert tokenizer.encode("<s>") == [count] and tokenizer.encode("</s>") == [count + 1]
    assert tokenizer.ends == (count + 1,)


def test_a_prefix_space_is_added_where_the_model_asks_for_it(pair):
    folder, _ = pair
    expected = Tokenizer.find(folder).encode(" the")
    write_json(folder, tokenizer_config={"add_prefix_space": True})
    assert Tokenizer.find(folder).encode("the") == expected


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("added_tokens", {"<x>": 5000}, "'<x>' the id 5000, which doesn't follow"),
        ("added_tokens", {"<x>": -1}, "which is none"),
        ("added_tokens", {"<x>": [1]}, "which is none"),
        ("added_tokens", [], "no table"),
        ("special_tokens_map", 7, "no table"),
        ("tokenizer_config", {"added_tokens_decoder": {"x": {"content": "<x>"}}}, "which is none"),
        ("tokenizer_config", {"add_prefix_space": "yes"}, "add_prefix_space must be true or false"),
    ],
)
def test_added_tokens_that_make_no_sense(pair, name, content, says):
    write_json(pair[0], **{name: content})
    with pytest.raises(ModelError, match=says):
        Tokenizer.find(pair[0])


def test_dropout_of_training_is_switched_off(folder):
    path = folder / "tokenizer.json"
    expected = Tokenizer(path).encode("the king and the daughter")
    content = json.loads(path.read_text(encoding="utf-8"))
    content["model"]["dropout"] = 0.9
    path.write_text(json.dumps(content), encoding="utf-8")
    assert all(Tokenizer(path).encode("the king and the daughter") == expected for _ in range(20))


# --- refused by name -------------------------------------------------------------------------------


def linear(weights):
    matrices = ("c_attn.weight", "c_proj.weight", "c_fc.weight")
    return {name: array.T if name.endswith(matrices) else array for name, array in weights.items()}


def without(ending):
    return lambda weights: {name: array for name, array in weights.items() if not name.endswith(ending)}


def pruned(weights):
    """One head of four is gone."""
    cut = {"attn.c_attn.weight": np.s_[:, :72], "attn.c_attn.bias": np.s_[:72], "attn.c_proj.weight": np.s_[:24]}
    for name, array in list(weights.items()):
        for ending, part in cut.items():
            if name.endswith(ending):
                weights[name] = array[part]
    return weights


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (linear, r"nn\.Linear"),
        (without(".bias"), "has no biases"),
        (pruned, "heads were pruned"),
        (lambda weights: weights | {"score.weight": np.ones((2, 32), np.float32)}, "sort texts into classes"),
        (
            lambda weights: {f"a.{n}": a for n, a in weights.items()} | {f"b.{n}": a for n, a in weights.items()},
            "several",
        ),
        (lambda weights: weights | {"x.lora_A.weight": np.ones(2, np.float32)}, "adapter"),
    ],
    ids=["linear", "no biases", "pruned", "classifier", "several", "adapter"],
)
def test_weights_of_another_kind(folder, change, says):
    rewrite(folder, change)
    refused(folder, says)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"n_layer": 1}, "more layers than the 1 of config.json"),
        ({"pruned_heads": {"0": [1]}}, "heads were pruned"),
        ({"architectures": ["GPT2ForSequenceClassification"]}, "trained for something else"),
        ({"activation_function": "x" * 5000}, "only models with"),
        ({"n_layer": "x" * 5000}, "n_layer must be"),
        ({"n_layer": [[[]]] * 5000}, "n_layer must be"),
        ({"model_type": "line\nfeed" * 100}, "only GPT-2"),
        ({"layer_norm_epsilon": "\ud800"}, "layer_norm_epsilon must be"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_settings_of_another_kind(folder, settings, says):
    configure(folder, **settings)
    refused(folder, says)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_pointer_of_git_lfs(folder, name):
    (folder / name).unlink()
    (folder / name).write_text(POINTER)
    refused(folder, f"{name} is a pointer of Git LFS")


def test_weights_under_another_name(folder):
    (folder / "model.safetensors").rename(folder / "gpt2.safetensors")
    refused(folder, r"no model\.safetensors, but gpt2\.safetensors; rename")


def test_an_adapter(folder):
    (folder / "config.json").rename(folder / "adapter_config.json")
    refused(folder, "adapter")


def test_a_file_in_place_of_the_folder(folder):
    refused(folder / "model.safetensors", "is a file; give the folder")


def test_a_folder_of_nobody():
    with pytest.raises(ModelError, match="a user that this machine doesn't know"):
        Model.load("~nobody-that-is-known/model")


# --- files that are a trap -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_a_file_that_never_ends_is_not_read_whole(folder, name):
    with (folder / name).open("r+b") as file:
        file.truncate(20_000_000_000)  # sparse: it takes no room
    refused(folder, f"{name} is larger than")


@pytest.mark.skipif(os.name == "nt", reason="there are no named pipes in folders")
@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_pipe_is_not_waited_for(folder, name):
    (folder / name).unlink()
    os.mkfifo(folder / name)
    refused(folder, "no .*|is no file")


def doubling(times):
    part = {"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}
    return {"type": "Sequence", "normalizers": [part] * times}


@pytest.mark.parametrize(
    "normalizer",
    [
        doubling(40),
        {"type": "Sequence", "normalizers": [doubling(10), doubling(10)]},
        {"type": "Replace", "pattern": {"Regex": ""}, "content": "a" * 100_000},
        {"type": "Prepend", "prepend": "a" * 100_000},
        {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "a" * 500}] * 3},
    ],
)
def test_a_normalizer_that_explodes_is_not_used(folder, normalizer):
    """It would end the whole process: the library can't go on without memory."""
    path = folder / "tokenizer.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"normalizer": normalizer}))
    refused(folder, "times as long")


def test_usual_normalizers_are_used(folder):
    path = folder / "tokenizer.json"
    usual = [
        {"type": "NFKC"},
        {"type": "Lowercase"},
        {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        {"type": "Prepend", "prepend": "▁"},
    ]
    normalizer = {"type": "Sequence", "normalizers": usual}
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"normalizer": normalizer}))
    assert Model.load(folder).tokenizer.encode("A") != []
