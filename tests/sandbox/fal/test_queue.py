from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.sandbox.fal.conftest import BODY, MUSIC, SOUND, Rig

ACE = "fal-ai/ace-step/prompt-to-audio"


async def test_a_submit_answers_with_the_urls_of_the_app(rig: Rig) -> None:
    """The sub-path of the endpoint is dropped; the answer has every field that clients read."""
    answer = await rig.submit(ACE, prompt="x", duration=5)

    url = f"{rig.base}/fal/queue/fal-ai/ace-step/requests/{answer['request_id']}"
    assert answer == {
        "status": "IN_QUEUE",
        "request_id": answer["request_id"],
        "response_url": url,
        "status_url": f"{url}/status",
        "cancel_url": f"{url}/cancel",
        "logs": None,
        "queue_position": 0,
    }


async def test_polling_under_the_full_path_is_not_allowed(rig: Rig) -> None:
    """The endpoint's sub-path belongs to the submit only."""
    request = (await rig.submit(ACE, prompt="x", duration=5))["request_id"]

    status, _, _ = await rig.call("GET", f"/fal/queue/{ACE}/requests/{request}/status")

    assert status == 405


async def test_requests_run_two_at_a_time_and_in_order(rig: Rig) -> None:
    """A new account has two requests in progress; those behind count the ones ahead."""
    await rig.control(run_seconds=10)
    submitted = [await rig.submit(SOUND, prompt=f"tune {n}", duration=1) for n in range(5)]
    await rig.clock.advance(0)

    statuses = [await rig.status(one) for one in submitted]

    assert [status["status"] for status in statuses] == [
        "IN_PROGRESS", "IN_PROGRESS", "IN_QUEUE", "IN_QUEUE", "IN_QUEUE",
    ]  # fmt: skip
    assert [status.get("queue_position") for status in statuses[2:]] == [0, 1, 2]


async def test_a_position_falls_while_others_go_ahead(rig: Rig) -> None:
    """Even alone one waits behind strangers, fewer and fewer, and then starts."""
    await rig.control(queue_seconds=3, run_seconds=10)
    submitted = await rig.submit()

    seen: list[Any] = []
    for _ in range(4):
        status = await rig.status(submitted)
        seen.append(status.get("queue_position", status["status"]))
        await rig.clock.advance(1)

    assert seen == [3, 2, 1, "IN_PROGRESS"]


async def test_low_priority_goes_last(rig: Rig) -> None:
    """A request of low priority waits behind all others."""
    await rig.control(concurrency=1, run_seconds=10)
    await rig.submit()
    low = {"Authorization": "Key a:b", "X-Fal-Queue-Priority": "low"}
    _, _, patient = await rig.call("POST", f"/fal/queue/{SOUND}", json=BODY, headers=low)
    hurried = await rig.submit()
    await rig.clock.advance(0)

    assert (await rig.status(hurried))["queue_position"] == 0
    assert (await rig.status(patient))["queue_position"] == 1


async def test_status_codes_tell_running_from_done(rig: Rig) -> None:
    """202 until it is over, 200 then; the finished status has metrics and the log."""
    await rig.control(run_seconds=5)
    submitted = await rig.submit()
    await rig.clock.advance(2)
    running, _, status = await rig.call("GET", f"{submitted['status_url']}?logs=1")

    waiting = asyncio.create_task(rig.finish(submitted))
    await rig.clock.advance(5)
    await waiting
    done, _, last = await rig.call("GET", f"{submitted['status_url']}?logs=true")

    assert (running, status["status"]) == (202, "IN_PROGRESS")
    assert [line["message"] for line in status["logs"]] == [
        "Loading the model", "Generating 20%", "Generating 40%",
    ]  # fmt: skip
    assert set(status["logs"][0]) == {"message", "timestamp", "level", "source"}
    assert (done, last["status"]) == (200, "COMPLETED")
    assert last["metrics"]["inference_time"] >= 5
    assert "error" not in last


