"""A model in several files, and indexes that are damaged or hostile."""

import json

import numpy as np
import pytest

from checkpoints import write_checkpoint
from transformer_cinema.inference.errors import ModelError
from transformer_cinema.inference.model import Model


@pytest.fixture
def folder(tmp_path):
    return write_checkpoint(tmp_path / "model", shards=3, untied=True)


def reindex(folder, change):
    path = folder / "model.safetensors.index.json"
    index = json.loads(path.read_text())
    change(index["weight_map"])
    path.write_text(json.dumps(index))


@pytest.mark.parametrize("dtype", ["F32", "F16", "BF16"])
@pytest.mark.parametrize("prefix", ["", "transformer."])
def test_shards_are_one_model(tmp_path, dtype, prefix):
    whole = Model.load(write_checkpoint(tmp_path / "whole", dtype=dtype, prefix=prefix, untied=True))
    cut = Model.load(write_checkpoint(tmp_path / "cut", dtype=dtype, prefix=prefix, untied=True, shards=3))
    assert not (tmp_path / "cut" / "model.safetensors").exists()
    assert cut.info.n_parameters == whole.info.n_parameters
    expected = whole.trace([3, 1, 4]).named()
    for name, tensor in cut.trace([3, 1, 4]).named().items():
        assert np.array_equal(tensor, expected[name]), name


def test_one_file_goes_before_an_index(folder, tmp_path):
    expected = Model.load(folder).trace([3]).logits
    (folder / "model.safetensors.index.json").write_text("{")
    with pytest.raises(ModelError):
        Model.load(folder)
    write_checkpoint(folder, untied=True)
    assert np.array_equal(Model.load(folder).trace([3]).logits, expected)


@pytest.mark.parametrize(
    "name",
    [
        "../model.safetensors",
        "/etc/model.safetensors",
        "..\\model.safetensors",
        "C:model.safetensors",
        "C:\\model.safetensors",
        "inner/model.safetensors",
        "..",
        ".safetensors",
        "",
        "model.bin",
        "model.safetensors/",
        "model\x00.safetensors",
        "model\n.safetensors",
        "\ud800.safetensors",
        5,
        None,
        ["model.safetensors"],
    ],
    ids=ascii,
)
def test_an_index_names_only_its_neighbours(folder, name):
    outside = folder / "inner" / "model.safetensors", folder.parent / "model.safetensors"
    outside[0].parent.mkdir()
    for path in outside:
        path.write_bytes((folder / "model-00001-of-00003.safetensors").read_bytes())
    reindex(folder, lambda files: files.update({"transformer.wte.weight": name}))
    with pytest.raises(ModelError, match="which is no file beside it") as caught:
        Model.load(folder)
    str(caught.value).encode()
    assert "\n" not in str(caught.value)


def test_a_missing_shard_is_named(folder):
    (folder / "model-00002-of-00003.safetensors").unlink()
    with pytest.raises(ModelError, match="no model-00002-of-00003.safetensors, which holds a part"):
        Model.load(folder)


def test_a_damaged_shard_is_named(folder):
    path = folder / "model-00002-of-00003.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ModelError, match="model-00002-of-00003.safetensors is damaged"):
        Model.load(folder)


def test_a_tensor_that_is_not_where_the_index_says(folder):
    def swap(files):
        files["transformer.wte.weight"] = files["transformer.wpe.weight"]

    reindex(folder, swap)
    with pytest.raises(ModelError, match="transformer.wte.weight is in model-0000.*, but it isn't"):
        Model.load(folder)


def test_a_tensor_that_the_index_forgets(folder):
    reindex(folder, lambda files: files.pop("transformer.h.1.ln_2.bias"))
    with pytest.raises(ModelError, match=r"index\.json has no tensor transformer\.h\.1\.ln_2\.bias"):
        Model.load(folder)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "5", "{}", '{"weight_map": []}', '{"weight_map": {}}', "[" * 100_000]
)
def test_what_is_no_index(folder, content):
    (folder / "model.safetensors.index.json").write_text(content)
    with pytest.raises(ModelError, match=r"model\.safetensors\.index\.json"):
        Model.load(folder)


def test_broken_numbers_in_a_shard_are_reported(folder):
    import safetensors.numpy

    for path in folder.glob("*.safetensors"):
        weights = safetensors.numpy.load_file(path)
        if "transformer.h.0.mlp.c_fc.weight" in weights:
            weights["transformer.h.0.mlp.c_fc.weight"][3, 4] = np.nan
            safetensors.numpy.save_file(weights, path)
    with pytest.raises(ModelError, match=r"of-00003\.safetensors: the tensor .*c_fc\.weight holds numbers"):
        Model.load(folder).trace([3])
