"""Following: the stream while it lives, polling otherwise, and no answer that breaks either."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, aclosing

import httpx
import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.job import Json
from bot.errors import AccountLocked, BadCredentials, GenerationFailed
from bot.providers.base import Finished, Progress, Queued, Running
from bot.providers.fal import FalProvider
from bot.providers.fal._status import News, Phase, parse_status

from .conftest import REQUEST_ID, Connect, ManualClock, Script, Serve, answer, handle
from .test_errors import json_values

SILENCE_SECONDS = 0.5
"""Many times what a busy machine takes to open a stream and to read its first status."""

PATIENCE_SECONDS = 10

NO_STREAM = answer(404, {"detail": "Not Found"})


def queued(position: int | None = None) -> httpx.Response:
    """Answer that the request waits."""
    return answer(202, {"status": "IN_QUEUE", "queue_position": position})


def running(*lines: tuple[str, str]) -> httpx.Response:
    """Answer that the request runs, with log lines of a time and a text each."""
    logs: list[Json] = [{"timestamp": at, "message": text, "level": "INFO"} for at, text in lines]
    return answer(202, {"status": "IN_PROGRESS", "logs": logs})


DONE = answer(200, {"status": "COMPLETED", "metrics": {"inference_time": 3.4}})


async def steps(provider: FalProvider, base: str | None = None) -> list[Progress]:
    """Follow to the end."""
    where = handle(base) if base else handle()
    return [step async for step in provider.follow(where)]


async def test_without_a_stream_the_status_is_polled(connect: Connect, clock: ManualClock) -> None:
    """Each change is told once, and the pauses grow while nothing changes."""
    fal = Script(NO_STREAM, queued(2), queued(2), queued(2), queued(0), running(), running(), DONE)
    provider = await connect(fal)

    told = await steps(provider)

    assert told == [Queued(position=2), Queued(position=0), Running(log=None), Finished()]
    assert fal.paths[:2] == [
        f"GET /fal-ai/ace-step/requests/{REQUEST_ID}/status/stream",
        f"GET /fal-ai/ace-step/requests/{REQUEST_ID}/status",
    ]
    assert all(request.url.params["logs"] == "1" for request in fal.seen)
    assert clock.slept[1] > clock.slept[0] * 0.8
    assert max(clock.slept) <= 5 * 1.2


async def test_polling_slows_down_to_five_seconds_and_speeds_up_on_news(
    connect: Connect, clock: ManualClock
) -> None:
    """A long queue costs few questions, and a change is worth a close look."""
    provider = await connect(Script(NO_STREAM, *[queued(1)] * 12, running(), DONE))

    await steps(provider)

    assert 4 <= clock.slept[10] <= 6
    assert clock.slept[-1] <= 1.2


async def test_log_lines_are_told_once_though_the_window_repeats_them(connect: Connect) -> None:
    """Logs are a sliding window; time and text together name a line."""
    provider = await connect(
        Script(
            NO_STREAM,
            running(("1", "loading")),
            running(("1", "loading"), ("2", "\x1b[32mstep 1\r step  2\x1b[0m")),
            running(("2", "\x1b[32mstep 1\r step  2\x1b[0m"), ("3", "loading")),
            running(("3", "loading")),
            DONE,
        )
    )

    assert await steps(provider) == [
        Running(log="loading"),
        Running(log="step 2"),
        Running(log="loading"),
        Finished(),
    ]


async def test_an_old_line_is_no_news_wherever_it_stands(connect: Connect) -> None:
    """Runners' lines interleave: the newest is the one that was not there before."""
    provider = await connect(
        Script(
            NO_STREAM,
            running(("1", "loading"), ("2", "step 1")),
            running(("2", "step 1"), ("1", "loading")),
            running(("3", "step 2"), ("2", "step 1"), ("1", "loading")),
            DONE,
        )
    )

    assert await steps(provider) == [Running(log="step 1"), Running(log="step 2"), Finished()]


async def test_a_request_that_is_put_back_is_told_so(connect: Connect) -> None:
    """The queue takes a request back when its machine dies; that is news, not an error."""
    provider = await connect(Script(NO_STREAM, running(), queued(3), running(), DONE))

    assert await steps(provider) == [Running(), Queued(position=3), Running(), Finished()]


