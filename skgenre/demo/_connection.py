"""Limits for idle and slow connections."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 10.0
_WRITE_SECONDS = 30.0
_MAX_CONNECTIONS = 400


class BoundedProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, with time limits for request headers and slow readers.

    uvicorn waits indefinitely for a header, and for a client to read its answer. Here both time
    out; and if there are many connections, the oldest one without a request is closed for a new
    one, so that no number of idle connections keeps anybody out.
    """

    _timer: asyncio.TimerHandle | None = None
    _write_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Start to wait for a header."""
        super().connection_made(transport)
        self._wait_for_header()
        if len(self.connections) > _MAX_CONNECTIONS:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """Receive bytes, and check whether the header is complete."""
        super().data_received(data)
        if not self.is_idle:
            self._stop_waiting()
        elif self._timer is None and not self.transport.is_closing():
            self._wait_for_header()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self._stop_waiting()
        self._stop_write_timer()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Start to wait for a client that does not read its answer."""
        super().pause_writing()
        self._stop_write_timer()
        self._write_timer = self.loop.call_later(_WRITE_SECONDS, self.close_now)

    def resume_writing(self) -> None:
        """Continue with the answer."""
        self._stop_write_timer()
        super().resume_writing()

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits for an answer; a body that goes on after its answer is nothing."""
        is_answered = self.cycle is not None and self.cycle.response_complete
        return is_answered or self.conn.their_state is h11.IDLE

    def close_now(self) -> None:
        """Close the connection, even if data is still to be sent."""
        if not self.transport.is_closing():
            self.transport.abort()

    def _make_room(self) -> None:
        # Many come in one turn of the event loop; those that were closed in it are still listed.
        still_open = [
            connection
            for connection in list(self.connections)
            if isinstance(connection, BoundedProtocol) and not connection.transport.is_closing()
        ]
        if len(still_open) > _MAX_CONNECTIONS:
            idle = (other for other in still_open if other is not self and other.is_idle)
            min(idle, key=lambda other: other.since, default=self).close_now()

    def _wait_for_header(self) -> None:
        self.since = self.loop.time()
        self._timer = self.loop.call_later(HEADER_SECONDS, self._refuse_to_wait)

    def _refuse_to_wait(self) -> None:
        self._timer = None
        if self.is_idle:
            self.close_now()

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stop_write_timer(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None
