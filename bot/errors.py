"""Everything that can go wrong, as one tree. Each error carries the sentence a person will read.

BotError
├── UserError               shown to the member as it is, logged at debug, costs nothing
│   ├── InvalidInput
│   ├── NotAllowed
│   ├── NotFound
│   ├── NotYours
│   ├── ContentBlocked      a word that the server's moderators do not allow; place, word
│   ├── LimitReached        retry_at
│   └── BudgetExceeded      resets_at
├── ProviderError           from the model's provider; charged, retryable
│   ├── Refused             the model's content rules said no
│   ├── Rejected            the request itself is wrong; field
│   ├── Busy                answered before acceptance, safe to send again; retry_after
│   ├── Unreachable         never arrived, safe to send again
│   ├── AccountLocked       nothing works until the operator acts
│   ├── BadCredentials      likewise
│   ├── QuotaSpent          the plan has nothing left for this request
│   ├── ModelGone
│   ├── ProviderTimedOut    the provider's or our own deadline passed
│   ├── GenerationFailed    the model broke
│   ├── BadResult           finished, but the answer or file cannot be used; charged
│   └── OutcomeUnknown      a submit whose fate we cannot know: never sent again
├── AudioError              a file that cannot be fetched, read or made to fit; retryable
├── DeliveryError
│   ├── MissingPermissions  names
│   ├── TooLarge            limit_bytes
│   ├── MessageGone         the card was deleted
│   └── ChannelGone         nothing can be posted there any more
│       └── ThreadArchived  until somebody opens it again
├── StoreError
│   └── LostRace            another writer was faster; stop working on the job
└── StartupError            one sentence, exit code 69
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal


class BotError(Exception):
    """Anything this project raises on purpose.

    Attributes:
        sentence: What happened and what to do next, in plain words, safe to show to anyone.
        code: A stable word for logs, metrics and the database.
    """

    code = "error"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class UserError(BotError):
    """Something the member can change. Costs nothing."""

    code = "user_error"


class InvalidInput(UserError):
    """An option that cannot be used as given."""

    code = "invalid_input"


class NotAllowed(UserError):
    """The guild or the operator does not permit this."""

    code = "not_allowed"


class NotFound(UserError):
    """What was asked for does not exist here."""

    code = "not_found"


class NotYours(UserError):
    """Only the job's owner or a moderator may do this."""

    code = "not_yours"


class ContentBlocked(UserError):
    """A word that the moderators of the server do not allow.

    Attributes:
        place: Which of the request's texts it is in, as members know it.
        word: What is blocked, as the moderators wrote it; for them, and not for the sentence.
    """

    code = "content_blocked"

    def __init__(self, sentence: str, *, place: str, word: str) -> None:
        super().__init__(sentence)
        self.place = place
        self.word = word


class LimitReached(UserError):
    """Too many jobs.

    Attributes:
        retry_at: When a slot is free again; None when that depends on running jobs.
    """

    code = "limit_reached"

    def __init__(self, sentence: str, *, retry_at: datetime | None = None) -> None:
        super().__init__(sentence)
        self.retry_at = retry_at


class BudgetExceeded(UserError):
    """The guild's money for this period is spent or reserved.

    Attributes:
        resets_at: When the period ends.
    """

    code = "budget_exceeded"

    def __init__(self, sentence: str, *, resets_at: datetime) -> None:
        super().__init__(sentence)
        self.resets_at = resets_at


class ProviderError(BotError):
    """The model's provider could not or would not do it.

    Attributes:
        charged: Whether the provider bills for it.
        billable_units: How much it bills for it, in the unit of the model's price, if it says so.
        retryable: Whether sending the same request again may help and cannot pay twice.
    """

    code = "provider_error"
    charged = False
    billable_units: Decimal | None = None
    retryable = False


class Refused(ProviderError):
    """The model's content rules refused the request."""

    code = "refused"


class Rejected(ProviderError):
    """The provider found the request itself wrong.

    Attributes:
        field: The name of the offending field, when the provider names one.
    """

    code = "rejected"

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


class Busy(ProviderError):
    """Turned away before acceptance: sending again is safe.

    Attributes:
        retry_after: Seconds the provider asked for, if it did.
    """

    code = "busy"
    retryable = True

    def __init__(self, sentence: str, *, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Unreachable(ProviderError):
    """No byte of the request arrived: sending again is safe."""

    code = "unreachable"
    retryable = True


class AccountLocked(ProviderError):
    """The operator's account is locked or out of balance."""

    code = "account_locked"


class BadCredentials(ProviderError):
    """The operator's key is wrong or revoked."""

    code = "bad_credentials"


class QuotaSpent(ProviderError):
    """The operator's plan at the provider has nothing left for a request like this.

    Not accepted, and of no help to wait for: plans are filled up by the month, or by buying more.
    """

    code = "quota_spent"


class ModelGone(ProviderError):
    """The endpoint no longer exists."""

    code = "model_gone"


class ProviderTimedOut(ProviderError):
    """A deadline passed before there was a result."""

    code = "timed_out"


class GenerationFailed(ProviderError):
    """The model broke while generating; the provider does not charge for that."""

    code = "generation_failed"


class BadResult(ProviderError):
    """Generation finished, and was paid for, but nothing usable came of it."""

    code = "bad_result"
    charged = True


class OutcomeUnknown(ProviderError):
    """A submit whose answer was lost. It may have been accepted, so it is never sent again."""

    code = "outcome_unknown"


class AudioError(BotError):
    """A file that cannot be fetched, read or made to fit.

    Attributes:
        retryable: Whether fetching it again may help.
    """

    code = "audio_error"

    def __init__(
        self, sentence: str, *, code: str = "audio_error", retryable: bool = False
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.retryable = retryable


class DeliveryError(BotError):
    """Discord would not take what we wanted to show."""

    code = "delivery_error"


class MissingPermissions(DeliveryError):
    """The bot lacks permissions in the channel.

    Attributes:
        names: As Discord's own settings name them, such as "Send Messages".
    """

    code = "missing_permissions"

    def __init__(self, sentence: str, *, names: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.names = tuple(names)


class TooLarge(DeliveryError):
    """The file is over what the channel takes."""

    code = "too_large"


class DiscordUnavailable(DeliveryError):
    """Discord is overloaded, down or out of reach; the same call may work later."""

    code = "discord_unavailable"


class MessageGone(DeliveryError):
    """The card was deleted."""

    code = "message_gone"


class ChannelGone(DeliveryError):
    """The channel was deleted, or the bot can no longer see it."""

    code = "channel_gone"


class ThreadArchived(ChannelGone):
    """The thread is archived, and whoever may do so has to open it again."""

    code = "thread_archived"


class StoreError(BotError):
    """The database could not do it."""

    code = "store_error"


class LostRace(StoreError):
    """Another writer changed the job first. Whoever gets this stops working on the job."""

    code = "lost_race"


class StartupError(BotError):
    """The process cannot start as configured. Ends it with one sentence and exit code 69."""

    code = "startup_error"
    exit_code = 69  # EX_UNAVAILABLE of sysexits.h
