"""Take the answers from variables, or ask for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from slipway.init.answers import Question, fault_of, host_questions, questions
from slipway.init.errors import InitError

Prompt = Callable[[str], str]


def gather(
    given: Mapping[str, str], prompt: Prompt | None, say: Callable[[str], None] = print, *, declared: bool = False
) -> dict[str, str]:
    """Return a good answer for each question.

    Args:
        given: variables; a bad value among them is refused, not asked again.
        prompt: asks a person; None where there is none, and then defaults answer what is not given.
        say: shows why an answer is asked for again.
        declared: the apps are declared already, so that only the host is asked about.

    Raises:
        InitError: a bad variable, one that is not asked for, or a missing one with nobody to ask.
    """
    answers: dict[str, str] = {}
    asked: set[str] = set()
    if declared:
        _refuse_declared(given)
    while rest := [
        one for one in (host_questions() if declared else questions({**given, **answers})) if one.variable not in asked
    ]:
        question = rest[0]
        asked.add(question.variable)
        answers[question.variable] = _answer(question, given, prompt, say)
    return answers


def _refuse_declared(given: Mapping[str, str]) -> None:
    if settled := sorted({"APP", "SOURCE", "DOMAIN", "EXPOSURE"} & given.keys()):
        raise InitError(
            "DECLARED",
            f"{', '.join(settled)}: this inventory declares its apps already.",
            "group_vars/all/main.yml of the inventory",
            "slipway init ENV ...   # without them; change the file for another domain",
        )


def _answer(question: Question, given: Mapping[str, str], prompt: Prompt | None, say: Callable[[str], None]) -> str:
    value = given.get(question.variable)
    if value is not None:
        if fault := fault_of(question, value):
            raise InitError(
                "BAD_ANSWER",
                f"{question.variable}: {fault}",
                "the command line",
                f"slipway init ENV ... --{question.variable.lower().replace('_', '-')} ...",
            )
        return value
    if prompt is None:
        if question.default or question.check("") is None:
            return question.default
        raise InitError(
            "MISSING_ANSWER",
            f"{question.variable} is not set ({question.words.lower()}), and there is no terminal to ask on.",
            "the command line",
            f"slipway init ENV ... --{question.variable.lower().replace('_', '-')} ...",
        )
    shown = f" [{question.default}]" if question.default else ""
    while fault := fault_of(question, reply := prompt(f"{question.words}{shown}: ").strip() or question.default):
        say(f"  {fault[0].upper()}{fault[1:]}")
    return reply


def variables(words: Iterable[str]) -> dict[str, str]:
    """Return `NAME=value` words as a table.

    Raises:
        InitError: a word without `=`.
    """
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise InitError(
                "BAD_ANSWER", f"{word!r} is not NAME=value.", "the command line", "slipway init ENV --host ..."
            )
        found[name] = value
    return found
