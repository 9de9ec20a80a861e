"""The build context: which files, and one hash that says whether anything changed.

Patterns are translated by docker.utils. Own code stays for reading the file (docker.utils knows no escapes, no BOM and
no `[^a]`), for the walk (its own forgets `!` rules with wildcards under an ignored folder, BuildKit does not), and
for the archive (its own keeps times and owners, so that equal trees give unequal bytes).
"""

from __future__ import annotations

import functools
import hashlib
import io
import os
import posixpath
import re
import stat
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from docker.utils.fnmatch import translate

from .dockerfile import Dockerfile, parse
from .errors import ShippingError

Rule = tuple[re.Pattern[str], bool]

DOCKERFILE = ".slipway.Dockerfile"
WHEELHOUSE = "wheelhouse"
NPMHOUSE = "npmhouse"
# Never part of an image, whatever .dockerignore says or forgets.
ALWAYS_IGNORED = (".git", "**/__pycache__", "**/*.pyc", "**/.venv", "**/.pytest_cache", "**/.mypy_cache")
# What the jobs of ci/gitlab/slipway.yml leave in their checkout. Elsewhere folders of these names are the app's own.
LEFT_BY_JOBS = (".slipway", ".cache", ".image")
# Times of files are derived from their content: equal trees give equal bytes, and a changed file of equal size has
# another time, by which servers and browsers tell versions apart. The range is past on every machine.
FIRST_TIME_S = 1_000_000_000  # 2001-09-09
TIMES = 2**29  # seconds: until 2018

# `\x` is x itself; `[a-z]` and `[^a-z]` are classes (https://pkg.go.dev/path/filepath#Match).
TOKEN = re.compile(r"\\(?P<escaped>.)|\[(?P<negated>\^?)(?P<members>(?:\\.|[^\]\\])+)\]")
HELD_FROM = 0xE000  # Unicode's private use area
HELD = re.compile("[\ue000-\ue07f]")
CLASSES_CLOSED = re.compile(rf"(?:[^\[\\]|{re.sub(r'[?]P<[a-z]+>', '?:', TOKEN.pattern)})*")


@dataclass(frozen=True)
class Context:
    """A folder to build from, its Dockerfile, and what is laid beside it: in `wheelhouse/` and in `npmhouse/`."""

    folder: Path
    dockerfile: Path
    wheels: tuple[Path, ...] = ()
    npm: tuple[Path, ...] = ()

    def digest(self, arguments: Mapping[str, str]) -> str:
        """Return 16 hexadecimal digits over all that decides what the image becomes."""
        state = hashlib.sha256()
        for name, value in sorted(arguments.items()):
            state.update(f"{name}={value}\0".encode())
        for name, path in self._members():
            executable = bool(path.lstat().st_mode & stat.S_IXUSR)
            state.update(os.fsencode(name) + f"\0{executable}\0".encode())
            state.update(hashlib.sha256(_content(path)).digest())
        return state.hexdigest()[:16]

    @functools.cached_property
    def recipe(self) -> Dockerfile:
        """What the Dockerfile says.

        Raises:
            ShippingError: it is not text in UTF-8.
        """
        return parse(text_of(self.dockerfile))

    def wants(self, folder: str) -> bool:
        """Whether the Dockerfile copies a folder of this name that is not among the app's own files."""
        return self.recipe.copies(folder) and not any(
            name.split("/")[0] == folder for name, _ in _files(self.folder, "", self._rules())
        )

    def archive(self) -> bytes:
        """Return the context as a tar archive, the same bytes for the same content."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for name, path in self._members():
                member = tar.gettarinfo(path, name)
                member.uid = member.gid = 0
                member.uname = member.gname = "root"
                member.mtime = time_of(_content(path))
                member.mode = 0o755 if member.mode & stat.S_IXUSR else 0o644
                if member.isreg():
                    with path.open("rb") as file:
                        tar.addfile(member, file)
                else:
                    tar.addfile(member)
        return packed.getvalue()

    def _members(self) -> Iterator[tuple[str, Path]]:
        yield from sorted(_files(self.folder, "", self._rules()), key=lambda member: member[1])
        for house, files in ((WHEELHOUSE, self.wheels), (NPMHOUSE, self.npm)):
            yield from ((f"{house}/{file.name}", file) for file in files)
        yield DOCKERFILE, self.dockerfile

    def _rules(self) -> list[Rule]:
        return ignore_rules(self.folder, self.dockerfile)


def time_of(content: bytes) -> int:
    """Return the time of a file, in seconds since 1970: the same for the same content."""
    return FIRST_TIME_S + int.from_bytes(hashlib.sha256(content).digest()[:8], "big") % TIMES


def text_of(path: Path) -> str:
    """Return the text of a file.

    Raises:
        ShippingError: it is not UTF-8, as Docker wants it.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ShippingError(
            f"{path}, line {line}: this is not UTF-8, which Docker wants.\n"
            f"Next: iconv --from-code=ISO-8859-1 --to-code=UTF-8 {path}   # where it was written in Latin-1"
        ) from error


