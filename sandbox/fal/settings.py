"""What can be turned while the local fal runs, and the words of `/control/fal` for it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

DEFAULT_QUEUE_SECONDS = 2.0
DEFAULT_RUN_SECONDS = 4.0
DEFAULT_CONCURRENCY = 2

Seconds = Annotated[float, Field(ge=0, le=3600)]


class Settings(BaseModel):
    """How the local fal behaves at this moment.

    Attributes:
        queue_seconds: Shortest wait in line, during which strangers' requests go ahead.
        run_seconds: Shortest time a request is in progress, besides the synthesis itself.
        concurrency: Requests of the account in progress at once; a new fal account has two.
        locked: Whether the account is locked for want of money.
        gone: Endpoint ids that no longer exist.
        file_bytes_per_second: How fast each download is; None for as fast as it goes.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    queue_seconds: Seconds = DEFAULT_QUEUE_SECONDS
    run_seconds: Seconds = DEFAULT_RUN_SECONDS
    concurrency: Annotated[int, Field(ge=1, le=1000)] = DEFAULT_CONCURRENCY
    locked: bool = False
    gone: frozenset[str] = frozenset()
    file_bytes_per_second: Annotated[float, Field(gt=0)] | None = None


class Change(BaseModel):
    """A request to change some of the settings; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    queue_seconds: Seconds | None = None
    run_seconds: Seconds | None = None
    concurrency: Annotated[int, Field(ge=1, le=1000)] | None = None
    locked: bool | None = None
    gone: frozenset[str] | None = None
    file_bytes_per_second: Annotated[float, Field(gt=0)] | None = None

    def apply(self, settings: Settings) -> None:
        """Write what was given into the settings."""
        for name in self.model_fields_set:
            value = getattr(self, name)
            if value is not None:
                setattr(settings, name, value)
