#!/usr/bin/env python3
"""Holds the tree to the house rules: python3 tests/lint/lint.py [repository root]

Prints one line a fault, `path:line: rule: what is wrong; what to do`, and exits with 1 if there is
any. Looks at what git tracks or would track; rules.py has the rules.
"""

import pathlib
import subprocess
import sys
from dataclasses import dataclass

import rules

UNREAD_DIRECTORIES = {".git", "build", "__pycache__"}


@dataclass(frozen=True, order=True)
class Fault:
    path: str
    line: int
    rule: str
    what: str
    mend: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.what}; {self.mend}"


def check(files):
    """The faults of `files`, {path from the root: text}, in order."""
    faults = set()
    for path, text in files.items():
        source = rules.Source(path, text)
        for rule in rules.RULES:
            for line, name, what, mend in rule(source):
                if name not in rules.WAIVABLE or (line, name) not in source.waivers:
                    faults.add(Fault(path, line, name, what, mend))
    for rule in rules.TREE_RULES:
        faults.update(Fault(path, *finding) for path, finding in rule(files))
    return sorted(faults)


def read_tree(root):
    """{path: text} of the text files that belong to the repository (binary ones with no text)."""
    command = ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, capture_output=True, check=True).stdout.decode()
        paths = [root / name for name in listing.split("\0") if name]
    except (FileNotFoundError, subprocess.CalledProcessError):  # a source archive, or no git
        unread = UNREAD_DIRECTORIES
        paths = [p for p in root.rglob("*") if not unread & set(p.relative_to(root).parts)]
    files = {}
    for path in paths:
        if path.is_file():
            data = path.read_bytes()
            text = "" if b"\0" in data else data.decode("utf-8", errors="replace")
            files[path.relative_to(root).as_posix()] = text
    return files


def main(arguments):
    here = pathlib.Path(__file__).resolve()
    root = pathlib.Path(arguments[0]).resolve() if arguments else here.parents[2]
    files = read_tree(root)
    faults = check(files)
    for fault in faults:
        print(fault)
    if not files:
        print(f"{root}: no files found", file=sys.stderr)
    elif not faults:
        print(f"lint: {len(files)} files, no faults")
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
