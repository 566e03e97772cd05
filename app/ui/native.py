"""What the desktop asks of the operating system: show a folder in its file manager."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path


def reveal_command(folder: Path, platform: str = sys.platform) -> list[str]:
    """Return the command that shows a folder in the file manager.

    Args:
        folder: an existing folder.
        platform: as in `sys.platform`.
    """
    if platform == "win32":
        return ["explorer.exe", str(folder)]
    if platform == "darwin":
        return ["open", str(folder)]
    return ["xdg-open", str(folder)]


def reveal(folder: Path) -> str | None:
    """Show a folder in the file manager, or the nearest one above it that exists.

    Returns:
        None when the file manager was asked, else a sentence that says where the folder is and what is missing.
    """
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    command = reveal_command(folder)
    if shutil.which(command[0]) is None:
        return f"{folder} cannot be shown because {command[0]} is missing; open the folder by hand."
    subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    return None
