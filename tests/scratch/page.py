"""Reads a guide whose blocks are files: what a file holds, what is added to one, and commands."""

import re
from dataclasses import dataclass

FENCE = "```"
# A file's name alone on the line above a block.
LABEL = re.compile(r"`([^`]+)`:")
# The row of a table: a file, then whether each kind of change touches it, then why.
ROW = re.compile(r"\| `([^`]+)` \| (.*) \|")


@dataclass
class Block:
    """A block of the page. `path` is the file above it; commands have none."""

    path: str | None
    language: str
    text: str
    line: int


def blocks(page):
    """The blocks of files, and of commands for the shell, in their order."""
    found, label, block = [], None, None
    for number, line in enumerate(page.splitlines(), 1):
        if block:
            if line == FENCE:
                block.text = "".join(f"{line}\n" for line in block.text)
                if block.path or block.language == "sh":
                    found.append(block)
                block, label = None, None
            else:
                block.text.append(line)
        elif line.startswith(FENCE):
            block = Block(label, line[len(FENCE) :], [], number)
        elif line:
            matched = LABEL.fullmatch(line)
            label = matched[1] if matched else None
    return found


def touched(page):
    """The files in the table, each with the columns that say yes, and the names of these columns."""
    rows, columns = {}, None
    for line in page.splitlines():
        if line.startswith("| file |"):
            columns = [cell.strip() for cell in line.strip("|").split("|")][1:-1]
        elif columns and (matched := ROW.fullmatch(line)):
            cells = [cell.strip() for cell in matched[2].split("|")]
            rows[matched[1]] = {name for name, cell in zip(columns, cells) if cell == "yes"}
    return rows, columns


def changed(text, block):
    """The text with what a block of `diff` says. Its lines must be in the text once, one after the other."""
    before, after = [], []
    for line in block.text.splitlines():
        mark, rest = line[:1] or " ", line[1:]
        if mark in " -":
            before.append(rest)
        if mark in " +":
            # A line that is shown by its beginning stays as it is.
            after.append(None if rest.endswith("…") and mark == " " else rest)
        # Where the shown line stands among those before it.
        if after and after[-1] is None:
            after[-1] = len(before) - 1
    lines = text.splitlines()
    places = [
        place
        for place in range(len(lines) - len(before) + 1)
        if all(is_shown(line, shown) for line, shown in zip(lines[place:], before))
    ]
    if len(places) != 1:
        raise ValueError(
            f"line {block.line}: the lines that the block shows are in {block.path} {len(places)} times, not once:\n"
            + "\n".join(before)
        )
    [place] = places
    new = [lines[place + line] if isinstance(line, int) else line for line in after]
    lines[place : place + len(before)] = new
    return "".join(f"{line}\n" for line in lines)


def is_shown(line, shown):
    return line.startswith(shown[:-1]) if shown.endswith("…") else line == shown
