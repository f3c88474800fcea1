"""Who works in the simulated contact center, and what they work with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from tap_8x8_cc_sandbox.center.rng import key

if TYPE_CHECKING:
    from tap_8x8_cc_sandbox.center.model import CenterConfig


class Media(StrEnum):
    """Media as reports name them."""

    PHONE = "Phone"
    CHAT = "Chat"
    EMAIL = "Email"
    VOICEMAIL = "VoiceMail"

    @property
    def is_online(self) -> bool:
        """Whether the customer waits at the other end."""
        return self in {Media.PHONE, Media.CHAT}


@dataclass(frozen=True, slots=True)
class Channel:
    """A phone number, chat window, mailbox or the like."""

    id: str
    name: str
    media: Media
    outbound: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """Where interactions of one media wait. Hours are of the contact center's zone, 0 to 24."""

    id: str
    name: str
    media: Media
    outbound: bool
    opens: int
    closes: int
    weekends: bool
    load: int = 100
    """How much comes, in percent of an ordinary queue."""
    strain: int = 50
    """How short of agents it is, 0 to 100: what comes waits longer, and more of it is lost."""


@dataclass(frozen=True, slots=True)
class Group:
    """A team of agents."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who handles interactions of some queues during a shift of 8 hours."""

    id: str
    name: str
    group: Group
    queues: tuple[Queue, ...]
    shift: int
    weekends: bool
    pace: int = 65
    """How much of the time at work goes into interactions, in percent."""

    @property
    def lunch(self) -> int:
        """The hour in which the agent is mostly away."""
        return (self.shift + _LUNCH_AFTER) % 24


@dataclass(frozen=True, slots=True)
class Code:
    """A wrap-up or status code: an item of a list."""

    id: str
    name: str
    list_id: str
    list_name: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a survey, answered with 1 to 5 points."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Survey:
    """A post-call survey. One that isn't `offered` is started by an agent."""

    id: str
    name: str
    offered: bool
    questions: tuple[Question, ...]


_LUNCH_AFTER: Final = 4
_FIRST: Final = (
    "Maria Garcia",
    "O'Brien, Siobhán",
    'Robert "Bob" Tabler',
    "Jürgen Müller",
    "Ana\nMaria Popescu",
    "李小龍",
    "Zoë Dvořák",
    "Maria Garcia",
    "Ahmed, Yusuf",
    "प्रिया नटराजन",
    "Łukasz Wójcik",
    "Jean-Luc Lefèvre",
)
"""Awkward on purpose: commas, quotes, a line break, other scripts, and two people of one name."""
_GROUPS: Final = ("Support, Tier 1", "Sales", "Бэк-офис", "Équipe Québec", '"Gold" Accounts')
_GIVEN: Final = ("Noor", "Tom", "Ines", "Olaf", "Mei", "Sven", "Ada", "Raúl", "Eva", "Kofi")
_FAMILY: Final = ("Bakker", "Nwosu", "Íñiguez", "Smith", "Kowalska", "Tanaka", "Roy", "Ek", "Ito")
_QUEUES: Final = (
    ("Billing, Invoices", Media.PHONE, False),
    ("Technical Support", Media.PHONE, False),
    ("Web Chat", Media.CHAT, False),
    ("Mailbox “Info”", Media.EMAIL, False),
    ("Voicemail 留守電", Media.VOICEMAIL, False),
    ("Outbound Sales", Media.PHONE, True),
)
_HOURS: Final = ((8, 18, False), (0, 24, True), (8, 20, True), (0, 24, True), (7, 21, True))
_SHIFTS: Final = (7, 9, 13, 20, 10)
_DEMAND: Final = ((150, 60), (95, 95), (160, 25), (120, 45), (55, 15), (160, 5))
"""Load and strain of queues."""
_PACES: Final = (72, 88, 54, 93, 63, 80, 42, 76, 58, 85, 68, 34)
_CHANNELS: Final = {
    Media.PHONE: ("+1 408 555 0100", "+40 264 555 010", "Toll-free; national"),
    Media.CHAT: ("www.example.com", "Shop, checkout", "App"),
    Media.EMAIL: ("info@example.com", "replies@example.com", "büro@example.com"),
    Media.VOICEMAIL: ("Main voicemail", "After-hours voicemail", "Directors' voicemail"),
}
_LISTS: Final = (("170", "Call results"), ("171", "Follow-up, sales"))
_WRAP_UP: Final = ("Resolved", "Call back, urgent", "Not resolved", "Sold", 'Said "no"', "Spam")
_STATUS: Final = ("Lunch", "Coffee, tea", "Training", "Réunion")
_SURVEYS: Final = (
    ("11", "After the call", True, ("Were we polite?", "Was it solved, for good?", "Überzeugt?")),
    ("12", "Agent-assisted", False, ("Would you recommend us?",)),
)


