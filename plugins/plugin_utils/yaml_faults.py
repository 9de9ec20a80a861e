"""What keeps Ansible from reading a file of YAML, or from reading all of it: each fault with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain_line
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding
from ansible_collections.slipway.kit.plugins.plugin_utils.shown_path import quoted, shown_path

# The one in C, where PyYAML has it, says the same in less time. It is what Ansible reads with.
LOADER: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
ANSIBLE_TAGS = frozenset({"!vault", "!vault-encrypted", "!unsafe"})
YAML_TAGS = "tag:yaml.org,2002:"
MERGE = "<<"  # may stand more than once
TAB = re.compile(r"^ *\t")
TEMPLATE = re.compile(r"[:-] +\{\{|\{ *\{")
COLON = re.compile(r"[^:\s]+: .*: ")
# A line that may hold a secret is not shown.
SECRET = re.compile(r"secret|passw|token|vault|private|credential|key", re.IGNORECASE)
SHOWN = 60  # characters of a line
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def faults(raw: bytes, path: Path, *, sealed: bool = False) -> list[Finding]:
    """Return what is wrong with a file: its first error, or all keys that it has twice.

    Args:
        raw: its content, decrypted.
        path: of the file.
        sealed: its text is a secret, and no word of it is shown.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return [_foreign(raw, error, path, sealed=sealed)]
    reader = _Reader(text, path, sealed=sealed)
    try:
        # Own walk over the nodes: constructing them would stop at the first duplicate key, or pass it over.
        node = yaml.compose(text, Loader=LOADER)
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        return [reader.finding("BAD_YAML", line, f"Character {error.character!r} can't stand in YAML")]
    except yaml.MarkedYAMLError as error:
        return [reader.explain(error)]
    if node is None or node.tag == f"{YAML_TAGS}null":
        return []
    if not isinstance(node, yaml.MappingNode):
        return [reader.finding("BAD_YAML", node.start_mark.line + 1, "Names with values are expected, `name: value`")]
    return list(reader.walk(node, set()))


def edit(path: Path, line: int, *, sealed: bool) -> str:
    """Return the command that opens a file where it is wrong."""
    if sealed:
        return f"ansible-vault edit {quoted(path)}"
    return f"${{EDITOR:-vi}} +{line} {quoted(path)}"


class _Reader:
    """Speaks of one text."""

    def __init__(self, text: str, path: Path, *, sealed: bool) -> None:
        self._lines = text.split("\n")
        self._path, self._sealed = path, sealed

    def finding(self, code: str, line: int, what: str) -> Finding:
        """Return a finding about a line, which is part of it unless it may hold a secret."""
        stands = "" if code == "DUPLICATE_KEY" else self._standing(line)
        place = f"{shown_path(self._path)}:{line}"
        return Finding(code, f"{what}{stands}.", place, edit(self._path, line, sealed=self._sealed))

    def explain(self, error: yaml.MarkedYAMLError) -> Finding:
        """Return what the parser complains about, in words about the line where the cause is."""
        mark = error.problem_mark or error.context_mark
        line = min(mark.line + 1 if mark else 1, len(self._lines))
        tab = next((at for at in (line, line - 1) if at and TAB.match(self._lines[at - 1])), 0)
        if tab:
            return self.finding("BAD_YAML", tab, "A tab indents the line, and YAML is indented by spaces only")
        written = self._lines[line - 1]
        hint = ""
        if TEMPLATE.search(written):
            hint = "; a value that begins with {{ is written in quotes"
        elif COLON.search(written):
            hint = "; a value with a colon and a space in it is written in quotes"
        problem = " ".join(part for part in (error.context, error.problem) if part)
        return self.finding("BAD_YAML", line, f"This is not YAML ({plain_line(problem)}){hint}")

    def walk(self, node: yaml.Node, above: set[int]) -> Iterator[Finding]:
        """Yield the faults that only show when values are made of the text."""
        if id(node) in above:
            return  # an anchor that holds itself
        line = node.start_mark.line + 1
        tag = str(node.tag)
        if not tag.startswith(YAML_TAGS) and tag not in ANSIBLE_TAGS:
            yield self.finding("BAD_YAML", line, f"The tag `{plain_line(tag)}` is unknown to Ansible")
        if isinstance(node, yaml.MappingNode):
            yield from self._mapping(node, {*above, id(node)})
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                yield from self.walk(item, {*above, id(node)})
        elif tag.startswith(YAML_TAGS):
            try:
                yaml.SafeLoader("").construct_object(node)
            except (ValueError, yaml.YAMLError):
                kind = tag.removeprefix(YAML_TAGS)
                yield self.finding(
                    "BAD_YAML", line, f"YAML takes the value for a {kind}, and it can't be one; quote it"
                )

    def _mapping(self, node: yaml.MappingNode, above: set[int]) -> Iterator[Finding]:
        first: dict[tuple[str, str], int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                hint = "; a value that begins with {{ is written in quotes" if isinstance(key, yaml.MappingNode) else ""
                yield self.finding("BAD_YAML", line, f"A list or mapping can't be a key{hint}")
                continue
            name = (str(key.tag), str(key.value))
            if name in first and key.value != MERGE:
                shown = plain_line(name[1])[:SHOWN]
                what = f"The key `{shown}` is there twice, first in line {first[name]}: Ansible would take the last"
                yield self.finding("DUPLICATE_KEY", line, what)
            first.setdefault(name, line)
            yield from self.walk(value, above)

    def _standing(self, line: int) -> str:
        written = self._lines[line - 1].strip()
        # The name of a value may stand above it.
        around = "\n".join(self._lines[max(0, line - 2) : line])
        if not written or self._sealed or SECRET.search(around) or SECRET.search(self._path.name):
            return ""
        cut = f"{written[:SHOWN]}..." if len(written) > SHOWN else written
        return f": `{plain_line(cut)}`"


def _foreign(raw: bytes, error: UnicodeDecodeError, path: Path, *, sealed: bool) -> Finding:
    """Return the finding about a file that is not UTF-8, with the command that makes it so."""
    line = raw[: error.start].count(b"\n") + 1
    if sealed:
        what = f"The text in this vault is not UTF-8 (byte {raw[error.start]:#04x})."
        return Finding("NOT_UTF8", what, f"{shown_path(path)}:{line}", edit(path, line, sealed=True))
    encoding = "UTF-16" if raw.startswith(UTF_16) else "ISO-8859-1"
    if encoding == "UTF-16":
        what = "The file is UTF-16, and Ansible reads UTF-8."
    else:
        letter = raw[error.start : error.start + 1].decode("latin-1")
        what = f"Byte {raw[error.start]:#04x} is not UTF-8, which Ansible reads; in Latin-1 it is `{letter}`."
    name = quoted(path)
    command = f"iconv -f {encoding} -t UTF-8 {name} > {name}.new && mv {name}.new {name}"
    return Finding("NOT_UTF8", what, f"{shown_path(path)}:{line}", command)
