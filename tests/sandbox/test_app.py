"""The sandbox put together: what its own controls answer."""

from __future__ import annotations

import aiohttp
import pytest

from sandbox.app import Sandbox

FIELDS = (
    "Its fields are where, what, times, after, status, seconds, chance, vary, about, body, headers."
)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"what": "html"}', f"A fault needs the field where. {FIELDS}"),
        ('{"where": "x", "what": "html", "colour": 1}', f"A fault has no field colour. {FIELDS}"),
        ('{"where": "x", "what": "html", "times": 0}', "The field times of a fault should be"),
        ('{"where": "x", "what": "tickle"}', "The field what of a fault should be 'status', "),
        ("tickle", f"A fault is sent as a JSON object. {FIELDS}"),
        ("[]", f"A fault is sent as a JSON object. {FIELDS}"),
    ],
)
async def test_a_wrong_fault_is_refused_in_a_sentence(body: str, said: str) -> None:
    """It names the field and what would be right, in one line without anything of a library."""
    async with (
        Sandbox(port=0) as sandbox,
        aiohttp.ClientSession(sandbox.base_url) as http,
        http.post("/control/faults", data=body) as response,
    ):
        answer = await response.json()

    assert response.status == 400
    assert answer["error"].startswith(said)
    assert "\n" not in answer["error"]
    assert "pydantic" not in answer["error"]
    assert sandbox.faults.pending == ()
