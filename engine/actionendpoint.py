"""The way to the app's actions: one kept-alive client; stock opens a connection for every call."""

import json
from typing import Any, Optional, Text

import aiohttp
from rasa.utils.endpoints import ClientResponseError, EndpointConfig, concat_url

TIMEOUT_SECONDS = 30.0  # stock waits five minutes, which no customer does


class ActionEndpoint(EndpointConfig):
    """Rasa's EndpointConfig over a session that lives as long as the engine."""

    def __init__(self, *args: Any, timeout_seconds: float = TIMEOUT_SECONDS, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: Text = "post",
        subpath: Optional[Text] = None,
        content_type: Optional[Text] = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Send a request and return the answer's JSON; raise ClientResponseError on a 4xx or 5xx."""
        if self._session is None:
            self._session = self.session()
        headers = {"Content-Type": content_type, **self.headers} if content_type else dict(self.headers)
        async with self._session.request(
            method,
            concat_url(self.url, subpath),
            data=json.dumps(kwargs["json"]).encode(),
            headers=headers,
            params=self.combine_parameters(kwargs),
            compress=compress,
            timeout=self._timeout,
        ) as response:
            body = await response.read()
        if response.status >= 400:
            raise ClientResponseError(response.status, response.reason, body)
        return json.loads(body) if response.content_type == "application/json" else None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
