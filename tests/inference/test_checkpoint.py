"""Checkpoints that are missing, broken, foreign or hostile: each is refused with a sentence that helps."""

import json
import shutil
import struct
import subprocess
import sys

import numpy as np
import pytest
import safetensors.numpy

from checkpoints import random_weights, write_checkpoint, write_weights
from transformer_cinema.inference.errors import ModelError
from transformer_cinema.inference.model import EMBEDDED_MODEL, Model
from transformer_cinema.inference.safetensors import SafeTensors


@pytest.fixture
def folder(tmp_path):
    return write_checkpoint(tmp_path / "model")


def refused(folder, match):
    """Loading the model or running it fails with one sentence that names what `match` matches."""
    with pytest.raises(ModelError, match=match) as caught:
        Model.load(folder).trace("the king")
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message
    return message


def configure(folder, **settings):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))


def reweigh(folder, **changes):
    """Change tensors by their name with `__` for `.`; None leaves one out."""
    path = folder / "model.safetensors"
    weights = safetensors.numpy.load_file(path)
    for name, array in changes.items():
        name = "transformer." + name.replace("__", ".")
        weights[name] = array
        if array is None:
            del weights[name]
    safetensors.numpy.save_file(weights, path)


def read_header(folder):
    content = (folder / "model.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def write_header(folder, header, data, length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", length or len(text)) + text + data)


def test_missing_folder(tmp_path):
    refused(tmp_path / "nowhere", "no folder .*nowhere")


def test_a_file_is_no_folder(folder):
    refused(folder / "config.json", "is a file; give the folder")


def test_a_folder_without_a_model(tmp_path):
    refused(tmp_path, r"no config\.json")


def test_missing_weights(folder):
    (folder / "model.safetensors").unlink()
    refused(folder, r"no model\.safetensors")


def test_pickled_weights_are_never_loaded(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    message = refused(folder, r"pytorch_model\.bin is never loaded")
    assert "run any program" in message


def test_missing_tokenizer(folder):
    (folder / "tokenizer.json").unlink()
    refused(folder, r"no .*tokenizer\.json")


def test_a_tokenizer_larger_than_the_table(folder):
    shutil.copy(EMBEDDED_MODEL / "tokenizer.json", folder)
    refused(folder, "knows 6144 tokens, but the model's table has 400")


def test_a_tokenizer_smaller_than_the_table(tmp_path):
    model = Model.load(write_checkpoint(tmp_path, n_vocab=450))
    assert len(model.vocabulary) == 450
    assert model.vocabulary.label(449) == "#449"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"5", b"\xff\xfe", b"[" * 100_000])
def test_config_that_is_no_config(folder, content):
    (folder / "config.json").write_bytes(content)
    refused(folder, r"config\.json")


