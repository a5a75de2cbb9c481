"""What providers with one address for each request do alike."""

from __future__ import annotations

import httpx
import pytest
from pydantic import SecretStr

from bot.domain.job import Handle
from bot.errors import Busy, StartupError
from bot.providers.novakit import NovaKitProvider
from bot.providers.nur import NurProvider
from tests.providers.far_end import ManualClock, Script, answer
from tests.providers.novakit.conftest import Cupboard

KEY = SecretStr("very-secret")


def made(
    name: str, url: str, transport: httpx.AsyncBaseTransport | None = None
) -> NovaKitProvider | NurProvider:
    """Make one of the two, at an address of the test's."""
    clock = ManualClock()
    if name == "nur":
        return NurProvider(key=KEY, clock=clock, url=url, transport=transport)
    return NovaKitProvider(key=KEY, clock=clock, url=url, storage=Cupboard(), transport=transport)


@pytest.mark.parametrize("name", ["novakit", "nur"])
async def test_the_key_never_leaves_the_base(name: str) -> None:
    """Wherever a row says that its request is, and whatever its id looks like, the address is ours."""
    far_end = Script(answer(503))
    elsewhere = "https://elsewhere.example/x"
    handle = Handle(
        request_id="../../x?y#z",
        status_url=elsewhere,
        response_url=elsewhere,
        cancel_url=elsewhere,
    )

    async with made(name, "https://far.example/base", httpx.MockTransport(far_end)) as provider:
        with pytest.raises(Busy):
            await provider.result(handle)

    assert {request.url.host for request in far_end.seen} == {"far.example"}
    asked = {request.url.raw_path.decode() for request in far_end.seen}
    assert {request.headers["authorization"] for request in far_end.seen} == {"Bearer very-secret"}
    assert len(asked) == 1
    assert asked.pop().endswith("/..%2F..%2Fx%3Fy%23z")


@pytest.mark.parametrize(("name", "setting"), [("novakit", "NOVAKIT_URL"), ("nur", "NUR_URL")])
def test_an_address_that_is_none_is_named_by_its_setting(name: str, setting: str) -> None:
    """The operator reads which line to mend."""
    with pytest.raises(StartupError, match=setting):
        made(name, "far.example")