async def test_a_request_that_failed_is_finished_too(connect: Connect) -> None:
    """The result tells what became of it, the status does not."""
    failed: Json = {"status": "COMPLETED", "error": "late", "error_type": "request_timeout"}
    provider = await connect(Script(NO_STREAM, answer(200, failed)))

    assert await steps(provider) == [Finished()]


@pytest.mark.parametrize(
    "odd",
    [
        answer(202, {"status": "THINKING"}),
        answer(202, {}),
        answer(202, b""),
        answer(202, b"<html>"),
        answer(202, [1]),
        answer(202, b"[" * 50_000),
        answer(202, {"status": None, "logs": None}),
        answer(302, b""),
        answer(500, {"detail": "x"}),
        answer(502, b"<html>nginx</html>"),
        answer(503, b""),
        answer(429, b""),
        answer(404, {"status": "NOT_FOUND"}),
        answer(405, b""),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("silence"),
        httpx.ReadError("cut"),
        httpx.RemoteProtocolError("cut"),
    ],
)
async def test_trouble_on_the_way_is_lived_through(
    connect: Connect, odd: httpx.Response | Exception
) -> None:
    """Whatever comes between two good answers, following goes on."""
    provider = await connect(Script(NO_STREAM, queued(1), odd, odd, running(), odd, DONE))

    assert await steps(provider) == [Queued(position=1), Running(), Finished()]


@pytest.mark.parametrize(
    "status", [{"status": "IN_PROGRESS", "logs": None}, {"status": "IN_PROGRESS", "logs": ["x", 3]}]
)
async def test_logs_may_be_anything(connect: Connect, status: Json) -> None:
    """Null and nonsense are no lines."""
    provider = await connect(Script(NO_STREAM, answer(202, status), DONE))

    assert await steps(provider) == [Running(), Finished()]


async def test_an_outage_is_outwaited_with_longer_pauses(
    connect: Connect, clock: ManualClock
) -> None:
    """An hour of 503 is no reason to give a paid request up, nor to ask every second."""
    provider = await connect(Script(NO_STREAM, *[answer(503, b"")] * 240, DONE))

    assert await steps(provider) == [Finished()]
    assert 10 <= clock.slept[-1] <= 18
    assert sum(clock.slept) > 2400


async def test_a_pause_that_is_asked_for_is_kept_within_reason(
    connect: Connect, clock: ManualClock
) -> None:
    """Retry-After counts, up to half a minute."""
    provider = await connect(
        Script(
            NO_STREAM,
            answer(429, b"", retry_after="9"),
            answer(429, b"", retry_after="86400"),
            DONE,
        )
    )

    await steps(provider)

    assert 9 * 0.8 <= clock.slept[0] <= 9 * 1.2
    assert clock.slept[1] <= 36


async def test_a_request_that_stays_unknown_is_given_up(
    connect: Connect, clock: ManualClock
) -> None:
    """One 404 may be haste; half a minute of them is an answer."""
    fal = Script(NO_STREAM, answer(404, {"status": "NOT_FOUND"}))
    provider = await connect(fal)

    with pytest.raises(GenerationFailed, match="start it again"):
        await steps(provider)

    assert len(fal.seen) >= 6
    assert sum(clock.slept) >= 30


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (answer(401, {"detail": "No user found for Key ID and Secret"}), BadCredentials),
        (answer(403, {"detail": "User is locked. Reason: Exhausted balance."}), AccountLocked),
    ],
)
@pytest.mark.parametrize("at_stream", [True, False])
async def test_a_locked_account_is_told_at_once(
    connect: Connect, refusal: httpx.Response, expected: type[Exception], at_stream: bool
) -> None:
    """Nothing can be read until the operator acts, so nobody should wait."""
    provider = await connect(Script(*([] if at_stream else [NO_STREAM]), refusal))

    with pytest.raises(expected):
        await steps(provider)


Tell = Callable[[web.StreamResponse], Awaitable[None]]


