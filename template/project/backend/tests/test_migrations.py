"""Migrations go up and down, and lead to what the models say."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from app.database import engine
from app.models import Base

BACKEND = Path(__file__).parents[1]
CONFIG = Config(BACKEND / "alembic.ini")
REVISIONS = [one.revision for one in ScriptDirectory.from_config(CONFIG).walk_revisions()][::-1]


@pytest.fixture(autouse=True)
def _from_the_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BACKEND)


def test_each_migration_goes_up_down_and_up() -> None:
    for revision in REVISIONS:
        command.upgrade(CONFIG, revision)
        command.downgrade(CONFIG, "-1")
        command.upgrade(CONFIG, revision)
    command.downgrade(CONFIG, "base")
    assert inspect(engine()).get_table_names() == ["alembic_version"]


def test_migrations_lead_to_the_models() -> None:
    command.upgrade(CONFIG, "head")
    with engine().connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    command.downgrade(CONFIG, "base")
    assert found == [], "make migration NAME=... writes what is missing"


def test_there_is_one_way_through_them() -> None:
    assert len(ScriptDirectory.from_config(CONFIG).get_heads()) == 1
