"""One line of a table of jobs."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One figure of a job, as a ratio or against a limit.

    Parameters
    ----------
    job : str
        What a user waits for: ``"cold predict, .onnx"``.
    measure : str
        What `ratio` is: ``"librosa / ours"``, ``"seconds"``.
    ratio : float
        The figure that has a floor.
    floor : float or None
        The least that is accepted, or the most where `is_at_most`.
    aim : float or None
        The same, aimed at.
    is_at_most : bool
        True for seconds, shares and bytes: less is better.
    ours, peer : float or None
        The two medians that make the ratio, in `unit`.
    unit : str
        Their unit: ``"CPU ms"``, ``"wall s"``.
    before : float or None
        `ratio` as it was before the last change of this job.
    difference : float or None
        Largest difference of the two results, where they are comparable.
    """

    job: str
    measure: str
    ratio: float
    floor: float | None = None
    aim: float | None = None
    is_at_most: bool = False
    ours: float | None = None
    peer: float | None = None
    unit: str = ""
    before: float | None = None
    difference: float | None = None

    @property
    def is_met(self) -> bool | None:
        """True if the floor is reached, None without one."""
        if self.floor is None:
            return None
        return self.ratio <= self.floor if self.is_at_most else self.ratio >= self.floor

    def to_dict(self) -> dict[str, Any]:
        """Return the row as it is kept and shown."""
        columns = {**self.__dict__, "is_met": self.is_met}
        return {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in columns.items()
        }
