"""A fake of the app's text service: vectors by hashing, so equal texts are always equal."""

import base64
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

DIMENSIONS = 96
HAN = re.compile(r"[\u3400-\u9fff]")
ENTITIES = {
    "email": re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
    "order_number": re.compile(r"LO-\d{5,6}"),
    "ticket_number": re.compile(r"T-\d+"),
}


def read(text: str, language: str | None = None) -> dict[str, Any]:
    """Return a Reading's JSON."""
    chinese = bool(HAN.search(text))
    vector = np.zeros(DIMENSIONS, dtype="<f4")
    for piece in text.lower().split() + [text.lower()[i : i + 2] for i in range(len(text))]:
        vector[int(hashlib.md5(piece.encode("utf-8", "replace")).hexdigest(), 16) % DIMENSIONS] += 1
    vector /= max(float(np.linalg.norm(vector)), 1e-6)
    return {
        "language": language or ("zh" if chinese else "en"),
        "encoder": "e5" if chinese else "minilm",
        "vector": base64.b64encode(vector.tobytes()).decode(),
        "entities": [
            {"entity": name, "value": match.group(), "start": match.start(), "end": match.end()}
            for name, pattern in ENTITIES.items()
            for match in pattern.finditer(text)
        ],
    }


class TextService:
    """Answers on loopback from a thread of its own, and counts the texts it was asked."""

    def __init__(self) -> None:
        service = self
        self.batches: list[list[str]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                texts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["texts"]
                service.batches.append(texts)
                body = json.dumps({"readings": [read(text) for text in texts]}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                """Keep the test's output clean."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/text"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