class Far:
    """A fal on loopback whose stream does what the test says; the plain status is scripted."""

    def __init__(self, *streams: Tell, statuses: tuple[httpx.Response, ...] = (DONE,)) -> None:
        self.streams = list(streams)
        self.statuses = itertools.chain(statuses, itertools.repeat(statuses[-1]))
        self.streamed = 0
        self.polled = 0
        self._is_asked = asyncio.Event()
        self.cancels_came_from: set[object] = set()

    def app(self) -> web.Application:
        app = web.Application()
        path = "/fal-ai/ace-step/requests/{id}/status"
        app.router.add_get(path, self.status)
        app.router.add_get(f"{path}/stream", self.stream)
        app.router.add_put("/fal-ai/ace-step/requests/{id}/cancel", self.cancel)
        return app

    async def cancel(self, request: web.Request) -> web.Response:
        self.cancels_came_from.add(
            request.transport and request.transport.get_extra_info("peername")
        )
        return web.json_response({"status": "CANCELLATION_REQUESTED"}, status=202)

    async def asked(self, times: int) -> None:
        """Wait until the status was asked for so often."""
        while self.polled < times:
            self._is_asked.clear()
            await self._is_asked.wait()

    def count(self) -> None:
        """Count a question for the status."""
        self.polled += 1
        self._is_asked.set()

    async def status(self, request: web.Request) -> web.Response:
        self.count()
        said = next(self.statuses)
        return web.Response(status=said.status_code, body=said.content)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        tell = self.streams[min(self.streamed, len(self.streams) - 1)]
        self.streamed += 1
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        await response.prepare(request)
        await tell(response)
        return response


def tells(*lines: str | Json, then: str = "end") -> Tell:
    """Make a stream of events (or raw text), which then ends, is cut or falls silent."""

    async def tell(response: web.StreamResponse) -> None:
        for line in lines:
            text = line if isinstance(line, str) else f"data: {json.dumps(line)}\n\n"
            await response.write(text.encode())
        if then == "cut" and response._req is not None and response._req.transport is not None:
            response._req.transport.abort()
        while then == "silence":
            await asyncio.sleep(0.02)
            await response.write(b": still here\n\n")

    return tell


WAITING: Json = {"status": "IN_QUEUE", "queue_position": 1}
GOING: Json = {"status": "IN_PROGRESS", "logs": [{"timestamp": "1", "message": "step 1"}]}
OVER: Json = {"status": "COMPLETED"}


async def test_a_stream_is_followed_to_its_end_without_a_single_poll(
    connect: Connect, serve: Serve
) -> None:
    """Events that are no status, and comments, are passed over."""
    far = Far(
        tells(
            ": hello\n\n",
            WAITING,
            WAITING,
            "data: not json\n\n",
            "event: ping\ndata: {}\n\n",
            'data: {"status":\ndata: "IN_PROGRESS"}\r\n\r\n',
            GOING,
            OVER,
            then="silence",
        )
    )
    base = await serve(far.app())
    provider = await connect(base)

    told = await steps(provider, base)

    assert told == [Queued(position=1), Running(), Running(log="step 1"), Finished()]
    assert (far.streamed, far.polled) == (1, 0)


@pytest.mark.parametrize("then", ["end", "cut", "silence"])
@pytest.mark.parametrize("before", [(), (WAITING,)])
async def test_a_stream_that_breaks_off_gives_way_to_polling(
    connect: Connect, serve: Serve, then: str, before: tuple[Json, ...]
) -> None:
    """Cut, ended early or silent but for comments: the status question takes over at once."""
    far = Far(tells(*before, then=then), statuses=(running(), DONE))
    base = await serve(far.app())
    provider = await connect(base, silence_seconds=SILENCE_SECONDS)

    began = time.monotonic()
    told = await steps(provider, base)

    assert told == [*[Queued(position=1) for _ in before], Running(), Finished()]
    assert time.monotonic() - began < 15


async def test_a_stream_that_repeats_itself_is_doubted(
    connect: Connect, serve: Serve, clock: ManualClock
) -> None:
    """A stream stuck on one status is left for the plain question after half a minute."""

    async def stuck(response: web.StreamResponse) -> None:
        while True:
            await response.write(f"data: {json.dumps(WAITING)}\n\n".encode())
            await clock.sleep(5)
            await asyncio.sleep(0.001)

    far = Far(stuck)
    base = await serve(far.app())
    provider = await connect(base)

    assert await steps(provider, base) == [Queued(position=1), Finished()]
    assert far.polled == 1


async def test_a_stream_that_broke_gets_another_chance(
    connect: Connect, serve: Serve, clock: ManualClock
) -> None:
    """After a minute of polling it is opened again."""
    far = Far(tells(WAITING, then="cut"), tells(OVER), statuses=(queued(1),))
    base = await serve(far.app())
    provider = await connect(base)

    assert await steps(provider, base) == [Queued(position=1), Finished()]
    assert far.streamed == 2
    assert sum(clock.slept) >= 60


