import struct

import numpy as np
import pytest

from transformer_cinema.addon import compat
from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.output import files, gif, mp4, png, video
from transformer_cinema.addon.output.frames import Frames
from transformer_cinema.addon.sound import wav
from transformer_cinema.addon.sound.loudness import RATE

from .conftest import SIZE

NUMBERS = range(1, 9)


def fill(frames):
    """Eight pictures, each a little brighter than the last."""
    for number in NUMBERS:
        picture = np.full((SIZE[1], SIZE[0], frames.channels), 20 * number, np.uint8)
        picture[:, : number * 5] = 255
        frames.keep(number, png.encode(picture))
    return frames


@pytest.fixture
def made(frames, fresh_blender):
    return fill(frames)


@pytest.mark.parametrize("ending", [".mp4", ".webm", ".mov"])
def test_a_video_has_every_frame(made, tmp_path, fresh_blender, ending):
    """In a file whose name Blender would take for a template."""
    output = tmp_path / f"film {{frame}} ##{ending}"
    video.encode(made, NUMBERS, 24, output)
    first = output.read_bytes()
    video.encode(made, NUMBERS, 24, output)
    assert ending == ".webm" or output.read_bytes() == first  # that kind of file has a random number of its own
    clip = fresh_blender.data.movieclips.load(str(output))
    assert (tuple(clip.size), clip.frame_duration, clip.fps) == (SIZE, 8, 24)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([output.name, "film.frames"])
    if ending != ".webm":
        data = output.read_bytes()
        assert data.index(b"moov") < data.index(b"mdat"), "it can't be played before all of it has come"
        assert video._check(output, SIZE, 8) is None


def test_a_looped_picture_shows_twelve_frames_a_second(made, tmp_path):
    output = tmp_path / "film.webp"
    video.encode(made, NUMBERS, 24, output)
    data = output.read_bytes()
    assert data[:4] == b"RIFF" and struct.unpack("<I", data[4:8])[0] == len(data) - 8 and data[8:12] == b"WEBP"
    shown = [data[i + 20 : i + 23] for i in range(len(data)) if data[i : i + 4] == b"ANMF"]
    assert [int.from_bytes(ms, "little") for ms in shown] == [83, 84, 83, 83]


def unpacked(data):
    """The inverse of gif.packed."""
    bits, place, out = int.from_bytes(data, "little"), 0, bytearray()
    table, width, before = [], 9, None
    while True:
        code = bits >> place & (1 << width) - 1
        place += width
        if code == 257:
            return bytes(out)
        if code == 256:
            table, width, before = [bytes([one]) for one in range(256)] + [b"", b""], 9, None
            continue
        entry = table[code] if code < len(table) else before + before[:1]
        out += entry
        if before is not None and len(table) < 4096:
            table.append(before + entry[:1])
        width = min(12, max(9, len(table).bit_length()))
        before = entry


@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 258, 600, 5000, 100_000])
def test_pixels_of_a_gif_come_back(count):
    dice = np.random.default_rng(count)
    for pixels in (dice.integers(0, 256, count, np.uint8), np.repeat(dice.integers(0, 9, count, np.uint8), 3)):
        assert unpacked(gif.packed(pixels.tobytes())) == pixels.tobytes()


def test_a_gif_shows_the_pictures(made, tmp_path, fresh_blender):
    output = tmp_path / "film.gif"
    video.encode(made, NUMBERS, 24, output)
    data = output.read_bytes()
    assert data[:6] == b"GIF89a" and struct.unpack("<HH", data[6:10]) == SIZE and data[-1:] == b";"
    delays = [data[i + 4 : i + 6] for i in range(len(data)) if data[i : i + 4] == b"\x21\xf9\x04\x05"]
    assert [int.from_bytes(one, "little") for one in delays] == [8, 9, 8, 8]
    colours = gif.palette(np.array([[0, 0, 0], [255, 255, 255], [255, 0, 0]], np.uint8))
    assert {(0, 0, 0), (255, 255, 255), (255, 0, 0)} <= {tuple(map(int, one)) for one in colours}


def test_a_folder_gets_all_pictures(made, tmp_path):
    video.encode(made, [2, 4, 6], 24, tmp_path / "pictures")
    assert sorted(path.name for path in (tmp_path / "pictures").iterdir()) == ["00001.png", "00002.png", "00003.png"]


@pytest.mark.parametrize("ending", [".webm", ".mov", ".webp"])
def test_a_transparent_video_can_be_made(tmp_path, fresh_blender, ending):
    clear = Frames(str(tmp_path), "a film", SIZE, channels=4)
    fill(clear)
    video.encode(clear, NUMBERS, 24, tmp_path / f"film{ending}")
    assert (tmp_path / f"film{ending}").stat().st_size > 100


