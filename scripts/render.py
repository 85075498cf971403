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

import contextlib  # noqa: E402
import json  # noqa: E402
import shutil  # noqa: E402
import subprocess  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

import cli  # noqa: E402
from _bootstrap import say  # noqa: E402

WORKER = Path(__file__).with_name("render_worker.py")
ENGINES = ("workbench", "eevee", "cycles")
QUALITIES = ("draft", "preview", "final")


def options():
    from transformer_cinema.addon.film.framing import FORMATS
    from transformer_cinema.addon.film.palette import THEMES
    from transformer_cinema.addon.film.texts import LANGUAGES

    parser = cli.parser(__doc__)
    cli.add_model_arguments(parser)
    group = parser.add_argument_group("film")
    add = group.add_argument
    add("--trace", metavar="FILE", help="film a recording (.npz of trace.py) instead of running a model")
    add("--output", metavar="FILE", default="film.mp4", help="the video (%(default)s)")
    add("--blend", metavar="FILE", help="the scene (beside the video, as .blend)")
    add("--quality", choices=QUALITIES, default="draft", help="%(default)s; preview and final want a GPU")
    add("--theme", choices=THEMES, default="dark", help="dark, or paper for print and slides (%(default)s)")
    add("--format", choices=FORMATS, default="16:9", help="of the picture: wide, upright or square (%(default)s)")
    add("--engine", choices=ENGINES, help="instead of the quality's own engine")
    add("--acts", metavar="A,B", help="only these acts")
    add("--language", choices=LANGUAGES, default="both", help="of the captions (%(default)s)")
    add("--layer", metavar="N", type=int, help="the layer to stop at, from 1 (the one with the most telling head)")
    add("--head", metavar="N", type=int, help="the head to emphasise, from 1 (the most telling one)")
    add("--focus-token", metavar="N", type=int, help="the prompt's token to follow, from 1 (the last one)")
    add("--image", metavar="FILE", help="a picture for the aside on other transformers (a small drawing)")
    add("--audio", metavar="FILE.wav", help="a sound for it (a bell)")
    add("--fade-sink", action="store_true", help="draw the attention that rests on the first token faintly")
    add("--pace", metavar="X", type=float, default=1.0, help="2 is twice as fast (%(default)s)")
    add("--frames", metavar="A-B", help="only these frames of the scene (24 a second)")
    add("--stills", metavar="DIR", help="no video: one picture of every beat, and a contact sheet")
    add("--no-video", action="store_true", help="only build and save the scene")
    add("--resume", action="store_true", help="go on with the frames of an interrupted render")
    return parser.parse_args(cli.arguments())


def main():
    chosen = options()
    from transformer_cinema.addon.film.errors import FilmError

    if chosen.prompt is None and chosen.trace is None:
        raise FilmError('Say what the film is about with --prompt "…", or give a recording with --trace FILE.')
    if chosen.trace and (chosen.prompt is not None or chosen.contrast is not None or chosen.model):
        raise FilmError("A recording has its own prompts and model; give --trace alone, or --prompt without it.")
    if (chosen.stills or chosen.no_video) and (chosen.frames or chosen.resume):
        raise FilmError("--frames and --resume are for a video; leave them out with --stills or --no-video.")
    output = Path(chosen.output).expanduser().resolve()
    blend = Path(chosen.blend).expanduser().resolve() if chosen.blend else output.with_suffix(".blend")
    stills_folder = [Path(chosen.stills).expanduser()] if chosen.stills else []
    with prepared(output.parent, blend.parent, *stills_folder):
        make(chosen, output, blend)