@pytest.mark.parametrize(
    "settings, match",
    [
        ({"model_type": "llama", "architectures": ["LlamaForCausalLM"]}, "'llama'; only GPT-2"),
        ({"model_type": None, "architectures": ["BertModel"]}, "BertModel; only GPT-2"),
        ({"model_type": None, "architectures": None}, "without a stated architecture; only GPT-2"),
        ({"model_type": ["gpt2"]}, "only GPT-2"),
        ({"add_cross_attention": True}, "cross-attention"),
        ({"quantization_config": {"bits": 4}}, "quantized"),
        ({"activation_function": "silu"}, "'silu'.* gelu_new, gelu, relu"),
        ({"activation_function": ["gelu"]}, "activation_function"),
        ({"n_head": 5}, r"n_embd \(32\) must be divisible by n_head \(5\)"),
        ({"n_head": 0}, "n_head must be"),
        ({"n_layer": "2"}, "n_layer must be"),
        ({"n_layer": None}, "n_layer must be"),
        ({"n_layer": True}, "n_layer must be"),
        ({"n_embd": -32}, "n_embd must be"),
        ({"vocab_size": 1.5}, "vocab_size must be"),
        ({"n_positions": 0}, "n_positions must be"),
        ({"n_inner": 0}, "n_inner must be"),
        ({"layer_norm_epsilon": "1e-5"}, "layer_norm_epsilon must be"),
        ({"layer_norm_epsilon": float("nan")}, "layer_norm_epsilon must be"),
        ({"layer_norm_epsilon": 10**400}, "layer_norm_epsilon must be"),
        ({"scale_attn_weights": "yes"}, "scale_attn_weights must be"),
        ({"eos_token_id": "end"}, "eos_token_id must be"),
        ({"n_layer": 3}, r"no tensor transformer\.h\.2\.ln_1\.weight"),
        ({"n_layer": 10**12}, r"no tensor transformer\.h\.2\.ln_1\.weight"),
        ({"vocab_size": 401}, r"wte\.weight is \[400, 32\], but config.json asks for \[401, 32\]"),
        ({"n_positions": 64}, r"wpe\.weight is \[32, 32\], but config.json asks for \[64, 32\]"),
        ({"n_inner": 64}, r"c_fc\.weight is \[32, 128\], but config.json asks for \[32, 64\]"),
        ({"tie_word_embeddings": False}, r"no tensor lm_head\.weight"),
    ],
    ids=str,
)
def test_settings_that_cannot_be_honoured(folder, settings, match):
    configure(folder, **settings)
    refused(folder, match)


def test_a_config_without_model_type_is_known_by_its_class(folder):
    configure(folder, model_type=None)
    assert Model.load(folder).info.n_layer == 2


def test_older_files_say_n_ctx(folder):
    path = folder / "config.json"
    settings = json.loads(path.read_text())
    settings["n_ctx"] = settings.pop("n_positions")
    path.write_text(json.dumps(settings))
    assert Model.load(folder).info.n_ctx == 32


def test_a_missing_tensor_is_named(folder):
    reweigh(folder, h__1__attn__c_proj__bias=None)
    refused(folder, r"no tensor transformer\.h\.1\.attn\.c_proj\.bias")


def test_a_wrong_shape_is_named(folder):
    reweigh(folder, h__0__mlp__c_proj__weight=np.zeros((32, 128), np.float32))
    refused(folder, r"h\.0\.mlp\.c_proj\.weight is \[32, 128\], but config.json asks for \[128, 32\]")


@pytest.mark.parametrize("kind", [np.int32, np.int8])
def test_a_wrong_type_is_named(folder, kind):
    reweigh(folder, ln_f__bias=np.zeros(32, kind))
    refused(folder, r"ln_f\.bias is stored as (I32|I8); save the model as F32, F16 or BF16")


@pytest.mark.parametrize(
    "name", ["wte__weight", "wpe__weight", "ln_f__weight", "h__1__ln_2__bias", "h__1__mlp__c_fc__weight"]
)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_reported(folder, name, value):
    array = safetensors.numpy.load_file(folder / "model.safetensors")["transformer." + name.replace("__", ".")]
    array.reshape(-1)[-1] = value
    reweigh(folder, **{name: array})
    refused(folder, name.replace("__", r"\.") + " holds numbers that are infinite")


def test_an_overflow_on_the_way_is_reported(folder):
    reweigh(folder, h__0__mlp__c_proj__weight=np.full((128, 32), 3e38, np.float32))
    refused(folder, "overflow")


@pytest.mark.parametrize("length", [0, 7, 8, 100, -1, -5000])
def test_a_truncated_file(folder, length):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:length])
    refused(folder, r"model\.safetensors is damaged or was not downloaded completely")


@pytest.mark.parametrize("length", [2**64 - 1, 2**63, 10**9, 10**6])
def test_a_lying_header_length(folder, length):
    header, data = read_header(folder)
    write_header(folder, header, data, length=length)
    refused(folder, f"header claims {length} bytes")


@pytest.mark.parametrize("header", [b"{", b"[]", b"\xff\xff", b"null", b'{"x": ' * 50_000])
def test_a_header_that_is_none(folder, header):
    write_header(folder, header, b"")
    refused(folder, "its header is not")