# --- when it can't be made -------------------------------------------------------------------------------


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_text("the old film")
    return path


def kept(made, old):
    """The old video stands, all frames are there, and nothing else is."""
    assert old.read_text() == "the old film" and made.missing(NUMBERS) == []
    return sorted(path.name for path in old.parent.iterdir()) == ["film.frames", "film.mp4"]


@pytest.mark.parametrize("what", ["cut", "empty", "shorter", "none"])
def test_a_video_that_is_not_whole_takes_no_place(made, old, monkeypatch, what):
    """Blender's render operator says nothing when the disk is full."""
    write = video._write

    def badly(frames, numbers, fps, part, sound):
        write(frames, list(numbers)[:3] if what == "shorter" else numbers, fps, part, sound)
        data = part.read_bytes()
        part.write_bytes(data[: len(data) // 2] if what == "cut" else b"" if what == "empty" else data)
        if what == "none":
            part.unlink()

    monkeypatch.setattr(video, "_write", badly)
    with pytest.raises(FilmError, match=r"film.mp4 can't be written .*all frames are kept in film.frames"):
        video.encode(made, NUMBERS, 24, old)
    assert kept(made, old)


def test_a_full_disk_is_called_that(made, old, monkeypatch):
    monkeypatch.setattr(files, "is_full", lambda folder: True)
    monkeypatch.setattr(video, "_write", lambda frames, numbers, fps, part, sound: part.write_bytes(b""))
    with pytest.raises(FilmError, match="the disk is full"):
        video.encode(made, NUMBERS, 24, old)
    assert kept(made, old)


def test_damaged_frames_are_not_encoded(made, old):
    data = bytearray(made.path(4).read_bytes())
    data[len(data) // 2] ^= 1
    made.path(4).write_bytes(data)
    with pytest.raises(FilmError, match=r"1 of 8 frames are missing .* or damaged.*--resume"):
        video.encode(made, NUMBERS, 24, old)
    assert old.read_text() == "the old film"


def test_an_index_goes_before_the_data(tmp_path):
    def box(name, content):
        return struct.pack(">I4s", 8 + len(content), name) + content

    places = box(b"stco", struct.pack(">III", 0, 1, 20))
    index = box(b"moov", box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", places)))))
    path = tmp_path / "a.mp4"
    path.write_bytes(box(b"ftyp", b"abcd") + box(b"mdat", b"DATA") + index)
    mp4.begin_with_index(path)
    data = path.read_bytes()
    place = struct.unpack_from(">I", data, data.index(b"stco") + 12)[0]
    assert data[place : place + 4] == b"DATA" and data.index(b"moov") < data.index(b"mdat")
    mp4.begin_with_index(path)
    assert path.read_bytes() == data
    path.write_bytes(b"no boxes at all")
    mp4.begin_with_index(path)
    assert path.read_bytes() == b"no boxes at all"


def test_a_codec_is_found_in_every_blender(fresh_blender):
    for container, codec, alpha in (("MPEG4", "H264", False), ("WEBM", "WEBM", True), ("QUICKTIME", "PRORES", True)):
        compat.use_video(fresh_blender.context.scene.render, container, codec, alpha)


def test_only_small_pictures_in_h264_are_encoded_quickly(fresh_blender):
    render = fresh_blender.context.scene.render
    for container, codec, quick, preset in (
        ("MPEG4", "H264", True, "REALTIME"),
        ("MPEG4", "H264", False, "GOOD"),
        ("WEBM", "WEBM", True, "GOOD"),
    ):
        compat.use_video(render, container, codec, quick=quick)
        assert render.ffmpeg.ffmpeg_preset == preset


def test_a_video_has_its_sound_in_time(fresh_blender, made, tmp_path):
    aud = pytest.importorskip("aud")
    sound = np.zeros((2, RATE), np.float32)
    sound[:, RATE // 2 : RATE // 2 + 2400] = 0.5 * np.sin(np.arange(2400) * 0.1)
    wav.write(tmp_path / "sound.wav", sound)
    for ending in (".mp4", ".webm", ".mov"):
        path = tmp_path / f"film{ending}"
        video.encode(made, NUMBERS, 8, path, tmp_path / "sound.wav")
        heard = aud.Sound(str(path)).resample(RATE, 0).data()[:, 0]
        loud = np.flatnonzero(np.abs(heard) > 0.1)
        assert abs(loud[0] - RATE // 2) < RATE // 24, ending
    video.encode(made, NUMBERS, 8, tmp_path / "silent.mp4")
    assert b"mp4a" in (tmp_path / "film.mp4").read_bytes()
    assert b"mp4a" not in (tmp_path / "silent.mp4").read_bytes()
    assert not fresh_blender.data.sounds
