"""Every place of the local fal can be made to misbehave, and counts what happened."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from sandbox.fal.files import HUGE
from tests.sandbox.fal.conftest import BODY, KEY, SOUND, Rig

SUBMIT = f"/fal/queue/{SOUND}"


async def test_a_submit_dropped_before_arrival_is_not_counted(rig: Rig) -> None:
    """Nothing was accepted, so it may be sent again."""
    rig.fault("fal.submit", "drop_before")

    with pytest.raises(aiohttp.ClientConnectionError):
        await rig.call("POST", SUBMIT, json=BODY)

    assert (await rig.control())["counts"]["submits"] == 0


async def test_a_lost_answer_leaves_a_request_behind(rig: Rig) -> None:
    """The request was accepted, runs and is billed, and can be looked up by its input."""
    rig.fault("fal.submit", "drop_after")

    with pytest.raises(aiohttp.ClientConnectionError):
        await rig.call("POST", SUBMIT, json=BODY | {"prompt": "lost one"})

    counts = (await rig.control())["counts"]
    assert (counts["submits"], counts["accepted"]) == (1, 1)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, "application/json"), (500, "application/json"), (502, "text/html"),
     (503, "text/html"), (504, "text/html")],
)  # fmt: skip
async def test_a_submit_answered_with_an_error_is_remembered(
    rig: Rig, status: int, kind: str
) -> None:
    """The ingress speaks HTML and has no request id; the gateway speaks JSON."""
    rig.fault("fal.submit", "status", status=status, headers={"Retry-After": "1"})

    answered, headers, body = await rig.call("POST", SUBMIT, json=BODY)

    assert (answered, headers["Content-Type"].split(";")[0]) == (status, kind)
    assert headers["Retry-After"] == "1"
    assert ("nginx" in body) == (kind == "text/html")
    assert "x-fal-request-id" not in headers
    [submit] = (await rig.control())["submits"]
    assert (submit["status"], submit["request_id"], submit["arguments"]) == (status, None, BODY)


async def test_a_submit_can_lie(rig: Rig) -> None:
    """A 200 without an id, although the request is in the queue."""
    rig.fault("fal.submit", "lie")

    status, _, body = await rig.call("POST", SUBMIT, json=BODY)

    assert status == 200
    assert "request_id" not in body
    assert (await rig.control())["counts"]["accepted"] == 1


async def test_a_submit_can_be_late(rig: Rig) -> None:
    """It is answered after the time that was set."""
    rig.fault("fal.submit", "latency", seconds=20)
    waiting = asyncio.create_task(rig.submit())

    await rig.struck()
    early = waiting.done()
    await rig.clock.advance(20)

    assert not early
    assert (await waiting)["status"] == "IN_QUEUE"


@pytest.mark.parametrize("where", ["fal.status", "fal.result", "fal.cancel"])
@pytest.mark.parametrize("status", [401, 404, 429, 500, 502, 503])
async def test_other_calls_can_be_answered_with_an_error(rig: Rig, where: str, status: int) -> None:
    """Once, and then all is well again."""
    submitted = await rig.submit()
    await rig.finish(submitted)
    method, url = {
        "fal.status": ("GET", submitted["status_url"]),
        "fal.result": ("GET", submitted["response_url"]),
        "fal.cancel": ("PUT", submitted["cancel_url"]),
    }[where]
    rig.fault(where, "status", status=status)

    first, _, _ = await rig.call(method, url)
    second, _, _ = await rig.call(method, url)

    assert (first, second) == (status, 400 if where == "fal.cancel" else 200)


@pytest.mark.parametrize("what", ["drop_before", "drop_after", "cut"])
async def test_a_result_can_be_cut_off(rig: Rig, what: str) -> None:
    """The connection ends before the answer does."""
    submitted = await rig.submit()
    await rig.finish(submitted)
    rig.fault("fal.result", what, times=None)  # the client tries once more by itself

    with pytest.raises((aiohttp.ClientConnectionError, aiohttp.ClientPayloadError)):
        await rig.call("GET", submitted["response_url"])


async def test_a_result_can_be_half_a_json(rig: Rig) -> None:
    """Well sent, badly formed."""
    submitted = await rig.submit()
    await rig.finish(submitted)
    rig.fault("fal.result", "corrupt")

    async with rig.http.get(submitted["response_url"], headers=KEY) as answer:
        text = await answer.text()

    assert (answer.status, text[:1]) == (200, "{")
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


async def test_a_result_can_be_empty(rig: Rig) -> None:
    """A lie: success, and nothing in it."""
    submitted = await rig.submit()
    await rig.finish(submitted)
    rig.fault("fal.result", "lie")

    assert (await rig.call("GET", submitted["response_url"]))[2] == {}


@pytest.mark.parametrize(("body", "said"), [(None, "REBALANCING"), ("backwards", "IN_QUEUE")])
async def test_a_status_can_lie(rig: Rig, body: str | None, said: str) -> None:
    """A word that does not exist, or a step back."""
    submitted = await rig.submit()
    await rig.finish(submitted)
    rig.fault("fal.status", "lie", body=body)

    assert (await rig.status(submitted))["status"] == said


async def test_a_stream_can_lie_and_goes_on(rig: Rig) -> None:
    """After the lie come the truth and the end."""
    await rig.control(run_seconds=5)
    submitted = await rig.submit()
    rig.fault("fal.stream", "lie", body="backwards")
    listening = asyncio.create_task(_words(rig, submitted))

    while not listening.done():
        await rig.clock.advance(1)
        await asyncio.sleep(0.005)

    words = listening.result()
    assert "IN_QUEUE" in words[1:]
    assert words[-1] == "COMPLETED"


async def _words(rig: Rig, submitted: dict[str, Any]) -> list[str]:
    return [status["status"] async for status in rig.stream(submitted)]


async def test_a_stream_can_be_cut(rig: Rig) -> None:
    """After its first word the connection is gone."""
    await rig.control(queue_seconds=60)
    submitted = await rig.submit()
    rig.fault("fal.stream", "cut")

    with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientConnectionError)):
        await rig.finish(submitted)


async def test_a_stream_can_be_missing(rig: Rig) -> None:
    """As on an old deployment."""
    submitted = await rig.submit()
    rig.fault("fal.stream", "status", status=404)

    status, _, _ = await rig.call("GET", f"{submitted['status_url']}/stream")

    assert status == 404


async def test_a_stream_can_stay_silent(rig: Rig) -> None:
    """It opens, says nothing for as long as was set, and then goes on."""
    submitted = await rig.submit()
    rig.fault("fal.stream", "silence", seconds=90)
    listening = asyncio.create_task(_words(rig, submitted))

    await rig.struck()
    await asyncio.sleep(0.02)
    silent = not listening.done()
    await rig.clock.advance(90)

    assert silent
    assert (await listening)[-1] == "COMPLETED"


async def _file(rig: Rig) -> str:
    _, _, body = await rig.result()
    return str(body["audio_file"]["url"])


async def test_a_download_can_be_cut(rig: Rig) -> None:
    """The announced length is not reached."""
    url = await _file(rig)
    rig.fault("fal.file", "cut")

    with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientConnectionError)):
        await rig.download(url)


async def test_a_download_can_be_damaged(rig: Rig) -> None:
    """As long as announced, and not the same bytes; the next one is good again."""
    url = await _file(rig)
    rig.fault("fal.file", "corrupt")

    files = []
    for _ in range(2):
        async with rig.http.get(url) as answer:
            files.append(await answer.read())

    assert len(files[0]) == len(files[1])
    assert not files[0].startswith(b"RIFF")
    assert files[1].startswith(b"RIFF")


async def test_a_download_can_be_huge(rig: Rig) -> None:
    """Four gigabytes are announced, and keep coming until the listener leaves."""
    url = await _file(rig)
    rig.fault("fal.file", "huge")
    read = 0

    async with rig.http.get(url) as answer:
        announced = answer.content_length
        async for block in answer.content.iter_any():
            read += len(block)
            if read > 5_000_000:
                break

    assert announced == HUGE
    assert read > 5_000_000


@pytest.mark.parametrize(("what", "status"), [("html", 200), ("status", 404)])
async def test_a_download_can_be_something_else(rig: Rig, what: str, status: int) -> None:
    """A page, or an error."""
    url = await _file(rig)
    rig.fault("fal.file", what, status=status)

    async with rig.http.get(url) as answer:
        data = await answer.read()

    assert answer.status == status
    assert not data.startswith(b"RIFF")


@pytest.mark.parametrize("status", [401, 500, 503])
async def test_an_upload_can_fail(rig: Rig, status: int) -> None:
    """Nothing is kept then."""
    rig.fault("fal.upload", "status", status=status)

    answered, _, _ = await rig.call(
        "POST", "/fal/rest/storage/upload/initiate", json={"file_name": "a", "content_type": "b"}
    )

    assert answered == status
    assert (await rig.control())["uploads"] == []


async def test_the_list_of_requests_can_fail_and_lie(rig: Rig) -> None:
    """An error once, then an empty list, then the truth."""
    await rig.result()
    await rig.clock.advance(1)
    rig.fault("fal.requests", "status", status=503)
    rig.fault("fal.requests", "lie")
    url = f"/fal/v1/models/requests/by-endpoint?endpoint_id={SOUND}"

    failed, lied, told = [await rig.call("GET", url) for _ in range(3)]

    assert failed[0] == 503
    assert lied[2]["items"] == []
    assert len(told[2]["items"]) == 1


async def test_an_answer_can_come_late_while_its_request_is_made(rig: Rig) -> None:
    """The submit is accepted at once; a client that dies meanwhile has paid without knowing."""
    rig.fault("fal.submit", "delay", seconds=5)

    late = asyncio.ensure_future(rig.call("POST", SUBMIT, json=BODY))
    await rig.struck()
    counts = (await rig.control())["counts"]

    assert counts["accepted"] == 1
    assert not late.done()
    late.cancel()


async def test_a_submit_can_fail_after_it_was_taken(rig: Rig) -> None:
    """The worst of all answers: it is being made, and billed."""
    rig.fault("fal.submit", "fail_after", status=502)

    status, headers, body = await rig.call("POST", SUBMIT, json=BODY)

    assert (status, headers["Content-Type"].split(";")[0]) == (502, "text/html")
    assert "nginx" in body
    assert (await rig.control())["counts"]["accepted"] == 1


@pytest.mark.parametrize("name", ["picture", "archive", "playlist", "crowd", "nothing"])
async def test_a_download_can_be_an_impostor(rig: Rig, name: str) -> None:
    """It comes under the name and the type of the audio that it is not."""
    url = await _file(rig)
    rig.fault("fal.file", "lie", body=name)

    async with rig.http.get(url) as false, rig.http.get(url) as honest:
        assert false.status == 200
        assert false.content_type == honest.content_type
        assert await false.read() != await honest.read()


async def test_a_download_can_end_early_and_call_that_the_whole(rig: Rig) -> None:
    """The length that was announced has arrived, and half of the sound is missing."""
    url = await _file(rig)
    async with rig.http.get(url) as honest:
        whole = await honest.read()
    rig.fault("fal.file", "lie")

    async with rig.http.get(url) as short:
        assert await short.read() == whole[: len(whole) // 2]
