"""A local Nur: tracks with waveforms and stems, and real audio."""

from sandbox.nur.server import Nur

__all__ = ["Nur"]