@pytest.mark.parametrize(
    "said", [(queued(1),), (answer(503, b""),), (answer(202, b"<html>"), queued(1), queued(1))]
)
async def test_a_silent_stream_is_kept_while_nothing_speaks_against_it(
    connect: Connect, serve: Serve, said: tuple[httpx.Response, ...]
) -> None:
    """A busy model says nothing either. What it says at last comes by the stream."""

    async def busy(response: web.StreamResponse) -> None:
        await tells(WAITING)(response)
        await far.asked(3)
        await tells(OVER, then="silence")(response)

    far = Far(busy, statuses=said)
    base = await serve(far.app())
    provider = await connect(base, silence_seconds=SILENCE_SECONDS)

    began = time.monotonic()
    told = await steps(provider, base)

    assert told == [Queued(position=1), Finished()]
    assert far.streamed == 1
    assert far.polled <= (time.monotonic() - began) / (SILENCE_SECONDS * 0.8)


async def test_what_a_dead_stream_withholds_is_noticed_within_its_silence(
    connect: Connect, serve: Serve, clock: ManualClock
) -> None:
    """One question finds it out; two such streams, and the request is polled to its end."""
    opened_at: list[float] = []

    async def dies(response: web.StreamResponse) -> None:
        opened_at.append(clock.monotonic())
        await tells(WAITING)(response)
        await clock.sleep(20)
        await tells(then="silence")(response)

    far = Far(dies, statuses=(*[running()] * 60, DONE))
    base = await serve(far.app())
    provider = await connect(base, silence_seconds=SILENCE_SECONDS)

    told = await steps(provider, base)

    assert told[:2] == [Queued(position=1), Running()]
    assert told[-1] == Finished()
    assert len(opened_at) == 2
    assert opened_at[1] - opened_at[0] >= 60
    assert sum(clock.slept) > 200


async def test_a_question_that_hangs_does_not_hold_the_stream_up(
    connect: Connect, serve: Serve
) -> None:
    """While an answer is waited for, the stream is listened to."""

    class Hanging(Far):
        async def status(self, request: web.Request) -> web.Response:
            self.count()
            await asyncio.sleep(2 * PATIENCE_SECONDS)
            return await super().status(request)

    async def speaks_meanwhile(response: web.StreamResponse) -> None:
        await tells(WAITING)(response)
        await far.asked(1)
        await tells(OVER)(response)

    far = Hanging(speaks_meanwhile)
    base = await serve(far.app())
    provider = await connect(base, silence_seconds=SILENCE_SECONDS)

    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await steps(provider, base) == [Queued(position=1), Finished()]


async def test_an_answer_that_the_stream_has_overtaken_is_not_told(
    connect: Connect, serve: Serve
) -> None:
    """An answer that was on its way when the stream spoke would lead back, and convict nobody."""
    spoke = asyncio.Event()

    class Late(Far):
        async def status(self, request: web.Request) -> web.Response:
            self.count()
            await spoke.wait()
            said = queued(1) if self.polled == 1 else running()
            return web.Response(status=said.status_code, body=said.content)

    async def overtakes(response: web.StreamResponse) -> None:
        await tells(WAITING)(response)
        await far.asked(1)
        await tells(GOING)(response)
        await asyncio.sleep(0.05)
        spoke.set()
        await far.asked(2)
        await tells(OVER, then="silence")(response)

    far = Late(overtakes)
    base = await serve(far.app())
    provider = await connect(base, silence_seconds=SILENCE_SECONDS)

    assert await steps(provider, base) == [
        Queued(position=1),
        Running(log="step 1"),
        Finished(),
    ]
    assert far.streamed == 1


async def test_a_stream_that_a_proxy_ends_is_opened_again_at_once(
    connect: Connect, serve: Serve, clock: ManualClock
) -> None:
    """Many proxies end what was silent for a minute; that is no reason to poll for another."""

    async def lasts(response: web.StreamResponse) -> None:
        await tells(WAITING)(response)
        await clock.sleep(60)
        await tells(then="cut")(response)

    far = Far(lasts, lasts, tells(OVER))
    base = await serve(far.app())
    provider = await connect(base)

    assert await steps(provider, base) == [Queued(position=1), Finished()]
    assert (far.streamed, far.polled) == (3, 0)


