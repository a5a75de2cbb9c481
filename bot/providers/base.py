"""What a provider of models can do for a job: submit, follow, fetch the result, cancel, look up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, TypeAlias

from bot.domain.job import Handle, Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """Waiting at the provider. `position` counts the requests ahead; None when not told."""

    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Being generated. `log` is the newest line the model printed, if any."""

    log: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Over, for better or worse; `Provider.result` tells which."""


Progress: TypeAlias = Queued | Running | Finished


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a finished request produced.

    Attributes:
        output: The model's output object, as it came.
        billable_units: Units charged, in the unit of the model's price, where the provider says.
    """

    output: Mapping[str, Json]
    billable_units: Decimal | None = None


class Cancellation(StrEnum):
    """What became of a request to cancel."""

    REQUESTED = "requested"
    TOO_LATE = "too_late"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request found in the provider's own history.

    Attributes:
        arguments: The body it was submitted with, if the provider kept it.
        sent_at: When the provider received it, if it says.
    """

    handle: Handle
    arguments: Mapping[str, Json] | None
    sent_at: datetime | None


class Provider(Protocol):
    """One platform that runs models behind a queue.

    Every method raises only errors of `bot.errors.ProviderError`.
    """

    name: str

    async def submit(
        self, endpoint: str, arguments: Mapping[str, Json], *, start_seconds: float
    ) -> Handle:
        """Send one request, exactly once, and give what the provider calls it.

        Never repeats the POST. `start_seconds` is the longest the request may wait to start.

        Raises:
            Busy, Unreachable: It was not accepted; sending again is safe.
            AccountLocked, BadCredentials, ModelGone, Rejected, Refused: It was not accepted.
            OutcomeUnknown: The answer was lost or means nothing; it may have been accepted.
        """

    def follow(self, handle: Handle) -> AsyncIterator[Progress]:
        """Yield the request's progress as it changes, ending with `Finished`.

        Streams where the provider can, polls with back-off where the stream is missing, cut,
        or silent; survives network trouble for as long as the caller keeps iterating.

        Raises:
            NotFound-like ProviderError: The provider does not know the request (any more).
            AccountLocked, BadCredentials: Nothing can be read until the operator acts.
        """

    async def result(self, handle: Handle) -> Result:
        """Fetch the output of a finished request.

        Raises:
            Refused, Rejected, GenerationFailed, ProviderTimedOut, BadResult: It failed for good.
            Busy, Unreachable: Ask again later.
        """

    async def cancel(self, handle: Handle) -> Cancellation:
        """Ask for the request to be dropped. One that runs may still finish and be billed."""

    async def look_up(self, endpoint: str, *, since: datetime) -> Sequence[Seen]:
        """List the account's requests to an endpoint since a moment, as far as it shows them."""

    async def upload(self, data: bytes, *, content_type: str, file_name: str) -> str:
        """Put a file into the provider's storage and give the URL that its models can read."""
