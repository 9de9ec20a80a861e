"""Rules of the two GitLab files: GitLab's own schema, and what their jobs must and must never do."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "ci" / "gitlab" / "slipway.yml"
PROJECT = ROOT / ".gitlab-ci.yml"
CHECK = [str(Path(sys.executable).parent / "check-jsonschema"), "--builtin-schema", "vendor.gitlab-ci"]
INPUT = re.compile(r"\$\[\[ inputs\.(\w+) \]\]")
USUAL: dict[str, object] = {"app": "shop", "review": True, "staging": "staging", "test_command": "pytest"}
INPUTS = {
    "defaults": {"app": "shop"},
    "usual": USUAL,
    "engine of the runner": {"app": "shop", "services": [], "docker_host": ""},
    "registry": {"app": "shop", "registry": True},
    "odd test command": {"app": "shop", "test_command": """sh -c 'pytest -k "a: b"' # all"""},
}

Document = dict[str, object]


@pytest.fixture(scope="module")
def template() -> tuple[Document, Document]:
    """The template's header and body."""
    header, body = yaml.safe_load_all(TEMPLATE.read_text())
    return header, body


def fill_in(template: tuple[Document, Document], given: Document) -> Document:
    """Return the template's body as GitLab sees it: every input replaced by what is given, else by its default."""
    spec = cast(dict[str, dict[str, object]], cast(Document, template[0]["spec"])["inputs"])

    def fill(value: object) -> object:
        if isinstance(value, dict):
            return {key: fill(item) for key, item in value.items()}
        if isinstance(value, list):
            return [fill(item) for item in value]
        if not isinstance(value, str):
            return value
        if whole := INPUT.fullmatch(value):
            return given.get(whole[1], spec[whole[1]].get("default"))
        return INPUT.sub(lambda match: str(given.get(match[1], spec[match[1]].get("default"))), value)

    return cast(Document, fill(template[1]))


@pytest.fixture(scope="module")
def filled_in(template: tuple[Document, Document]) -> Document:
    """The template's body with usual inputs."""
    return fill_in(template, USUAL)


def jobs(document: Document) -> dict[str, dict[str, object]]:
    return {
        name: cast(dict[str, object], job)
        for name, job in document.items()
        if isinstance(job, dict) and name not in ("spec", "workflow", "variables", "default")
    }


def complaints(document: Document, folder: Path) -> str:
    (folder / "file.yml").write_text(yaml.safe_dump(document))
    return subprocess.run([*CHECK, folder / "file.yml"], capture_output=True, text=True, check=False).stdout


