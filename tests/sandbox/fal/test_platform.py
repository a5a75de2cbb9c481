from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.sandbox.fal.conftest import SOUND, START, Rig

PAST = "/fal/v1/models/requests/by-endpoint"


async def _items(rig: Rig, **query: str) -> list[dict[str, Any]]:
    status, _, body = await rig.call("GET", PAST, params={"endpoint_id": SOUND} | query)
    assert status == 200, body
    return list(body["items"])


async def test_past_requests_show_their_input(rig: Rig) -> None:
    """A lost submit is recognised by what was sent."""
    submitted = await rig.submit(SOUND, prompt="lost", duration=1)
    await rig.finish(submitted)
    await rig.clock.advance(1)

    [plain] = await _items(rig)
    [full] = await _items(rig, expand="payloads")

    assert "json_input" not in plain
    assert full["request_id"] == submitted["request_id"]
    assert full["json_input"] == {"prompt": "lost", "duration": 1}
    assert full["status_code"] == 200
    assert "audio_file" in full["json_output"]


async def test_unfinished_requests_are_not_listed(rig: Rig) -> None:
    """Only what is over shows, and a moment after it ended."""
    await rig.control(queue_seconds=60)
    await rig.submit()
    waiting = await _items(rig)
    await rig.control(queue_seconds=0)
    await rig.finish(await rig.submit())
    at_once = await _items(rig)
    await rig.clock.advance(0.1)

    assert (waiting, at_once) == ([], [])
    assert len(await _items(rig)) == 1


async def test_past_requests_can_be_narrowed_down(rig: Rig) -> None:
    """By time, status and id; the newest first, page by page."""
    for prompt in ("one", "two [refuse]", "three"):
        await rig.finish(await rig.submit(SOUND, prompt=prompt, duration=1))
        await rig.clock.advance(10)

    good = await _items(rig, status="success", expand="payloads")
    bad = await _items(rig, status="user_error")
    late = await _items(rig, start=(START + timedelta(seconds=15)).isoformat())
    _, _, page = await rig.call("GET", f"{PAST}?endpoint_id={SOUND}&limit=2")
    _, _, rest = await rig.call(
        "GET", f"{PAST}?endpoint_id={SOUND}&limit=2&cursor={page['next_cursor']}"
    )

    assert [item["json_input"]["prompt"] for item in good] == ["three", "one"]
    assert [item["status_code"] for item in bad] == [422]
    assert len(late) == 1
    assert (len(page["items"]), page["has_more"]) == (2, True)
    assert (len(rest["items"]), rest["has_more"]) == (1, False)


async def test_what_was_not_to_be_stored_is_not_shown(rig: Rig) -> None:
    """The request is listed without its input."""
    headers = {"Authorization": "Key a:b", "X-Fal-Store-IO": "0"}
    _, _, submitted = await rig.call(
        "POST", f"/fal/queue/{SOUND}", json={"prompt": "x", "duration": 1}, headers=headers
    )
    await rig.finish(submitted)
    await rig.clock.advance(1)

    [item] = await _items(rig, expand="payloads")

    assert "json_input" not in item


async def test_the_platform_speaks_its_own_errors(rig: Rig) -> None:
    """Errors are objects with a type and a message."""
    unknown = await rig.call("GET", "/fal/v1/models/pricing?endpoint_id=no/such")
    nobody = await rig.call("GET", "/fal/v1/models/pricing", headers={})
    vague = await rig.call("GET", PAST)

    assert (unknown[0], unknown[2]["error"]["type"]) == (404, "not_found")
    assert (nobody[0], nobody[2]["error"]["type"]) == (401, "authorization_error")
    assert (vague[0], vague[2]["error"]["type"]) == (400, "validation_error")


async def test_prices_have_units(rig: Rig) -> None:
    """As the pricing call gives them."""
    _, _, body = await rig.call("GET", f"/fal/v1/models/pricing?endpoint_id={SOUND}")

    assert body["prices"] == [
        {"endpoint_id": SOUND, "unit_price": 0.01, "unit": "generations", "currency": "USD"}
    ]