def _content(path: Path) -> bytes:
    if path.is_symlink():
        return os.fsencode(path.readlink())
    return b"" if path.is_dir() else path.read_bytes()


def open_context(source: Path, build: str, dockerfile: str | None) -> Context:
    """Return the context of an app; `build` and `dockerfile` are relative to `source`.

    Raises:
        ShippingError: the folder or the Dockerfile is not there.
    """
    folder = source / build
    recipe = source / dockerfile if dockerfile else folder / "Dockerfile"
    for path, field in ((folder, "build"), (recipe, "dockerfile")):
        if not path.exists():
            raise ShippingError(f"{path} does not exist. Correct `{field}` of the app in slipway_apps.")
    return Context(folder.resolve(), recipe.resolve())


def ignore_rules(folder: Path, dockerfile: Path) -> list[Rule]:
    """Return the rules for a context as (pattern, ignores): later ones win, `!` takes back.

    They stand beside the Dockerfile, in a file of its name with `.dockerignore` behind it, else in the folder's own
    .dockerignore.

    Source: https://docs.docker.com/build/concepts/context/#syntax and github.com/moby/patternmatcher.

    Raises:
        ShippingError: the file is not text, or a line is one that `docker build` refuses too.
    """
    own = dockerfile.with_name(f"{dockerfile.name}.dockerignore")
    file = own if own.is_file() else folder / ".dockerignore"
    lines = text_of(file).split("\n") if file.is_file() else []
    of_jobs = LEFT_BY_JOBS if os.environ.get("CI_PROJECT_DIR") else ()
    rules = []
    for number, line in enumerate([*lines, *ALWAYS_IGNORED, *of_jobs], 1):
        text = line.strip()
        if text and not line.startswith("#"):
            pattern = text.removeprefix("!").strip()
            if not pattern or not CLASSES_CLOSED.fullmatch(pattern):
                raise ShippingError(
                    f"{file}, line {number}: `{text}` is not a pattern; `docker build` refuses it too.\n"
                    "Next: write a name behind `!`, close each `[`, or put `\\` before a `[` that is part of a name."
                )
            rules.append((_pattern(pattern), not text.startswith("!")))
    return rules


def is_ignored(name: str, rules: Sequence[Rule]) -> bool:
    """Whether a file, or a folder above it, is ignored."""
    verdict = False
    for pattern, ignores in rules:
        if pattern.match(name):
            verdict = ignores
    return verdict


def all_ignored(name: str, rules: Sequence[Rule]) -> bool:
    """Whether a folder is ignored, and no rule behind the one that ignores it could take back a file in it."""
    for pattern, ignores in reversed(rules):
        if not ignores:
            return False
        if pattern.match(name):
            return True
    return False


def _files(folder: Path, prefix: str, rules: Sequence[Rule]) -> Iterator[tuple[str, Path]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                # A virtual environment has thousands of files.
                if not all_ignored(name, rules):
                    below = list(_files(Path(entry.path), f"{name}/", rules))
                    # A folder with something in it comes with that.
                    yield from below or ([] if is_ignored(name, rules) else [(name, Path(entry.path))])
            elif (entry.is_symlink() or entry.is_file()) and not is_ignored(name, rules):
                yield name, Path(entry.path)


def _pattern(text: str) -> re.Pattern[str]:
    # What is true of a folder is true of all in it.
    cleaned = posixpath.normpath(text).lstrip("/") or "."
    expression = translate(TOKEN.sub(_for_docker_utils, cleaned)).removesuffix("$")
    expression = HELD.sub(lambda held: re.escape(chr(ord(held[0]) - HELD_FROM)), expression)
    return re.compile(expression + r"(?:/.*)?\Z")


def _for_docker_utils(token: re.Match[str]) -> str:
    """Rewrite an escape or a class from Go's form to that of Python's fnmatch: no escapes, `!` negates and not `^`."""
    if token["escaped"]:
        return _hold(token["escaped"])
    members = re.sub(r"\\(.)|[\[!]", lambda member: _hold(member[1] or member[0]), token["members"])
    return f"[!{members}]" if token["negated"] else f"[{members}]"


def _hold(character: str) -> str:
    """Return a character without a meaning that stands for this one while docker.utils translates."""
    return chr(HELD_FROM + ord(character)) if character.isascii() else character
