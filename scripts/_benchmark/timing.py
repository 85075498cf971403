"""Times that another run does not spoil."""

import time

REST = 0.2  # seconds


def rested(run, clock):
    """Seconds of one run, right after an untimed one and a rest.

    Idle threads of the libraries that both sides multiply matrices with keep the cores busy for a while after each
    run: without the rest each side would be slowed down by the other one.
    """
    time.sleep(REST)
    run()
    start = clock()
    run()
    return clock() - start
