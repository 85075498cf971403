"""From a prompt to a film: runs GPT-2, builds the scene, renders it.

    python3 scripts/render.py --prompt "Once upon a time there was a"
    blender -b -P scripts/render.py -- --prompt "Once upon a time there was a"

leaves film.mp4 and film.blend, which plays and renders without this extension.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bootstrap import ensure

ensure(__file__)

import argparse  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import TYPE_CHECKING  # noqa: E402

import cli  # noqa: E402
from _bootstrap import say  # noqa: E402

if TYPE_CHECKING:
    import bpy
    import numpy as np

    from transformer_cinema.addon.film.film import Film
    from transformer_cinema.addon.film.media import Media
    from transformer_cinema.addon.output.frames import Frames
    from transformer_cinema.addon.voice.speaker import Recorded, Speaker

# Of addon/output/qualities.py, which needs Blender: --help must not wait for it.
ENGINES = ("workbench", "eevee", "cycles")
QUALITIES = ("sketch", "draft", "preview", "final")
# What says nothing about the pictures, or by what its file holds.
NOT_SEEN = ("output", "blend", "frames", "stills", "no_video", "resume", "jobs", "download", "source", "trace")
NOT_SEEN += ("image", "audio", "silent", "narration")


def options():
    from transformer_cinema.addon.film import cuts
    from transformer_cinema.addon.film.framing import FORMATS
    from transformer_cinema.addon.film.palette import THEMES
    from transformer_cinema.addon.film.texts import AUTOMATIC, LANGUAGES

    parser = cli.parser(__doc__)
    cli.add_model_arguments(parser)
    group = parser.add_argument_group("film")
    add = group.add_argument
    add("--trace", metavar="FILE", help="film a recording (.npz of trace.py) instead of running a model")
    add("--output", metavar="FILE", default="film.mp4", help=".mp4, .webm, .mov, .webp, .gif, or DIR/ (%(default)s)")
    add("--transparent", action="store_true", help="no backdrop: to lay over something else; not as .mp4")
    add("--blend", metavar="FILE", help="the scene (beside the video, as .blend)")
    add("--quality", choices=QUALITIES, default="draft", help="%(default)s; preview and final need a GPU")
    add("--theme", choices=THEMES, default="dark", help="dark, or paper for print and slides (%(default)s)")
    add("--preset", choices=("short",), help="short: 40 seconds, upright, for phones; other options still count")
    add("--format", choices=FORMATS, help="of the picture: wide, upright or square (16:9)")
    add("--engine", choices=ENGINES, help="instead of the quality's own engine")
    add("--acts", metavar="A,B", help="only these acts, or single beats such as attention.head")
    languages = (AUTOMATIC, *LANGUAGES)
    add("--language", choices=languages, default=AUTOMATIC, help="of the captions; auto goes by prompt and system")
    add("--title", metavar="TEXT", help="own title of the film, in its opening")
    add("--subtitle", metavar="TEXT", help="a line above the title")
    add("--credit", metavar="TEXT", help="who made the film, at its end, in place of Transformer Cinema")
    add("--layer", metavar="N", type=int, help="the layer to stop at, from 1 (the one with the most selective head)")
    add("--head", metavar="N", type=int, help="the head to emphasise, from 1 (the most selective one)")
    add("--focus-token", metavar="N", type=int, help="the prompt's token to follow, from 1 (the last one)")
    add("--image", metavar="FILE", help="a picture for the aside on other transformers (a small drawing)")
    add("--audio", metavar="FILE.wav", help="a sound for it (a bell)")
    add("--silent", action="store_true", help="without sound: neither in the video nor in the scene")
    add(
        "--voice",
        metavar="en|zh|de|FILE",
        help="a synthetic voice says the captions: eSpeak NG's, or Piper's of a .onnx",
    )
    add("--narration", metavar="FILE.wav", help="a speaker's recording; FILE.cues.txt has what is said in it, and when")
    add("--fade-sink", action="store_true", help="dim attention to the first token (the attention sink)")
    add("--pace", metavar="X", type=float, help="2 is twice as fast (1)")
    add("--frames", metavar="A-B", help="only these frames of the scene (24 a second)")
    add("--stills", metavar="DIR", help="no video: one picture of every beat, and a contact sheet")
    add("--no-video", action="store_true", help="only build and save the scene")
    add("--resume", action="store_true", help="continue an interrupted render")
    add("--jobs", metavar="N", type=int, help="Blenders that render at a time (one a core; EEVEE and Cycles: one)")
    chosen = parser.parse_args(cli.arguments())
    if chosen.trace:
        for name in ("new_tokens", "temperature", "top_k", "top_p", "seed", "download", "source"):
            if getattr(chosen, name) != parser.get_default(name):
                parser.error(
                    f"--{name.replace('_', '-')} is for a model, and --trace is what one has said; leave it out"
                )
    short = chosen.preset == "short"
    if chosen.acts is None and short:
        chosen.acts = ",".join(cuts.SHORT)
    chosen.format = chosen.format or (cuts.SHORT_FORM if short else "16:9")
    chosen.pace = chosen.pace if chosen.pace is not None else cuts.SHORT_PACE if short else 1.0
    return chosen


def main():
    chosen = options()
    from transformer_cinema.addon.film.errors import FilmError

    if chosen.prompt is None and chosen.trace is None:
        raise FilmError('Say what the film is about with --prompt "…", or give a recording with --trace FILE.')
    if chosen.trace and (chosen.prompt is not None or chosen.contrast is not None or chosen.model):
        raise FilmError("A recording has its own prompts and model; give --trace alone, or --prompt without it.")
    if (chosen.stills or chosen.no_video) and (chosen.frames or chosen.resume):
        raise FilmError("--frames and --resume are for a video; leave them out with --stills or --no-video.")
    if chosen.narration and chosen.voice:
        raise FilmError("--voice and --narration both speak; give one of them.")
    if chosen.narration and chosen.silent:
        raise FilmError("--silent leaves out all sound, and --narration adds some; give one of them.")
    if chosen.jobs is not None and chosen.jobs < 1:
        raise FilmError(f"--jobs must be 1 or more, not {chosen.jobs}.")
    output, blend, stills = places(chosen)
    with cli.prepared_folders(output.parent, blend.parent, *([stills] if stills else [])):
        make(chosen, output, blend, stills)


def places(chosen: argparse.Namespace) -> tuple[Path, Path, Path | None]:
    """Where things go -> (the video, the scene, the folder of stills or None). Raises FilmError."""
    from transformer_cinema.addon.film.errors import FilmError
    from transformer_cinema.addon.output import files, formats, frames

    pictures = chosen.output.endswith(("/", os.sep))
    output = files.checked(chosen.output, "--output", folder=pictures)
    if chosen.stills or chosen.no_video:
        pass
    elif pictures:
        frames.check_pictures(output)
    elif not output.suffix:
        raise FilmError(f"--output {output.name} has no ending; add .mp4, or a / for a folder of pictures.")
    else:
        formats.format_of(output)
    if chosen.transparent and not chosen.stills:
        formats.check_alpha(output)
    blend = files.checked(chosen.blend or output.with_suffix(".blend"), "--blend")
    if blend.suffix != ".blend":
        raise FilmError(f"--blend {blend.name} must end in .blend.")
    frames.check_folder(output.with_suffix(".frames"))
    return output, blend, files.checked(chosen.stills, "--stills", folder=True) if chosen.stills else None


def make(chosen, output, blend, stills):
    """Prompt or recording -> scene -> pictures."""
    from transformer_cinema.addon.film import lines, texts
    from transformer_cinema.addon.film.build import check_wishes
    from transformer_cinema.addon.film.media import Media

    started = time.monotonic()
    acts = [act.strip() for act in chosen.acts.split(",") if act.strip()] if chosen.acts is not None else None
    check_wishes(chosen.language, chosen.pace, acts)
    own = texts.OwnTexts.of(title=chosen.title, subtitle=chosen.subtitle, credit=chosen.credit)
    media = Media.of(chosen.image, chosen.audio)
    voice, narration = speech(chosen)  # before the model runs
    recording = record(chosen)
    if lines.is_right_to_left(recording.prompt):
        say("Blender writes right-to-left scripts from left to right, their letters not joined.", sys.stderr)
    chosen.language = texts.chosen(chosen.language, recording.prompt, cli.system_language())
    scene, film = build(recording, chosen, acts, media, own, voice)
    if voice:
        narration = told(film, voice)
    from transformer_cinema.addon.output import frames, qualities

    qualities.apply_quality(scene, chosen.quality, chosen.engine, chosen.transparent)
    if chosen.stills or chosen.no_video:
        if not (chosen.silent or chosen.stills):
            sound(scene, blend, narration)
        save(film, blend)
        if chosen.stills:
            take_stills(scene, stills)
    else:  # what may be refused is looked at before anything is written
        numbers = qualities.frames_of(scene, chosen.quality, *frame_limits(chosen, scene))
        made = frames_for(scene, chosen, media, output)
        with frames.held(Path(made.folder), made.film, chosen.resume):
            heard = None if chosen.silent else sound(scene, output, narration)
            save(film, blend)
            video(chosen, blend, made, numbers, output, heard)
            subtitles(film, numbers, output, chosen.language)
            frames.discard(Path(made.folder))
    say(f"Done in {cli.duration(time.monotonic() - started)}.")


def record(chosen):
    """Run the model, or read what it said before."""
    from transformer_cinema.addon.film.direction import check_layers, most_drawn
    from transformer_cinema.inference.recording import Recording

    if chosen.trace:
        return Recording.load(chosen.trace)
    sampling = cli.sampling_from(chosen)
    model = cli.model_from(chosen)
    check_layers(model.info.n_layer)
    at_most = most_drawn(len(model.tokenizer.encode(chosen.prompt)), chosen.new_tokens)  # before the model runs
    wishes = {"contrast": chosen.contrast, "focus": cli.focus_from(chosen)}
    with cli.progress() as progress:
        recording = model.generate(
            chosen.prompt, sampling, chosen.new_tokens, progress=progress, at_most=at_most, **wishes
        )
    cli.tell_notice(model)
    drawn = recording.vocabulary.text([step.draw.token for step in recording.steps])
    say(f"{model.info.name} continues: {chosen.prompt!r} -> {drawn!r}")
    return recording


def speech(chosen: argparse.Namespace) -> tuple["Speaker | Recorded | None", "np.ndarray | None"]:
    """Who says the captions -> (a Speaker, or a Recorded with cues; else a whole recording). Raises FilmError."""
    from transformer_cinema.addon.sound import wav
    from transformer_cinema.addon.voice.speaker import ENDING, Recorded, Speaker
    from transformer_cinema.inference.hub import default_cache

    if chosen.narration:
        path = Path(chosen.narration).expanduser()
        recording, cues = wav.read(path), path.with_name(path.stem + ENDING)
        if wav.is_clipped(recording):
            say(f"{path.name} is clipped, and will sound harsh; record it softer.", sys.stderr)
        return (Recorded.of(recording, cues), None) if cues.exists() else (None, recording)
    if chosen.voice and not chosen.silent:
        return Speaker.of(chosen.voice, default_cache() / "speech"), None
    return None, None


def told(film: "Film", voice: "Speaker | Recorded") -> "np.ndarray | None":
    """What the voice says, from the film's beginning."""
    from transformer_cinema.addon.voice.speaker import stem

    if not voice.synthetic and voice.unused:
        count = len(voice.unused)
        say(f"{count} of the recording's sentences {'is' if count == 1 else 'are'} no caption of this film: left out.")
    return stem(voice, film.lines, film.scene.frame_end / film.timeline.fps)


