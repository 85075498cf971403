"""The film language: a film is written like a screenplay and compiled to keyframes."""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from ..sound.events import HERE as SOUNDS
from ..sound.events import Event, Heard
from ..sound.loudness import RATE
from . import subtitles, texts
from .controls import Dial, VectorDial, Visibility
from .cuts import shows
from .errors import FilmError
from .steps import finished
from .subtitles import Line, reading_time
from .timeline import Clip, Timeline

BEATS = "cinema_beats"  # custom property of the film's scene: the names of its markers
HEARD = "cinema_heard"  # custom property of what moves when something is heard: its number, of Event.dial
LANGUAGE = "cinema_language"  # what its captions are in
LINES = "cinema_lines"  # its captions and beats, as subtitles.to_json writes them
RUNS_OUT = "…"  # at the end of a subject's name: this object may be cut by the picture's edge
SUBJECTS = "cinema_subjects"  # and what each picture is about: [[frame, [names of objects]], ...] as JSON
# A caption comes when the picture has begun to move, and goes before the cut; seconds at pace 1.
LEAD, TAIL = 0.4, 0.3
READ_IN = 0.6  # of a caption's time is enough to read it: the rest is for the picture
HUE_SECONDS = 1.2  # in which the backdrop takes the colours of the next act
FOLLOWS = 0.125  # seconds that the camera lets the subject go ahead


