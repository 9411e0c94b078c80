"""Runs the code of the guides exactly as it stands there.

The blocks of a guide's language, put together, are a test file. Blocks of other languages are for people. `cargo test`
runs the guides that are not named here.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sandbox import PROGRAM, ROOT

# The file that each guide tells its readers to make, the blocks that make it, and the command that runs it.
GUIDES = {
    "test-from-python.md": ("test_deletion.py", "python", [sys.executable, "-m", "pytest", "-q"]),
    "test-from-node.md": ("deletion.test.mjs", "js", ["node", "--test"]),
    "test-from-curl.md": ("deletion.sh", "sh", ["sh", "-eu", "deletion.sh"]),
}
PATIENCE = 120


def main():
    folder = ROOT / "guides"
    strangers = {guide.name for guide in folder.glob("test-from-*.md")} ^ set(GUIDES)
    if strangers:
        sys.exit(f"guides that are there and not run, or run and not there: {', '.join(strangers)}")
    failed = [name for name in GUIDES if not works(folder / name, *GUIDES[name])]
    if failed:
        sys.exit("These guides do not do what they say: " + ", ".join(failed))


def works(guide, file, language, command):
    blocks = code(guide.read_text(), language)
    if not blocks:
        sys.exit(f"{guide}: no block of {language}")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / file).write_text("\n\n".join(blocks))
        search = f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "PATH": search, "TMPDIR": folder},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
        )
    if done.returncode != 0:
        print(f"{guide.name}: {shutil.which(command[0])} ended with {done.returncode}\n{done.stdout}")
    else:
        print(f"{guide.name}: {len(blocks)} blocks, and they work")
    return done.returncode == 0


def code(text, language):
    """The blocks that are fenced with ``` and the language's name."""
    blocks, block = [], None
    for line in text.splitlines():
        if line == f"```{language}":
            block = []
        elif line == "```" and block is not None:
            blocks.append("\n".join(block) + "\n")
            block = None
        elif block is not None:
            block.append(line)
    return blocks


if __name__ == "__main__":
    main()
