"""Files: what models made, and what was uploaded for them. Kept in one folder, oldest go first."""

from __future__ import annotations

import secrets
import tempfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

KEPT_BYTES = 2 * 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One file.

    Attributes:
        content_type: What a download says it is; not always the truth, as on the real CDN.
    """

    token: str
    name: str
    content_type: str
    size: int
    path: Path


class Shelf:
    """Keeps files until there are too many bytes, and gives them addresses."""

    def __init__(self, *, base_url: Callable[[], str], kept_bytes: int = KEPT_BYTES) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="minstrel-fal-")
        self._base_url = base_url
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._room = kept_bytes

    def put(self, data: bytes, *, name: str, content_type: str, token: str | None = None) -> Kept:
        """Keep a file; a token that was promised before may be given."""
        token = token or secrets.token_hex(12)
        path = Path(self._folder.name, token)
        path.write_bytes(data)
        kept = Kept(token=token, name=name, content_type=content_type, size=len(data), path=path)
        self._kept[token] = kept
        self._make_room()
        return kept

    def find(self, token: str) -> Kept | None:
        """Give a file, if it is still there."""
        return self._kept.get(token)

    def address(self, token: str, name: str) -> str:
        """Give the public address of a file, whether it is there yet or not."""
        return f"{self._base_url()}/fal/files/{token}/{quote(name)}"

    def behind(self, url: str) -> Kept | None:
        """Give the file behind one of our own addresses; None for every other address."""
        start = f"{self._base_url()}/fal/files/"
        if not url.startswith(start):
            return None
        return self.find(url.removeprefix(start).split("/", maxsplit=1)[0])

    def close(self) -> None:
        """Throw all files away."""
        self._kept.clear()
        self._folder.cleanup()

    def _make_room(self) -> None:
        total = sum(kept.size for kept in self._kept.values())
        while total > self._room and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            oldest.path.unlink(missing_ok=True)
            total -= oldest.size
