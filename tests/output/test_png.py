import numpy as np
import pytest

from transformer_cinema.addon.output import png


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)


def test_what_is_encoded_is_what_blender_reads(pixels, tmp_path, fresh_blender):
    path = tmp_path / "a.png"
    path.write_bytes(png.marked(png.encode(pixels), "a film 1"))
    image = fresh_blender.data.images.load(str(path))
    image.colorspace_settings.name = "Non-Color"
    found = np.array(image.pixels[:]).reshape(5, 7, 4)[::-1, :, :3]
    assert np.array_equal(np.round(found * 255), pixels)


def test_a_mark_takes_the_place_of_another(pixels):
    data = png.marked(png.marked(png.encode(pixels), "one"), "two")
    assert png.read(data) == png.Header((7, 5), 3, "two")
    assert len(data) == len(png.marked(png.encode(pixels), "two"))


def test_a_single_wrong_bit_is_noticed_wherever_it_is(pixels):
    data = png.marked(png.encode(pixels), "a film 1")
    for place in range(len(data)):
        for bit in (0, 7):
            wrong = bytearray(data)
            wrong[place] ^= 1 << bit
            with pytest.raises(png.Damaged):
                png.read(bytes(wrong))


def test_a_part_is_not_the_whole(pixels):
    data = png.encode(pixels)
    for length in range(len(data)):
        with pytest.raises(png.Damaged):
            png.read(data[:length])
    with pytest.raises(png.Damaged, match="follows"):
        png.read(data + b"x")
