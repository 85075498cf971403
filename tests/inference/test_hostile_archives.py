"""Recordings and evidence that are made to harm: looked at before they are unpacked."""

import io
import json
import tracemalloc
import zipfile

import numpy as np
import pytest

from transformer_cinema.inference import archive
from transformer_cinema.inference.errors import ModelError
from transformer_cinema.inference.recording import Recording
from transformer_cinema.inference.sampling import Sampling

MOST = 100_000_000  # bytes that such a file may take


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def header(shape, dtype="<f4"):
    """Only the beginning of an array."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": dtype, "fortran_order": False, "shape": shape})
    return file.getvalue()


def write(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return path


def bomb():
    """250 MB of zeros, in pieces so that making it takes no memory -> its bytes, about one of them."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made,
        made.open("tokens.npy", "w") as member,
    ):
        member.write(header((62_500_000,)))
        for _ in range(250):
            member.write(bytes(1_000_000))
    return file.getvalue()


@pytest.fixture(scope="module")
def bombs():
    return bomb()


def memory_of(call):
    """The most bytes that Python and numpy had while something was refused, and what was said."""
    tracemalloc.start()
    try:
        with pytest.raises(Exception) as caught:  # noqa: B017 - the caller looks at it
            call()
        return tracemalloc.get_traced_memory()[1], caught.value
    finally:
        tracemalloc.stop()


def test_a_recording_that_unpacks_to_much_more(tmp_path, bombs):
    (tmp_path / "bomb.npz").write_bytes(bombs)
    assert len(bombs) < 2_000_000
    most, error = memory_of(lambda: Recording.load(tmp_path / "bomb.npz"))
    assert isinstance(error, ModelError) and "unpacked it would be 250 MB" in str(error)
    assert most < MOST


def test_evidence_that_unpacks_to_much_more(bombs):
    evidence = pytest.importorskip("transformer_cinema.addon.film.evidence")
    from transformer_cinema.addon.film.errors import FilmError

    most, error = memory_of(lambda: evidence.Evidence.from_bytes(bombs))
    assert isinstance(error, FilmError) and "damaged" in str(error) and str(error).endswith("build the film again.")
    assert most < MOST


@pytest.mark.parametrize(
    "content",
    [
        header((10**12,)),
        header((2**62, 4)),
        header((-5, -5)),
        header((10,)) + bytes(39),
        header((10,)) + bytes(41),
        header((1,), "|O") + b"cos\nsystem\n(S'true'\ntR.",
        b"no array at all",
        b"",
        npy(np.zeros(3))[:-1],
    ],
    ids=["huge", "overflow", "negative", "short", "long", "pickle", "raw", "empty", "cut"],
)
def test_an_array_that_is_not_what_its_header_says(tmp_path, content):
    path = write(tmp_path / "x.npz", tokens=content)
    most, error = memory_of(lambda: archive.read(path))
    assert isinstance(error, ModelError) and "record it again" in str(error) and "\n" not in str(error)
    assert most < MOST


def test_arrays_of_every_kind_are_read(tmp_path):
    arrays = {
        "a": np.arange(6.0).reshape(2, 3),
        "b": np.zeros((0, 4), np.float32),
        "c": np.array("text with 机"),
        "d": np.asfortranarray(np.arange(6).reshape(2, 3)),
        "e": np.array(5, np.int64),
    }
    np.savez_compressed(tmp_path / "x.npz", **arrays)
    found = archive.read(tmp_path / "x.npz")
    assert found.keys() == arrays.keys()
    assert all(
        np.array_equal(found[name], array) and found[name].dtype == array.dtype for name, array in arrays.items()
    )


@pytest.mark.parametrize(
    "change", [{"prompt": "\ud800"}, {"name": "x" * 100_000}, {"name": 7}, {"format": "x\n" * 9999}]
)
def test_a_recording_that_says_what_cannot_be_shown(tmp_path, small, change):
    path = tmp_path / "x.npz"
    small.generate("the king", Sampling(), 1).save(path)
    arrays = archive.read(path)
    metadata = json.loads(str(arrays["metadata"]))
    metadata |= {name: value for name, value in change.items() if name != "name"}
    metadata["model"]["name"] = change.get("name", "small")
    archive.write(path, arrays | {"metadata": np.array(json.dumps(metadata))})
    with pytest.raises(ModelError) as caught:
        Recording.load(path)
    message = str(caught.value)
    message.encode()
    assert "\n" not in message and len(message) < 600