async def test_logs_are_a_window_of_five_minutes(rig: Rig) -> None:
    """Old lines are no longer shown."""
    await rig.control(run_seconds=600)
    submitted = await rig.submit()
    await rig.clock.advance(500)

    logs = (await rig.status(submitted))["logs"]

    assert [line["message"] for line in logs] == [
        "Generating 40%", "Generating 60%", "Generating 80%",
    ]  # fmt: skip


async def test_the_stream_sends_changes_and_each_log_line_once(rig: Rig) -> None:
    """Positions, progress and end arrive in order; then the stream is over."""
    await rig.control(queue_seconds=2, run_seconds=5)
    submitted = await rig.submit()
    statuses: list[dict[str, Any]] = []

    async def listen() -> None:
        statuses.extend([status async for status in rig.stream(submitted)])

    listening = asyncio.create_task(listen())
    while not listening.done():
        await rig.clock.advance(0.5)
        await asyncio.sleep(0.005)

    words = [status["status"] for status in statuses]
    lines = [line["message"] for status in statuses for line in status.get("logs") or ()]
    assert [status["queue_position"] for status in statuses[:2]] == [2, 1]
    assert words == sorted(words, key=["IN_QUEUE", "IN_PROGRESS", "COMPLETED"].index)
    assert words[-1] == "COMPLETED"
    assert len(lines) == len(set(lines)) == 7


async def test_an_early_result_is_an_error(rig: Rig) -> None:
    """Before the end the result says that it is not there yet."""
    await rig.control(queue_seconds=60)
    submitted = await rig.submit()

    status, _, body = await rig.call("GET", submitted["response_url"])

    assert (status, body) == (400, {"detail": "Request is still in progress"})


async def test_the_result_says_what_is_billed(rig: Rig) -> None:
    """Ten seconds at a price per minute are a sixth of a unit."""
    status, headers, _ = await rig.result(MUSIC, prompt="x", duration=10)

    assert status == 200
    assert headers["X-Fal-Billable-Units"] == "0.1667"
    assert "x-fal-request-id" in headers
    assert (await rig.control())["counts"]["charged_usd"] == pytest.approx(0.003334)


async def test_cancelling_in_line_removes_the_request(rig: Rig) -> None:
    """It never runs, and its result is fal's 499."""
    await rig.control(queue_seconds=60)
    submitted = await rig.submit()

    code, _, body = await rig.call("PUT", submitted["cancel_url"])
    again, _, late = await rig.call("PUT", submitted["cancel_url"])
    result, headers, _ = await rig.call("GET", submitted["response_url"])

    assert (code, body) == (202, {"status": "CANCELLATION_REQUESTED"})
    assert (again, late) == (400, {"status": "ALREADY_COMPLETED"})
    assert (result, headers["X-Fal-Error-Type"]) == (499, "client_cancelled")
    assert (await rig.status(submitted))["error_type"] == "client_cancelled"
    assert (await rig.control())["counts"]["cancelled"] == 1


async def test_cancelling_a_running_request_frees_its_place(rig: Rig) -> None:
    """The next one starts, and the cancelled one is not billed."""
    await rig.control(concurrency=1, run_seconds=30)
    first, second = await rig.submit(), await rig.submit()
    await rig.clock.advance(1)

    await rig.call("PUT", first["cancel_url"])
    await rig.clock.advance(0)

    assert (await rig.status(first))["status"] == "COMPLETED"
    assert (await rig.status(second))["status"] == "IN_PROGRESS"


async def test_a_stubborn_request_finishes_after_all(rig: Rig) -> None:
    """A running request may ignore the signal, and is billed."""
    await rig.control(run_seconds=30)
    submitted = await rig.submit(SOUND, prompt="[stubborn] tune", duration=1)
    await rig.clock.advance(1)

    code, _, _ = await rig.call("PUT", submitted["cancel_url"])
    waiting = asyncio.create_task(rig.finish(submitted))
    await rig.clock.advance(30)
    await waiting

    assert code == 202
    assert (await rig.control())["counts"]["finished"] == 1


