"""Print a constraints file that pins each dependency of pyproject.toml at its floor.

``floors.py test`` covers the core dependencies and those of the extra ``test``, following the
extras that it names in turn.
"""

import re
import sys
import tomllib
from pathlib import Path

REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)(\[(?P<extras>[^\]]*)\])?(>=(?P<floor>[0-9.]+))?(,<[0-9.]+)?$"
)


def floors(project: dict, requirements: list[str]) -> dict[str, str]:
    """Map each requirement's name to its floor, with those of the extras it names."""
    found = {}
    for requirement in requirements:
        match = REQUIREMENT.match(requirement)
        if match is None:
            sys.exit(f"pyproject.toml: {requirement!r} is not of the form name>=floor")
        if match["name"] == project["name"]:
            for extra in match["extras"].split(","):
                found |= floors(project, project["optional-dependencies"][extra])
        else:
            found[match["name"]] = match["floor"]
    return found


if __name__ == "__main__":
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + [f"{project['name']}[{extra}]" for extra in sys.argv[1:]]
    for name, floor in sorted(floors(project, wanted).items()):
        print(f"{name}=={floor}")