async def test_a_stream_is_opened_anew_once_the_network_is_back(
    connect: Connect, serve: Serve, clock: ManualClock
) -> None:
    """What cut a question off may have cut the stream too, and left it half open."""

    class Away(Far):
        async def status(self, request: web.Request) -> web.Response:
            if self.polled == 0 and request.transport is not None:
                request.transport.abort()
            return await super().status(request)

    async def half_open(response: web.StreamResponse) -> None:
        await tells(WAITING)(response)
        await clock.sleep(20)
        await tells(then="silence")(response)

    far = Away(half_open, tells(OVER), statuses=(queued(1),))
    base = await serve(far.app())
    provider = await connect(base, silence_seconds=SILENCE_SECONDS)

    assert await steps(provider, base) == [Queued(position=1), Finished()]
    assert (far.streamed, far.polled) == (2, 2)


@pytest.mark.parametrize("status", [401, 402, 403, 404, 405, 501])
async def test_an_account_whose_streams_are_refused_is_polled(
    connect: Connect, clock: ManualClock, status: int
) -> None:
    """A no to the stream says nothing about the request, and is not asked for twice."""
    fal = Script(answer(status, {"detail": "Forbidden"}), *[queued(1)] * 60, DONE)
    provider = await connect(fal)

    assert await steps(provider) == [Queued(position=1), Finished()]
    assert sum(clock.slept) > 120
    assert [path for path in fal.paths if path.endswith("stream")] == fal.paths[:1]


async def test_many_streams_leave_the_questions_their_connection(
    connect: Connect, serve: Serve
) -> None:
    """Streams count against no other request's kept connections: each would need a handshake."""
    far = Far(tells(WAITING, then="silence"))
    base = await serve(far.app())
    provider = await connect(base)

    async with AsyncExitStack() as stack:
        for _ in range(25):
            told = await stack.enter_async_context(aclosing(provider.follow(handle(base))))
            assert await anext(told) == Queued(position=1)
        for _ in range(3):
            await provider.cancel(handle(base))

    assert len(far.cancels_came_from) == 1


async def test_a_page_instead_of_a_stream_gives_way_to_polling(connect: Connect) -> None:
    """A 200 of another type is no stream."""
    provider = await connect(Script(answer(200, b"<html>", content_type="text/html"), DONE))

    assert await steps(provider) == [Finished()]


async def test_an_event_without_end_is_not_kept_in_memory(connect: Connect, serve: Serve) -> None:
    """After a megabyte without an event the stream is left."""
    written = 0

    async def flood(response: web.StreamResponse) -> None:
        nonlocal written
        while written < 200_000_000:
            await response.write(b"x" * 65536)
            written += 65536

    far = Far(flood)
    base = await serve(far.app())
    provider = await connect(base)

    assert await steps(provider, base) == [Finished()]
    assert written < 50_000_000


async def test_leaving_early_closes_the_stream(connect: Connect, serve: Serve) -> None:
    """A caller that stops listening leaves no connection behind."""
    gone = asyncio.Event()

    async def endless(response: web.StreamResponse) -> None:
        try:
            while True:
                await response.write(f"data: {json.dumps(WAITING)}\n\n".encode())
                await asyncio.sleep(0.01)
        finally:
            gone.set()

    base = await serve(Far(endless).app())
    provider = await connect(base)

    async with aclosing(provider.follow(handle(base))) as progress:
        async for step in progress:
            assert step == Queued(position=1)
            break

    await asyncio.wait_for(gone.wait(), PATIENCE_SECONDS)


async def test_a_cancelled_follower_closes_the_stream(connect: Connect, serve: Serve) -> None:
    """Cancelling the task that follows ends the connection too."""
    began, gone = asyncio.Event(), asyncio.Event()

    async def endless(response: web.StreamResponse) -> None:
        began.set()
        try:
            while True:
                await response.write(b": waiting\n\n")
                await asyncio.sleep(0.01)
        finally:
            gone.set()

    base = await serve(Far(endless).app())
    provider = await connect(base)
    task = asyncio.create_task(steps(provider, base))
    await asyncio.wait_for(began.wait(), PATIENCE_SECONDS)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    await asyncio.wait_for(gone.wait(), PATIENCE_SECONDS)


# A busy machine is no fault of the code.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=json_values | st.fixed_dictionaries({"status": st.just("IN_PROGRESS")}))
def test_no_status_whatsoever_breaks_the_reading(body: Json) -> None:
    """Anything is a status or none."""
    status = parse_status(body)

    assert status is None or status.phase in Phase
    assert status is None or News().of(status) is not None
