"""When Python looks for garbage. Each look at everything holds the event loop up.

Nearly all garbage is freed without being looked for. The search is for what refers to itself in a
circle, and takes as long as there is memory to go through: half a second with a thousand live jobs,
most of it spent on modules, models and commands that never go.
"""

from __future__ import annotations

import gc

_THRESHOLDS = (10_000, 20, 10)
"""New objects before the youngest are gone through, which takes some milliseconds, and how often
that happens before older ones are looked at, too. Python's default is 700, 10, 10."""


def set_apart() -> None:
    """Leave out of every search what is here now, and search less often.

    For the moment when everything is loaded and nobody waits for us yet. What is set apart is still
    freed as ever, unless it comes to refer to itself in a circle.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
