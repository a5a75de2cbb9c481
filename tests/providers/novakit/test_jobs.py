"""Following a job at NovaKit, fetching its result, and finding one whose answer was lost."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from bot.domain.job import Handle, Json
from bot.errors import (
    BadCredentials,
    BadResult,
    Busy,
    GenerationFailed,
    ProviderError,
    ProviderTimedOut,
    Refused,
)
from bot.providers.base import Cancellation, Cancelled, Finished, Queued, Running
from bot.providers.novakit import _follow
from tests.providers.far_end import START, ManualClock, Script, answer
from tests.providers.novakit.conftest import (
    BASE,
    ENDPOINT,
    JOB_ID,
    SONG,
    Connect,
    Cupboard,
    job,
)

URL = f"{BASE}/jobs/{JOB_ID}"
HANDLE = Handle(request_id=JOB_ID, status_url=URL, response_url=URL, cancel_url=URL)


class Job:
    """A far end where a job goes on whenever somebody looks; the long poll waits for its end."""

    def __init__(self, *states: Json) -> None:
        self.states = list(states)
        self.over = asyncio.Event()
        self.polls: list[httpx.Request] = []
        self.looks = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.params.get("poll") == "true":
            self.polls.append(request)
            await self.over.wait()
            return answer(200, self.states[-1])
        self.looks += 1
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if len(self.states) == 1:
            self.over.set()
        return answer(200, state)


async def test_the_percentage_is_told_while_the_long_poll_waits(connect: Connect) -> None:
    """The bar moves with NovaKit's own numbers, and the end comes by the long poll."""
    far_end = Job(
        job("pending", progress=0),
        job("processing", progress=10),
        job("processing", progress=10),
        job("processing", progress=55.4),
        job("completed"),
    )
    provider = await connect(far_end)  # type: ignore[arg-type]

    steps = [step async for step in provider.follow(HANDLE)]

    assert steps == [
        Queued(),
        Running(log="10% done"),
        Running(log="55% done"),
        Finished(),
    ]
    assert len(far_end.polls) == 1


async def test_the_long_poll_may_take_longer_than_it_is_meant_to(connect: Connect) -> None:
    """Its answer comes after 30 seconds at the latest; it is waited for longer."""
    far_end = Job(job("processing"), job("completed"))
    provider = await connect(far_end)  # type: ignore[arg-type]

    assert [step async for step in provider.follow(HANDLE)][-1] == Finished()

    (poll,) = far_end.polls
    assert poll.extensions["timeout"]["read"] > 30
    assert _follow.LONG_POLL_SECONDS > 30


async def test_a_long_poll_that_does_not_wait_is_not_asked_all_the_time(
    connect: Connect, clock: ManualClock
) -> None:
    """Proxies drop what they do not know; then there is a pause of ours."""
    script = Script(*[answer(200, job("processing", progress=5))] * 9, answer(200, job()))
    provider = await connect(script)

    assert [step async for step in provider.follow(HANDLE)][-1] == Finished()

    assert clock.slept.count(2.0) >= 1


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ReadTimeout("silent"),
        httpx.ConnectError("refused"),
        answer(502, b"<html>nginx</html>"),
        answer(500, {"error": "Internal server error"}),
        answer(429, {"error": "Rate limit exceeded", "retryAfter": 3}),
        answer(404, {"error": "Job not found"}),
        answer(200, b"not JSON"),
        answer(200, job("dreaming")),
    ],
    ids=str,
)
async def test_trouble_on_the_way_is_outlasted(
    connect: Connect, trouble: httpx.Response | Exception
) -> None:
    """The job goes on whatever happens to our questions."""
    script = Script(trouble, trouble, trouble, answer(200, job()))
    provider = await connect(script)

    assert [step async for step in provider.follow(HANDLE)] == [Finished()]


async def test_a_key_without_the_right_to_read_jobs_pauses_and_ends_nothing(
    connect: Connect,
) -> None:
    """The docs name three scopes; a key that has only the first can buy and not fetch."""
    provider = await connect(Script(answer(403, {"error": "Missing required scope: usage"})))

    with pytest.raises(BadCredentials, match="read jobs"):
        async for _ in provider.follow(HANDLE):
            pass


async def test_a_job_that_stays_unknown_has_failed(connect: Connect) -> None:
    """Only when it lasts: a fresh one may not be visible at once."""
    provider = await connect(Script(answer(404, {"error": "Job not found"})))

    with pytest.raises(GenerationFailed, match="does not know this request"):
        async for _ in provider.follow(HANDLE):
            pass


async def test_whoever_leaves_early_leaves_no_question_behind(connect: Connect) -> None:
    """A restart of the bot closes what it waits for."""
    far_end = Job(job("processing", progress=1), job("processing", progress=2), job())
    provider = await connect(far_end)  # type: ignore[arg-type]

    stream = provider.follow(HANDLE)
    await anext(stream)
    before = len(asyncio.all_tasks())
    await stream.aclose()

    assert len(asyncio.all_tasks()) == before - 1


