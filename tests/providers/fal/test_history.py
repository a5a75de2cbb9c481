"""Looking lost submits up in the account's history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import httpx
import pytest

from bot.domain.job import Json
from bot.errors import AccountLocked, BadCredentials, Busy, ProviderError, Unreachable

from .conftest import ENDPOINT, REQUEST_ID, START, Connect, Script, answer, handle


def page(*items: Json, cursor: str | None = None) -> httpx.Response:
    """Answer with a page of the history."""
    return answer(200, {"items": [*items], "next_cursor": cursor, "has_more": cursor is not None})


def item(request_id: str = REQUEST_ID, **fields: Json) -> Json:
    """Make one entry of the history."""
    return {"request_id": request_id, "endpoint_id": ENDPOINT, **fields}


async def test_the_history_gives_handles_and_what_was_sent(connect: Connect) -> None:
    """Enough to recognise a request by its seed, and to follow it from there."""
    fal = Script(page(item(sent_at="2026-03-01T11:59:58.5Z", json_input={"seed": 7})))
    provider = await connect(fal)
    since = START.astimezone(timezone(timedelta(hours=2)))

    [seen] = await provider.look_up(ENDPOINT, since=since)

    assert seen.handle == handle()
    assert seen.arguments == {"seed": 7}
    assert seen.sent_at == datetime(2026, 3, 1, 11, 59, 58, 500_000, tzinfo=UTC)
    [request] = fal.seen
    assert request.url.copy_with(query=None) == "https://api.fal.ai/v1/models/requests/by-endpoint"
    assert dict(request.url.params) == {
        "endpoint_id": ENDPOINT,
        "start": "2026-03-01T12:00:00.000Z",
        "expand": "payloads",
        "limit": "100",
    }


@pytest.mark.parametrize(
    ("sent", "arguments"),
    [
        ({"a": 1}, {"a": 1}),
        ('{"a": 1}', {"a": 1}),
        ("not json", None),
        ("[1]", None),
        ([1], None),
        (None, None),
    ],
)
async def test_what_was_sent_may_be_an_object_a_text_or_absent(
    connect: Connect, sent: Json, arguments: Json
) -> None:
    """Anything else counts as not kept."""
    provider = await connect(Script(page(item(json_input=sent, sent_at="whenever"))))

    [seen] = await provider.look_up(ENDPOINT, since=START)

    assert (seen.arguments, seen.sent_at) == (arguments, None)


async def test_all_pages_are_read_and_odd_entries_passed_over(connect: Connect) -> None:
    """The cursor leads on; an entry without an id is no request."""
    fal = Script(
        page(item("a"), 7, {"request_id": None}, cursor="next"),
        answer(502, b""),
        page(item("b"), item("a"), cursor="last"),
        page(item("c")),
    )
    provider = await connect(fal)

    seen = await provider.look_up(ENDPOINT, since=START)

    assert [entry.handle.request_id for entry in seen] == ["a", "b", "c"]
    assert [request.url.params.get("cursor") for request in fal.seen] == [
        None,
        "next",
        "next",
        "last",
    ]


async def test_a_cursor_that_leads_in_circles_is_not_followed_forever(connect: Connect) -> None:
    """A page that names itself as the next is the last."""
    fal = Script(page(item("a"), cursor="again"))
    provider = await connect(fal)

    await provider.look_up(ENDPOINT, since=START)

    assert len(fal.seen) == 2


async def test_an_endless_history_is_read_to_a_bound(connect: Connect) -> None:
    """Twenty pages are two thousand requests since a few minutes ago."""
    asked = 0

    def endless(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return page(item(f"id-{asked}"), cursor=f"c-{asked}")

    provider = await connect(endless)

    assert len(await provider.look_up(ENDPOINT, since=START)) == 20
    assert asked == 20


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (answer(200, b"<html>"), Busy),
        (answer(200, {}), Busy),
        (answer(200, {"items": None}), Busy),
        (answer(500, {"error": {"type": "server_error", "message": "m"}}), Busy),
        (httpx.ConnectError("x"), Unreachable),
        (answer(403, {"error": {"type": "authorization_error", "message": "m"}}), BadCredentials),
        (answer(403, {"error": {"type": "x", "message": "User is locked."}}), AccountLocked),
    ],
)
async def test_a_history_that_cannot_be_read_never_looks_empty(
    connect: Connect, said: httpx.Response | Exception, expected: type[ProviderError]
) -> None:
    """Absence leads to a refund, so only a real list may show it."""
    provider = await connect(Script(said))

    with pytest.raises(expected):
        await provider.look_up(ENDPOINT, since=START)