async def test_a_request_that_does_not_start_in_time_is_given_up(rig: Rig) -> None:
    """The caller's own deadline ends the waiting with a 504 that says whose deadline it was."""
    await rig.control(concurrency=1, run_seconds=600)
    await rig.submit()
    headers = {"Authorization": "Key a:b", "X-Fal-Request-Timeout": "30"}
    _, _, late = await rig.call("POST", f"/fal/queue/{SOUND}", json=BODY, headers=headers)

    await rig.clock.advance(29)
    before = (await rig.status(late))["status"]
    await rig.clock.advance(1)
    status, answered, body = await rig.call("GET", late["response_url"])

    assert before == "IN_QUEUE"
    assert (status, body["error_type"]) == (504, "request_timeout")
    assert answered["X-Fal-Request-Timeout-Type"] == "user"
    assert (await rig.status(late))["error"] == "Request timed out"


async def test_the_deadline_does_not_stop_what_runs(rig: Rig) -> None:
    """It limits the waiting only."""
    await rig.control(run_seconds=60)
    headers = {"Authorization": "Key a:b", "X-Fal-Request-Timeout": "5"}
    _, _, submitted = await rig.call("POST", f"/fal/queue/{SOUND}", json=BODY, headers=headers)

    await rig.clock.advance(20)

    assert (await rig.status(submitted))["status"] == "IN_PROGRESS"


@pytest.mark.parametrize("operation", ["status", "", "cancel", "status/stream"])
async def test_an_unknown_request_is_not_found(rig: Rig, operation: str) -> None:
    """Everything about it answers the same way."""
    path = f"/fal/queue/{SOUND}/requests/nobody/{operation}".rstrip("/")

    status, _, body = await rig.call("PUT" if operation == "cancel" else "GET", path)

    assert (status, body) == (404, {"status": "NOT_FOUND"})


async def test_an_unknown_application_is_not_found(rig: Rig) -> None:
    """A typo in the endpoint is told by the name of the application."""
    status, _, body = await rig.call("POST", "/fal/queue/fal-ai/h3-max", json={})

    assert (status, body) == (404, {"detail": 'Application "h3-max" not found'})


async def test_an_endpoint_that_is_gone_is_not_found(rig: Rig) -> None:
    """What was taken from the list no longer answers."""
    await rig.control(gone=[SOUND])

    status, _, body = await rig.call("POST", f"/fal/queue/{SOUND}", json=BODY)

    assert status == 404
    assert body["detail"].startswith("Application")


async def test_a_full_queue_can_be_avoided(rig: Rig) -> None:
    """Who sets the longest queue is turned away from a longer one."""
    await rig.control(queue_seconds=60)
    await rig.submit()

    status, _, _ = await rig.call("POST", f"/fal/queue/{SOUND}?fal_max_queue_length=0", json=BODY)

    assert status == 429


@pytest.mark.parametrize(
    ("given", "detail"),
    [
        (None, "Cannot access application"),
        ("Key nonsense", "Invalid Key Authorization header format. Expected"),
        ("Bearer a:b", "Invalid Key Authorization header format. Expected"),
        ("Key bad:key", "No user found for Key ID and Secret"),
    ],
)
async def test_a_wrong_key_is_refused(rig: Rig, given: str | None, detail: str) -> None:
    """The gateway says what is wrong with it, and remembers the attempt."""
    headers = {} if given is None else {"Authorization": given}

    status, _, body = await rig.call("POST", f"/fal/queue/{SOUND}", json=BODY, headers=headers)

    assert status == 401
    assert body["detail"].startswith(detail)
    assert (await rig.control())["submits"][0]["status"] == 401


async def test_a_locked_account_submits_nothing(rig: Rig) -> None:
    """Until it is unlocked; what was submitted before goes on."""
    before = await rig.submit()
    await rig.control(locked=True)

    status, _, body = await rig.call("POST", f"/fal/queue/{SOUND}", json=BODY)
    await rig.finish(before)
    result, _, _ = await rig.call("GET", before["response_url"])
    await rig.control(locked=False)

    assert status == 403
    assert body["detail"].startswith("User is locked. Reason: Exhausted balance.")
    assert result == 200
    assert await rig.submit()
