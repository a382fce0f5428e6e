"""Private attributes of gradio that the page needs, checked at startup."""

from collections.abc import Callable
from typing import Any


def have_gradio_check_paths(page: Any) -> None:
    """Enable gradio's own check of paths in requests; `Gate` comes before it.

    gradio does so in `launch`, but not for a mounted page.
    """
    if getattr(page, "has_launched", None) is not False:
        raise _make_error()
    page.has_launched = True


def make_forget(page: Any) -> Callable[[str], None]:
    """Return a function that discards a session's unread messages.

    The numbers of its calls are discarded too: gradio keeps those of a session that never listens,
    and a visitor can have any number of sessions.
    """
    queue_of_page = getattr(page, "_queue", None)
    messages = getattr(queue_of_page, "pending_messages_per_session", None)
    calls = getattr(queue_of_page, "pending_event_ids_session", None)
    running = getattr(queue_of_page, "event_ids_to_events", None)
    if messages is None or not hasattr(messages, "get"):
        raise _make_error()
    if not isinstance(calls, dict) or not isinstance(running, dict):
        raise _make_error()

    def forget(session: str) -> None:
        queue = messages.get(session)
        while queue is not None and not queue.empty():
            queue.get_nowait()
        ids = calls.get(session)
        if ids is not None and running.keys().isdisjoint(ids):
            del calls[session]

    return forget


def _make_error() -> ImportError:
    import gradio as gr

    return ImportError(
        f"gradio {gr.__version__} differs from the versions that this page was tested with, and "
        f"may not check what visitors send: pip install --upgrade 'skgenre[demo]'"
    )
