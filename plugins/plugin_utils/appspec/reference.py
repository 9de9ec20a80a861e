"""The page that lists every key of an app, made from the fields themselves: `python -m ...appspec.reference`."""

from __future__ import annotations

from collections.abc import Mapping

from .fields import ACCESS_FIELDS, FIELDS, PROCESS_FIELDS, SCHEDULE_FIELDS, SERVICE_FIELDS, Field

KINDS = {
    "text": "text",
    "flag": "true or false",
    "whole": "whole number",
    "number": "number",
    "texts": "list of texts",
    "table": "mapping of texts",
    "tables": "mapping by name",
    "group": "mapping",
    "uses": "list, or mapping",
}
HEAD = """# Every key of an app

Made from `plugins/plugin_utils/appspec/fields.py` by `make docs`. What they are for, with examples: [apps.md](apps.md).
"""


def page() -> str:
    """Return the page as Markdown."""
    parts = [
        ("An item of `slipway_apps`", FIELDS),
        ("An item of `processes`", PROCESS_FIELDS),
        ("An item of `services`", SERVICE_FIELDS),
        ("An item of `schedules`", SCHEDULE_FIELDS),
        ("The keys of `access`", ACCESS_FIELDS),
    ]
    return HEAD + "".join(f"\n## {title}\n\n{_table(fields)}" for title, fields in parts)


def _table(fields: Mapping[str, Field]) -> str:
    rows = ["| key | what it takes | default | meaning |", "|---|---|---|---|"]
    for name, field in fields.items():
        default = "required" if field.required else _shown(field.default)
        rows.append(f"| `{name}` | {_takes(field)} | {default} | {field.meaning} |")
    return "\n".join(rows) + "\n"


def _takes(field: Field) -> str:
    if field.choices:
        return ", ".join(f"`{choice}`" for choice in field.choices)
    if field.smallest is None or field.largest is None:
        return KINDS[field.kind]
    return f"{KINDS[field.kind]}, {field.smallest:.10g} to {field.largest:.10g}"


def _shown(default: object) -> str:
    if default in (None, [], {}):
        return ""
    return f"`{str(default).lower()}`" if isinstance(default, bool) else f"`{default}`"


if __name__ == "__main__":
    print(page(), end="")
