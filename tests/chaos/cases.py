"""Every way in which the far ends can fail us, step by step, and how each is to end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sandbox.faults import Fault

MODEL = "cassetteai/music-generator"


class End(StrEnum):
    """How a case ends for the member."""

    HEARD = "audio"
    UNPAID = "a sentence, nothing charged"
    PAID = "a sentence, and what the model made is charged"
    KEPT = "nothing can be shown; the result is kept and charged"
    REFUSED = "refused before anything was spent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One trouble.

    Attributes:
        step: Where it strikes.
        trouble: What it is, in the words of the table.
        faults: What is set for it; what they are about is filled in.
        ends: How it may end; mostly one way.
        words: Goes into the prompt: some steer the sandbox.
        says: What the last words must contain, if anything particular.
        source: Whether it is a remix, and so uploads a sound first.
        disturb: What happens to everybody while it is under way: ``gateway:`` and an action of
            ``POST /control/gateway``, or ``account`` for a fal account that is locked for a while.
        quick: Whether it belongs to the shorter form.
    """

    step: str
    trouble: str
    faults: Sequence[Fault] = ()
    ends: tuple[End, ...] = (End.HEARD,)
    words: str = ""
    says: str = ""
    model: str = MODEL
    source: bool = False
    disturb: str = ""
    quick: bool = False


def _case(
    step: str, trouble: str, *faults: Fault, end: End | tuple[End, ...] = End.HEARD, **more: Any
) -> Case:
    ends = end if isinstance(end, tuple) else (end,)
    return Case(step=step, trouble=trouble, faults=faults, ends=ends, **more)


def _at(where: str, what: Any, times: int | None = 1, **more: Any) -> Fault:
    return Fault(where=where, what=what, times=times, **more)


NO_STREAM = _at("fal.stream", "status", None, status=404)
"""Leaves nothing but polling."""

SUBMIT = (
    _case("submit", "cut before it arrived", _at("fal.submit", "drop_before"), end=End.UNPAID),
    _case("submit", "cut after it was taken", _at("fal.submit", "drop_after"), quick=True),
    _case("submit", "half an answer, then cut", _at("fal.submit", "cut")),
    _case("submit", "half an answer that calls itself whole", _at("fal.submit", "corrupt")),
    _case("submit", "answered 20 s late", _at("fal.submit", "delay", seconds=20)),
    _case("submit", "answered after 2 minutes", _at("fal.submit", "delay", seconds=120)),
    _case(
        "submit", "429 with Retry-After",
        _at("fal.submit", "status", 2, status=429, headers={"Retry-After": "2"}), quick=True,
    ),
    _case("submit", "429 without Retry-After", _at("fal.submit", "status", 2, status=429)),
    _case(
        "submit", "429 that asks for a day",
        _at("fal.submit", "status", status=429, headers={"Retry-After": "-5"}),
    ),
    _case(
        "submit", "500, not taken", _at("fal.submit", "status", status=500), end=End.UNPAID,
        quick=True,
    ),
    _case("submit", "500, taken all the same", _at("fal.submit", "fail_after", status=500)),
    _case("submit", "502 page, not taken", _at("fal.submit", "status", status=502), end=End.UNPAID),
    _case(
        "submit", "502 page, taken all the same", _at("fal.submit", "fail_after", status=502),
        quick=True,
    ),
    _case("submit", "503", _at("fal.submit", "status", 2, status=503)),
    _case("submit", "504, not taken", _at("fal.submit", "status", status=504), end=End.UNPAID),
    _case("submit", "504, taken all the same", _at("fal.submit", "fail_after", status=504)),
    _case(
        "submit", "a web page as the answer", _at("fal.submit", "html"), end=End.UNPAID,
    ),
    _case("submit", "taken, answered without an id", _at("fal.submit", "lie")),
    _case(
        "submit", "422 about a field",
        _at(
            "fal.submit", "status", status=422,
            body='{"detail":[{"loc":["body","duration"],"msg":"Input should be less than 180",'
            '"type":"less_than_equal","ctx":{"le":180}}]}',
        ),
        end=End.UNPAID, quick=True,
    ),
    _case(
        "submit", "404: the model is gone",
        _at(
            "fal.submit", "status", status=404,
            body='{"detail":"Application \\"music-generation\\" not found"}',
        ),
        end=End.UNPAID, model="beatoven/music-generation",
    ),
)  # fmt: skip

LOOK_UP = (
    _case(
        "look-up", "the list fails twice",
        _at("fal.submit", "drop_after"), _at("fal.requests", "status", 2, status=500),
        model="fal-ai/ace-step",
    ),
    _case(
        "look-up", "the list is a web page, then cut",
        _at("fal.submit", "drop_after"), _at("fal.requests", "html"),
        _at("fal.requests", "drop_before"), model="fal-ai/lyria2",
    ),
    _case(
        "look-up", "the list says for ever that there is nothing",
        _at("fal.submit", "drop_after"), _at("fal.requests", "lie", None),
        model="sonauto/v2/text-to-music", end=End.UNPAID,
    ),
)  # fmt: skip

