"""A Dockerfile's instructions, as far as a deploy depends on them: its base, and what it copies from where.

Own code, since the libraries that read Dockerfiles (dockerfile-parse) know no heredocs and no stages that are left out.
Source: https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

ESCAPE_DIRECTIVE = re.compile(r"#\s*escape\s*=\s*(?P<escape>[\\`])\s*", re.IGNORECASE)
DIRECTIVE = re.compile(r"#\s*[a-z]+\s*=", re.IGNORECASE)
HEREDOC = re.compile(r"(?<!\S)<<(?P<dash>-?)(?P<quote>[\"']?)(?P<word>[A-Za-z_][A-Za-z0-9_.]*)(?P=quote)")
TAKES_HEREDOCS = frozenset({"RUN", "COPY", "ADD"})
VARIABLE = re.compile(r"\$(?:\{(?P<braced>[A-Za-z_]\w*)(?:[:]?[-+?][^}]*)?\}|(?P<bare>[A-Za-z_]\w*))")
FLAG = re.compile(r"--(?P<name>[a-z-]+)(?:=(?P<value>\S*))?")
MINIMUM_OF_COPY = 2  # a source and a target


@dataclass(frozen=True)
class Instruction:
    """One instruction: its keyword in upper case, its flags, and the words behind them."""

    keyword: str
    flags: tuple[tuple[str, str], ...]
    words: tuple[str, ...]
    text: str

    def flag(self, name: str) -> str:
        """Return the value of a flag; empty where it is not there."""
        return next((value for key, value in self.flags if key == name), "")


@dataclass
class Stage:
    """What stands from one FROM to the next: what it is built on, its name, and its instructions."""

    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)


@dataclass(frozen=True)
class Dockerfile:
    """The arguments before the first stage, by name (None: without a default), and the stages in their order."""

    arguments: dict[str, str | None]
    stages: tuple[Stage, ...]

    def takes(self, argument: str) -> bool:
        """Whether a stage is built on an image that this argument names."""
        return argument in self.arguments and any(argument in variables(stage.base) for stage in self.stages)

    def needed(self) -> list[Stage]:
        """Return the stages that the last one is built from, itself included: no others are built by BuildKit."""
        found: list[int] = []
        left = [len(self.stages) - 1] if self.stages else []
        while left:
            at = left.pop()
            if at not in found:
                found.append(at)
                left += [other for name in sources_of(self.stages[at]) if (other := self._index(name, at)) is not None]
        return [self.stages[at] for at in sorted(found)]

    def copies(self, folder: str) -> bool:
        """Whether a needed stage takes this top folder, or something in it, from the build context by its name."""
        return any(
            posixpath.normpath(source).lstrip("/").split("/")[0] == folder
            for stage in self.needed()
            for source in from_context(stage)
        )

    def _index(self, name: str, before: int) -> int | None:
        if name.isdigit() and int(name) < before:
            return int(name)
        named = [at for at, stage in enumerate(self.stages[:before]) if stage.name and stage.name == name.lower()]
        return named[-1] if named else None


def parse(text: str) -> Dockerfile:
    """Return what a Dockerfile says; what is not an instruction is left for Docker to refuse."""
    arguments: dict[str, str | None] = {}
    stages: list[Stage] = []
    for one in instructions(text):
        if one.keyword == "FROM" and one.words:
            named = len(one.words) > 2 and one.words[1].upper() == "AS"  # noqa: PLR2004 - FROM image AS name
            stages.append(Stage(one.words[0], one.words[2].lower() if named else ""))
        elif stages:
            stages[-1].instructions.append(one)
        elif one.keyword == "ARG":
            for word in one.words:
                name, equals, value = word.partition("=")
                arguments[name] = value if equals else None
    return Dockerfile(arguments, tuple(stages))


def instructions(text: str) -> Iterator[Instruction]:
    """Yield the instructions: comments and heredocs left out, lines joined where they go on."""
    lines = iter(text.removeprefix("\ufeff").splitlines())
    escape, first = "\\", True
    for line in lines:
        stripped = line.strip()
        if first and (found := ESCAPE_DIRECTIVE.fullmatch(stripped)):
            escape = found["escape"]
        first = first and bool(DIRECTIVE.match(stripped))
        if not stripped or stripped.startswith("#"):
            continue
        joined = _joined(stripped, lines, escape)
        keyword, _, rest = joined.partition(" ")
        if keyword.upper() in TAKES_HEREDOCS:
            for heredoc in HEREDOC.finditer(rest):
                _skip(lines, heredoc["word"], dash=bool(heredoc["dash"]))
        yield _instruction(keyword.upper(), rest.strip())


def variables(text: str) -> set[str]:
    """Return the names of the variables in a text."""
    return {found["braced"] or found["bare"] for found in VARIABLE.finditer(text)}


def from_context(stage: Stage) -> Iterator[str]:
    """Yield what a stage's instructions name in the build context."""
    for one in stage.instructions:
        if one.keyword in ("COPY", "ADD") and not one.flag("from") and len(one.words) >= MINIMUM_OF_COPY:
            yield from one.words[:-1]
        for mount in mounts(one):
            if "from" not in mount and mount.get("type", "bind") == "bind":
                yield mount.get("source", mount.get("src", ""))


def sources_of(stage: Stage) -> Iterator[str]:
    """Yield the names, or numbers, of what a stage is built on and copies from."""
    yield stage.base
    for one in stage.instructions:
        if one.flag("from"):
            yield one.flag("from")
        yield from (mount["from"] for mount in mounts(one) if "from" in mount)


def mounts(one: Instruction) -> Iterator[dict[str, str]]:
    """Yield what `RUN --mount=...` says, by its keys."""
    for name, value in one.flags:
        if one.keyword == "RUN" and name == "mount":
            pairs = (part.partition("=") for part in value.split(","))
            yield {key: setting for key, _, setting in pairs}


def _joined(line: str, lines: Iterator[str], escape: str) -> str:
    """Return a line with those that it goes on in; comments and empty lines between them do not end it."""
    while line.endswith(escape):
        line = line.removesuffix(escape)
        following = next((one.strip() for one in lines if one.strip() and not one.strip().startswith("#")), None)
        if following is None:
            break
        line = f"{line.rstrip()} {following}"
    return line


def _skip(lines: Iterator[str], word: str, *, dash: bool) -> None:
    for line in lines:
        if (line.lstrip("\t") if dash else line) == word:
            return


def _instruction(keyword: str, rest: str) -> Instruction:
    flags: list[tuple[str, str]] = []
    while found := FLAG.match(rest):
        flags.append((found["name"], found["value"] or ""))
        rest = rest[found.end() :].lstrip()
    return Instruction(keyword, tuple(flags), tuple(_words(rest)), rest)


def _words(rest: str) -> Sequence[str]:
    """Return the words of an instruction, in either of its forms: JSON, or text where quotes hold words together."""
    if rest.startswith("["):
        try:
            listed = json.loads(rest)
        except ValueError:
            listed = None
        if isinstance(listed, list) and all(isinstance(word, str) for word in listed):
            return listed
    try:
        return shlex.split(rest, posix=True)
    except ValueError:
        return rest.split()
