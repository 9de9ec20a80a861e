"""Nobody gets at anybody else's records (R0.2, R0.3; controls P-09, B-02 to B-06)."""

from __future__ import annotations

import ast
import itertools
import random
import re
import shutil
import uuid
from pathlib import Path

import pytest
from flask import Flask

import strongbox
from strongbox.exceptions import NotFound, VaultUnreadable
from strongbox.request_vault import vault_of
from strongbox.secret import Secret
from strongbox.services import Services, services
from strongbox.vault.cipher import opened
from strongbox.vault.keyfile import read_key_file
from strongbox.vault.paths import VaultPaths, all_paths
from strongbox.vault.store import opens
from tests.visitor import Visitor

SOURCE = Path(strongbox.__file__).parent
SALT_BYTES = 16
"""SQLCipher begins each file with its salt, of which the key of the pages' checksums is made."""


def users(parts: Services) -> list[VaultPaths]:
    return [parts.vaults.paths(account.id) for account in parts.directory.accounts()]


def test_every_page_of_a_record_is_missing_for_everybody_else(app: Flask, anna: Visitor, ben: Visitor) -> None:  # P-09
    record = anna.keep(title="Bank", secret="canary")
    pages = [rule for rule in app.url_map.iter_rules() if "record_id" in rule.arguments and "/api/" not in rule.rule]
    assert len(pages) == 7
    for rule in pages:
        path = re.sub(r"<uuid:[^>]+>", record, rule.rule).replace("<int:number>", "1")
        answer = ben.post(path, {"title": "x"}) if "POST" in rule.methods else ben.get(path)
        assert answer.status_code == 404, path
        assert "canary" not in answer.text
    assert "Bank" not in ben.get("/records").text
    assert "Bank" in anna.get("/records").text


@pytest.mark.parametrize("path", ["../anna", "..%2f..%2fetc", "%00", "' OR 1=1 --", "00000000"])
def test_a_record_id_that_is_none_is_not_even_looked_for(anna: Visitor, path: str) -> None:
    assert anna.get(f"/records/{path}").status_code == 404


def test_a_swapped_database_is_refused(anna: Visitor, ben: Visitor, parts: Services) -> None:
    anna.keep(title="Bank", secret="canary")
    hers, his = users(parts)
    shutil.copy(hers.database, his.database)
    answer = ben.get("/records")
    assert answer.status_code == 500
    assert "damaged or not this vault" in answer.text
    assert anna.is_logged_in()


def test_a_swapped_database_with_its_wrapped_key_is_refused(anna: Visitor, ben: Visitor, parts: Services) -> None:
    anna.keep(title="Bank", secret="canary")
    hers, his = users(parts)
    shutil.copy(hers.database, his.database)
    his.key_file.write_bytes(hers.key_file.read_bytes().replace(str(hers.user).encode(), str(his.user).encode()))
    answer = ben.get("/records")
    assert answer.status_code == 500
    assert "it was changed, or is not this vault" in answer.text


def test_a_link_in_place_of_a_vault_is_not_followed(anna: Visitor, ben: Visitor, parts: Services) -> None:  # B-06
    hers, his = users(parts)
    shutil.rmtree(his.folder)
    his.folder.symlink_to(hers.folder)
    with pytest.raises(NotFound), parts.vaults.opened(his.user):
        pass


@pytest.mark.parametrize(
    "content", [b"", b"SQLite format 3\x00" + bytes(4000), b"PK" * 3000], ids=["empty", "plain", "zip"]
)
def test_a_truncated_or_foreign_database_is_said_and_left_alone(anna: Visitor, parts: Services, content: bytes) -> None:
    (paths,) = users(parts)
    paths.database.write_bytes(content)
    answer = anna.get("/records")
    assert answer.status_code in {500, 200} if not content else answer.status_code == 500
    assert "Traceback" not in answer.text
    if content:
        assert paths.database.read_bytes() == content


@pytest.mark.parametrize("people", [50, pytest.param(1000, marks=pytest.mark.long)])
def test_everybody_has_a_key_and_salts_of_their_own(parts: Services, people: int) -> None:  # B-02
    for _ in range(people):
        parts.vaults.create(uuid.uuid4())
    found = list(all_paths(parts.vaults.root))
    wrapped = [read_key_file(paths.key_file, paths.user).active for paths in found]
    keys = {parts.vaults.ring.unwrap(key, paths.user).reveal() for key, paths in zip(wrapped, found, strict=True)}
    salts = {paths.database.read_bytes()[:SALT_BYTES] for paths in found}
    assert {len(key) for key in keys} == {32}
    assert len(keys) == len(salts) == len({key.nonce for key in wrapped}) == people