@pytest.mark.parametrize(
    "body",
    [
        job(outputData={"audio": {"url": SONG}}),
        job(outputData={"audio_url": SONG}),
        job(outputData={"audio": SONG}),
        job(outputData={"audio": [{"url": SONG}]}),
        job(outputData={"data": {"audio_url": SONG}}),
        job(outputData=json.dumps({"audio": {"url": SONG}})),
        job(outputData=None, data={"audio_url": SONG, "duration_seconds": 30}),
        {"job": job()},
    ],
    ids=str,
)
async def test_the_sound_is_found_in_every_shape(connect: Connect, body: Json) -> None:
    """Jobs and direct answers have it in different places; both may come."""
    from bot.catalogue import read_output  # noqa: PLC0415

    provider = await connect(Script(answer(200, body)))

    result = await provider.result(HANDLE)

    assert [file.url for file in read_output(ENDPOINT, result.output).files] == [SONG]


async def test_the_tracks_that_were_used_are_what_is_billed(connect: Connect) -> None:
    """Where the answer says; else nothing is claimed."""
    usage: Json = {"tracks_used": 2, "quota_multiplier": 1.25, "tracks_remaining": 18}
    told = await connect(Script(answer(200, job(usage=usage))))
    silent = await connect(Script(answer(200, job())))

    assert (await told.result(HANDLE)).billable_units == Decimal(2)
    assert (await silent.result(HANDLE)).billable_units is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (job("failed", errorMessage="Internal model error"), GenerationFailed),
        (job("failed", errorMessage="Blocked by content policy"), Refused),
        (job("failed", errorMessage="Generation timed out"), ProviderTimedOut),
        (job("failed"), GenerationFailed),
        (job("cancelled"), Cancelled),
        (job("completed", outputData={}), BadResult),
        (job("completed", outputData={"audio": {"url": "not an address"}}), BadResult),
        (job("processing"), Busy),
    ],
)
async def test_a_job_without_a_sound_says_why(
    connect: Connect, body: Json, kind: type[ProviderError]
) -> None:
    """Nothing but an unusable result is charged."""
    provider = await connect(Script(answer(200, body)))

    with pytest.raises(ProviderError) as failed:
        await provider.result(HANDLE)

    assert type(failed.value) is kind
    assert failed.value.charged is (kind is BadResult)


async def test_a_result_is_asked_for_again_before_it_is_given_up(connect: Connect) -> None:
    """A hiccup on the way must not lose what was paid for."""
    script = Script(answer(502, b""), answer(404, {"error": "x"}), answer(200, job()))
    provider = await connect(script)

    assert (await provider.result(HANDLE)).output == {"audio": {"url": SONG}}
    assert len(script.seen) == 3


async def test_a_job_cannot_be_stopped_and_nobody_pretends(connect: Connect) -> None:
    """NovaKit documents no call for it, so none is made."""
    script = Script(answer(200, job()))
    provider = await connect(script)

    assert await provider.cancel(HANDLE) is Cancellation.UNSUPPORTED
    assert script.seen == []


async def test_sources_are_lent_a_place(connect: Connect, cupboard: Cupboard) -> None:
    """NovaKit reads audio by its URL and keeps none itself."""
    provider = await connect(Script(answer(200, job())))

    url = await provider.upload(b"sound", content_type="audio/mpeg", file_name="a.mp3")

    assert url == "https://v3.fal.media/a.mp3"
    assert cupboard.kept == [b"sound"]


# --- Finding a lost one ----------------------------------------------------------------------


async def test_the_list_shows_what_was_asked_for(connect: Connect) -> None:
    """In our names for it, and only of the model in question, since the moment in question."""
    listed: Json = {
        "jobs": [
            job(id="job_1", inputParams={"prompt": "rain", "durationSeconds": 12, "mode": "x"}),
            job(id="job_2", model="beatoven/music-generation"),
            job(id="job_3", createdAt="2026-03-01T11:00:00Z"),
            job(id="job_4", inputParams=json.dumps({"prompt": "sun"})),
            job(id="job_5", inputParams=None),
            "nonsense",
        ]
    }
    script = Script(answer(200, listed))
    provider = await connect(script)

    seen = await provider.look_up(ENDPOINT, since=START - timedelta(minutes=1))

    assert str(script.seen[0].url) == f"{BASE}/jobs?tool=music&limit=100"
    assert {one.handle.request_id: one.arguments for one in seen} == {
        "job_1": {"prompt": "rain", "duration_seconds": 12, "mode": "x"},
        "job_4": {"prompt": "sun"},
        "job_5": None,
    }
    assert all(one.is_partial for one in seen)
    assert seen[0].sent_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert seen[0].handle == Handle(
        request_id="job_1",
        status_url=f"{BASE}/jobs/job_1",
        response_url=f"{BASE}/jobs/job_1",
        cancel_url=f"{BASE}/jobs/job_1",
    )


async def test_of_a_full_list_those_under_way_are_asked_for_apart(connect: Connect) -> None:
    """A hundred newer jobs must not push a lost one out of sight."""

    def far_end(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("pending") == "true":
            return answer(200, {"jobs": [job("pending", id="job_lost")]})
        return answer(200, {"jobs": [job(id=f"job_{number}") for number in range(100)]})

    provider = await connect(far_end)

    seen = await provider.look_up(ENDPOINT, since=START - timedelta(minutes=1))

    assert "job_lost" in {one.handle.request_id for one in seen}


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"jobs": null}', b"null"])
async def test_what_is_no_list_is_not_an_empty_one(connect: Connect, body: bytes) -> None:
    """Absence means a refund, so it has to be told in so many words."""
    script = Script(answer(200, body))
    provider = await connect(script)

    with pytest.raises(Busy):
        await provider.look_up(ENDPOINT, since=START)
    assert len(script.seen) == 4
