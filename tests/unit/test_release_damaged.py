"""What others wrote, or a crash left half written: labels, records, streams; a sentence, never a traceback."""

# ruff: noqa: ARG002  # an engine that does nothing looks at no argument

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import asdict
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import dispatch, dockerd
from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import DockerError, Engine, Image
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import RefusedError, ReleaseError
from ansible_collections.slipway.kit.plugins.module_utils.release.labels import SCHEMA_LABEL, schema_of
from ansible_collections.slipway.kit.plugins.module_utils.release.lease import LeaseFile
from ansible_collections.slipway.kit.plugins.module_utils.release.records import Journal, Records
from ansible_collections.slipway.kit.plugins.module_utils.release.unix_http import Answer

from .test_release_change import release
from .test_release_storage import IMAGE, Docker, Host, host  # noqa: F401 - a fixture

JUNK = [b"", b"{ cut", b"\x00" * 40, b"\xff\xfe", b"[]", b"null", b"7", b'{"unknown": 1}', b'"text"']
JOURNAL = Journal("deploy", "r1", "green", "", "gate", "t", 1.0, hook_ran=False, was_live_at=0, steps={"start": 1.0})


@pytest.mark.parametrize(("label", "schema"), [("", 0), ("0", 0), ("12", 12), (" 3 ", 3), ("007", 7)])
def test_a_schema_is_a_whole_number(label: str, schema: int) -> None:
    assert schema_of({SCHEMA_LABEL: label}, IMAGE) == schema
    assert schema_of({}, IMAGE) == 0


@pytest.mark.parametrize("label", ["nine", "-1", "1.5", "1e3", "0x9", "٣", "9\n8", "\x1b[2J", "9" * 5000, "None"])
def test_a_label_that_is_not_a_number_is_refused_with_value_place_and_way_out(label: str) -> None:
    with pytest.raises(RefusedError) as raised:
        schema_of({SCHEMA_LABEL: label}, IMAGE)
    told = str(raised.value)
    assert told.startswith(f"Label org.slipway.schema of image {IMAGE} is ")
    assert repr(label[:60]) in told
    assert 'Next: let the Dockerfile say LABEL org.slipway.schema="9"' in told
    assert "\x1b" not in told
    assert len(told) < 400


@pytest.mark.parametrize("sent", [False, True], ids=["the image is here", "the image is sent"])
def test_an_image_with_a_bad_label_gets_no_name_and_changes_nothing(
    host: Host,  # noqa: F811 - a fixture
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    sent: bool,
) -> None:
    tagged: list[str] = []
    here = [] if sent else [1]

    class Labelled(Docker):
        def image(self, reference: str) -> Image | None:
            return Image(reference, "f", (), {SCHEMA_LABEL: "nine"}, 1, ()) if here else None

        def load(self, archive: object, length: int) -> None:
            here.append(length)

        def tag(self, image_id: str, repository: str, tag: str) -> None:
            tagged.append(tag)

    monkeypatch.setattr(dispatch, "Engine", Labelled)
    archive = tmp_path / "archive"
    archive.write_bytes(b"")
    given = {"state": "live", "phase": "all", "owner": "t", "lease": "", "app": host.app, "compose": "one"}
    given |= {"images": {"app": {"id": IMAGE}}, "archives": {"app": str(archive)} if sent else {}}
    with pytest.raises(RefusedError, match="is 'nine'; expected a whole number"):
        dispatch.dispatch(given, check_mode=False)
    assert tagged == []
    assert archive.exists() is not sent
    assert list((host.root / "releases").iterdir()) == []
    assert not host.lease.exists()


@pytest.fixture
def records(host: Host) -> Records:  # noqa: F811 - a fixture
    return Records(App.parse(host.app))


def shapes(whole: dict[str, object]) -> list[bytes]:
    """Return junk, the record cut at several places, and the record with each field missing or of another type."""
    text = json.dumps(whole).encode()
    cut = [text[: len(text) * part // 7] for part in range(1, 7)]
    missing = [json.dumps({k: v for k, v in whole.items() if k != name}).encode() for name in whole]
    others: list[object] = [[], None, {}, "nine", 1.5, True]
    wrong = [
        json.dumps({**whole, name: other}).encode()
        for name, value in whole.items()
        for other in others
        if type(other) is not type(value) and not (isinstance(value, dict) or isinstance(other, float))
    ]
    return [*JUNK, *cut, *missing, *wrong, json.dumps({**whole, "slot": "purple", "state": "odd"}).encode()]


def test_a_damaged_record_of_a_release_is_no_release(records: Records) -> None:
    records.save(release(1), compose="")
    path = records.releases_dir / "r1" / "release.json"
    for shape in shapes(asdict(release(1))):
        path.write_bytes(shape)
        assert [each.id for each in records.releases()] in ([], ["r1"]), shape


def test_a_damaged_journal_is_no_change_under_way(records: Records) -> None:
    records.write_journal(JOURNAL)
    assert records.journal() == JOURNAL
    path = records.state_dir / "journal.json"
    for shape in shapes(asdict(JOURNAL)):
        path.write_bytes(shape)
        journal = records.journal()
        assert journal is None or journal.release == "r1", shape


def test_a_damaged_lease_is_no_holder(records: Records) -> None:
    leases = LeaseFile(records.state_dir)
    held = asdict(leases.take("t"))
    for shape in shapes(held):
        leases.path.write_bytes(shape)
        holder = leases.holder()
        assert holder is None or holder.token == held["token"], shape


@pytest.mark.parametrize("junk", [b"nine", b"\x00\x00", b"\xff", b"-1", b"1\n2"])
def test_a_damaged_schema_of_the_data_is_told_before_anything_is_touched(
    host: Host,  # noqa: F811 - a fixture
    records: Records,
    junk: bytes,
) -> None:
    host.deploy("one")
    before = host.live
    (records.state_dir / "schema").write_bytes(junk)
    with pytest.raises(ReleaseError) as raised:
        host.deploy("two")
    assert f"{records.state_dir}/schema is damaged: it says " in str(raised.value)
    assert "Next: write the number that the live release declares" in str(raised.value)
    assert (host.live, [each.id for each in records.releases()]) == (before, [before])


@pytest.mark.parametrize("name", ["journal.json", "lease.json"])
def test_a_deploy_goes_on_over_damaged_records(host: Host, name: str) -> None:  # noqa: F811 - a fixture
    host.deploy("one")
    for number, junk in enumerate(JUNK):
        (host.root / "state" / name).write_bytes(junk)
        assert host.deploy(f"after {number}")["release"] == host.live
    assert not host.lease.exists()


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (b'{"error": "invalid tar"}\n', "invalid tar"),
        (b'{"stream": "Loaded image: a\\"error\\"b"}\n', ""),
        (b'["error"]\n', ""),
        (b'{"error": cut\n', '{"error": cut'),
    ],
)
def test_what_the_engine_streams_about_an_image_is_read_whatever_it_is(
    monkeypatch: pytest.MonkeyPatch, body: bytes, refusal: str
) -> None:
    monkeypatch.setattr(dockerd, "ask", lambda *_, **__: Answer(200, body, {"Api-Version": "1.44"}))
    engine = Engine("/nowhere")
    expected = pytest.raises(DockerError, match=f"Docker refused the image: {refusal}")
    with expected if refusal else contextlib.nullcontext():
        engine.load(io.BytesIO(), 0)
