"""The words of the domain, on one page. Imports nothing of ours; every other room speaks in these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Mode(StrEnum):
    """Who owns a conversation."""

    BOT = "bot"
    WAITING = "waiting"
    HUMAN = "human"
    CLOSED = "closed"


class Author(StrEnum):
    """Who wrote a message."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    NOTE = "note"


class Role(StrEnum):
    """What an agent may do; each role includes the ones before it."""

    AGENT = "agent"
    MAINTAINER = "maintainer"
    OWNER = "owner"


class HandoffState(StrEnum):
    """Where a hand-off stands."""

    WAITING = "waiting"
    TAKEN = "taken"
    GIVEN_BACK = "given_back"
    RESOLVED = "resolved"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Reason(StrEnum):
    """Why a conversation was handed to a human."""

    ASKED_FOR_HUMAN = "asked_for_human"
    NO_ANSWER = "no_answer"
    LOW_CONFIDENCE = "low_confidence"
    REPEATED_FAILURE = "repeated_failure"
    COMPLAINT = "complaint"
    SENSITIVE = "sensitive"
    ENGINE_DOWN = "engine_down"


class TicketStatus(StrEnum):
    """`pending` waits for the customer, `on_hold` for a third party; `closed` is final."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    SOLVED = "solved"
    CLOSED = "closed"


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class TicketType(StrEnum):
    QUESTION = "question"
    INCIDENT = "incident"
    PROBLEM = "problem"
    TASK = "task"


class DeliveryState(StrEnum):
    """`unknown`: the platform accepted the connection but its answer was lost."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DROPPED = "dropped"


class Decision(StrEnum):
    """What to do with the passages a search found."""

    ANSWER = "answer"
    SUGGEST = "suggest"
    ABSTAIN = "abstain"


class Kind(StrEnum):
    """What sort of reply a customer sees."""

    ANSWER = "answer"
    SUGGESTIONS = "suggestions"
    ABSTAIN = "abstain"
    MESSAGE = "message"
    FORM = "form"
    HANDOFF = "handoff"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True)