FOLLOW = (
    _case("stream", "500", _at("fal.stream", "status", 3, status=500)),
    _case("stream", "a web page", _at("fal.stream", "html", 2)),
    _case("stream", "cut at once", _at("fal.stream", "drop_before", 3)),
    _case("stream", "cut in the middle", _at("fal.stream", "cut", 3), quick=True),
    _case("stream", "silent for 5 minutes", _at("fal.stream", "silence", None, seconds=300)),
    _case("stream", "says a status that does not exist", _at("fal.stream", "lie")),
    _case("stream", "goes back to the queue", _at("fal.stream", "lie", body="backwards")),
    _case("stream", "says finished much too early", _at("fal.stream", "lie", body="COMPLETED")),
    _case("status", "500", NO_STREAM, _at("fal.status", "status", 3, status=500)),
    _case("status", "502 page", NO_STREAM, _at("fal.status", "status", 3, status=502)),
    _case("status", "503", NO_STREAM, _at("fal.status", "status", 2, status=503)),
    _case("status", "504", NO_STREAM, _at("fal.status", "status", 2, status=504)),
    _case("status", "429", NO_STREAM, _at("fal.status", "status", 3, status=429)),
    _case("status", "a web page", NO_STREAM, _at("fal.status", "html", 2)),
    _case("status", "cut", NO_STREAM, _at("fal.status", "drop_before", 3)),
    _case("status", "half an answer", NO_STREAM, _at("fal.status", "corrupt", 2)),
    _case("status", "10 s late", NO_STREAM, _at("fal.status", "latency", seconds=10)),
    _case("status", "a status that does not exist", NO_STREAM, _at("fal.status", "lie", 2)),
    _case(
        "status", "goes backwards", NO_STREAM, _at("fal.status", "lie", 2, body="backwards"),
        quick=True,
    ),
    _case(
        "status", "says finished much too early", NO_STREAM,
        _at("fal.status", "lie", body="COMPLETED"),
    ),
    _case("run", "COMPLETED with an error", words="[fail]", end=End.UNPAID, quick=True),
    _case("run", "refused by the model's rules", words="[refuse]", end=End.UNPAID, quick=True),
    _case("run", "never started in time", words="[timeout]", end=End.UNPAID),
)  # fmt: skip

RESULT = (
    _case("result", "500, twice", _at("fal.result", "status", 2, status=500)),
    _case("result", "502 page, twice", _at("fal.result", "status", 2, status=502)),
    _case("result", "503", _at("fal.result", "status", 2, status=503), quick=True),
    _case("result", "504", _at("fal.result", "status", 2, status=504)),
    _case("result", "429", _at("fal.result", "status", 2, status=429)),
    _case("result", "cut", _at("fal.result", "drop_before", 2)),
    _case("result", "half an answer", _at("fal.result", "cut")),
    _case("result", "broken JSON", _at("fal.result", "corrupt")),
    _case("result", "a web page", _at("fal.result", "html")),
    _case(
        "result", "422",
        _at(
            "fal.result", "status", status=422,
            body='{"detail":[{"loc":["body","prompt"],"msg":"Prompt is too short",'
            '"type":"value_error"}]}',
        ),
        end=(End.UNPAID, End.PAID),
    ),
    _case("result", "empty, every time", _at("fal.result", "lie", None), end=End.PAID),
    _case(
        "result", "gone",
        _at("fal.result", "status", None, status=404, body='{"status":"NOT_FOUND"}'),
        end=(End.PAID, End.UNPAID),
    ),
)  # fmt: skip

DOWNLOAD = (
    _case("file", "404: its address is gone", _at("fal.file", "status", None, status=404),
          end=End.PAID, quick=True),
    _case("file", "403", _at("fal.file", "status", None, status=403), end=End.PAID),
    _case("file", "500, twice", _at("fal.file", "status", 2, status=500), quick=True),
    _case("file", "429 with Retry-After",
          _at("fal.file", "status", status=429, headers={"Retry-After": "1"})),
    _case("file", "cut, twice", _at("fal.file", "cut", 2), quick=True),
    _case("file", "cut, every time", _at("fal.file", "cut", None), end=End.PAID),
    _case("file", "a length that is too short", _at("fal.file", "lie")),
    _case("file", "stalls in the middle", _at("fal.file", "silence", seconds=60)),
    _case("file", "damaged once", _at("fal.file", "corrupt")),
    _case("file", "damaged every time", _at("fal.file", "corrupt", None), end=End.PAID),
    _case("file", "4 GB announced", _at("fal.file", "huge", None), end=End.PAID, quick=True),
    _case("file", "a web page instead of audio", _at("fal.file", "html", None), end=End.PAID),
    _case("file", "empty", _at("fal.file", "lie", None, body="nothing"), end=End.PAID),
    _case("file", "a picture under the audio's name",
          _at("fal.file", "lie", None, body="picture"), end=End.PAID),
    _case("file", "a zip", _at("fal.file", "lie", None, body="archive"), end=End.PAID),
    _case("file", "a list of other files", _at("fal.file", "lie", None, body="playlist"),
          end=End.PAID),
    _case("file", "1,024 channels", _at("fal.file", "lie", None, body="crowd"), end=End.PAID),
    _case("file", "6 hours of silence in 4 MB", _at("fal.file", "lie", None, body="silence"),
          end=End.PAID),
    _case("file", "half a gigabyte of packed zeros",
          _at("fal.file", "lie", None, body="packed"), end=End.PAID),
)  # fmt: skip