def make(chosen, output, blend):
    """Prompt or recording -> scene -> pictures."""
    import bpy

    from transformer_cinema.addon.film.build import check_wishes
    from transformer_cinema.addon.film.media import Media

    started = time.monotonic()
    acts = [act.strip() for act in chosen.acts.split(",") if act.strip()] if chosen.acts else None
    check_wishes(chosen.language, chosen.pace, acts)
    media = Media.of(chosen.image, chosen.audio)
    recording = record(chosen)
    scene, film = build(recording, chosen, acts, media)
    from transformer_cinema.addon import render

    render.apply_quality(scene, chosen.quality, chosen.engine)
    filmed = not chosen.stills and not chosen.no_video
    if filmed:  # what may be refused is looked at before anything is written
        frames = render.frames_of(scene, chosen.quality, *frame_limits(chosen, scene))
        folder = prepare_frames(output.with_suffix(".frames"), chosen, recording)
    with silence():
        render.save_blend(blend)
    size = blend.stat().st_size / 1e6
    say(f"{blend.name}: {film.time:.0f} seconds of film, {len(bpy.data.objects)} objects, {size:.1f} MB.")
    if chosen.stills:
        stills(render, scene, film, Path(chosen.stills).expanduser())
    elif filmed:
        size = scene.render.resolution_x, scene.render.resolution_y
        video(render, blend, frames, folder, output, chosen, size)
        subtitles(render, film, frames, output, chosen.language)
    say(f"Done in {cli.duration(time.monotonic() - started)}.")


def record(chosen):
    """Run the model, or read what it said before."""
    from transformer_cinema.addon.film.direction import most_drawn
    from transformer_cinema.inference.recording import Recording

    if chosen.trace:
        return Recording.load(chosen.trace)
    sampling = cli.sampling_from(chosen)
    model = cli.model_from(chosen)
    at_most = most_drawn(len(model.tokenizer.encode(chosen.prompt)), chosen.new_tokens)  # before the model runs
    wishes = {"contrast": chosen.contrast, "focus": cli.focus_from(chosen)}
    with cli.progress() as progress:
        recording = model.generate(
            chosen.prompt, sampling, chosen.new_tokens, progress=progress, at_most=at_most, **wishes
        )
    cli.tell_notice(model)
    drawn = [recording.vocabulary.text([step.draw.token]) for step in recording.steps]
    say(f"{model.info.name} continues: {chosen.prompt!r} -> {''.join(drawn)!r}")
    return recording


def build(recording, chosen, acts, media):
    """The film in a new scene, alone in the file."""
    import bpy

    from transformer_cinema.addon.film.build import build_film
    from transformer_cinema.addon.film.direction import Focus

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    empty = bpy.context.scene
    with cli.progress() as progress:
        focus = Focus(chosen.layer, chosen.head, chosen.focus_token, chosen.fade_sink)
        wishes = {"acts": acts, "focus": focus, "media": media, "form": chosen.format, "theme": chosen.theme}
        scene, film = build_film(recording, chosen.language, chosen.pace, progress=progress, **wishes)
    bpy.context.window.scene = scene
    bpy.data.scenes.remove(empty)
    return scene, film


# --- pictures ------------------------------------------------------------------------------------


def stills(render, scene, film, folder):
    """One picture of every beat, late in it, when what it is about can be seen."""
    ends = [second for second, _, _ in film.beats[1:]] + [film.time]
    paths = []
    with cli.progress() as progress:
        for done, ((begin, act, beat), end) in enumerate(zip(film.beats, ends, strict=True)):
            progress(done, len(film.beats), f"{act}.{beat}")
            path = folder / f"{done + 1:02d}-{act}-{beat}.png"
            moment = begin + 0.75 * (end - begin)
            with silence():
                render.render_still(scene, int(film.timeline.frame(moment)), path)
            paths.append(path)
        render.contact_sheet(paths, folder / "contact-sheet.jpg")
        progress(len(film.beats), len(film.beats), "stills")


def video(render, blend, frames, folder, output, chosen, size):
    """Render the frames that are not in the folder yet, and make them a video."""
    missing = render.clear_unfinished(folder, frames)
    preset = render.QUALITIES[chosen.quality]
    engine = chosen.engine or preset.engine
    workers = min(os.cpu_count() or 1, 8, len(frames)) if engine == "workbench" else 1
    say(
        f"{len(missing)} of {len(frames)} frames to render, {size[0]}×{size[1]} at {preset.fps} a second, "
        f"{workers} at a time with {engine.upper() if engine == 'eevee' else engine.capitalize()}."
    )
    if missing:
        render_in_parallel(render, blend, folder, frames, workers)
    say(f"Encoding {output.name}.")
    with silence():
        render.encode(folder, frames, size, preset.fps, output)
    shutil.rmtree(folder)


