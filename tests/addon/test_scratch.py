"""Folders for a moment: gone afterwards, and those of the killed gone with the next."""

import tempfile

from transformer_cinema.addon import scratch


def test_what_the_killed_left_goes_and_what_is_held_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("cinema-dead", "cinema-unlocked", "cinema-new", "mine"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "film.flac").touch()
    (tmp_path / "cinema-dead" / scratch.LOCK).touch()
    with scratch.scratch():
        assert len(list(tmp_path.iterdir())) == 5, "another process may be about to lock it"
    monkeypatch.setattr(scratch, "NEW", -1.0)
    with scratch.scratch() as held, scratch.scratch() as other:
        assert set(tmp_path.iterdir()) == {held, other, tmp_path / "mine"}
    assert list(tmp_path.iterdir()) == [tmp_path / "mine"]
