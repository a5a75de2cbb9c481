"""What a provider of models can do for a job: submit, follow, fetch the result, cancel, look up."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, TypeAlias

from bot.domain.job import Handle, Json
from bot.domain.offers import Listed, ListedPrice
from bot.errors import GenerationFailed, ProviderError


class Cancelled(GenerationFailed):
    """The request was cancelled at the provider, by us or by whoever else holds the account."""

    code = "cancelled"


class Forged(ProviderError):
    """A call that claims to come from the provider does not."""

    code = "forged"


class NoHistory(ProviderError):
    """The provider keeps no list of requests in which a lost one could be found."""

    code = "no_history"


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
    UNSUPPORTED = "unsupported"
    """The provider cannot drop requests: this one goes on, and is billed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request found in the provider's own history.

    Attributes:
        arguments: The body it was submitted with, if the provider kept it.
        sent_at: When the provider received it, if it says.
        is_partial: Whether the provider may have left out some of the arguments.
    """

    handle: Handle
    arguments: Mapping[str, Json] | None
    sent_at: datetime | None
    is_partial: bool = False


class Provider(Protocol):
    """One platform that runs models behind a queue.

    Every method raises only errors of `bot.errors.ProviderError`.
    """

    name: str

    async def submit(
        self,
        endpoint: str,
        arguments: Mapping[str, Json],
        *,
        start_seconds: float,
        call_url: str | None = None,
    ) -> Handle:
        """Send one request, exactly once, and give what the provider calls it.

        Never repeats the POST. `start_seconds` is the longest the request may wait to start.
        `call_url` is where the provider may call when the request is over, if it can (`Caller`).

        Raises:
            Busy, Unreachable: It was not accepted; sending again is safe.
            AccountLocked, BadCredentials, QuotaSpent, ModelGone, Rejected, Refused: It was not
                accepted.
            ProviderTimedOut: It was accepted and dropped, as `start_seconds` passed.
            OutcomeUnknown: The answer was lost or means nothing; it may have been accepted.
        """

    def follow(self, handle: Handle) -> AsyncGenerator[Progress, None]:
        """Yield the request's progress as it changes, ending with `Finished`.

        Streams where the provider can, polls with back-off where the stream is missing, cut,
        or silent; survives network trouble for as long as the caller keeps iterating. `Queued`
        may follow `Running`: providers put a request back when a machine dies.

        Holds a connection while suspended: a caller that leaves early closes it (`aclosing`).

        Raises:
            GenerationFailed: The provider does not know the request (any more).
            AccountLocked, BadCredentials: Nothing can be read until the operator acts; the
                request itself goes on, and may be followed again later.
        """

    async def result(self, handle: Handle) -> Result:
        """Fetch the output of a finished request.

        Asks a few times by itself before it gives up with `Busy` or `Unreachable`. The
        ``charged`` of what it raises is what the provider said, where it said anything.

        Raises:
            Refused, Rejected, GenerationFailed, ProviderTimedOut, BadResult: It failed for good.
            Cancelled: It was cancelled; a `GenerationFailed`.
            ModelGone: The endpoint does not exist; known only now.
            Busy, Unreachable: Ask again later; also while the request is still going on.
            AccountLocked, BadCredentials: Nothing can be read until the operator acts.
        """

    async def cancel(self, handle: Handle) -> Cancellation:
        """Ask for the request to be dropped. One that runs may still finish and be billed.

        Raises:
            Busy, Unreachable, AccountLocked, BadCredentials: It was not understood; ask again.
        """

    async def look_up(self, endpoint: str, *, since: datetime) -> Sequence[Seen]:
        """List the account's requests to an endpoint since a moment, as far as it shows them.

        The moment is measured on the provider's clock: leave room for a difference. Requests may
        appear only once they are over, so absence means nothing before that.

        Raises:
            Busy, Unreachable: Ask again later.
            AccountLocked, BadCredentials, ModelGone, Rejected: It cannot be asked.
            NoHistory: There is no such list, and never will be.
        """

    async def upload(self, data: bytes, *, content_type: str, file_name: str) -> str:
        """Put a file into the provider's storage and give the URL that its models can read.

        Costs nothing, so it may be repeated freely.

        Raises:
            Busy, Unreachable: Try again later.
            AccountLocked, BadCredentials, Rejected, ProviderError: It cannot be stored.
        """


class Caller(Protocol):
    """A provider that calls back when a request is over. Not every one does."""

    async def request_of(self, headers: Mapping[str, str], body: bytes) -> str:
        """Give the id of the request that a call is about, once it is proven who called.

        Args:
            headers: The call's, with names that are found whatever their case.
            body: As it came, to the byte.

        Raises:
            Forged: The call does not come from the provider, or is too old.
            Busy, Unreachable: That cannot be told at the moment.
        """

    def handle_for(self, endpoint: str, request_id: str) -> Handle:
        """Build the handle of a request of which only the id is known."""


class Storefront(Protocol):
    """What a platform tells of the models it offers, without running any. Costs nothing.

    Not every provider has one. Every method raises only errors of `bot.errors.ProviderError`.
    """

    async def listing(self, endpoints: Sequence[str]) -> Mapping[str, Listed]:
        """Say of each endpoint whether it is on the published list.

        Absence is told only when the whole list was read.

        Raises:
            Busy, Unreachable: Ask again later.
            AccountLocked, BadCredentials, Rejected, ModelGone: It cannot be asked.
        """

    async def prices(self, endpoints: Sequence[str]) -> Mapping[str, ListedPrice]:
        """Give the prices of those endpoints that have a published one.

        Raises:
            Busy, Unreachable: Ask again later.
            AccountLocked, BadCredentials, Rejected: It cannot be asked; the key may lack the right.
        """
