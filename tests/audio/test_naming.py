from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.audio.naming import LONGEST, file_name
from bot.domain.ids import JobId

JOB = JobId(1_234_567_890_123_456_789)


def test_name_begins_with_the_prompt_and_ends_with_mark_and_format() -> None:
    """A member recognises the prompt, and the player the format."""
    name = file_name("Rain on a tin roof!", JOB, "mp3")

    assert re.fullmatch(r"rain-on-a-tin-roof-[0-9a-f]{4}\.mp3", name)


def test_two_jobs_with_one_prompt_have_different_names() -> None:
    """Two takes do not overwrite each other in a download folder."""
    names = {file_name("rain", JobId(JOB + one), "mp3") for one in range(20)}

    assert len(names) == 20


def test_parts_of_one_job_are_told_apart() -> None:
    """Stems of one job carry their part's name."""
    vocals = file_name("rain", JOB, "wav", part="vocals")
    drums = file_name("rain", JOB, "wav", part="drums")

    assert vocals != drums
    assert "vocals" in vocals


def test_path_tricks_become_plain_words() -> None:
    """Nothing in a prompt can lead out of a folder."""
    name = file_name("../../etc/passwd\0 C:\\con", JOB, "../mp3")

    assert name.startswith("etc-passwd-c-con-")
    assert "/" not in name
    assert ".." not in name


def test_accents_are_dropped_and_other_scripts_leave_a_plain_word() -> None:
    """A name stays readable where it can, and is never empty."""
    assert file_name("Café Müller", JOB, "ogg").startswith("cafe-muller-")
    assert file_name("雨の音 🌧️", JOB, "ogg").startswith("audio-")


def test_long_prompt_is_cut_between_words() -> None:
    """No name ends in half a word when a whole one was there to stop at."""
    name = file_name("seven small boats sail slowly " * 9, JOB, "flac")

    assert len(name) <= LONGEST
    assert set(name.rsplit("-", 1)[0].split("-")) <= {"seven", "small", "boats", "sail", "slowly"}


@given(prompt=st.text(max_size=600), ending=st.text(max_size=12), part=st.text(max_size=60))
def test_every_name_is_safe_everywhere(prompt: str, ending: str, part: str) -> None:
    """Whatever is typed, the name is short, plain, and not empty, and has exactly one ending."""
    name = file_name(prompt, JOB, ending, part=part)

    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*\.[a-z0-9]+", name)
    assert len(name) <= LONGEST
