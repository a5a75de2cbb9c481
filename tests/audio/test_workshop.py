from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from bot.audio.child import ChildLimits
from bot.audio.fit import Fit, Fitted, Probe
from bot.audio.workshop import Workshop
from bot.domain.job import AudioFormat
from bot.errors import AudioError
from tests.audio.misbehaving import misbehave
from tests.audio.sounds import music, write_file

MIB = 1024 * 1024


def is_alive(pid: int) -> bool:
    """Say whether a process is there, and not merely waiting to be reaped."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def child_of(path: Path) -> int:
    """Give the process id that a child noted."""
    return int(path.with_suffix(".pid").read_text())


async def until_started(path: Path) -> int:
    """Wait until a child has noted its process id."""
    pid = path.with_suffix(".pid")
    async with asyncio.timeout(20):
        while not (pid.exists() and pid.read_text()):  # noqa: ASYNC110  # it is another process
            await asyncio.sleep(0.01)
    return child_of(path)


def bad_workshop(**limits: float) -> Workshop:
    """Open a workshop whose children misbehave."""
    return Workshop(target=misbehave, at_once=2, limits=ChildLimits(**limits))  # type: ignore[arg-type]


async def trouble(path: Path, **limits: float) -> AudioError:
    """Give what becomes of a child that misbehaves."""
    async with bad_workshop(**limits) as workshop:
        with pytest.raises(AudioError) as caught:
            await workshop.probe(path)
    assert caught.value.sentence.endswith(".")
    assert not is_alive(child_of(path))
    return caught.value


async def test_files_are_fitted_and_probed_in_children_at_once(tmp_path: Path) -> None:
    """Several jobs share the cores, and each gets its own result."""
    source = write_file(tmp_path / "in.wav", music(2))
    fit = Fit(format=AudioFormat.MP3, limit_bytes=10 * MIB)

    async with Workshop() as workshop:
        made = await asyncio.gather(
            *(workshop.fit(source, tmp_path / f"out{one}", fit) for one in range(3)),
            workshop.probe(source),
        )

    *fitted, probed = made
    assert isinstance(probed, Probe)
    assert probed.seconds == pytest.approx(2)
    for one in fitted:
        assert isinstance(one, Fitted)
        assert one.path.stat().st_size == one.size
        assert one.waveform is not None
        assert one.waveform.exists()


async def test_error_of_a_child_arrives_as_it_was_raised(tmp_path: Path) -> None:
    """Code, sentence and whether to try again cross the border between processes."""
    source = tmp_path / "page.mp3"
    source.write_text("<html>Not found")

    async with Workshop() as workshop:
        with pytest.raises(AudioError, match="not an audio file") as caught:
            await workshop.probe(source)

    assert (caught.value.code, caught.value.retryable) == ("not_audio", False)


async def test_child_that_hangs_is_killed_when_its_time_is_over(tmp_path: Path) -> None:
    """A decoder that never returns costs one time-out."""
    error = await trouble(tmp_path / "sleep", wall_seconds=1.5)

    assert (error.code, error.retryable) == ("timeout", True)


@pytest.mark.skipif(sys.platform == "win32", reason="needs the kernel's limits")
async def test_child_that_spins_is_stopped_by_the_kernel(tmp_path: Path) -> None:
    """Processor time is limited as well, so many hanging children cannot take all of it."""
    assert (await trouble(tmp_path / "spin", cpu_seconds=1)).code == "timeout"


@pytest.mark.skipif(sys.platform == "win32", reason="needs the kernel's limits")
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("crash", "crash"),
        ("exit", "crash"),
        ("killed", "memory"),
        ("hoard", "memory"),
        ("flood", "too_big"),
        ("bug", "internal"),
        ("lie", "internal"),
    ],
)
async def test_every_bad_end_has_its_code(tmp_path: Path, name: str, code: str) -> None:
    """Crash, greed and bugs of a child each become an error with a sentence."""
    assert (await trouble(tmp_path / name, file_bytes=2 * MIB)).code == code


async def test_crash_loses_only_its_own_job(tmp_path: Path) -> None:
    """The neighbour that runs at the same moment, and those after, are not disturbed."""
    async with bad_workshop() as workshop:
        ends = await asyncio.gather(
            *(workshop.probe(tmp_path / f"{name}-{turn}")
              for turn in range(2) for name in ("fine", "crash")),
            return_exceptions=True,
        )  # fmt: skip
        after = await workshop.probe(tmp_path / "fine-after")

    assert [type(end) for end in ends] == [Probe, AudioError, Probe, AudioError]
    assert after.seconds == 1


async def test_cancelling_the_wait_kills_the_child(tmp_path: Path) -> None:
    """A job that nobody waits for uses no processor; its place is free again."""
    path = tmp_path / "sleep"
    async with bad_workshop() as workshop:
        waiting = asyncio.create_task(workshop.probe(path))
        pid = await until_started(path)

        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

        assert not is_alive(pid)
        assert (await workshop.probe(tmp_path / "fine")).seconds == 1


async def test_leaving_the_workshop_ends_what_still_runs(tmp_path: Path) -> None:
    """Shutting down waits for no file, and leaves no process behind."""
    path = tmp_path / "sleep"
    async with bad_workshop() as workshop:
        waiting = asyncio.create_task(workshop.probe(path))
        pid = await until_started(path)
        began = time.monotonic()

    assert time.monotonic() - began < 5
    assert not is_alive(pid)
    with pytest.raises(AudioError) as caught:
        await waiting
    assert (caught.value.code, caught.value.retryable) == ("stopped", True)


async def test_jobs_that_wait_when_the_workshop_closes_are_told_so(tmp_path: Path) -> None:
    """Whoever has no place yet gets the same answer as whoever had one."""
    async with bad_workshop() as workshop:
        paths = [tmp_path / f"sleep-{one}" for one in range(5)]
        waiting = [asyncio.create_task(workshop.probe(path)) for path in paths]
        await until_started(paths[0])

    ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert [getattr(end, "code", end) for end in ends] == ["stopped"] * 5


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
async def test_full_disk_is_named_across_the_border(tmp_path: Path) -> None:
    """The sentence sends the member to the operator, and trying later may help."""
    source = write_file(tmp_path / "in.wav", music(1))
    into = tmp_path / "out"
    into.mkdir()
    (into / "audio.mp3").symlink_to("/dev/full")

    async with Workshop() as workshop:
        with pytest.raises(AudioError, match="disk") as caught:
            await workshop.fit(source, into, Fit(format=AudioFormat.MP3, limit_bytes=10 * MIB))

    assert (caught.value.code, caught.value.retryable) == ("disk_full", True)


async def test_more_jobs_than_places_wait_their_turn(tmp_path: Path) -> None:
    """The number of children at a time is bounded, whatever is asked for."""
    paths = [tmp_path / f"sleep-{one}" for one in range(4)]
    async with bad_workshop() as workshop:
        waiting = [asyncio.create_task(workshop.probe(path)) for path in paths]
        await until_started(paths[0])
        await until_started(paths[1])

        started = [path.with_suffix(".pid").exists() for path in paths]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    assert started == [True, True, False, False]


async def test_event_loop_goes_on_while_children_work(tmp_path: Path) -> None:
    """Nothing in starting or waiting for a child holds up the bot's heartbeat."""
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - before)

    async with bad_workshop() as workshop:
        ticker = asyncio.create_task(tick())
        await workshop.probe(tmp_path / "nap")
        ticker.cancel()

    assert longest < 1


@pytest.mark.skipif(sys.platform == "win32", reason="niceness is a notion of Unix")
async def test_children_stand_back_behind_the_bot(tmp_path: Path) -> None:
    """Encoding never competes with the gateway on equal terms."""
    async with bad_workshop(niceness=5) as workshop:
        probed = await workshop.probe(tmp_path / "fine")

    assert probed.format == f"nice {os.nice(0) + 5}"


async def test_light_modules_do_not_load_the_audio_libraries() -> None:
    """The bot's own process stays small: numpy and the decoders live in children only."""
    code = (
        "import sys, bot.audio.workshop, bot.audio.download, bot.audio.shelf, bot.audio.naming;"
        "print({'numpy', 'soundfile', 'lameenc', 'PIL', 'mutagen'} & set(sys.modules))"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()

    assert out.decode().strip() == "set()"
