"""The questions of `slipway new`, and the checks of each answer: Copier gets only what is in order."""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec.fields import DOMAIN, NAME
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from ansible_collections.slipway.kit.plugins.plugin_utils.forms import shown

Prompt = Callable[[str], str]
Check = Callable[[str], str | None]

# What runs on a host already, or is inside the project: logs, containers and files would be mistaken for each other.
TAKEN = frozenset(
    {
        *("app", "api", "backend", "beat", "caddy", "celery", "cloudflared", "containerd", "db", "docker", "flask"),
        *("frontend", "nginx", "postgres", "postgresql", "queue", "rabbitmq", "redis", "restic", "services", "slipway"),
        *("ssh", "sshd", "systemd", "valkey", "worker"),
    }
)
TITLE = re.compile(r"[^\W\d_][\w .,&'-]{0,59}")
GITLAB_PROJECT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)+")


@dataclass(frozen=True)
class Question:
    """One input: its option, the words that ask for it, what is wrong with a bad answer, and the usual answer."""

    option: str
    words: str
    check: Check
    default: str
    asked: bool = True


def check_name(value: str) -> str | None:
    """Say what is wrong with a project's name; None where nothing is."""
    if not NAME.fullmatch(value):
        return "a project's name is lower case: a-z, 0-9 and -, a letter first, at most 30 characters"
    module = value.replace("-", "_")
    if keyword.iskeyword(module) or keyword.issoftkeyword(module):
        return "this name is a word of Python's own"
    if module in sys.stdlib_module_names:
        return "this name is a module of Python's own"
    if value in TAKEN:
        return "this name belongs to a program on the host, or to a part of the project"
    return None


def check_domain(value: str) -> str | None:
    """Say what is wrong with a domain; None where nothing is."""
    if "://" in value:
        return "a domain has no scheme before it"
    if "/" in value:
        return "a domain has no path behind it"
    return None if DOMAIN.fullmatch(value) else "this is not a domain in lower case, such as shop.example.com"


def one_of(*words: str) -> Check:
    """Return a check that lets these words pass."""
    return lambda value: None if value in words else f"this is not one of {', '.join(words)}"


def matches(pattern: re.Pattern[str], wanted: str) -> Check:
    """Return a check that lets a form pass."""
    return lambda value: None if pattern.fullmatch(value) else f"this is not {wanted}"


def questions(name: str, answers: Mapping[str, str]) -> Iterator[Question]:
    """Yield what to ask about a project, in order; a question that no answer needs is not asked.

    Args:
        name: of the project, checked.
        answers: those that there are already; more may come while the questions are read.
    """
    words = name.replace("-", " ").title()
    title = matches(TITLE, "a name for people: a letter first, at most 60 characters")
    yield Question("title", "Its name for people", title, words, asked=False)
    yield Question("domain", "Domain that visitors use", check_domain, f"{name}.example.com")
    yield Question("frontend", "Frontend: vue or none", one_of("vue", "none"), "vue")
    yield Question("pipeline", "Pipeline: gitlab or none", one_of("gitlab", "none"), "gitlab")
    project = matches(GITLAB_PROJECT, "a project of GitLab, such as my-group/slipway")
    uses_gitlab = answers.get("pipeline") == "gitlab"
    yield Question("kit-project", "GitLab project that holds this kit", project, "my-group/slipway", asked=uses_gitlab)
    yield Question("licence", "Licence: MIT or none", one_of("MIT", "none"), "none")


def gather(name: str, given: Mapping[str, str], prompt: Prompt | None, say: Callable[[str], None]) -> dict[str, str]:
    """Return a good answer for each question, by the names that the template knows them by.

    Args:
        name: of the project.
        given: options; a bad value among them is refused, not asked again.
        prompt: asks a person; None takes the usual answers.
        say: shows why an answer is asked for again.

    Raises:
        RefusalError: the name or an option is bad.
    """
    if fault := check_name(name):
        raise RefusalError(fault, shown(name), "the folder's name, or --name", "slipway new shop")
    for option, value in given.items():  # before anybody has answered a question in vain
        for question in questions(name, given):
            if question.option == option and (fault := question.check(value)):
                raise RefusalError(
                    fault, shown(value), f"--{option}", f"slipway new {name} --{option} {question.default}"
                )
    answers: dict[str, str] = {}
    for question in questions(name, answers):
        answers[question.option] = given.get(question.option) or _ask(question, prompt if question.asked else None, say)
    return {"name": name, **{option.replace("-", "_"): value for option, value in answers.items()}}


def _ask(question: Question, prompt: Prompt | None, say: Callable[[str], None]) -> str:
    if prompt is None:
        return question.default
    while fault := question.check(
        reply := prompt(f"{question.words} [{question.default}]: ").strip() or question.default
    ):
        say(f"  {fault[0].upper()}{fault[1:]}.")
    return reply
