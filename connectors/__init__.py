"""One module or folder per channel: payload to noun, noun to payload; `CHANNELS` lists what exists.

The web's clients come by routes of their own, so it does not stand here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from connectors.mail import Mail
from connectors.port import Connector, Surroundings
from connectors.slack.channel import Slack
from connectors.telegram.channel import Telegram

Make = Callable[[Surroundings], Connector | None]

CHANNELS: tuple[Make, ...] = (Mail.of, Telegram.of, Slack.of)


def connectors_of(around: Surroundings, channels: Iterable[Make] = CHANNELS) -> list[Connector]:
    """Return the channels that the settings switch on."""
    made = (make(around) for make in channels)
    return [connector for connector in made if connector]
