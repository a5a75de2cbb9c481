"""What is served, seen without a browser."""

from __future__ import annotations

import re
from importlib import resources

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from sandbox.atelier import Pace
from sandbox.novakit import server as novakit
from sandbox.nur import server as nur
from sandbox.web import Page

STATIC = resources.files("sandbox.web").joinpath("static")


def client() -> TestClient[web.Request, web.Application]:
    """Give a visitor of the page alone."""
    app = web.Application()
    Page().add_routes(app)
    return TestClient(TestServer(app))


async def test_everything_the_page_names_is_served_as_what_it_is() -> None:
    """A browser runs a module only if it comes as JavaScript, so kinds matter as much as files."""
    async with client() as visitor:
        index = await (await visitor.get("/")).text()
        kinds = {}
        for path in re.findall(r'"(/assets/[^"]+)"', index):
            response = await visitor.get(path)
            assert response.status == 200, path
            kinds[path.rsplit(".", 1)[1]] = response.content_type
        icon = await visitor.get("/favicon.ico")

    assert kinds == {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
    assert (icon.status, icon.content_type) == (200, "image/svg+xml")


async def test_no_path_climbs_out_of_the_folder() -> None:
    """Only the files of the page are given, however the path is written."""
    async with client() as visitor:
        for path in ("/assets/../page.py", "/assets/%2e%2e/page.py", "/assets/js", "/assets/no.js"):
            url = URL(path, encoded=True)
            assert (await visitor.get(url)).status == 404, path


async def test_nothing_is_fetched_from_elsewhere() -> None:
    """The page works without a network: it names no other host, and its policy forbids scripts."""
    async with client() as visitor:
        index = await visitor.get("/")
        policy = index.headers["Content-Security-Policy"]

    assert "script-src 'self'" in policy
    for part in ("js", "css"):
        for file in STATIC.joinpath(part).iterdir():
            hosts = set(re.findall(r"https?://([\w.-]+)", file.read_text("utf-8")))
            assert hosts <= {"www.w3.org", "discord.com"}, file.name


def test_no_module_parses_strings_as_markup() -> None:
    """What people and bots write reaches the page as text nodes, never as HTML."""
    forbidden = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(")
    for file in STATIC.joinpath("js").iterdir():
        assert not forbidden.search(file.read_text("utf-8")), file.name


async def test_fault_kinds_are_those_of_the_sandbox() -> None:
    """Backstage offers exactly what the far ends can do."""
    async with client() as visitor:
        answer = await (await visitor.get("/assets/fault-kinds.json")).json()

    assert {"status", "latency", "drop_after", "lie"} <= set(answer["kinds"])


@pytest.mark.parametrize("house", [novakit.Settings(), nur.Settings()], ids=["NovaKit", "Nur"])
def test_backstage_gives_a_plan_and_a_pace_as_they_are_at_the_start(
    house: Pace, request: pytest.FixtureRequest
) -> None:
    """A new month is as long as the first one, and the usual pace is the one that is usual."""
    title = request.node.callspec.id
    script = STATIC.joinpath("js", "houses.js").read_text("utf-8")
    made, _, rest = script.partition("function withPlan")[2].partition("\n}\n")

    tracks = re.search(rf'withPlan\("\w+", "{title}", (\d+)\)', rest)
    pace = re.search(r"usual: \{ queue_seconds: (\d+), run_seconds: (\d+) \}", made)

    assert tracks is not None
    assert float(tracks[1]) == house.model_dump()["tracks"]
    assert pace is not None
    assert (float(pace[1]), float(pace[2])) == (house.queue_seconds, house.run_seconds)
