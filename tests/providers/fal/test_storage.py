"""Uploading source audio."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from bot.domain.job import Json
from bot.errors import BadCredentials, Busy, ProviderError, Rejected, Unreachable

from .conftest import KEY, Connect, ManualClock, answer

Route = httpx.Response | Exception
FILE_URL = "https://v3b.fal.media/files/x/take.mp3"


def token(base: str = "https://v3.fal.media", expires_at: Json = "2026-03-01T13:00:00Z") -> Json:
    """Make the storage's leave to upload."""
    return {"token": "tok", "token_type": "Bearer", "base_url": base, "expires_at": expires_at}


class Cloud:
    """fal's storage: one answer for each of its doors."""

    def __init__(self, **routes: Route) -> None:
        signed: Json = {"upload_url": "https://storage.example/put?sig=1", "file_url": FILE_URL}
        self.routes: dict[str, Route] = {
            "token": answer(200, token()),
            "upload": answer(200, {"access_url": FILE_URL}),
            "initiate": answer(200, signed),
            "put": answer(200, b""),
            **routes,
        }
        self.seen: list[tuple[str, httpx.Request]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        doors: dict[str, Callable[[str], bool]] = {
            "token": lambda path: path.endswith("/storage/auth/token"),
            "upload": lambda path: path.endswith("/files/upload"),
            "initiate": lambda path: path.endswith("/storage/upload/initiate"),
            "put": lambda path: request.method == "PUT",
        }
        door = next(name for name, fits in doors.items() if fits(request.url.path))
        self.seen.append((door, request))
        said = self.routes[door]
        if isinstance(said, Exception):
            raise said
        return httpx.Response(said.status_code, content=said.content)

    @property
    def doors(self) -> list[str]:
        return [door for door, _ in self.seen]


async def test_a_file_is_uploaded_with_a_storage_token(connect: Connect) -> None:
    """The key goes to the token's door only; the file goes with the token."""
    cloud = Cloud()
    provider = await connect(cloud)

    url = await provider.upload(b"ID3..", content_type="audio/mpeg", file_name="nächster\r\n.mp3")

    assert url == FILE_URL
    assert cloud.doors == ["token", "upload"]
    asked, sent = (request for _, request in cloud.seen)
    assert asked.headers["authorization"] == f"Key {KEY}"
    assert asked.url == "https://rest.fal.ai/storage/auth/token?storage_type=fal-cdn-v3"
    assert sent.url == "https://v3.fal.media/files/upload"
    assert sent.headers["authorization"] == "Bearer tok"
    assert sent.headers["content-type"] == "audio/mpeg"
    assert sent.headers["x-fal-file-name"] == "n_chster_.mp3"
    assert sent.content == b"ID3.."


async def test_a_token_serves_until_it_ends(connect: Connect, clock: ManualClock) -> None:
    """A few uploads need one token; an old one is replaced in time."""
    cloud = Cloud()
    provider = await connect(cloud)

    for pause in (0, 60, 3600):
        clock.slept.append(pause)
        await provider.upload(b"x", content_type="audio/mpeg", file_name="a.mp3")

    assert cloud.doors == ["token", "upload", "upload", "token", "upload"]


@pytest.mark.parametrize(
    "routes",
    [
        {"token": answer(500, b"")},
        {"token": answer(404, b"")},
        {"token": answer(200, b"<html>")},
        {"token": answer(200, {"token": "t"})},
        {"token": answer(200, token("https://evil.example"))},
        {"token": answer(200, token("http://v3.fal.media"))},
        {"token": httpx.ConnectError("x")},
        {"upload": answer(502, b"")},
        {"upload": answer(403, b"")},
        {"upload": answer(200, {"access_url": "file:///etc/passwd"})},
        {"upload": httpx.WriteError("x")},
    ],
)
async def test_when_the_first_way_fails_the_signed_way_is_taken(
    connect: Connect, routes: dict[str, Route]
) -> None:
    """As fal's own client does; the signed URL is given neither key nor token."""
    cloud = Cloud(**routes)
    provider = await connect(cloud)

    url = await provider.upload(b"data", content_type="audio/wav", file_name="a.wav")

    assert url == FILE_URL
    assert cloud.doors[-2:] == ["initiate", "put"]
    (_, initiate), (_, put) = cloud.seen[-2:]
    assert json.loads(initiate.content) == {"file_name": "a.wav", "content_type": "audio/wav"}
    assert put.content == b"data"
    assert put.headers["content-type"] == "audio/wav"
    assert "authorization" not in put.headers
    assert not any(request.url.host == "evil.example" for _, request in cloud.seen)


@pytest.mark.parametrize("expires_at", [None, "soon", 7, "2026-03-01T12:00:01"])
async def test_a_token_without_a_usable_end_is_used_once(
    connect: Connect, expires_at: Json
) -> None:
    """Better one question too many than a refused upload."""
    cloud = Cloud(token=answer(200, token(expires_at=expires_at)))
    provider = await connect(cloud)

    for _ in range(2):
        await provider.upload(b"x", content_type="audio/mpeg", file_name="a.mp3")

    assert cloud.doors == ["token", "upload", "token", "upload"]


@pytest.mark.parametrize(
    ("base", "door"),
    [
        ("http://127.0.0.1:8420/fal/rest", ["token", "upload"]),
        ("http://127.0.0.1:9000", ["token", "upload"]),
        ("https://v3.fal.media", ["token", "initiate", "put"]),
    ],
)
async def test_a_storage_of_ones_own_sees_all_of_the_traffic(
    connect: Connect, base: str, door: list[str]
) -> None:
    """With a REST base that is not fal's, nothing goes to fal, whatever the answers name."""
    put: Json = {"upload_url": "http://127.0.0.1:8420/fal/put/1", "file_url": FILE_URL}
    cloud = Cloud(token=answer(200, token(base)), initiate=answer(200, put))
    provider = await connect(cloud, rest_url="http://127.0.0.1:8420/fal/rest")

    await provider.upload(b"x", content_type="audio/mpeg", file_name="a.mp3")

    assert cloud.doors == door
    assert {request.url.host for _, request in cloud.seen} == {"127.0.0.1"}


async def test_a_signed_url_elsewhere_is_refused_by_a_storage_of_ones_own(
    connect: Connect,
) -> None:
    """Better no upload than one to a place the operator did not name."""
    cloud = Cloud(token=answer(500, b""))
    provider = await connect(cloud, rest_url="http://127.0.0.1:8420/fal/rest")

    with pytest.raises(ProviderError, match="source audio"):
        await provider.upload(b"x", content_type="audio/mpeg", file_name="a.mp3")

    assert "put" not in cloud.doors


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ({"token": answer(401, {"detail": "No user found"})}, BadCredentials),
        ({"upload": answer(502, b""), "initiate": answer(502, b"")}, Busy),
        ({"upload": answer(502, b""), "put": answer(403, b"")}, Busy),
        ({"upload": httpx.ConnectError("x"), "initiate": httpx.ConnectError("x")}, Unreachable),
        ({"upload": answer(200, {}), "initiate": answer(200, {})}, Busy),
        ({"upload": answer(413, b""), "put": answer(413, b"")}, Rejected),
        ({"upload": answer(400, b""), "initiate": answer(404, b"")}, ProviderError),
    ],
)
async def test_when_both_ways_fail_the_reason_is_told(
    connect: Connect, routes: dict[str, Route], expected: type[ProviderError]
) -> None:
    """A wrong key ends it at once, a bad moment is retried a few times."""
    cloud = Cloud(**routes)
    provider = await connect(cloud)

    with pytest.raises(ProviderError) as caught:
        await provider.upload(b"x", content_type="audio/mpeg", file_name="a.mp3")

    assert type(caught.value) is expected
    # Nobody tries again after this, so nothing of the kind is promised.
    assert "by itself" not in caught.value.sentence


async def test_a_passing_lie_is_asked_through(connect: Connect, clock: ManualClock) -> None:
    """Answers without their one field are repeated like any other bad moment."""
    cloud = Cloud(upload=answer(200, {}), initiate=answer(200, {}))

    def recover(request: httpx.Request) -> httpx.Response:
        if clock.slept:
            cloud.routes["upload"] = answer(200, {"access_url": FILE_URL})
        return cloud(request)

    provider = await connect(recover)

    assert await provider.upload(b"x", content_type="audio/mpeg", file_name="a.mp3") == FILE_URL


async def test_a_file_beyond_the_limit_is_not_sent(connect: Connect) -> None:
    """What fal takes in pieces only is too large for a chat's audio anyway."""
    cloud = Cloud()
    provider = await connect(cloud)

    with pytest.raises(Rejected, match="too large"):
        await provider.upload(
            bytes(100 * 1024 * 1024 + 1), content_type="audio/wav", file_name="a.wav"
        )

    assert cloud.seen == []