@pytest.mark.parametrize(
    "fields, match",
    [
        ({"data_offsets": [10**12, 10**12 + 128]}, "ends at byte"),
        ({"data_offsets": [-128, 0]}, "describes the tensor .* wrongly"),
        ({"data_offsets": [128, 0]}, "has -128 bytes"),
        ({"data_offsets": [0.0, 128.0]}, "describes the tensor .* wrongly"),
        ({"data_offsets": [0]}, "doesn't describe"),
        ({"data_offsets": None}, "doesn't describe"),
        ({"shape": [31]}, "has 128 bytes, which isn't F32"),
        ({"shape": [-4, -8]}, "describes the tensor .* wrongly"),
        ({"shape": "32"}, "describes the tensor .* wrongly"),
        ({"shape": [2**40, 2**40]}, "has 128 bytes, which isn't F32"),
        ({"dtype": "F12"}, "unknown type F12"),
        ({"dtype": ["F32"]}, "unknown type"),
    ],
    ids=str,
)
def test_entries_that_lie(folder, fields, match):
    header, data = read_header(folder)
    header["transformer.ln_f.bias"] |= fields
    write_header(folder, header, data)
    refused(folder, match)


def test_an_entry_that_is_no_entry(folder):
    header, data = read_header(folder)
    header["transformer.ln_f.bias"] = 5
    write_header(folder, header, data)
    refused(folder, "doesn't describe")


def test_overlapping_tensors(folder):
    header, data = read_header(folder)
    header["transformer.ln_f.bias"]["data_offsets"] = header["transformer.ln_f.weight"]["data_offsets"]
    write_header(folder, header, data)
    refused(folder, r"ln_f\.(bias|weight) and transformer\.ln_f\.(bias|weight) overlap")


def test_misaligned_numbers_are_read_all_the_same(folder):
    """The format only advises writers to pad the header."""
    expected = Model.load(folder).trace("the king").logits
    header, data = read_header(folder)
    text = json.dumps(header).encode()
    write_header(folder, text + b" " * (3 - len(text) % 4 + 4), data)
    assert np.array_equal(Model.load(folder).trace("the king").logits, expected)


def test_tensors_that_no_run_needs_are_ignored(folder):
    """Old checkpoints carry their causal mask along."""
    expected = Model.load(folder).trace("the king").logits
    reweigh(folder, h__0__attn__bias=np.tril(np.ones((1, 1, 32, 32), np.uint8)))
    assert np.array_equal(Model.load(folder).trace("the king").logits, expected)


def test_float32_tables_stay_on_disk(folder):
    table = Model.load(folder).checkpoint.token_table
    while table.base is not None and not isinstance(table, np.memmap):
        table = table.base
    assert isinstance(table, np.memmap)


def test_a_tied_model_may_store_its_table_twice(folder):
    expected = Model.load(folder).trace("the king").logits
    weights = safetensors.numpy.load_file(folder / "model.safetensors")
    safetensors.numpy.save_file(
        weights | {"lm_head.weight": weights["transformer.wte.weight"]}, folder / "model.safetensors"
    )
    model = Model.load(folder)
    assert np.array_equal(model.trace("the king").logits, expected)
    assert model.checkpoint.unembedding is model.checkpoint.token_table


def test_an_unembedding_that_the_config_denies(tmp_path):
    folder = write_checkpoint(tmp_path, untied=True)
    configure(folder, tie_word_embeddings=True)
    refused(folder, r"tie_word_embeddings\), but lm_head\.weight is another matrix")


@pytest.mark.parametrize("dtype", ["F32", "F16", "BF16"])
@pytest.mark.parametrize("rows, columns", [(1, 1), (3, 5), (255, 2), (256, 3), (257, 9), (600, 7)])
def test_a_turned_matrix_is_the_transpose(tmp_path, rows, columns, dtype):
    matrix = np.arange(rows * columns, dtype=np.float32).reshape(rows, columns) % 128 - 64
    write_weights(tmp_path / "w.safetensors", {"before": np.ones(3), "matrix": matrix, "last": np.ones(5)}, dtype)
    file = SafeTensors(tmp_path / "w.safetensors")
    turned = file.read_turned("matrix")
    assert np.array_equal(turned, matrix.T)
    assert turned.dtype == np.float32 and turned.flags.c_contiguous and turned.flags.owndata
    assert np.array_equal(file.read("matrix"), matrix)


