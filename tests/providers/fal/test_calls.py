"""Calls: believed only with fal's signature, and only for a while."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.errors import Busy, Unreachable
from bot.providers.base import Forged
from bot.providers.fal import FalProvider

from .conftest import REQUEST_ID, START, Connect, ManualClock, Script, answer

OURS = Ed25519PrivateKey.generate()
BODY = json.dumps({"request_id": REQUEST_ID, "status": "OK", "payload": {}}).encode()
KEYS_URL = "https://rest.fal.ai/.well-known/jwks.json"
STAMP = int(START.timestamp())


def listed(*keys: Ed25519PrivateKey) -> httpx.Response:
    """The list of keys as fal publishes it: base64url, and without padding."""
    entries: list[Any] = [
        {"kty": "OKP", "x": base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).decode()}
        for key in keys
    ]
    return answer(200, {"keys": [entry | {"x": entry["x"].rstrip("=")} for entry in entries]})


def signed(body: bytes = BODY, *, key: Ed25519PrivateKey = OURS, at: int = STAMP) -> dict[str, str]:
    """The headers of a call."""
    message = "\n".join([REQUEST_ID, "user", str(at), hashlib.sha256(body).hexdigest()])
    return {
        "x-fal-webhook-request-id": REQUEST_ID,
        "x-fal-webhook-user-id": "user",
        "x-fal-webhook-timestamp": str(at),
        "x-fal-webhook-signature": key.sign(message.encode()).hex(),
    }


async def take(
    fal: FalProvider, headers: Mapping[str, str] | None = None, body: bytes = BODY
) -> str:
    """Have a call checked."""
    return await fal.request_of(httpx.Headers(signed() if headers is None else headers), body)


async def test_a_signed_call_names_its_request(connect: Connect) -> None:
    """By any of the published keys, whose padding is left out; the key of the account stays here."""
    script = Script(listed(Ed25519PrivateKey.generate(), OURS))
    fal = await connect(script)

    assert await take(fal) == REQUEST_ID
    [request] = script.seen
    assert str(request.url) == KEYS_URL
    assert "authorization" not in request.headers


def _without(name: str) -> Callable[[], dict[str, str]]:
    return lambda: {key: value for key, value in signed().items() if not key.endswith(name)}


@pytest.mark.parametrize(
    "headers",
    [
        *(_without(name) for name in ("request-id", "user-id", "timestamp", "signature")),
        lambda: signed(key=Ed25519PrivateKey.generate()),
        lambda: signed(body=b"another"),
        lambda: signed() | {"x-fal-webhook-user-id": "somebody else"},
        lambda: signed() | {"x-fal-webhook-request-id": "another"},
        lambda: signed() | {"x-fal-webhook-timestamp": str(STAMP + 1)},
        lambda: signed() | {"x-fal-webhook-timestamp": "now"},
        lambda: signed() | {"x-fal-webhook-signature": "zz"},
        lambda: signed() | {"x-fal-webhook-signature": "00"},
        lambda: signed(at=STAMP - 301),
        lambda: signed(at=STAMP + 301),
        dict[str, str],
    ],
)
async def test_anything_less_is_forged(
    connect: Connect, headers: Callable[[], dict[str, str]]
) -> None:
    """A missing part, another's key, another body, a changed part, a time too far from ours."""
    fal = await connect(Script(listed(OURS)))

    with pytest.raises(Forged):
        await take(fal, headers())


@pytest.mark.parametrize("seconds", [-300, 300])
async def test_five_minutes_of_difference_are_allowed(connect: Connect, seconds: int) -> None:
    """Clocks differ, and calls are repeated."""
    fal = await connect(Script(listed(OURS)))

    assert await take(fal, signed(at=STAMP + seconds)) == REQUEST_ID


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"request_id": 7}', b'{"request_id": "a/b"}']
)
async def test_a_signed_call_without_a_request_is_of_no_use(connect: Connect, body: bytes) -> None:
    """What goes into addresses and the database is checked, whoever signed it."""
    fal = await connect(Script(listed(OURS)))

    with pytest.raises(Forged):
        await take(fal, signed(body), body)


async def test_the_keys_are_kept_for_a_day_and_not_longer(
    connect: Connect, clock: ManualClock
) -> None:
    """They may have changed."""
    script = Script(listed(OURS))
    fal = await connect(script)

    await take(fal)
    await clock.sleep(24 * 3600 - 1)
    await take(fal, signed(at=int(clock.now().timestamp())))
    assert len(script.seen) == 1

    await clock.sleep(1)
    await take(fal, signed(at=int(clock.now().timestamp())))
    assert len(script.seen) == 2


async def test_a_new_key_is_fetched_when_the_old_ones_do_not_fit(
    connect: Connect, clock: ManualClock
) -> None:
    """But not for every made-up signature anew."""
    new = Ed25519PrivateKey.generate()
    script = Script(listed(OURS), listed(new))
    fal = await connect(script)
    await take(fal)

    for _ in range(10):
        with pytest.raises(Forged):
            await take(fal, signed(key=new))
    assert len(script.seen) == 1

    await clock.sleep(299.9)
    later = int(clock.now().timestamp())
    await clock.sleep(0.1)
    assert await take(fal, signed(key=new, at=later)) == REQUEST_ID
    assert len(script.seen) == 2


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (answer(500, b"<html>"), Busy),
        (answer(200, {"keys": []}), Busy),
        (answer(200, {"keys": [{"x": 7}, {"x": "short"}, "none", {"x": "ümlaut"}]}), Busy),
        (answer(200, b"no list"), Busy),
        (httpx.ConnectError("away"), Unreachable),
    ],
)
async def test_without_the_keys_nothing_is_believed_and_nothing_refused(
    connect: Connect, said: httpx.Response | Exception, error: type[Exception]
) -> None:
    """The call comes again; what was asked for once is asked for again."""
    fal = await connect(Script(said, listed(OURS)))

    with pytest.raises(error):
        await take(fal)
    assert await take(fal) == REQUEST_ID


async def test_the_keys_come_from_where_the_operator_says(connect: Connect) -> None:
    """Whoever points the bot at a server of their own sees no traffic go elsewhere."""
    script = Script(listed(OURS))
    fal = await connect(script, rest_url="http://proxy.local:1234/fal/rest/")

    await take(fal)

    assert str(script.seen[0].url) == "http://proxy.local:1234/fal/rest/.well-known/jwks.json"


async def test_a_submit_says_where_to_call(connect: Connect) -> None:
    """As one parameter, with every sign of the address kept."""
    script = Script(answer(200, {"request_id": REQUEST_ID}))
    fal = await connect(script)

    await fal.submit("fal-ai/x", {}, start_seconds=9, call_url="https://a.b/c?d=1&e=2")
    await fal.submit("fal-ai/x", {}, start_seconds=9)

    assert script.seen[0].url.params["fal_webhook"] == "https://a.b/c?d=1&e=2"
    assert not script.seen[1].url.query
