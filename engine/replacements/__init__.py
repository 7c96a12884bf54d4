"""Pieces of Rasa replaced in the running process, each in a module with the reason and the stock piece.

They are put in place by `install_all`, called by the launcher before a model is loaded (and for `rasa shell`
and `rasa run` by the tracker store, when endpoints.yml says so).
"""

import rasa

from engine.problems import UnknownVersion
from engine.replacements import actioncall, actionlookup, domains, eventtypes, forms, validator

KNOWN_VERSION = "3.6.21"
REPLACEMENTS = (actioncall, actionlookup, domains, eventtypes, forms, validator)


def check_version(version: str = rasa.__version__) -> None:
    """Refuse a Rasa that our subclasses and replacements were not checked against."""
    if version != KNOWN_VERSION:
        raise UnknownVersion(
            f"engine/ was checked against Rasa {KNOWN_VERSION}, installed is {version}. Run `pytest "
            "tests/engine` with the new version, mend what differs, then change KNOWN_VERSION."
        )


def install_all() -> None:
    """Put every replacement in place; doing it twice changes nothing."""
    check_version()
    for replacement in REPLACEMENTS:
        replacement.install()


def remove_all() -> None:
    """Put Rasa's own pieces back, to compare with them."""
    for replacement in REPLACEMENTS:
        replacement.remove()
