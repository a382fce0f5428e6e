"""Where and when figures were measured, kept with them for the pages that show them."""

import datetime as dt
import os
import platform
import subprocess
from pathlib import Path

import torch


def get_origin(device: str = "cpu") -> dict[str, str]:
    """Return the date, the commit, with a plus where files differ from it, and the machine."""
    command = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    commit = subprocess.run(
        command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    processor = torch.cuda.get_device_name() if device.startswith("cuda") else platform.machine()
    return {
        "date": dt.date.today().isoformat(),
        "commit": commit.stdout.strip() or "unknown",
        "machine": f"{processor}, {os.cpu_count()} cores, PyTorch {torch.__version__}",
    }
