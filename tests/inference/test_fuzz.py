"""Safetensors that are cut, flipped and lying in every way a fuzzer finds: always a ModelError or sound numbers."""

import json
import struct

import numpy as np
import pytest

from checkpoints import write_checkpoint
from transformer_cinema.inference.checkpoint import Checkpoint
from transformer_cinema.inference.errors import ModelError
from transformer_cinema.inference.safetensors import SafeTensors

hypothesis = pytest.importorskip("hypothesis")
st = hypothesis.strategies

# The same examples on every run; nothing is remembered between runs.
several = hypothesis.settings(
    derandomize=True, database=None, deadline=None, max_examples=100, suppress_health_check=list(hypothesis.HealthCheck)
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    sizes = {"n_layer": 1, "n_head": 2, "d_model": 4, "n_vocab": 260, "n_ctx": 4}
    return write_checkpoint(tmp_path_factory.mktemp("models") / "tiny", **sizes)


@pytest.fixture(scope="module")
def content(folder):
    return (folder / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def header(content):
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + length])


def header_end(content):
    return 8 + struct.unpack("<Q", content[:8])[0]


def read_all(folder, content):
    """Every number that the program would read; True when that worked, False when it was refused with a sentence."""
    path = folder / "model.safetensors"
    path.unlink()  # an old one may still be mapped
    path.write_bytes(content)
    try:
        file = SafeTensors(path)
        for name, entry in file.entries.items():
            arrays = [file.read(name)] if len(entry.shape) != 2 else [file.read(name), file.read_turned(name).T]
            for array in arrays:
                assert array.dtype == np.float32 and array.shape == entry.shape and np.isfinite(array).all()
        checkpoint = Checkpoint(folder)
        checkpoint.block(0)
        assert np.isfinite(checkpoint.unembedding).all()
    except ModelError as error:
        message = str(error)
        message.encode()
        assert message.endswith(".") and "\n" not in message and len(message) < 2000
        return False
    return True


def test_the_file_itself_is_sound(folder, content):
    assert read_all(folder, content)


@several
@hypothesis.given(data=st.data())
def test_cut_off(folder, content, data):
    length = data.draw(st.integers(0, len(content) - 1))
    assert not read_all(folder, content[:length])


@several
@hypothesis.given(data=st.data())
def test_bits_flipped_in_the_header(folder, content, data):
    flipped = bytearray(content)
    for bit in data.draw(st.lists(st.integers(0, 8 * header_end(content) - 1), min_size=1, max_size=8)):
        flipped[bit // 8] ^= 1 << bit % 8
    read_all(folder, bytes(flipped))


@several
@hypothesis.given(data=st.data())
def test_bits_flipped_in_the_body(folder, content, data):
    flipped = bytearray(content)
    for bit in data.draw(st.lists(st.integers(8 * header_end(content), 8 * len(content) - 1), min_size=1, max_size=8)):
        flipped[bit // 8] ^= 1 << bit % 8
    read_all(folder, bytes(flipped))


@several
@hypothesis.given(length=st.integers(0, 2**64 - 1) | st.integers(0, 5000))
def test_header_lengths_that_lie(folder, content, length):
    lie = struct.pack("<Q", length) + content[8:]
    assert read_all(folder, lie) == (lie == content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
DTYPES = st.sampled_from(["F32", "F16", "BF16", "F64", "I8", "BOOL", "F8_E4M3", "F32\n", ""])
SIZES = st.integers(0, 40) | st.integers(-1, 2**64)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "dtype": DTYPES | JSON,
        "shape": st.lists(SIZES, max_size=4) | JSON,
        "data_offsets": st.lists(st.integers(0, 7000), min_size=2, max_size=2) | st.lists(SIZES, max_size=3) | JSON,
    },
)


@several
@hypothesis.given(data=st.data())
def test_entries_that_lie(folder, content, header, data):
    """Overlapping, out of range, of the wrong type, or missing."""
    changed = {name: dict(fields) for name, fields in header.items()}
    for name in data.draw(st.lists(st.sampled_from(sorted(header)) | st.text(max_size=5), min_size=1, max_size=3)):
        changed[name] = changed.get(name, {}) | data.draw(FIELDS)
    text = json.dumps(changed).encode()
    read_all(folder, struct.pack("<Q", len(text)) + text + content[header_end(content) :])


@several
@hypothesis.given(text=JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=200))
def test_headers_that_are_none(folder, text):
    assert not read_all(folder, struct.pack("<Q", len(text)) + text + bytes(100))


@several
@hypothesis.given(content=st.binary(max_size=300))
def test_files_that_are_none(folder, content):
    assert not read_all(folder, content)


@several
@hypothesis.given(index=JSON | st.dictionaries(st.just("weight_map"), st.dictionaries(st.text(), st.text() | JSON)))
def test_indexes_that_are_none(folder, index):
    inner = folder / "index"
    inner.mkdir(exist_ok=True)
    (inner / "config.json").write_bytes((folder / "config.json").read_bytes())
    (inner / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelError):
        Checkpoint(inner)
