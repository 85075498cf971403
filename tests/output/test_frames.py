import json
import os
from pathlib import Path

import numpy as np
import pytest

from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.output import files, formats, png
from transformer_cinema.addon.output import frames as folders
from transformer_cinema.addon.output.frames import Frames

PICTURE = png.encode(np.zeros((54, 96, 3), np.uint8))


class TestFrames:
    @pytest.mark.parametrize(
        "wrong",
        [
            png.marked(PICTURE, "another film 3"),
            png.marked(PICTURE, "a film 4"),
            png.marked(png.encode(np.zeros((54, 98, 3), np.uint8)), "a film 3"),
            png.marked(png.encode(np.zeros((54, 96, 4), np.uint8)), "a film 3"),
            PICTURE,
            b"",
        ],
        ids=["another film's", "another frame", "of another size", "with alpha", "nobody's", "empty"],
    )
    def test_a_picture_that_is_not_the_one_does_not_count(self, frames, wrong):
        frames.keep(3, PICTURE)
        assert frames.missing(range(2, 5)) == [2, 4]
        frames.path(3).write_bytes(wrong)
        assert frames.missing(range(2, 5)) == [2, 3, 4]

    def test_a_repeated_one_counts_as_what_it_is(self, frames):
        frames.keep(3, PICTURE)
        frames.repeat(5, 3)
        assert frames.missing([3, 5]) == [] and frames.path(3).read_bytes() != frames.path(5).read_bytes()

    def test_travel_as_text(self, frames):
        assert Frames.from_json(frames.to_json()) == frames


class TestFolder:
    @pytest.fixture
    def folder(self, tmp_path):
        return tmp_path / "film.frames"

    def make(self, folder, film="a film", number=1):
        frames = Frames(str(folder), film, (96, 54))
        with folders.held(folder, film, resume=False):
            frames.keep(number, PICTURE)
        return frames

    def test_one_without_a_frame_is_taken_away(self, folder):
        with folders.held(folder, "a film", resume=False):
            assert json.loads((folder / "film.json").read_text())["process"] == os.getpid()
        assert not folder.exists()

    def test_is_gone_on_with_or_begun_again(self, folder):
        frames = self.make(folder)
        (folder / ".raw-7-00002.tga").touch()
        with folders.held(folder, "a film", resume=True):
            assert frames.is_finished(1) and not (folder / ".raw-7-00002.tga").exists()
        with folders.held(folder, "a film", resume=False):
            assert not frames.path(1).exists()

    def test_another_film_is_refused(self, folder):
        frames = self.make(folder)
        with pytest.raises(FilmError, match="another film"), folders.held(folder, "a changed film", resume=True):
            pass
        assert frames.is_finished(1)

    @pytest.mark.parametrize("name", ["holiday.jpg", "00007.png", "letters/"])
    def test_a_users_own_is_refused(self, folder, name):
        (folder / name).mkdir(parents=True) if name.endswith("/") else folder.mkdir()
        (folder / name).is_dir() or (folder / name).touch()
        for resume in (False, True):
            with pytest.raises(FilmError, match="files of yours"), folders.held(folder, "a film", resume):
                pass
        assert [path.name for path in folder.iterdir()] == [name.rstrip("/")]

    def test_two_renders_do_not_share_one(self, folder):
        frames = self.make(folder)
        with folders.held(folder, "a film", resume=True):
            with pytest.raises(FilmError, match=f"process {os.getpid()} on .* is using"):
                with folders.held(folder, "another film", resume=False):
                    pass
            assert frames.is_finished(1)

    def test_only_what_is_ours_is_deleted(self, folder):
        self.make(folder)
        (folder / "notes.txt").touch()
        folders.discard(folder)
        assert [path.name for path in folder.iterdir()] == ["notes.txt"]

    def test_pictures_take_the_place_of_pictures_alone(self, folder, tmp_path):
        frames, wanted = self.make(folder), tmp_path / "pictures"
        for _ in range(2):
            folders.copy_to(frames, [1, 1], wanted)
        assert sorted(path.name for path in wanted.iterdir()) == ["00001.png", "00002.png"]
        (wanted / "00003.png").write_bytes(PICTURE)
        with pytest.raises(FilmError, match="00003.png"):
            folders.copy_to(frames, [1], wanted)


class TestFiles:
    def test_what_is_no_file_is_refused(self, tmp_path):
        (tmp_path / "link.mp4").symlink_to(tmp_path / "nowhere")
        (tmp_path / "folder.mp4").mkdir()
        os.mkfifo(tmp_path / "pipe.mp4")
        places = {"link.mp4": "link to nothing", "folder.mp4": "a folder", "pipe.mp4": "no ordinary file"}
        for name, why in {**places, os.devnull: "no ordinary file", "\udcff.mp4": "can't be the name"}.items():
            with pytest.raises(FilmError, match=why):
                files.checked(tmp_path / name, "--output")
        assert files.checked(tmp_path / "a {b} #.mp4", "--output") == tmp_path.resolve() / "a {b} #.mp4"

    def test_a_file_stays_until_another_is_whole(self, tmp_path):
        path = tmp_path / "film.mp4"
        path.write_text("old")
        with pytest.raises(OSError), files.written_beside(path) as part:
            part.write_text("new, but")
            raise OSError(28, "No space left on device")
        assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
        with files.written_beside(path) as part:
            part.write_text("new")
        assert path.read_text() == "new" and list(tmp_path.iterdir()) == [path]

    def test_room_is_asked_for(self, tmp_path):
        files.check_room(tmp_path, 1000)
        with pytest.raises(FilmError, match="MB are free"):
            files.check_room(tmp_path, 10**18)


class TestFormats:
    def test_an_unknown_ending_is_refused(self):
        assert formats.format_of(Path("film.MOV")).codec == "PRORES"
        for name in ("film.blend", "film.avi", "film.frames", "film.gif"):
            with pytest.raises(FilmError, match=r"end its name in \.mp4, \.webm"):
                formats.format_of(Path(name))

    def test_not_every_kind_is_transparent(self):
        formats.check_alpha(Path("film.webm"))
        with pytest.raises(FilmError, match=r"use \.webm, \.mov"):
            formats.check_alpha(Path("film.mp4"))
