"""Error for clips that are not analysed."""


class Refusal(Exception):
    """A clip that the server does not accept.

    Parameters
    ----------
    message : str
        What is wrong and what to do, for the sender of the clip.
    status : int
        HTTP status code.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


TOO_LARGE = 413
UNREADABLE = 422
FAILED = 500
BUSY = 503