class Film:
    """A film being written: a cursor in seconds that play() and wait() move on.

    `pace` scales every duration: 2 is twice as fast. `acts` names those to show, or single beats as act.beat (default
    all): the others still move everything to where they leave it, but in no time.
    """

    def __init__(self, scene, fps=24, pace=1.0, acts=None):
        check_pace(pace)
        self.scene = scene
        self.pace = pace
        self.acts = acts
        self.cut_short = set()  # acts of which a beat has been left out so far
        self.time = 0.0
        self.timeline = Timeline(fps)
        self.captions = None  # set by the captions module; says what stands at the foot of the picture
        self.beats = []  # (second, act, beat)
        self.lines = []  # what the captions say and when: Lines
        self.visibilities = []
        self.subjects = []  # (second, names of objects)
        self.sounds = []  # Events
        self.sources = {}  # session id -> (number, what moves when something is heard)
        self.camera = self.hue = None  # set with the stage
        self._hue_rests = 0.0  # seconds: when the backdrop's last change is over
        self._new_hue = None  # the act whose colours the backdrop gets with the next beat
        self._left_out = True  # whether a beat before this one isn't shown; a film begins in its own light
        self.own = texts.OwnTexts()  # what the user has it say
        self.voice = None  # a Speaker or Recorded that says the captions
        self._begun = 0.0  # when the clips written last begin
        self._act = self._beat = None
        self._reading = 0.0  # seconds that the caption must stand

    # --- handles ---------------------------------------------------------------------------------

    def dial(self, modifier, name, value=0.0):
        """A handle on a modifier's input."""
        return Dial.of_input(self.timeline, modifier, name, value)

    def place(self, owner, path, value):
        """A handle on a vector property of a data-block."""
        return VectorDial(self.timeline, owner, path, value)

    def visibility(self, *objects, visible=False):
        """A handle on whether objects are drawn."""
        made = Visibility(self.timeline, *objects, visible=visible)
        self.visibilities.append(made)
        return made

    def everything_off(self, but=()):
        """Clips that hide whatever is visible now, but some."""
        return [one.off(0.0) for one in self.visibilities if one.visible and one not in but]

    # --- the screenplay --------------------------------------------------------------------------

    @contextmanager
    def act(self, name):
        """Everything written inside belongs to the act; its beats' markers carry its name."""
        self._act, self._beat = name, None
        if self.captions and self.shown:
            self.captions.begin_act(name)
        self._new_hue = name if self.hue else None
        yield
        if self.captions:
            self.captions.clear()
        self._act = None

    def _begin_hue(self) -> None:
        """Give the backdrop the colours of the act: slowly, or at once where the picture is cut as well."""
        seconds = 0.0 if self._left_out else HUE_SECONDS
        self.together(self.hue.to(self._new_hue), run_time=seconds, easing="smooth" if seconds else "step")
        self._hue_rests, self._new_hue = self.time + self._seconds(seconds), None

    def change_hue(self, part: str, run_time: float) -> None:
        """Change the backdrop to the colours of one of the palette's parts, while the film goes on; not before the
        last change is over, as where a beat is shown without those before it."""
        if not self.shown:
            return
        wait, seconds = max(self._hue_rests - self.time, 0.0), self._seconds(run_time)
        whole = wait + seconds
        self.together(self.hue.to(part, start=wait / whole), run_time=whole * self.pace)
        self._hue_rests = self.time + whole

    @property
    def act_name(self):
        """The act being written, or None."""
        return self._act

    @property
    def shown(self):
        """Whether the beat being written is one of those to show."""
        return shows(self.acts, self._act, self._beat)

    def shows(self, act, beat):
        """Whether a beat is one of those to show."""
        return shows(self.acts, act, beat)

    def _seconds(self, run_time):
        return run_time / self.pace if self.shown else 0.0

    def beat(self, name):
        """Name what happens from here on; the marker reads act.beat."""
        if self.shown:
            self._let_read()
        if self.captions and self._beat and self.shown and not shows(self.acts, self._act, name):
            self.captions.end_line()
            self.captions.tag(None)  # small print is of the beat that is left
        self._beat = name
        if not self.shown:
            self.cut_short.add(self._act)
            self._left_out = True
        else:
            if self._new_hue:
                self._begin_hue()
            self._left_out = False
            self.beats.append((self.time, self._act, name))
            self.timeline.mark(self.time, f"{self._act}.{name}")
            if self.captions:
                self.captions.begin_beat(f"{self._act}.{name}")

    def play(self, *clips, run_time=1.0, easing="smooth"):
        """Play clips together for `run_time` seconds and move on."""
        self.together(*clips, run_time=run_time, easing=easing)
        self.time += self._seconds(run_time)

    def move(self, shot, *clips, run_time=1.0, easing="smooth"):
        """Play clips and let the camera follow to a Shot; it takes the time that eyes need to come along."""
        later = FOLLOWS if clips else 0.0
        seconds = max(run_time, self.camera.seconds(shot) + later)
        start = min(later / seconds, 0.3)
        self.play(clips, self.camera.to(shot, start=start), run_time=seconds, easing=easing)

    def move_together(self, shot, run_time=1.0):
        """Let the camera set out for a Shot and go on at once; -> the seconds that it takes."""
        seconds = max(run_time, self.camera.seconds(shot))
        self.together(self.camera.to(shot), run_time=seconds)
        return seconds

    def settle(self, begin, seconds):
        """Wait until what set out at `begin`, and takes so many seconds, has come to its end."""
        self.wait(max(0.0, seconds - (self.time - begin) * self.pace))

    def cut(self, shot):
        """Stand at a Shot at once."""
        self.set(self.camera.to(shot, easing="step"))

    def subject(self, *objects, running_out=()):
        """Note what the picture is about from here on, for whoever judges how it fills the frame.

        running_out: objects that the picture's edge may cut.
        """
        if self.shown:
            names = [*(one.name for one in objects), *(one.name + RUNS_OUT for one in running_out)]
            self.subjects.append((self.time, names))

    def at(self, second, *clips, run_time=0.0, easing="step"):
        """Play clips at another moment than this one: what belongs to a caption's time, not to the act's."""
        for clip in flatten(clips):
            self.timeline.add(clip, second, run_time, easing)

    def together(self, *clips, run_time=1.0, easing="smooth"):
        """Start clips here and go on at once: they run beside what is written next."""
        self._begun = self.time
        for clip in flatten(clips):
            self.timeline.add(clip, self.time, self._seconds(run_time), easing)

    def set(self, *clips):
        """Take channels to their values at once."""
        self.together(*clips, run_time=0.0, easing="step")

    def hear(self, kind, dial, values=None, of=None, lasts=0.0, parts=0, **which):
        """Let a number be heard whenever a dial passes one of some values in the clips that were written just before.

        kind: of sound/mapping.py or sound/scenery.py. values: one or several; left out, so many `parts` of the dial's
        way. of: which number of its kind each is; default 0, 1, … lasts: seconds that the last one goes on, the others
        until the next one. which: what else tells the number.
        """
        if not self.shown:
            return
        spans = self.timeline.spans_since(dial.channel, self._begun)
        if values is None:
            values = np.linspace(spans[0].origin, spans[-1].value, parts) if spans else ()
        values = np.atleast_1d(np.asarray(values, float)).tolist()
        of = range(len(values)) if of is None else np.atleast_1d(of).tolist()
        found = [next((at for span in spans if (at := span.when(value)) is not None), None) for value in values]
        passed = [one for one in zip(found, values, of, strict=True) if one[0] is not None]
        ends = [*(at for at, _, _ in passed[1:]), None][: len(passed)]
        owner = dial.channel.owner
        source = self.sources.setdefault(owner.session_uid, (len(self.sources), owner))[0]
        for (at, value, number), end in zip(passed, ends, strict=True):
            seconds = 0.0 if not lasts else lasts / self.pace if end is None else end - at
            place = (source, dial.channel.path, dial.channel.index)
            self.sounds.append(Event(at, kind, int(number), which, seconds, place, value))

    def wait(self, seconds):
        """Hold the picture. What is already over is not waited for: time never goes back."""
        self.time += self._seconds(max(seconds, 0.0))

    def caption(self, key, **values):
        """Put a line of the captions table at the foot of the picture until the next one."""
        if self.shown:
            self.captions.show(key, **values)

    def title(self):
        """Show the title of an act of TITLED_LATER."""
        if self.shown:
            self.captions.show_title(self._act)

    def quiet(self):
        """Take the line away."""
        if self.shown:
            self.captions.quiet()

    def tag(self, key=None, **values):
        """Put small print (layer, head, threshold) into the corner until the next one; None: take it away."""
        if self.shown:
            self.captions.tag(key, **values)

    def say(self, texts, read=("en",)):
        """Note what the caption says from here on, {language: text}, until it can be read in those of `read`, and has
        been said where there is a voice."""
        self.hush()
        self.lines.append(Line(self.time + LEAD / self.pace, None, texts))
        self._reading = LEAD + sum(reading_time(texts[language]) for language in read) / READ_IN
        if self.voice:  # no pace makes it speak faster
            self._reading = max(self._reading, LEAD + TAIL + self.pace * len(self.voice.clip(texts)) / RATE)

    def hush(self):
        """Note that the caption ends here, or as soon as it can have been read and said."""
        if self.lines and self.lines[-1].end is None:
            self._let_read()
            self.lines[-1].end = self.time - TAIL / self.pace

    def _let_read(self):
        """Hold the picture until the caption can have been read."""
        if self.lines and self.lines[-1].end is None:
            stood = (self.time - self.lines[-1].begin) * self.pace + LEAD
            self.wait(max(0.0, self._reading - stood))

    def finish(self):
        """Write the keyframes, the markers and the frame range."""
        finished(self.finish_in_steps())

    def finish_in_steps(self) -> Iterator[str]:
        """The same in steps."""
        if self.captions:
            self.captions.finish()
        if self.camera:
            self.camera.drift(self.time)
        yield from self.timeline.compile(self.scene)
        self.scene[SUBJECTS] = json.dumps([[round(self.timeline.frame(at)), names] for at, names in self.subjects])
        self.scene[LINES] = subtitles.to_json(self.lines, self.beats, self.timeline.fps)
        self.scene[BEATS] = "\n".join(f"{act}.{beat}" for _, act, beat in self.beats)
        self.scene.frame_start = 1
        # The last frame lies before the end: there, acts that are not shown leave their last state.
        self.scene.frame_end = max(1, math.ceil(self.timeline.frame(self.time)) - 1)
        self._keep_sounds()

    def _keep_sounds(self):
        for number, owner in self.sources.values():
            owner[HEARD] = number
        beats = tuple((second, f"{act}.{beat}") for second, act, beat in self.beats)
        events = tuple(sorted(self.sounds, key=lambda event: event.second))
        self.scene[SOUNDS] = Heard(self.scene.frame_end / self.timeline.fps, beats, events).to_json()


def check_pace(pace):
    """Raise FilmError for a pace that makes no film worth watching."""
    if not 0.1 <= pace <= 10:
        raise FilmError(f"The pace must lie between 0.1 and 10, not {pace:g}.")


def flatten(clips):
    """Clips in nested lists -> one flat sequence."""
    for clip in clips:
        if isinstance(clip, Clip):
            yield clip
        elif clip is not None:
            yield from flatten(clip)