def build(recording, chosen, acts, media, own, voice=None):
    """The film in a new scene, alone in the file."""
    import bpy

    from transformer_cinema.addon.film.build import build_film
    from transformer_cinema.addon.film.direction import Focus

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    empty = bpy.context.scene
    with cli.progress() as progress:
        focus = Focus(chosen.layer, chosen.head, chosen.focus_token, chosen.fade_sink)
        wishes = {"acts": acts, "focus": focus, "media": media, "form": chosen.format, "theme": chosen.theme}
        wishes |= {"own": own, "voice": voice}
        scene, film = build_film(recording, chosen.language, chosen.pace, progress=progress, **wishes)
    bpy.context.window.scene = scene
    bpy.data.scenes.remove(empty)
    return scene, film


def sound(scene: "bpy.types.Scene", beside: Path, voice: "np.ndarray | None") -> "bpy.types.Scene | None":
    """Compose the film's sound and put it into its scene -> the scene; a .wav beside the film where Blender can't."""
    from transformer_cinema.addon.film import soundtrack
    from transformer_cinema.addon.output.files import written_beside
    from transformer_cinema.addon.sound import wav
    from transformer_cinema.addon.sound.loudness import RATE
    from transformer_cinema.addon.sound.mixing import as_spoken, compose

    say("Composing the sound.")
    numbers, heard = soundtrack.heard_in(scene)
    if voice is not None and voice.shape[1] > heard.seconds * RATE:
        say(f"The narration is longer than the film, {voice.shape[1] / RATE:.0f} s: its end is left out.")
    stems = compose(numbers, heard, None if voice is None else as_spoken(voice, heard.seconds))
    if soundtrack.available():
        soundtrack.put_stems(scene, stems)
        return scene
    path = beside.with_suffix(".wav")
    with written_beside(path) as part:
        wav.write(part, sum(stem for stem in (stems.events, stems.score, stems.voice) if stem is not None))
    say(f"This Blender was built without sound: it is in {path.name}, and the video is silent.")
    return None


