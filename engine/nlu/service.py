"""The app's text service, asked in training, testing and the shell, where no Reading comes along."""

import json
import os
import urllib.error
import urllib.request
from functools import lru_cache

from rasa.shared.exceptions import RasaException

from engine.problems import BadRequest, EngineProblem
from engine.reading import Reading

BATCH = 256
TIMEOUT_SECONDS = 120
CURE = (
    "Start the app (`make run`) or let it start the service for one command: `firstline rasa …`, "
    "which sets FIRSTLINE_TEXT_URL and FIRSTLINE_ENGINE_TOKEN."
)


class TextServiceMissing(EngineProblem, RasaException):
    """No Reading came along and none can be asked for; Rasa passes exceptions of its own kind on."""

    status, code, title = 503, "text_service_missing", "The text service is missing"


class TextService:
    """Reads texts by HTTP in batches; remembers each text for the length of the run."""

    def __init__(self, url: str | None, token: str) -> None:
        self.url = url
        self.token = token
        self._known: dict[str, Reading] = {}

    def read(self, texts: list[str]) -> list[Reading]:
        """Return one Reading for each text."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            self._known.update(zip(batch, self._ask(batch), strict=True))
        return [self._known[text] for text in texts]

    def _ask(self, texts: list[str]) -> list[Reading]:
        if not self.url:
            raise TextServiceMissing(f"FIRSTLINE_TEXT_URL is not set, so no text can be read. {CURE}")
        request = urllib.request.Request(
            self.url,
            data=json.dumps({"texts": texts}).encode(),
            headers={"Content-Type": "application/json", "X-Engine-Token": self.token},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                return [Reading.from_json(reading) for reading in json.load(answer)["readings"]]
        except (OSError, ValueError, KeyError, BadRequest) as error:
            raise TextServiceMissing(
                f"FIRSTLINE_TEXT_URL ({self.url}) gave no readings: {error}. {CURE}"
            ) from error


@lru_cache(maxsize=4)
def _service(url: str | None, token: str) -> TextService:
    return TextService(url, token)


def text_service() -> TextService:
    """Return the service that the environment names, the same one for the whole run."""
    return _service(os.environ.get("FIRSTLINE_TEXT_URL"), os.environ.get("FIRSTLINE_ENGINE_TOKEN", ""))