def test_the_project_file_has_the_form_that_gitlab_wants() -> None:
    answer = subprocess.run([*CHECK, PROJECT], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize("given", INPUTS.values(), ids=INPUTS)
def test_the_template_has_the_form_that_gitlab_wants(
    template: tuple[Document, Document], given: Document, tmp_path: Path
) -> None:
    assert "ok" in complaints(template[0], tmp_path)
    assert "ok" in complaints(fill_in(template, given), tmp_path)


@pytest.mark.parametrize("given", INPUTS.values(), ids=INPUTS)
def test_no_choice_of_inputs_makes_gitlab_refuse_the_whole_file(
    template: tuple[Document, Document], given: Document
) -> None:
    """What the schema lets through and GitLab does not, also in jobs that no pipeline gets.

    Source: GitLab, lib/gitlab/ci/config/entry: variable.rb (text or whole numbers), environment.rb (a name is there).
    """
    for name, job in jobs(fill_in(template, given)).items():
        variables = cast(Document, job.get("variables", {}))
        assert [key for key, value in variables.items() if type(value) not in (str, int)] == [], name
        assert all(isinstance(line, str) for line in cast(list[object], job.get("script", []))), name
        environment = cast(Document, job.get("environment", {"name": "none"}))
        assert environment["name"], name
        for rule in cast(list[Document], job.get("rules", [])):
            assert str(rule["if"]).count('"') % 2 == 0, name


def test_an_app_with_one_inventory_only_gets_no_job_for_another(template: tuple[Document, Document]) -> None:
    staging = jobs(fill_in(template, {"app": "shop"}))["deploy:staging"]
    assert cast(Document, staging["variables"])["ENVIRONMENT"] == "none"
    assert cast(list[object], staging["rules"])[0] == {
        "if": '$ENVIRONMENT == "none" || $CI_PIPELINE_SOURCE == "schedule"',
        "when": "never",
    }


def test_every_input_is_described_and_used(template: tuple[Document, Document]) -> None:
    inputs = cast(dict[str, dict[str, object]], cast(Document, template[0]["spec"])["inputs"])
    used = set(INPUT.findall(TEMPLATE.read_text()))
    assert used == set(inputs)
    assert [name for name, given in inputs.items() if not given.get("description")] == []
    assert [name for name, given in inputs.items() if "default" not in given] == ["app"]


def test_jobs_that_deploy_are_alone_and_can_not_be_interrupted(filled_in: Document) -> None:
    shared = jobs(filled_in)
    deploying = [job for job in shared.values() if job.get("extends") == ".deploy"]
    assert len(deploying) == 5
    assert shared[".deploy"]["interruptible"] is False
    assert all(job.get("resource_group") and job.get("environment") for job in deploying)


def test_production_is_changed_by_hand_only(filled_in: Document) -> None:
    production = {name: job for name, job in jobs(filled_in).items() if name.endswith(":production")}
    assert set(production) == {"deploy:production", "rollback:production"}
    for name, job in production.items():
        rules = cast(list[dict[str, object]], job["rules"])
        assert {rule.get("when") for rule in rules} == {"never", "manual"}, name


def test_jobs_of_merge_requests_see_variables_of_review_apps_only(filled_in: Document) -> None:
    shared = jobs(filled_in)
    of_branches = [name for name, job in shared.items() if "merge_request_event" in str(job.get("rules"))]
    assert of_branches == ["build", "review", "review:stop"]
    scopes = {name: cast(Document, shared[name].get("environment", {})).get("name") for name in of_branches}
    review = "review/$CI_MERGE_REQUEST_IID"
    assert scopes == {"build": None, "review": review, "review:stop": review}
    for name in ("review", "review:stop"):
        assert shared[name]["variables"] == {"ENVIRONMENT": "review"}
        assert len(cast(list[object], shared[name]["rules"])) == 1


def test_what_somebody_types_for_a_job_names_no_program_of_it(template: tuple[Document, Document]) -> None:
    """A variable given to a job by hand wins over the file's own, but not over what its script sets."""
    for name, job in jobs(template[1]).items():
        free = {"ENVIRONMENT", "TEST_COMMAND", "RUNNER_GENERATE_ARTIFACTS_METADATA"}
        engine = {"DOCKER_HOST", "DOCKER_TLS_CERTDIR", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY"}
        assert cast(Document, job.get("variables", {})).keys() <= free | engine, name
    script = cast(list[str], cast(Document, template[1][".slipway"])["before_script"])
    assert {"KIT", "KIT_URL", "KIT_REF", "JOB_OPTIONS", "PACKAGES"} <= set(re.findall(r"(\w+)=", script[0]))


def test_every_role_with_tests_has_a_molecule_job() -> None:
    project = yaml.safe_load(PROJECT.read_text())
    tested = {path.parent.parent.parent.name for path in ROOT.glob("roles/*/molecule/*/molecule.yml")}
    # A new role with a scenario: add it to the matrix of job `molecule` in .gitlab-ci.yml.
    assert set(project["molecule"]["parallel"]["matrix"][0]["ROLE"]) == tested


@pytest.mark.parametrize("path", [TEMPLATE, PROJECT], ids=["template", "project"])
@pytest.mark.parametrize(
    "forbidden", [r"StrictHostKeyChecking", r"HOST_KEY_CHECKING", r"ssh-keyscan", r"set -\w*x", r":latest", r"curl.*\|"]
)
def test_the_files_do_nothing_that_a_review_would_stop(path: Path, forbidden: str) -> None:
    assert not re.search(forbidden, path.read_text())


def test_secrets_reach_the_jobs_as_files_that_only_the_program_opens() -> None:
    assert "SLIPWAY_SSH_KEY" not in TEMPLATE.read_text() + PROJECT.read_text()
    for line in TEMPLATE.read_text().splitlines():
        assert not re.search(r"echo.*(PASSWORD|TOKEN)", line) or "--password-stdin" in line or line.endswith("|")
