"""Where a provider may call about a job. Pure."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from hashlib import sha256

from bot.domain.ids import JobId

_PLACE = re.compile(r"(?P<provider>[a-z]+)/(?P<job>[0-9]{1,19})/(?P<mark>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAddresses:
    """Where calls about each job are taken; nobody can guess the address of another one.

    Attributes:
        base_url: What MINSTREL_PUBLIC_URL says.
        secret: Made once per database.
    """

    base_url: str
    secret: bytes = field(repr=False)

    def of(self, provider: str, job_id: JobId) -> str:
        """Give the address for calls about one job."""
        return f"{self.base_url}/{provider}/{job_id}/{self._mark(provider, job_id)}"

    def read(self, path: str) -> tuple[str, JobId] | None:
        """Say whose calls are taken at a path below the base; None where nobody's are."""
        found = _PLACE.fullmatch(path)
        if found is None:
            return None
        provider, job_id = found["provider"], JobId(int(found["job"]))
        if not hmac.compare_digest(self._mark(provider, job_id), found["mark"]):
            return None
        return provider, job_id

    def _mark(self, provider: str, job_id: JobId) -> str:
        return hmac.new(self.secret, f"{provider}/{job_id}".encode(), sha256).hexdigest()
