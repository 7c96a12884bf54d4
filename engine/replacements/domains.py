"""Remembers whether a domain is empty; stock builds an empty domain to compare with for every message."""

from rasa.shared.core.domain import Domain

stock = Domain.is_empty
KEPT_ON_DOMAIN = "_is_known_to_be_empty"


def is_empty(self: Domain) -> bool:
    """Return what stock returns; a domain doesn't change once it is built."""
    if KEPT_ON_DOMAIN not in self.__dict__:
        self.__dict__[KEPT_ON_DOMAIN] = stock(self)
    return self.__dict__[KEPT_ON_DOMAIN]


def install() -> None:
    """Put the replacement in place."""
    Domain.is_empty = is_empty


def remove() -> None:
    """Put Rasa's own back."""
    Domain.is_empty = stock