def save(film: "Film", blend: Path) -> None:
    """Save the scene."""
    import bpy

    from transformer_cinema.addon import viewing
    from transformer_cinema.addon.output import files

    scene = bpy.context.window.scene
    scene.frame_set(scene.frame_start)
    for screen in bpy.data.screens:  # whoever opens it sees the film
        viewing.dress(screen, scene)
    with files.silence():
        files.save_blend(blend)
    size = blend.stat().st_size / 1e6
    say(f"{blend.name}: {film.time:.0f} seconds of film, {len(bpy.data.objects)} objects, {size:.1f} MB.")


# --- pictures ------------------------------------------------------------------------------------


def take_stills(scene: "bpy.types.Scene", folder: Path) -> None:
    """One picture of every beat."""
    from transformer_cinema.addon.output import stills

    with cli.progress() as progress:
        stills.take(scene, folder, progress)


def frames_for(scene: "bpy.types.Scene", chosen: argparse.Namespace, media: "Media", output: Path) -> "Frames":
    """The Frames of this very film: with anything else chosen, they would be others."""
    from transformer_cinema.addon.film.film import LINES
    from transformer_cinema.addon.output import frames, identity

    seen = {name: value for name, value in vars(chosen).items() if name not in NOT_SEEN}
    times = scene[LINES]  # how long a voice speaks is seen, too
    film = identity.fingerprint(scene, seen, media.picture.tobytes(), media.sound.tobytes(), times)
    size = scene.render.resolution_x, scene.render.resolution_y
    return frames.Frames(str(output.with_suffix(".frames")), film, size, 4 if chosen.transparent else 3)


