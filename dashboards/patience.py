"""How long the server waits for a client, so that slow ones cannot hold its connections."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol


class Impatient(H11Protocol):
    """HTTP as uvicorn speaks it, with an end to waiting.

    A connection whose first request is not whole within `head_s` seconds is cut, and every connection after
    `life_s` seconds: by then a client that reads its answer drop by drop is cut too. A browser just opens
    another one.
    """

    head_s = 10.0
    life_s = 120.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start both clocks."""
        super().connection_made(transport)
        self.clocks = (
            self.loop.call_later(self.head_s, self._cut_if_silent),
            self.loop.call_later(self.life_s, transport.abort),
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop them."""
        for clock in self.clocks:
            clock.cancel()
        super().connection_lost(exc)

    def _cut_if_silent(self) -> None:
        # uvicorn declares a cycle from the start, but there is none before the first whole request.
        if getattr(self, "cycle", None) is None:
            self.transport.abort()
