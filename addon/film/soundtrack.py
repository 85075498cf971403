"""A film's sound in its scene: packed strips of the sequencer, one a stem.

A film is built without it: it takes seconds that only a film that is saved, played or rendered is worth. compose() may
run on a thread, put() may not. A Blender without audaspace has no strips; `wav.write` makes a file for it.
"""

import shutil
from pathlib import Path

import bpy
import numpy as np

from .. import compat
from ..scratch import scratch
from ..sound.events import HERE, Heard
from ..sound.loudness import RATE
from ..sound.mixing import Stems, compose
from .errors import FilmError
from .evidence import Evidence, find
from .ownership import MADE, is_made, marking

CUT = RATE // 200  # samples in which a sound comes and goes where a video begins and ends within a film


def available() -> bool:
    """Whether this Blender can play and write sound; some Linux distributions' can't."""
    try:
        import aud  # noqa: F401
    except ImportError:
        return False
    return bool(bpy.app.build_options.audaspace and bpy.app.build_options.codec_ffmpeg)


def heard_in(scene: bpy.types.Scene) -> tuple[Evidence, Heard]:
    """What compose() needs of a film. Raises FilmError for a film that was made before there was sound."""
    try:
        return find(scene), Heard.from_json(scene.get(HERE, ""))
    except (ValueError, LookupError, TypeError) as error:
        raise FilmError(f"The film in the scene {scene.name} has no list of sounds; build it again.") from error


def put_stems(scene: bpy.types.Scene, stems: Stems, volume: float = 1.0) -> None:
    """Put a film's stems into its scene as packed sounds, in the place of those that are there.

    volume: of all strips, 0 … 2. The scene plays in sync with its sound from then on.
    """
    take_out(scene)
    tracks = {"Film score": stems.score, "Film events": stems.events, "Film voice": stems.voice}
    with marking(), scratch() as folder:
        editor = scene.sequence_editor_create()
        for channel, (name, track) in enumerate(tracks.items(), start=1):
            if track is None:
                continue
            path = folder / f"{name.lower().replace(' ', '-')}.flac"
            write_flac(track, path)
            strip = editor.strips.new_sound(name, str(path), _free_channel(editor, channel), 1)
            strip.sound.name = name
            strip.sound.use_memory_cache = True  # else Blender opens it anew for every picture that it renders
            strip.sound.pack()
            strip.sound.filepath = f"//{path.name}"
            strip[MADE] = strip.name
    set_volume(scene, volume)
    scene.sync_mode = "AUDIO_SYNC"
    scene.render.ffmpeg.audio_mixrate = RATE


def write_flac(sound: np.ndarray, path: Path) -> None:
    """Write a sound [2, n] without loss, of 16 bits. Raises FilmError when it may not fit."""
    import aud  # not there in a Blender without audaspace

    needed, free = 2 * sound.size, shutil.disk_usage(path.parent).free
    if free < needed:  # a full disk ends Blender itself
        raise FilmError(
            f"About {needed / 1e6:.0f} MB are needed for the sound in {path.parent}, and {free / 1e6:.0f} MB are free; "
            "make room, set TMPDIR to another folder, or leave out the sound with --silent."
        )
    made = aud.Sound.buffer(np.ascontiguousarray(sound.T), RATE)
    made.write(str(path), RATE, aud.CHANNELS_STEREO, aud.FORMAT_S16, aud.CONTAINER_FLAC, aud.CODEC_FLAC, 0)


def read(sound: bpy.types.Sound) -> np.ndarray:
    """The samples of a sound, packed or not: [2, n] at 48 kHz. Raises FilmError."""
    import aud

    with scratch() as folder:
        path = Path(bpy.path.abspath(sound.filepath))
        if sound.packed_file:
            path = folder / "sound"
            path.write_bytes(sound.packed_file.data)
        try:
            data = aud.Sound(str(path)).resample(RATE, 0).rechannel(aud.CHANNELS_STEREO).data()
        except (aud.error, OSError) as error:
            raise FilmError(f"The sound {sound.name} can't be read ({error}); remove it, or use --silent.") from error
    return np.ascontiguousarray(data.T, np.float32)


def _free_channel(editor: bpy.types.SequenceEditor, wanted: int) -> int:
    taken = {strip.channel for strip in editor.strips}
    return next(channel for channel in range(wanted, wanted + len(taken) + 1) if channel not in taken)


def strips_of(scene: bpy.types.Scene) -> dict[str, bpy.types.SoundStrip]:
    """The film's strips, by the names that they were made under; the user's aren't among them."""
    editor = scene.sequence_editor
    strips = [strip for strip in editor.strips if strip.type == "SOUND"] if editor else []
    return {strip[MADE]: strip for strip in strips if MADE in strip.keys()}


def has_sound(scene: bpy.types.Scene) -> bool:
    """Whether anything is to be heard of a scene: the film's strips, or the user's."""
    editor = scene.sequence_editor
    return bool(editor) and any(strip.type == "SOUND" and not strip.mute for strip in editor.strips)


def set_volume(scene: bpy.types.Scene, volume: float) -> None:
    """Of the film's strips: 1 is as it was mixed."""
    for strip in strips_of(scene).values():
        strip.volume = volume


def take_out(scene: bpy.types.Scene) -> None:
    """Remove the film's strips and sounds; the user's stay."""
    for strip in strips_of(scene).values():
        sound = strip.sound
        scene.sequence_editor.strips.remove(strip)
        if sound and not sound.users and is_made(sound):
            bpy.data.sounds.remove(sound)
    editor = scene.sequence_editor
    if editor and not editor.strips:
        scene.sequence_editor_clear()


def mixed(scene: bpy.types.Scene, numbers: range) -> np.ndarray:
    """What is heard of a scene's sound strips while the frames `numbers` are shown: [2, n]. Raises FilmError.

    Strips count with their volume, but not with keys on it, nor with their pan.
    """
    fps = scene.render.fps / scene.render.fps_base
    begin = round((numbers.start - 1) / fps * RATE)
    sum_of_all = np.zeros((2, round(len(numbers) * numbers.step / fps * RATE)), np.float32)
    for strip in scene.sequence_editor.strips if scene.sequence_editor else ():
        if strip.type != "SOUND" or strip.mute:
            continue
        sound = read(strip.sound)
        first, last = compat.strip_frames(strip)
        at = round((strip.frame_start - 1) / fps * RATE) - begin
        heard = [round((frame - 1) / fps * RATE) - begin for frame in (first, last)]
        start, end = max(at, heard[0], 0), min(at + sound.shape[1], heard[1], sum_of_all.shape[1])
        if start < end:
            sum_of_all[:, start:end] += np.float32(strip.volume) * sound[:, start - at : end - at]
    edge = min(CUT, sum_of_all.shape[1])
    if begin > 0:
        sum_of_all[:, :edge] *= np.linspace(0, 1, edge, dtype=np.float32)
    sum_of_all[:, sum_of_all.shape[1] - edge :] *= np.linspace(1, 0, edge, dtype=np.float32)
    return sum_of_all


def add(scene: bpy.types.Scene, volume: float = 1.0) -> None:
    """Compose a film's sound and put it into its scene. Raises FilmError."""
    put_stems(scene, compose(*heard_in(scene)), volume)