UPLOAD = (
    _case("upload", "500, once", _at("fal.upload", "status", status=500), source=True),
    _case("upload", "cut", _at("fal.upload", "drop_before"), source=True),
    _case("upload", "done, and the answer lost", _at("fal.upload", "drop_after"), source=True),
    _case("upload", "no address in the answer", _at("fal.upload", "lie", None), source=True,
          end=End.REFUSED),
    _case("upload", "503, every time", _at("fal.upload", "status", None, status=503),
          source=True, end=End.REFUSED),
    _case("upload", "a web page", _at("fal.upload", "html", None), source=True,
          end=End.REFUSED),
)  # fmt: skip

CARD = (
    _case("acknowledge", "lost answer", _at("discord.callback", "drop_after")),
    _case("acknowledge", "2 s late", _at("discord.callback", "latency", seconds=2)),
    _case("card post", "500, three times", _at("discord.message_create", "status", 3, status=500)),
    _case("card post", "503", _at("discord.message_create", "status", 2, status=503), quick=True),
    _case("card post", "429", _at("discord.message_create", "status", 2, status=429, seconds=1)),
    _case("card post", "cut before", _at("discord.message_create", "drop_before", 2)),
    _case("card post", "done, and the answer lost", _at("discord.message_create", "drop_after"),
          quick=True),
    _case("card post", "done, and called 500", _at("discord.message_create", "lie")),
    _case("card post", "12 s late", _at("discord.message_create", "latency", seconds=12)),
    _case("card post", "403", _at("discord.message_create", "status", status=403),
          end=End.REFUSED),
    _case("card edit", "429", _at("discord.message_edit", "status", 2, status=429, seconds=1)),
    _case("card edit", "500", _at("discord.message_edit", "status", 3, status=500), quick=True),
    _case("card edit", "cut", _at("discord.message_edit", "drop_before", 2)),
    _case("card edit", "a web page", _at("discord.message_edit", "html", 2)),
    _case("card edit", "404: it was deleted", _at("discord.message_edit", "status", status=404)),
)  # fmt: skip

FILES = "discord.message_edit_files"
DELIVERY = (
    _case("delivery", "429, twice", _at(FILES, "status", 2, status=429, seconds=1), quick=True),
    _case("delivery", "500, three times", _at(FILES, "status", 3, status=500)),
    _case("delivery", "502 page", _at(FILES, "status", 3, status=502)),
    _case("delivery", "503", _at(FILES, "status", 3, status=503), quick=True),
    _case("delivery", "504", _at(FILES, "status", 3, status=504)),
    _case("delivery", "cut before", _at(FILES, "drop_before", 3)),
    _case("delivery", "done, and the answer lost", _at(FILES, "drop_after", 2), quick=True),
    _case("delivery", "done, and called 500", _at(FILES, "lie", 2)),
    _case("delivery", "broken JSON as the answer", _at(FILES, "corrupt")),
    _case("delivery", "20 s late", _at(FILES, "latency", seconds=20)),
    _case("delivery", "413, once", _at(FILES, "status", status=413), quick=True),
    _case("delivery", "413, every time", _at(FILES, "status", None, status=413), end=End.KEPT),
    _case("delivery", "403", _at(FILES, "status", status=403), end=End.KEPT),
    _case("delivery", "the card is gone", _at(FILES, "status", None, status=404)),
)  # fmt: skip

EVERYBODY = (
    _case("gateway", "the socket is cut", disturb="gateway:drop"),
    _case("gateway", "asked to reconnect, and resumed with replay", disturb="gateway:reconnect"),
    _case("gateway", "the session is invalid", disturb="gateway:invalid_session"),
    _case("gateway", "the last events come again", disturb="gateway:replay", quick=True),
    _case("account", "locked for four seconds", disturb="account"),
)

CASES: tuple[Case, ...] = (
    *EVERYBODY, *SUBMIT, *LOOK_UP, *FOLLOW, *RESULT, *DOWNLOAD, *CARD, *DELIVERY, *UPLOAD,
)  # fmt: skip
