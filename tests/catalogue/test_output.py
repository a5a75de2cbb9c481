"""Files are found in every shape that models answer in."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.catalogue import OutputFile, cost, read_output
from bot.domain.job import Json
from bot.domain.money import Micros
from bot.errors import BadResult

A = "https://v3b.fal.media/files/a.wav"
B = "http://cdn.sonauto.ai/b.ogg"
ANY = "cassetteai/music-generator"


@pytest.mark.parametrize(
    ("output", "urls"),
    [
        ({"audio": {"url": A}}, [A]),
        ({"audio": A}, [A]),
        ({"audio": [{"url": A}, {"url": B}]}, [A, B]),
        ({"audio": [A, B]}, [A, B]),
        ({"audio_file": {"url": A, "content_type": "application/octet-stream"}}, [A]),
        ({"audio": {"url": A}, "audios": [{"url": A}, {"url": B}]}, [A, B]),
        ({"audio": None, "audio_file": {"url": A}}, [A]),
        ({"audios": [None, {"url": None}, {"url": A}]}, [A]),
        ({"audio": {"url": "data:audio/wav;base64,AAAA"}, "audio_file": A}, [A]),
    ],
)
@pytest.mark.parametrize("endpoint", [ANY, "some/unknown-model"])
def test_files_are_found_in_every_shape(
    endpoint: str, output: dict[str, Json], urls: list[str]
) -> None:
    """Object, bare text, list, other names, nulls: whatever leads to a file is read."""
    assert [file.url for file in read_output(endpoint, output).files] == urls


@pytest.mark.parametrize(
    "output",
    [
        {},
        {"audio": None},
        {"audio": {}},
        {"audio": []},
        {"audio": {"url": ""}},
        {"audio": {"url": 5}},
        {"audio": "data:audio/mp3;base64,AAAA"},
        {"audio": "ftp://example.com/a.wav"},
        {"audio": "https://"},
        {"audio": "http://[bad/"},
        {"audio": True},
        {"vocals": None, "drums": None},
    ],
)
def test_an_answer_without_a_file_is_a_bad_result(output: dict[str, Json]) -> None:
    """It was paid for, and the sentence says what to do next."""
    with pytest.raises(BadResult, match="Try again") as bad:
        read_output(ANY, output)
    assert bad.value.charged


def test_stems_carry_their_names() -> None:
    """Which file is the drums must not be guessed from its URL."""
    output: dict[str, Json] = {"drums": {"url": A}, "vocals": {"url": B}, "guitar": None}

    files = read_output("fal-ai/demucs", output).files

    assert {file.label: file.url for file in files} == {"vocals": B, "drums": A}


def test_what_is_announced_of_a_file_is_kept_when_it_makes_sense() -> None:
    """Nulls and wrong types are as good as missing."""
    whole: Json = {"url": A, "content_type": "audio/wav", "file_name": "a.wav", "file_size": 9}
    broken: Json = {"url": A, "content_type": None, "file_name": 3, "file_size": "many"}

    assert read_output(ANY, {"audio": whole}).files == (
        OutputFile(url=A, content_type="audio/wav", file_name="a.wav", file_size=9),
    )
    assert read_output(ANY, {"audio": broken}).files == (OutputFile(url=A),)


def test_facts_for_later_remixes_are_read() -> None:
    """Seed, tags, lyrics and the rewritten prompt start the next request."""
    output: dict[str, Json] = {
        "audio": A,
        "seed": 7,
        "tags": ["pop", "sad"],
        "lyrics": "[verse]\nla",
        "prompt": "",
        "duration": 12,
    }

    facts = read_output(ANY, output).facts

    assert (facts.seed, facts.tags, facts.lyrics) == (7, "pop, sad", "[verse]\nla")
    assert (facts.prompt, facts.seconds) == (None, 12.0)


def test_cost_follows_units_then_length_then_the_estimate() -> None:
    """The provider's own count wins."""
    arguments: dict[str, Json] = {"prompt": "x", "duration": 90}

    assert cost(ANY, arguments, billable_units=Decimal("0.5"), audio_seconds=60) == Micros(10_000)
    assert cost(ANY, arguments, audio_seconds=60.002) == Micros(20_000)
    assert cost(ANY, arguments) == Micros(30_000)


def test_a_body_that_is_no_longer_valid_still_has_a_price() -> None:
    """A paid result is not lost because the catalogue has changed since."""
    assert cost(ANY, {"prompt": "x", "gone": 1}, audio_seconds=90) == Micros(30_000)
    assert cost(ANY, {}) == Micros(20_000)
