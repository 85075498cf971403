"""What a review has found: a number for each check and beat, as a table, as sentences and as JSON."""

from dataclasses import dataclass, field

import numpy as np

from .thresholds import CHECKS, FILM_LIGHT


@dataclass(frozen=True)
class Number:
    """One measured number. shown: how the table writes it; about: what it was measured at."""

    value: float
    shown: str
    about: str = ""


@dataclass
class Beat:
    """One beat and its numbers. first, last: frames; seconds: its length; facts: what has no threshold."""

    act: str
    name: str
    first: int
    last: int
    seconds: float
    numbers: dict[str, Number] = field(default_factory=dict)  # {name of a check: its number}
    facts: dict[str, object] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return f"{self.act}.{self.name}"

    @property
    def failed(self) -> list[str]:
        """The checks whose threshold it misses."""
        return [name for name, number in self.numbers.items() if not CHECKS[name].passes(number.value, self.title)]


@dataclass
class Report:
    """All beats that were looked at. notes: what else is wrong with the film."""

    beats: list[Beat]
    checks: list[str]
    notes: list[str] = field(default_factory=list)
    light: float | None = None  # mean luminance of the film
    still: float | None = None  # % of its pictures without motion

    @property
    def failed(self) -> list[Beat]:
        """The beats under their thresholds."""
        return [beat for beat in self.beats if beat.failed]

    @property
    def light_passes(self) -> bool:
        """Whether the film as a whole is light enough, and not too light."""
        return self.light is None or FILM_LIGHT[0] <= self.light <= FILM_LIGHT[1]

    @property
    def ok(self) -> bool:
        return not self.failed and not self.notes and self.light_passes

    def table(self) -> list[str]:
        """Lines of a table, one a beat; what misses its threshold has a mark."""
        facts = [name for name in ("still", "lit", "cuts") if any(name in beat.facts for beat in self.beats)]
        rows = [("beat", "s", *self.checks, *facts)]
        for beat in self.beats:
            numbers = [self._cell(beat, name) for name in self.checks]
            shown = [_written(beat.facts.get(name)) for name in facts]
            rows.append((beat.title, f"{beat.seconds:.1f}", *numbers, *shown))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return [
            "  ".join(f"{cell:{'<' if i == 0 else '>'}{widths[i]}}" for i, cell in enumerate(row)).rstrip()
            for row in rows
        ]

    @staticmethod
    def _cell(beat: Beat, name: str) -> str:
        number = beat.numbers.get(name)
        return "–" if number is None else number.shown + ("!" if name in beat.failed else " ")

    def misses(self) -> list[str]:
        """A sentence for each number that misses its threshold."""
        found = []
        for beat in self.beats:
            for name in beat.failed:
                check, number = CHECKS[name], beat.numbers[name]
                limit, about = f"{check.limit_in(beat.title):g}", f" ({number.about})" if number.about else ""
                said = check.complaint.format(value=f"{number.value:.3g}", shown=number.shown, limit=limit)
                found.append(f"{beat.title}, {name}: {said}{about}")
        return found

    def verdict(self) -> list[str]:
        """What it comes to."""
        lines = [*self.notes]
        if self.still is not None:
            lines.append(f"{self.still:.0f} % of the pictures show no motion.")
        if self.light is not None:
            wanted = "" if self.light_passes else ", not {:g} to {:g}".format(*FILM_LIGHT)
            lines.append(f"The mean luminance is {self.light:.0f} of 255{wanted}.")
        return [*lines, f"{len(self.failed)} of {len(self.beats)} beats are under their thresholds."]

    def as_json(self) -> dict:
        """Plain values for a file."""
        return {
            "ok": self.ok,
            "notes": self.notes,
            "light": self.light,
            "still": self.still,
            "thresholds": {name: CHECKS[name].limit for name in self.checks},
            "beats": [
                {
                    "beat": beat.title,
                    "frames": [beat.first, beat.last],
                    "seconds": round(beat.seconds, 3),
                    "failed": beat.failed,
                    "numbers": {
                        name: {"value": round(float(number.value), 3), "about": number.about}
                        for name, number in beat.numbers.items()
                    },
                    **beat.facts,
                }
                for beat in self.beats
            ],
        }


def _written(value: object) -> str:
    if isinstance(value, list):
        return str(len(value))
    return "–" if value is None else f"{np.round(value):.0f}"