def test_a_file_that_is_cut_off_after_it_was_opened(folder):
    path = folder / "model.safetensors"
    file = SafeTensors(path)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ModelError, match="ends within the tensor transformer.h.1.mlp.c_fc.weight"):
        file.read_turned("transformer.h.1.mlp.c_fc.weight")
    path.unlink()
    with pytest.raises(ModelError, match="can't be read"):
        file.read_turned("transformer.h.1.mlp.c_fc.weight")


def test_names_that_cannot_be_shown(folder):
    """A message stays one line, whatever a header calls its tensors."""
    for name in ("a\nb", "\ud800", "x" * 1000):
        header, data = read_header(write_checkpoint(folder))
        header[name] = {"dtype": "F32\n" * 99, "shape": [1], "data_offsets": [0, 4]}
        write_header(folder, header, data)
        message = refused(folder, "unknown type")
        message.encode()
        assert len(message) < 500


def test_more_axes_than_can_be(folder):
    header, data = read_header(folder)
    header["transformer.ln_f.bias"]["shape"] = [10**18] * 50_000
    write_header(folder, header, data)
    refused(folder, "describes the tensor .* wrongly")


def test_matrices_are_turned_once(folder):
    checkpoint = Model.load(folder).checkpoint
    weights = safetensors.numpy.load_file(folder / "model.safetensors")
    block = checkpoint.block(1)
    assert np.array_equal(block["mlp.c_fc.weight"], weights["transformer.h.1.mlp.c_fc.weight"].T)
    assert np.array_equal(block["ln_1.bias"], weights["transformer.h.1.ln_1.bias"])
    assert checkpoint.block(1)["mlp.c_fc.weight"] is block["mlp.c_fc.weight"]


def test_a_name_in_any_script(tmp_path):
    folder = write_checkpoint(tmp_path / "模型 🙂")
    assert Model.load(str(folder)).info.name == "模型 🙂"
    assert Model.load(folder, name="other").info.name == "other"


def test_random_weights_are_the_same_every_time(tmp_path):
    one, other = (random_weights(1, 2, 8, 32, 300, 8, seed=4) for _ in range(2))
    assert all(np.array_equal(one[name], other[name]) for name in one)
    write_weights(tmp_path / "w.safetensors", one)
    assert safetensors.numpy.load_file(tmp_path / "w.safetensors").keys() == one.keys()


def test_the_runtime_is_loaded_only_when_it_is_needed():
    """Enabling the add-on must not wait for the native libraries."""
    root = EMBEDDED_MODEL.parents[2]
    program = f"""
import importlib.util, sys
spec = importlib.util.spec_from_file_location("package", {str(root / "__init__.py")!r},
                                              submodule_search_locations=[{str(root)!r}])
sys.modules["package"] = importlib.util.module_from_spec(spec)
import package.inference.model
print(sorted({{"onnxruntime", "tokenizers", "bpy", "onnx"}} & set(sys.modules)))
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr


def test_a_layer_that_could_not_be_read_is_read_again(folder, monkeypatch):
    """Its failure, such as a want of memory, is not kept."""
    from transformer_cinema.inference.checkpoint import Checkpoint

    checkpoint, read = Checkpoint(folder), Checkpoint._read_block
    failures = [MemoryError()]

    def failing(self, layer):
        if failures:
            raise failures.pop()
        return read(self, layer)

    monkeypatch.setattr(Checkpoint, "_read_block", failing)
    with pytest.raises(MemoryError):
        checkpoint.block(1)
    assert checkpoint.block(1)["ln_1.weight"].shape == (32,)
