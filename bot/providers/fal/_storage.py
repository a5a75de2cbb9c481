"""Uploading a file for models to read: the storage token's way, then the pre-signed way.

Both are what fal's own clients do. Neither costs anything, so either may be repeated.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx

from bot.domain.clock import Clock
from bot.domain.job import Json
from bot.errors import (
    AccountLocked,
    BadCredentials,
    Busy,
    ModelGone,
    ProviderError,
    Rejected,
    Unreachable,
)
from bot.providers import sentences as say
from bot.providers.addresses import parse_url
from bot.providers.answers import Answer, parse_json
from bot.providers.fal._errors import on_read
from bot.providers.fal._urls import is_fal_host
from bot.providers.patience import patiently
from bot.providers.wire import Wire

MAX_BYTES = 100 * 1024 * 1024
"""What fal takes in one piece."""

_UPLOAD_SECONDS = 300.0
_TOKEN_MARGIN = timedelta(seconds=30)
_JSON_TYPE = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class _Token:
    """Leave to upload for a while. Has no repr, since it is a secret."""

    authorization: str
    base_url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    data: bytes
    content_type: str
    name: str


class Storage:
    """fal's file storage, under one REST base."""

    def __init__(self, wire: Wire, rest_url: str, *, clock: Clock) -> None:
        self._wire = wire
        self._base = rest_url.rstrip("/")
        self._home = parse_url(self._base)
        self._clock = clock
        self._token: _Token | None = None
        self._token_lock = asyncio.Lock()

    async def upload(self, data: bytes, *, content_type: str, file_name: str) -> str:
        """Store a file, as `Provider.upload` says."""
        if len(data) > MAX_BYTES:
            raise Rejected(say.UPLOAD_TOO_LARGE)
        file = _File(data=data, content_type=_header(content_type), name=_header(file_name))
        try:
            async for attempt in patiently(self._clock):
                with attempt:
                    return await self._either_way(file)
        except (Busy, Unreachable) as error:
            # It was tried again, and nobody does so any more: that must not be promised.
            raise type(error)(say.UPLOAD_FAILED) from error
        raise AssertionError("tenacity neither returned nor raised")

    async def _either_way(self, file: _File) -> str:
        try:
            return await self._by_token(file)
        except (AccountLocked, BadCredentials):
            raise  # the other way needs the same key
        except ProviderError:
            self._token = None
            return await self._by_signed_url(file)

    async def _by_token(self, file: _File) -> str:
        async with self._token_lock:
            token = self._token = await self._fresh_token()
        answer = await self._wire.ask(
            "POST",
            f"{token.base_url}/files/upload",
            content=file.data,
            headers={
                "Authorization": token.authorization,
                "Content-Type": file.content_type,
                "X-Fal-File-Name": file.name,
            },
            with_key=False,
            deadline_seconds=_UPLOAD_SECONDS,
        )
        if answer.status in {401, 403}:
            # It is the token that is not liked, not the key: the other way may still work.
            raise Busy(say.UPLOAD_FAILED)
        return _url_in(self._body(answer), "access_url")

    async def _fresh_token(self) -> _Token:
        known = self._token
        if known is not None and self._clock.now() < known.expires_at - _TOKEN_MARGIN:
            return known
        url = f"{self._base}/storage/auth/token?storage_type=fal-cdn-v3"
        body = self._body(await self._wire.ask("POST", url, content=b"{}", headers=_JSON_TYPE))
        token, kind = body.get("token"), body.get("token_type")
        base = parse_url(body.get("base_url"))
        if not isinstance(token, str) or base is None or not self._is_ours(base):
            raise ProviderError(say.UPLOAD_FAILED)
        return _Token(
            authorization=_header(f"{kind if isinstance(kind, str) else 'Bearer'} {token}"),
            base_url=str(base).rstrip("/"),
            expires_at=self._expiry(body.get("expires_at")),
        )

    async def _by_signed_url(self, file: _File) -> str:
        url = f"{self._base}/storage/upload/initiate?storage_type=gcs"
        content = json.dumps({"file_name": file.name, "content_type": file.content_type}).encode()
        body = self._body(await self._wire.ask("POST", url, content=content, headers=_JSON_TYPE))
        target, file_url = httpx.URL(_url_in(body, "upload_url")), _url_in(body, "file_url")
        if not self._may_put(target):
            raise ProviderError(say.UPLOAD_FAILED)
        answer = await self._wire.ask(
            "PUT",
            target,
            content=file.data,
            headers={"Content-Type": file.content_type},
            with_key=False,
            deadline_seconds=_UPLOAD_SECONDS,
        )
        if answer.status in {401, 403}:
            raise Busy(say.UPLOAD_FAILED)
        self._check(answer)
        return file_url

    def _is_ours(self, url: httpx.URL) -> bool:
        """Whether a file may be sent there with the storage's token."""
        if self._home is None or url.userinfo:
            return False
        same = url.host.lower() == self._home.host.lower() and url.scheme == self._home.scheme
        return same or (is_fal_host(self._home) and is_fal_host(url))

    def _may_put(self, url: httpx.URL) -> bool:
        """Whether a file may be sent there without any key: fal signs URLs of others' clouds."""
        is_cloud = self._home is not None and is_fal_host(self._home) and url.scheme == "https"
        return self._is_ours(url) or is_cloud

    def _expiry(self, value: Json) -> datetime:
        """Read when a token ends; one that does not say is good for this once."""
        try:
            expires_at = datetime.fromisoformat(value if isinstance(value, str) else "")
        except ValueError:
            return self._clock.now()
        return expires_at if expires_at.tzinfo else expires_at.replace(tzinfo=UTC)

    def _check(self, answer: Answer) -> None:
        if answer.ok:
            return
        error = on_read(answer, now=self._clock.now())
        if answer.status == 413:
            raise Rejected(say.UPLOAD_TOO_LARGE)
        if isinstance(error, (Busy, Unreachable, AccountLocked, BadCredentials)):
            raise error
        if isinstance(error, (Rejected, ModelGone)):  # about the storage, not about a model
            raise ProviderError(say.UPLOAD_FAILED)
        raise error

    def _body(self, answer: Answer) -> dict[str, Json]:
        self._check(answer)
        body = parse_json(answer.body)
        if not isinstance(body, dict):
            raise Busy(say.UPLOAD_FAILED)
        return body


def _url_in(body: dict[str, Json], name: str) -> str:
    """Read a URL that an answer has to have; without it, asking again may help."""
    url = parse_url(body.get(name))
    if url is None:
        raise Busy(say.UPLOAD_FAILED)
    return str(url)


def _header(text: str) -> str:
    """Make a text fit for a header: file names hold anything, line breaks included."""
    return re.sub(r"[^\x20-\x7e]+", "_", text).strip()
