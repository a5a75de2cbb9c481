"""Calls that claim to come from fal: who made them, and about which request (fal docs, Webhooks).

What a call says of the result is not used: the result is fetched where it always is.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.domain.clock import Clock
from bot.domain.job import Json
from bot.errors import Busy
from bot.providers import sentences as say
from bot.providers.addresses import is_id
from bot.providers.answers import parse_json
from bot.providers.base import Forged
from bot.providers.wire import Wire

MOST_SECONDS_OFF = 300
"""How far a call's time may be from ours."""

KEYS_SECONDS = 24 * 3600
"""How long fal's keys may be kept."""

_RENEW_SECONDS = 300
"""Keys this old are fetched anew when a signature fits none of them: fal may have changed them.
Calls with made-up signatures cause no more requests than that."""

_LIMIT_BYTES = 256 * 1024
_MOST_KEYS = 50


class Calls:
    """Checks calls against fal's published keys."""

    def __init__(self, wire: Wire, rest_url: str, *, clock: Clock) -> None:
        self._wire = wire
        self._url = f"{rest_url.rstrip('/')}/.well-known/jwks.json"
        self._clock = clock
        self._keys: list[Ed25519PublicKey] = []
        self._fetched_at: float | None = None

    async def request_of(self, headers: Mapping[str, str], body: bytes) -> str:
        """Give the id of the request that a call is about; see `Caller.request_of`."""
        message, signature = self._signed(headers, body)
        if not _fits(await self._kept(KEYS_SECONDS), message, signature) and not _fits(
            await self._kept(_RENEW_SECONDS), message, signature
        ):
            raise Forged("A call was not signed by fal.")
        said = parse_json(body)
        request_id = said.get("request_id") if isinstance(said, dict) else None
        if not isinstance(request_id, str) or not is_id(request_id):
            raise Forged("A call names no request.")
        return request_id

    def _signed(self, headers: Mapping[str, str], body: bytes) -> tuple[bytes, bytes]:
        """Give the message that fal signed, and the signature.

        Raises:
            Forged: Something is missing, or the call is old and may be somebody's repetition.
        """
        parts = [
            headers.get(f"X-Fal-Webhook-{name}", "")
            for name in ("Request-Id", "User-Id", "Timestamp", "Signature")
        ]
        if not all(parts):
            raise Forged("A call has no signature.")
        *said, signature = parts
        try:
            made_at = int(said[2])
            signed = bytes.fromhex(signature)
        except ValueError as error:
            raise Forged("A call's signature cannot be read.") from error
        if abs(self._clock.now().timestamp() - made_at) > MOST_SECONDS_OFF:
            raise Forged("A call is too old, or one of the two clocks is wrong.")
        return "\n".join([*said, hashlib.sha256(body).hexdigest()]).encode(), signed

    async def _kept(self, seconds: float) -> list[Ed25519PublicKey]:
        """Give fal's keys, fetched no longer ago than that."""
        now = self._clock.monotonic()
        if self._fetched_at is None or now - self._fetched_at >= seconds:
            self._keys = await self._fetch()
            self._fetched_at = now
        return self._keys

    async def _fetch(self) -> list[Ed25519PublicKey]:
        answer = await self._wire.ask("GET", self._url, with_key=False, limit=_LIMIT_BYTES)
        said = parse_json(answer.body) if answer.ok else None
        listed = said.get("keys") if isinstance(said, dict) else None
        if not isinstance(listed, list):
            raise Busy(say.BUSY)
        keys = [key for key in map(_key, listed[:_MOST_KEYS]) if key is not None]
        if not keys:
            raise Busy(say.BUSY)
        return keys


def _key(entry: Json) -> Ed25519PublicKey | None:
    """Read a key; None for one of another kind."""
    x = entry.get("x") if isinstance(entry, dict) else None
    if not isinstance(x, str):
        return None
    try:
        # The list leaves the padding out, and Python's decoder insists on it.
        raw = base64.urlsafe_b64decode(x + "=" * (-len(x) % 4))
        return Ed25519PublicKey.from_public_bytes(raw)
    except (ValueError, binascii.Error):
        return None


def _fits(keys: list[Ed25519PublicKey], message: bytes, signature: bytes) -> bool:
    for key in keys:
        try:
            key.verify(signature, message)
        except InvalidSignature:
            continue
        return True
    return False