def test_a_key_opens_its_own_database_only(parts: Services) -> None:  # B-03
    for _ in range(20):
        parts.vaults.create(uuid.uuid4())
    found = list(all_paths(parts.vaults.root))
    keys = [parts.vaults.ring.unwrap(read_key_file(paths.key_file, paths.user).active, paths.user) for paths in found]
    for (i, key), (j, paths) in itertools.product(enumerate(keys), enumerate(found)):
        assert opens(paths, key) == (i == j)


def test_a_request_that_opens_a_second_persons_vault_stops(app: Flask, anna: Visitor, ben: Visitor) -> None:
    with app.test_request_context():
        hers, his = (account.id for account in services().directory.accounts())
        with vault_of(hers):
            pass
        with pytest.raises(RuntimeError, match="two people"), vault_of(his):
            pass


def test_only_operations_name_more_than_one_vault() -> None:  # R0.3
    """The code that walks over vaults is a short list, and none of it reads records."""
    walkers = {path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py") if "all_paths(" in path.read_text()}
    copying = {"vault/judgement.py", "vault/mirror.py", "vault/snapshot.py"}
    assert walkers == {"cli/data.py", "vault/paths.py", "vault/rotation.py", "vault/store.py"} | copying
    readers = {path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py") if names(path) & {"Records"}}
    assert readers == {"request_vault.py", "vault/records.py"}
    attaching = {path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py") if "ATTACH" in path.read_text()}
    assert attaching == {"vault/cipher.py"}


def test_nothing_of_a_record_is_readable_on_the_disk(anna: Visitor, parts: Services) -> None:  # B-01
    anna.keep(title="canary-title", secret="canary-secret", notes="canary-notes", tags="canary-tag")
    anna.post(
        "/transfer/copy", {"password": "quiet river under nine moons", "passphrase": "canary phrase of a copy"}
    ).close()
    files = [path for path in parts.settings.data_dir.rglob("*") if path.is_file()]
    assert len(files) >= 4
    for path in files:
        assert b"canary" not in path.read_bytes(), path
    (paths,) = users(parts)
    assert not paths.database.read_bytes().startswith(b"SQLite format 3")
    assert paths.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in paths.folder.iterdir()} == {0o600}


# B-05
def test_any_flipped_byte_is_an_error_and_never_a_wrong_row(anna: Visitor, parts: Services, tmp_path: Path) -> None:
    """Pages are authenticated, all but a few reserved bytes at the end of each (4096 - 80)."""
    for number in range(30):
        anna.keep(title=f"record {number}", secret="s" * 50)
    (paths,) = users(parts)
    key = parts.vaults.settled_key(paths)
    content = paths.database.read_bytes()
    honest = rows(paths.database, key)
    chance, silent = random.Random(5), 0
    damaged = tmp_path / "damaged.db"
    for _ in range(500):
        at = chance.randrange(len(content))
        damaged.write_bytes(content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :])
        found = rows(damaged, key)
        silent += found is not None and found != honest
    assert silent == 0


def rows(path: Path, key: Secret) -> list[object] | None:
    """Return all that is in a database, or nothing when it can't be read."""
    from strongbox.vault.cipher import DatabaseError

    try:
        with opened(path, key) as connection:
            return [connection.execute(f"SELECT * FROM {table}").fetchall() for table in ("records", "revisions")]
    except DatabaseError:
        return None
    finally:
        for leftover in (f"{path}-wal", f"{path}-shm"):
            if Path(leftover).exists():
                Path(leftover).unlink()


def test_without_their_vault_an_account_can_still_be_deleted(anna: Visitor, parts: Services) -> None:
    (paths,) = users(parts)
    shutil.rmtree(paths.folder)
    with pytest.raises(NotFound), parts.vaults.opened(paths.user):
        pass
    parts.directory.close("anna")
    assert list(parts.directory.accounts()) == []


def test_a_deleted_account_leaves_no_file(anna: Visitor, ben: Visitor, parts: Services) -> None:  # B-14
    anna.keep(title="Bank")
    hers, his = users(parts)
    assert anna.post("/account/delete", {"password": "quiet river under nine moons"}).status_code == 302
    assert not hers.folder.exists()
    assert [path.name for path in parts.vaults.root.glob("??/*")] == [str(his.user)]


def test_a_key_file_that_was_tampered_with_is_refused(anna: Visitor, parts: Services) -> None:
    (paths,) = users(parts)
    for damage in (b"", b"{}", b"[]", paths.key_file.read_bytes()[:-40]):
        paths.key_file.write_bytes(damage)
        with pytest.raises(VaultUnreadable, match="missing, damaged or not this vault's"):
            read_key_file(paths.key_file, paths.user)


def names(path: Path) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)} | {
        node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef)
    }
