"""Clips that are not analysed, and why."""


class Refusal(Exception):
    """A clip that a server does not take.

    Parameters
    ----------
    message : str
        What is wrong and what to do, for who sent the clip.
    status : int
        Status code of HTTP.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


TOO_LARGE = 413
UNREADABLE = 422
FAILED = 500
BUSY = 503