def video(
    chosen: argparse.Namespace,
    blend: Path,
    made: "Frames",
    numbers: range,
    output: Path,
    heard: "bpy.types.Scene | None",
) -> None:
    """Render the frames that are not there yet, and make them a video. heard: the scene whose sound it has, if any."""
    from transformer_cinema.addon.film import soundtrack
    from transformer_cinema.addon.output import files, frames, qualities, workers
    from transformer_cinema.addon.output.formats import format_of
    from transformer_cinema.addon.output.video import encode
    from transformer_cinema.addon.scratch import scratch

    missing = made.missing(numbers)
    preset = qualities.QUALITIES[chosen.quality]
    engine = chosen.engine or preset.engine
    jobs = min(chosen.jobs or (8 if engine == "workbench" else 1), workers.cores(), max(1, len(missing)))
    say(
        f"{len(missing)} of {len(numbers)} frames to render, {made.size[0]}×{made.size[1]} at {preset.fps} a second, "
        f"{jobs} at a time with {engine.upper() if engine == 'eevee' else engine.capitalize()}."
    )
    files.check_room(made.folder, frames.room(made.size, len(missing)))
    try:
        with cli.progress() as progress:
            result = workers.render(blend, made, numbers, jobs, progress)
        if result.copied:
            say(f"{result.copied} of them show what another one shows and were not rendered again.")
        say(f"Making {output.name}.")
        with files.silence(), scratch() as folder:
            mix = folder / "film.flac" if heard and format_of(output).sound else None
            if mix:
                soundtrack.write_flac(soundtrack.mixed(heard, numbers), mix)
            encode(made, numbers, preset.fps, output, mix)
    except KeyboardInterrupt:
        left = len(made.missing(numbers))
        kept = f"{len(numbers) - left} of {len(numbers)} frames are kept"
        say(f"{kept}; the same command with --resume goes on.", sys.stderr)
        raise


def subtitles(film, numbers, output, language):
    """What the captions say, beside the video: in every language, whatever stands in the picture."""
    from transformer_cinema.addon.film import subtitles
    from transformer_cinema.addon.output.files import written_beside

    texts = subtitles.files(film.lines, film.beats, subtitles.Video(numbers, film.timeline.fps), language)
    for ending, text in texts.items():
        with written_beside(output.with_suffix(ending)) as part:
            part.write_text(text, encoding="utf-8", newline="\n")
    say(f"Beside it: {', '.join(output.stem + ending for ending in texts)}.")


def frame_limits(chosen, scene):
    from transformer_cinema.addon.film.errors import FilmError

    if not chosen.frames:
        return None, None
    try:
        first, last = (int(part) for part in chosen.frames.split("-"))
    except ValueError:
        raise FilmError(f"--frames wants two numbers such as 1-240, not {chosen.frames}.") from None
    if not scene.frame_start <= first <= last <= scene.frame_end:
        raise FilmError(f"--frames must lie within {scene.frame_start}-{scene.frame_end}, the frames of this film.")
    return first, last


if __name__ == "__main__":
    cli.run(main)
