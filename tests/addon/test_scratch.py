"""Folders for a moment: gone afterwards, and those of the killed gone with the next."""

import tempfile

from transformer_cinema.addon import scratch


def test_what_the_killed_left_goes_and_what_is_held_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("transformer-cinema-dead", "transformer-cinema-notes", "mine"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "film.flac").touch()
    (tmp_path / "transformer-cinema-dead" / scratch.LOCK).touch()
    with scratch.scratch():
        assert len(list(tmp_path.iterdir())) == 4, "another process may be about to lock it"
    monkeypatch.setattr(scratch, "NEW", -1.0)
    with scratch.scratch() as held, scratch.scratch() as other:
        kept = {tmp_path / "mine", tmp_path / "transformer-cinema-notes"}  # a user's own, whatever it is called
        assert set(tmp_path.iterdir()) == {held, other} | kept
    assert set(tmp_path.iterdir()) == kept
