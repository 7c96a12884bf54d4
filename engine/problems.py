"""The engine's error family: one object is the app's answer, the log's line and the operator's hint."""


class EngineProblem(Exception):  # noqa: N818 (a problem is the noun of RFC 9457 and of the app)
    """A refusal or failure with a status, a code and a sentence (RFC 9457)."""

    status = 500
    code = "engine_failed"
    title = "The engine failed"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def as_dict(self) -> dict:
        """Return the body of an application/problem+json answer."""
        return {
            "type": f"urn:firstline:engine:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }


class BadRequest(EngineProblem):
    """The request doesn't follow the contract."""

    status, code, title = 422, "bad_request", "The request doesn't follow the contract"


class NotAllowed(EngineProblem):
    """The token is missing or wrong."""

    status, code, title = 401, "wrong_token", "The token is missing or wrong"


class NotFound(EngineProblem):
    """There is no such call."""

    status, code, title = 404, "not_found", "There is no such call"


class TooLarge(EngineProblem):
    """The body is larger than any turn can be."""

    status, code, title = 413, "too_large", "The body is too large"


class ActionFailed(EngineProblem):
    """An action of the app raised, timed out or couldn't be reached; nothing of the turn was kept."""

    status, code, title = 502, "action_failed", "An action failed"


class EndlessTurn(EngineProblem):
    """The policies kept predicting actions and never came to listen; nothing of the turn was kept."""

    status, code, title = 500, "endless_turn", "The turn did not end"


class ModelRefused(EngineProblem):
    """The model file is missing or can't be served; the one before it goes on answering."""

    status, code, title = 422, "model_refused", "The model can't be served"


class UnknownVersion(EngineProblem):
    """A replacement was written for another version than the installed one."""

    status, code, title = 500, "unknown_version", "This version of Rasa is not known"
