"""Print what skgenre[test,onnx] needs besides PyTorch, at the versions installed here.

A machine with a GPU brings its own PyTorch, built for its driver.
"""

import importlib.metadata
import re

from packaging.requirements import Requirement

ROOTS = ("skgenre[test,onnx]",)
LEFT_OUT = {"skgenre", "torch"}


def list_pins() -> dict[str, str]:
    """Return name and version of every package needed, followed from the roots."""
    pins: dict[str, str] = {}
    waiting = [Requirement(root) for root in ROOTS]
    seen = set()
    while waiting:
        requirement = waiting.pop()
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        key = (name, frozenset(requirement.extras))
        if key in seen or name == "torch":
            continue
        seen.add(key)
        if name not in LEFT_OUT:
            pins[name] = importlib.metadata.version(name)
        for text in importlib.metadata.requires(name) or ():
            needed = Requirement(text)
            environments = [{"extra": extra} for extra in ("", *requirement.extras)]
            if needed.marker is None or any(map(needed.marker.evaluate, environments)):
                waiting.append(needed)
    return pins


if __name__ == "__main__":
    for name, version in sorted(list_pins().items()):
        print(f"{name}=={version}")
