"""Which fault strikes where, and how often."""

from __future__ import annotations

from random import Random

from sandbox.faults import Fault, Faults


def test_a_fault_about_something_spares_everything_else() -> None:
    """Many things may be tried at once, each with troubles of its own."""
    faults = Faults([Fault(where="fal.*", what="html", about="piece 7")])

    assert faults.take("fal.submit", "piece 8") is None
    assert faults.take("fal.submit") is None
    assert faults.take("fal.submit", "a piece 7 of mine") is not None


def test_a_fault_by_chance_strikes_as_often_as_it_says() -> None:
    """One that spares its place is not spent by that."""
    faults = Faults([Fault(where="a", what="html", chance=0.25, times=None)], random=Random(1))

    struck = sum(faults.take("a") is not None for _ in range(4000))

    assert 900 < struck < 1100


def test_a_varying_wait_is_anything_up_to_its_seconds() -> None:
    """So that whatever can happen in between does happen at some time."""
    faults = Faults([Fault(where="a", what="delay", seconds=2, vary=True, times=None)])

    waits = [fault.seconds for _ in range(200) if (fault := faults.take("a"))]

    assert min(waits) < 0.2
    assert 1.8 < max(waits) <= 2
