"""The channel of a turn: a Reading comes in beside the message, utterances go out whole."""

from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, Request, json
from sanic.response import HTTPResponse

from engine.problems import EngineProblem
from engine.reading import Reading, beside_message

NAME = "firstline"


class WholeUtterances(CollectingOutputChannel):
    """Keeps text and custom of one utterance together; stock makes two messages of them."""

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, as responses know it."""
        return NAME

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Collect one utterance."""
        await self._persist_message(
            {
                "text": message.get("text"),
                "response": message.get("utter_action"),
                "custom": message.get("custom") or None,
            }
        )


class ReadingInput(InputChannel):
    """The same way in for `rasa run`, at /webhooks/firstline/ask, to compare it with our launcher."""

    @classmethod
    def name(cls) -> str:
        """Return the channel's name."""
        return NAME

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the one route."""
        routes = Blueprint("firstline_input")

        @routes.post("/ask")
        async def ask(request: Request) -> HTTPResponse:
            turn, channel = request.json, WholeUtterances()
            message = UserMessage(
                turn["text"], channel, turn["conversation"], input_channel=NAME, message_id=turn["message_id"]
            )
            try:
                with beside_message(Reading.from_json(turn["reading"])):
                    await on_new_message(message)
            except EngineProblem as problem:
                return json(problem.as_dict(), status=problem.status)
            return json({"utterances": channel.messages})

        return routes