@dataclass(frozen=True, slots=True)
class Roster:
    """Everything with a name in a contact center."""

    channels: tuple[Channel, ...]
    queues: tuple[Queue, ...]
    groups: tuple[Group, ...]
    agents: tuple[Agent, ...]
    wrap_up_codes: tuple[Code, ...]
    status_codes: tuple[Code, ...]
    surveys: tuple[Survey, ...]


def make_roster(config: CenterConfig) -> Roster:
    """Name everybody and everything. Ids depend on tenant and position only, never on the seed."""
    renames = dict(config.renames)
    channels = tuple(
        Channel(id_, renames.get(id_, name), media, media is Media.EMAIL and number == 1)
        for position, media in enumerate(Media)
        for number in range(config.channels_per_media)
        for id_, name in [(str(201 + 40 * position + number), _numbered(_CHANNELS[media], number))]
    )
    queues = tuple(_queue(number, renames) for number in range(config.queues))
    groups = tuple(
        Group(id_, renames.get(id_, _numbered(_GROUPS, number)))
        for number in range(config.groups)
        for id_ in [str(901 + number)]
    )
    return Roster(
        channels=channels,
        queues=queues,
        groups=groups,
        agents=tuple(_agent(number, config, groups, queues) for number in range(config.agents)),
        wrap_up_codes=tuple(
            Code(str(1201 + number), name, *_LISTS[number % 2])
            for number, name in enumerate(_WRAP_UP)
        ),
        status_codes=tuple(
            Code(str(61 + number), name, "60", "Status codes")
            for number, name in enumerate(_STATUS)
        ),
        surveys=tuple(
            Survey(
                id_,
                name,
                offered,
                tuple(Question(f"{id_}{n}", text) for n, text in enumerate(questions, 1)),
            )
            for id_, name, offered, questions in _SURVEYS
        ),
    )


def _numbered(names: tuple[str, ...], number: int) -> str:
    rounds, position = divmod(number, len(names))
    return f"{names[position]} {rounds + 1}" if rounds else names[position]


def _queue(number: int, renames: dict[str, str]) -> Queue:
    rounds, position = divmod(number, len(_QUEUES))
    name, media, outbound = _QUEUES[position]
    opens, closes, weekends = _HOURS[number % len(_HOURS)]
    # Ids with gaps, 101, 103, 112, 114 …: a queue that was deleted leaves one.
    id_ = str(101 + 2 * number + 7 * (number // 2))
    name = f"{name} {rounds + 1}" if rounds else name
    load, strain = _DEMAND[position]
    return Queue(
        id_, renames.get(id_, name), media, outbound, opens, closes, weekends, load, strain
    )


def _agent(
    number: int, config: CenterConfig, groups: tuple[Group, ...], queues: tuple[Queue, ...]
) -> Agent:
    id_ = f"ag{key('agent', config.tenant, number):013x}"[:6] + f"_{number:04d}"
    if number < len(_FIRST):
        name = _FIRST[number]
    else:
        rounds, position = divmod(number, len(_GIVEN))
        name = f"{_GIVEN[position]} {_numbered(_FAMILY, rounds)}"
    served = {number % len(queues), (number + 2) % len(queues), (3 * number + 1) % len(queues)}
    return Agent(
        id_,
        dict(config.renames).get(id_, name),
        groups[number % len(groups)],
        tuple(queues[position] for position in sorted(served)),
        _SHIFTS[number % len(_SHIFTS)],
        number % 3 == 0,
        _PACES[number % len(_PACES)],
    )