class Entity:
    """A value found in a text at `text[start:end]`: order_number, ticket_number, email or phone."""

    entity: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A text, read once: `vector` is the unit-length sentence embedding, little-endian float32 bytes."""

    language: str
    encoder: str
    vector: bytes
    tokens: tuple[str, ...] = ()
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """The article an answer comes from; `url` is relative to BASE_URL, `best` the sentence to mark in it."""

    article: str
    title: str
    url: str
    score: float
    best: str | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """An offer; pressing it stands for `intent` with `entities`. Customers see `id` and `title` alone."""

    id: str
    title: str
    intent: str
    entities: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot says, before a channel gives it a shape. `text` is Markdown."""

    text: str
    kind: Kind = Kind.MESSAGE
    sources: Sequence[Source] = ()
    buttons: Sequence[Button] = ()
    ticket: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a conversation, kept under DATA_DIR by the SHA-256 of its bytes."""

    id: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Customer:
    """One person over all channels. `email_verified`: they followed a link sent to that address."""

    id: str
    name: str | None = None
    email: str | None = None
    email_verified: bool = False
    language: str | None = None


class LinkState(StrEnum):
    """Where a web visitor's link to another channel stands; `claimed`: somebody there followed it."""

    OPEN = "open"
    CLAIMED = "claimed"
    LINKED = "linked"
    REFUSED = "refused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class ChannelLink:
    """A web visitor's wish to be the same customer on another channel; `name` is who claims it there."""

    id: str
    conversation: str
    customer: str
    channel: str
    state: LinkState
    expires_at: datetime
    address: str | None = None
    name: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """One thread on one channel; `address` is where the channel delivers to.

    `shared`: others read along there, so that only public articles are answered.
    """

    id: str
    customer: str
    channel: str
    address: str
    mode: Mode
    language: str
    language_pinned: bool
    created_at: datetime
    previous: str | None = None
    agent: str | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A line of a conversation; `seq` counts 1, 2, 3 … within it. `text` is what was written, as it was.

    `edited` is what the customer made of it after it had been answered.
    """

    id: str
    conversation: str
    seq: int
    author: Author
    text: str
    created_at: datetime
    kind: Kind = Kind.MESSAGE
    sources: Sequence[Source] = ()
    buttons: Sequence[Button] = ()
    ticket: str | None = None
    attachments: Sequence[Attachment] = ()
    pressed: Button | None = None
    agent_name: str | None = None
    delivered_at: datetime | None = None
    external_id: str | None = None
    lost_files: Sequence[str] = ()
    edited: str | None = None

    @property
    def best(self) -> str | None:
        """The sentence of an answer that a channel marks."""
        return self.sources[0].best if self.sources else None


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a connector took off its channel: one message from a customer, not yet stored.

    `external_id` is the channel's own id of the message; with `channel` it makes a repeat recognisable.
    `command` is a key of `records.inbox.COMMANDS`; `lost_files` names files that could not be kept.
    """

    channel: str
    external_id: str
    address: str
    text: str
    conversation: str | None = None
    button: str | None = None
    sender_name: str | None = None
    attachments: Sequence[str] = ()
    language_hint: str | None = None
    command: str | None = None
    lost_files: Sequence[str] = ()
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way out, with its state; `key` tells the channel a repeat from a new one.

    `parts_done`: how many of the pieces that a channel cuts it into have arrived. `unknown`: how often nobody
    knows whether the next piece arrived, because the answer was lost or the process died meanwhile.
    """

    id: int
    channel: str
    address: str
    key: str
    message: Message | None
    payload: Mapping[str, Any]
    attempts: int
    parts_done: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Agent:
    """A person of the team."""

    id: str
    name: str
    email: str
    role: Role


@dataclass(frozen=True, slots=True)
class Handoff:
    """A conversation on its way to a human; `packet`: transcript, ranking, slots, passages, as it began."""

    id: str
    conversation: str
    reason: Reason
    state: HandoffState
    packet: Mapping[str, Any]
    created_at: datetime
    expires_at: datetime | None = None
    agent: str | None = None
    taken_at: datetime | None = None
    ended_at: datetime | None = None
    ticket: str | None = None
    reminders: int = 0


@dataclass(frozen=True, slots=True)
class CannedReply:
    """A text that the team sends often; `texts` by language."""

    id: str
    name: str
    texts: Mapping[str, str]

    def text(self, language: str) -> str:
        """Return it in the language, else in another one that it has."""
        return self.texts.get(language) or next(iter(self.texts.values()), "")


@dataclass(frozen=True, slots=True)
class Ticket:
    """Something to be solved, with a short human number such as `T-1042`."""

    number: str
    customer: str
    conversation: str | None
    subject: str
    status: TicketStatus
    priority: Priority
    type: TicketType
    created_at: datetime
    updated_at: datetime
    email: str | None = None
    order_number: str | None = None
    assignee: str | None = None


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """One thing that happened to a ticket: a reply, a note, or a change from `before` to `after`."""

    at: datetime
    actor: str
    what: str
    text: str | None = None
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """A page of the knowledge base; `id` is its path under ARTICLES_DIR without the ending."""

    id: str
    title: str
    language: str
    kind: str
    body: str
    audience: str = "public"
    tags: Sequence[str] = ()
    questions: Sequence[str] = ()
    probes: Sequence[str] = ()
    url: str | None = None
    review_by: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an article, cut along its headings; `id` is `article#anchor`, or `article#anchor.n`."""

    id: str
    article: str
    title: str
    headings: Sequence[str]
    text: str
    language: str
    audience: str = "public"


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found: `score` is the fused one, `scores` each searcher's own.

    `shares` says what each searcher added to the fused score; `best` is the sentence that says most of it.
    """

    passage: Passage
    score: float
    scores: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    best: str | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """What a feature of a search did for its decision: `share` in log odds, against a usual question."""

    feature: str
    value: float
    share: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The decision on a question: `probability` is the calibrated chance that the first hit is right.

    `threshold`: the probability to answer from; `grounds`: what the probability rests on; `known`: an article
    names this very question; `again`: both encoders were asked. `completed` is what was searched for when a
    question could not stand alone. `across`: where it abstains, articles of another language that may hold
    it, to be offered as such.
    """

    decision: Decision
    probability: float
    hits: Sequence[Hit]
    index: str
    completed: str | None = None
    threshold: float = 1.0
    grounds: Sequence[Ground] = ()
    known: bool = False
    again: bool = False
    across: Sequence[Hit] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """All that is needed to replay one answer (see docs/one-message.md); erased, only what is counted."""

    message: str
    conversation: str
    text: str
    language: str
    intent: str | None
    ranking: Sequence[Mapping[str, Any]]
    events: Sequence[Mapping[str, Any]]
    versions: Mapping[str, Any]
    knowledge: Mapping[str, Any]
    replies: Sequence[Mapping[str, Any]]
    milliseconds: Mapping[str, float]
    at: datetime
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened, with a time; insights and learning read these."""

    kind: str
    at: datetime
    conversation: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


class Problem(Exception):  # noqa: N818 - the field's word, as in problem+json
    """One family of errors: a code, an HTTP status, a sentence for the reader, and the cure."""

    retry_after_seconds: int | None = None

    def __init__(self, code: str, status: int, sentence: str, cure: str = "") -> None:
        super().__init__(f"{sentence} {cure}".strip())
        self.code, self.status, self.sentence, self.cure = code, status, sentence, cure
