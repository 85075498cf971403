"""The aside's picture and sound: read from files as they are, and cut up without a change."""

import struct
import wave

import bpy
import numpy as np
import pytest

from film.screening import Screening
from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.film.media import PIXELS, SAMPLES, Media, drawn_picture, made_sound


@pytest.fixture
def picture(fresh_blender, tmp_path):
    """A PNG: red grows to the right, green upwards; twice as wide as high."""
    x, y = np.meshgrid(np.linspace(0, 1, 4 * PIXELS), np.linspace(0, 1, 2 * PIXELS))
    image = fresh_blender.data.images.new("Test", 4 * PIXELS, 2 * PIXELS)
    image.pixels.foreach_set(np.dstack([x, y, 0 * x, 0 * x + 1]).astype(np.float32).ravel())
    image.filepath_raw, image.file_format = str(tmp_path / "picture.png"), "PNG"
    image.save()
    fresh_blender.data.images.remove(image)
    return tmp_path / "picture.png"


def write_photograph(path, exif=None):
    """A JPEG of four greys, 0.2 and 0.4 above, 0.6 and 0.8 below; with what a camera notes, after its name."""
    quarters = np.kron(np.array([[0.6, 0.8], [0.2, 0.4]]), np.ones((64, 64)))  # Blender's lowest row first
    image = bpy.data.images.new("Photograph", 128, 128)
    image.pixels.foreach_set(np.dstack([quarters] * 3 + [np.ones_like(quarters)]).astype(np.float32).ravel())
    image.filepath_raw, image.file_format = str(path), "JPEG"
    image.save()
    bpy.data.images.remove(image)
    if exif is not None:
        plain, part = path.read_bytes(), b"Exif\0\0" + exif
        path.write_bytes(plain[:2] + struct.pack(">HH", 0xFFE1, len(part) + 2) + part + plain[2:])
    return path


def write_wav(path, samples, width, channels=1):
    scaled = np.round(np.repeat(samples, channels) * (2 ** (8 * width - 1) - 1)).astype(np.int64)
    scaled = scaled + 128 if width == 1 else scaled
    raw = np.ascontiguousarray(scaled.astype("<i8").view(np.uint8).reshape(-1, 8)[:, :width])
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, 8000, len(samples), "NONE", ""))
        file.writeframes(raw.tobytes())
    return path


def test_a_picture_is_its_middle_square(picture):
    found = Media.of(image=picture).picture
    assert found.shape == (PIXELS, PIXELS, 3)
    assert found[0, :, 0] == pytest.approx(np.linspace(0.25, 0.75, PIXELS), abs=0.02)
    assert found[:, 0, 1] == pytest.approx(np.linspace(0, 1, PIXELS), abs=0.02)
    assert np.abs(found[..., 2]).max() < 0.01


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_sound_is_the_strongest_of_each_stretch(tmp_path, width, channels):
    samples = np.sin(np.arange(SAMPLES * 10) * 0.05) * np.linspace(1, 0.2, SAMPLES * 10)
    found = Media.of(audio=write_wav(tmp_path / "sound.wav", samples, width, channels)).sound
    stretches = samples.reshape(SAMPLES, 10)
    expected = stretches[np.arange(SAMPLES), np.abs(stretches).argmax(1)]
    assert found == pytest.approx(expected / np.abs(expected).max(), abs=0.02)


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("extensible", [False, True])
def test_a_sound_of_floats(tmp_path, bits, extensible):
    """As most programs write it now, maybe with the longer form of the header and chunks before the samples."""
    samples = np.sin(np.arange(SAMPLES * 10) * 0.05)
    data = np.repeat(samples, 2).astype(f"<f{bits // 8}").tobytes()
    block = 2 * bits // 8
    form = struct.pack("<HHIIHH", 0xFFFE if extensible else 3, 2, 8000, 8000 * block, block, bits)
    form += struct.pack("<HHIH", 22, bits, 3, 3) + bytes(14) if extensible else b""
    chunks = [(b"LIST", b"abc\0"), (b"fmt ", form), (b"fact", b"\0\0\0\0"), (b"data", data)]
    body = b"WAVE" + b"".join(name + struct.pack("<I", len(content)) + content for name, content in chunks)
    (tmp_path / "sound.wav").write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    stretches = samples.reshape(SAMPLES, 10)
    expected = stretches[np.arange(SAMPLES), np.abs(stretches).argmax(1)]
    assert Media.of(audio=tmp_path / "sound.wav").sound == pytest.approx(expected / np.abs(expected).max(), abs=1e-6)