async def test_models_leave_out_what_is_gone(rig: Rig) -> None:
    """No key is needed; what left the published list, or was taken from it, is missing."""
    await rig.control(gone=["fal-ai/lyria2"])
    asked = f"{SOUND},fal-ai/lyria2,beatoven/music-generation,no/such"

    _, _, body = await rig.call("GET", f"/fal/v1/models?endpoint_id={asked}", headers={})

    assert [model["endpoint_id"] for model in body["models"]] == [SOUND]
    assert body["models"][0]["metadata"]["status"] == "active"


async def test_models_can_be_searched(rig: Rig) -> None:
    """By words and by category."""
    _, _, found = await rig.call("GET", "/fal/v1/models?q=demucs")
    _, _, none = await rig.call("GET", "/fal/v1/models?q=demucs&category=text-to-audio")

    assert [model["endpoint_id"] for model in found["models"]] == ["fal-ai/demucs"]
    assert none["models"] == []


async def test_webhook_addresses_need_no_key(rig: Rig) -> None:
    """Anyone may ask where webhooks come from."""
    status, _, body = await rig.call("GET", "/fal/v1/meta", headers={})

    assert status == 200
    assert body["webhook_ip_ranges"]


async def test_files_are_served_in_ranges(rig: Rig) -> None:
    """A part, an end, all of it, and nothing beyond."""
    url = await rig.upload(bytes(range(100)))

    async def get(span: str | None) -> tuple[int, bytes, str | None]:
        headers = {"Range": span} if span else {}
        async with rig.http.get(url, headers=headers) as answer:
            return answer.status, await answer.read(), answer.headers.get("Content-Range")

    assert await get("bytes=10-19") == (206, bytes(range(10, 20)), "bytes 10-19/100")
    assert await get("bytes=-5") == (206, bytes(range(95, 100)), "bytes 95-99/100")
    assert await get("bytes=90-") == (206, bytes(range(90, 100)), "bytes 90-99/100")
    assert (await get(None))[:2] == (200, bytes(range(100)))
    assert (await get("bytes=100-"))[0] == 416


async def test_uploads_need_a_key_and_a_promise(rig: Rig) -> None:
    """Without a key nothing begins; a place that was never promised takes nothing."""
    body = {"file_name": "a.wav", "content_type": "audio/wav"}
    url = "/fal/rest/storage/upload/initiate"

    nobody, _, _ = await rig.call("POST", url, json=body, headers={})
    vague, _, _ = await rig.call("POST", url, json={})
    stranger, _, _ = await rig.call("PUT", "/fal/rest/storage/put/elsewhere", data=b"x")
    bare, _, _ = await rig.call("POST", "/fal/rest/files/upload", data=b"x", headers={})

    assert (nobody, vague, stranger, bare) == (401, 422, 403, 401)


async def test_control_shows_and_changes_the_settings(rig: Rig) -> None:
    """Only what is named changes; nonsense is refused in a sentence."""
    changed = await rig.control(queue_seconds=1.5, gone=[SOUND])
    status, _, refusal = await rig.call("POST", "/control/fal", json={"speed": 9})

    assert changed == {
        "queue_seconds": 1.5, "run_seconds": 0.0, "concurrency": 2, "locked": False,
        "gone": [SOUND], "file_bytes_per_second": None,
    }  # fmt: skip
    assert status == 400
    assert refusal["error"].startswith("speed")


async def test_every_submit_is_remembered_and_recorded(rig: Rig) -> None:
    """With body, time and headers, the key's secret left out; the recorder hears of it too."""
    submitted = await rig.submit(SOUND, prompt="x", duration=1)
    await rig.finish(submitted)

    [submit] = (await rig.control())["submits"]

    assert submit["request_id"] == submitted["request_id"]
    assert submit["endpoint"] == SOUND
    assert submit["arguments"] == {"prompt": "x", "duration": 1}
    assert submit["headers"]["authorization"] == "Key someone:***"
    assert submit["status"] == 200
    told = [event["kind"] for event in rig.events if event["kind"] != "fal.asked"]
    assert told == ["fal.submit", "fal.ended"]