def subtitles(render, film, frames, output, language):
    """What the captions say, beside the video: in every language, whatever stands in the picture."""
    from transformer_cinema.addon.film.subtitles import Video, files

    texts = files(film.lines, film.beats, Video(frames, film.timeline.fps), language)
    for ending, text in texts.items():
        with render.written_beside(output.with_suffix(ending)) as part:
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


def prepare_frames(folder, chosen, recording):
    """Make the folder of frames ready -> it. With --resume, what it holds is kept if it is of this very film."""
    from transformer_cinema.addon.film.errors import FilmError

    note = folder / "film.json"
    draws = [[step.draw.token, step.draw.random] for step in recording.steps]
    made_from = json.dumps(
        [
            recording.prompt,
            recording.model.name,
            draws,
            vars(recording.sampling),
            chosen.language,
            chosen.pace,
            chosen.acts,
            chosen.layer,
            chosen.head,
            chosen.focus_token,
            chosen.fade_sink,
            chosen.format,
            chosen.theme,
            chosen.contrast,
            chosen.image,
            chosen.audio,
            chosen.quality,
            chosen.engine,
        ]
    )
    if chosen.resume and note.exists():
        if note.read_text(encoding="utf-8") != made_from:
            raise FilmError(
                f"The frames in {folder.name} are of another film; render without --resume to replace them."
            )
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    note.write_text(made_from, encoding="utf-8")
    return folder


def render_in_parallel(render, blend, folder, frames, workers):
    """Each worker renders every n-th frame, so that all have the same work to do."""
    from transformer_cinema.addon.film.errors import FilmError

    with tempfile.TemporaryFile() as log, cli.progress() as progress:
        running = [start_worker(blend, folder, frames[i::workers], log) for i in range(workers)]
        try:
            count, first, told = len(frames), None, False
            while any(process.poll() is None for process in running):
                time.sleep(0.5)
                now, there = time.monotonic(), sum(1 for _ in folder.glob("*.png"))
                done = max(0, there - workers)
                if not done:  # the workers are still opening the film
                    continue
                progress(min(done, count - 1), count, "frames")
                first = first or (now, done)
                if not told and done > first[1] and now - first[0] > 10:
                    told = True
                    rate = (done - first[1]) / (now - first[0])
                    say(f"{rate:.1f} frames a second: the rest will take about {cli.duration((count - done) / rate)}.")
        except BaseException:
            for process in running:
                process.kill()
            raise
        missing = render.clear_unfinished(folder, frames)
        if missing or any(process.returncode for process in running):
            log.seek(0)
            lines = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
            raise FilmError(
                f"Rendering stopped with {len(missing)} frames missing ({lines[-1] if lines else 'no message'}); "
                "run the same command with --resume to go on."
            )
        progress(count, count, "frames")


def start_worker(blend, folder, frames, log):
    import bpy

    arguments = [str(folder), str(frames[0]), str(frames[-1]), str(frames.step)]
    if bpy.app.binary_path:  # a real Blender, not the wheel
        command = [bpy.app.binary_path, "-b", "-noaudio", "-P", str(WORKER), "--", str(blend), *arguments]
    else:
        command = [sys.executable, str(WORKER), str(blend), *arguments]
    return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)


# --- small things --------------------------------------------------------------------------------


@contextlib.contextmanager
def prepared(*folders):
    """Make the folders, and see now whether files can be written there; a failure takes new, empty ones away again."""
    from transformer_cinema.addon.film.errors import FilmError

    made = [folder for folder in dict.fromkeys(folders) if not folder.exists()]
    try:
        for folder in folders:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=folder):
                    pass
            except OSError as error:
                raise FilmError(
                    f"Nothing can be written to {folder} ({error.strerror}); choose another --output."
                ) from error
        yield
    except BaseException:
        for folder in made:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


@contextlib.contextmanager
def silence():
    """Keep Blender's own log out of the picture: it writes to the process's output directly."""
    sys.stdout.flush()
    kept = os.dup(1)
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 1)
        try:
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)


if __name__ == "__main__":
    cli.run(main)
