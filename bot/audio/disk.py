"""What to tell people when the disk refuses. Pure."""

from __future__ import annotations

import errno

from bot.errors import AudioError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def disk_full() -> AudioError:
    """Say that there is no room; trying again helps once the operator has made some."""
    return AudioError(
        "The disk of the machine that runs me is full. Ask the operator to free some space, "
        "then try again.",
        code="disk_full",
        retryable=True,
    )


def disk_trouble(error: OSError) -> AudioError:
    """Turn what the operating system said about a file into something to tell a person."""
    if error.errno in _FULL:
        return disk_full()
    return AudioError(
        "The machine that runs me could not write the audio file. Ask the operator to look at "
        "its disk, then try again.",
        code="disk_error",
        retryable=True,
    )