def test_a_picture_of_more_than_8_bits_is_as_light_as_it_is(fresh_blender, tmp_path):
    scene, image = fresh_blender.context.scene, fresh_blender.data.images.new("Deep", 64, 64, float_buffer=True)
    image.pixels.foreach_set(np.tile(np.float32([0.2140411, 0.2140411, 0.2140411, 1]), 64 * 64))  # linear light
    scene.render.image_settings.file_format, scene.render.image_settings.color_depth = "PNG", "16"
    scene.view_settings.view_transform = "Standard"
    image.save_render(str(tmp_path / "deep.png"))
    assert Media.of(image=tmp_path / "deep.png").picture == pytest.approx(0.5, abs=0.003)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("orientation", "first_row", "first_column"),  # which side of what was seen they are: EXIF 2.32, table of 4.6.4
    [
        (1, "top", "left"),
        (2, "top", "right"),
        (3, "bottom", "right"),
        (4, "bottom", "left"),
        (5, "left", "top"),
        (6, "right", "top"),
        (7, "right", "bottom"),
        (8, "left", "bottom"),
    ],
)
def test_a_photograph_is_upright(fresh_blender, tmp_path, orientation, first_row, first_column, order):
    """Its four quarters have four greys: of the first row and column 0.2, and on, along the row, 0.4, 0.6, 0.8."""
    tiff = {"<": b"II", ">": b"MM"}[order] + struct.pack(f"{order}HIH", 42, 8, 2)
    tiff += struct.pack(f"{order}HHIHH", 0x010F, 2, 1, 0, 0) + struct.pack(
        f"{order}HHIHH", 0x0112, 3, 1, orientation, 0
    )
    other = {"top": "bottom", "bottom": "top", "left": "right", "right": "left"}
    sides = {0.2: (first_row, first_column), 0.4: (first_row, other[first_column])}
    sides |= {0.6: (other[first_row], first_column), 0.8: (other[first_row], other[first_column])}
    found = Media.of(image=write_photograph(tmp_path / "photo.jpg", tiff + bytes(4))).picture[..., 0]
    for grey, where in sides.items():
        row, column = (
            PIXELS * 3 // 4 if "top" in where else PIXELS // 4,
            PIXELS // 4 if "left" in where else 3 * PIXELS // 4,
        )
        assert found[row, column] == pytest.approx(grey, abs=0.02), where


@pytest.mark.parametrize("exif", [b"", b"II", b"XX*\0\x08\0\0\0", b"II*\0\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff"])
def test_a_photograph_with_damaged_notes_is_read_as_it_is(fresh_blender, tmp_path, exif):
    plain, damaged = (write_photograph(tmp_path / f"{name}.jpg", notes) for name, notes in (("a", None), ("b", exif)))
    assert (Media.of(image=damaged).picture == Media.of(image=plain).picture).all()


def test_what_is_transparent_is_white(fresh_blender, tmp_path):
    image = fresh_blender.data.images.new("Clear", 64, 64, alpha=True)
    image.pixels.foreach_set(np.tile(np.float32([1, 0, 0, 0]), 64 * 64))
    image.filepath_raw, image.file_format = str(tmp_path / "clear.png"), "PNG"
    image.save()
    assert Media.of(image=tmp_path / "clear.png").picture == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("content", [None, b"", b"no picture", b"RIFF\x00\x00\x00\x00WAVE", b"\x89PNG\r\n\x1a\n"])
def test_files_that_are_none_are_refused(fresh_blender, tmp_path, content):
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    before = len(fresh_blender.data.images)
    for media in ({"image": path}, {"audio": path}):
        with pytest.raises(FilmError, match=r"There is no|can't be read"):
            Media.of(**media)
    assert len(fresh_blender.data.images) == before


def test_silence_is_no_sound(tmp_path):
    with pytest.raises(FilmError, match="silent"):
        Media.of(audio=write_wav(tmp_path / "silence.wav", np.zeros(2000), 2))


def test_pieces_are_cut_without_a_change(short_film):
    bpy.ops.wm.open_mainfile(filepath=str(short_film[0]))
    watched = Screening(bpy.context.scene)
    frame = watched.when("embedding.aside", "Patches and segments", Apart=1.0, Size=1.0)
    shape = watched.at(frame, "Patches and segments", "Film Type")
    corners = shape.world.reshape(-1, 4, 3)
    colours = shape["Color"].reshape(-1, 4, 4)[:, 0, :3]
    pixels = PIXELS * PIXELS
    assert len(corners) == pixels + SAMPLES
    srgb = np.where(colours <= 0.0031308, colours * 12.92, 1.055 * np.maximum(colours, 0) ** (1 / 2.4) - 0.055)
    assert srgb[:pixels].reshape(PIXELS, PIXELS, 3) == pytest.approx(drawn_picture(), abs=1e-4)
    heights = np.ptp(corners[pixels:, :, 2], axis=1)
    loud = np.abs(made_sound()) > 0.05
    assert heights[loud] / heights.max() == pytest.approx(np.abs(made_sound())[loud], abs=1e-4)
    for pieces in (corners[:pixels], corners[pixels:]):  # patches and segments, in rows of nine slots
        middles = np.sort(np.unique(np.round(pieces[:, :, 0].mean(1), 3)))
        gaps = np.diff(middles)
        assert np.count_nonzero(gaps > 1.5 * np.median(gaps)) == 9 - 1
