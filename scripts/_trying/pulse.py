"""How long the window was ever kept waiting."""

import time


class Pulse:
    """The longest rounds of Blender's main loop: by steps of work, and in all, with Blender's own drawing."""

    def __init__(self, bpy):
        self.reset()
        bpy.app.timers.register(self._beat)

    def reset(self):
        """Begin anew."""
        self.last, self.started, self.gaps, self.steps = None, time.perf_counter(), [], []

    def watch(self, work):
        """Measure each call of work.advance."""
        advance = work.advance

        def measured(going):
            begin = time.perf_counter()
            try:
                return advance(going)
            finally:
                self.steps.append((time.perf_counter() - begin, going.what))

        work.advance = measured

    def _beat(self):
        now = time.perf_counter()
        if self.last:
            self.gaps.append(now - self.last)
        self.last = now
        return 0.0

    def __str__(self):
        pauses = ", ".join(f"{1000 * gap:.0f}" for gap in sorted(self.gaps, reverse=True)[:6])
        loop = f"longest of {len(self.gaps)} rounds of the main loop: {pauses} ms"
        if not self.steps:
            return loop
        seconds = time.perf_counter() - self.started
        longest = sorted(self.steps[:-1], reverse=True)[:4]
        steps = ", ".join(f"{1000 * length:.0f} ms ({what})" for length, what in longest)
        return (
            f"{seconds:.1f} s; longest of {len(self.steps)} rounds of steps: {steps}; the last one "
            f"{1000 * self.steps[-1][0]:.0f} ms; {loop}"
        )
