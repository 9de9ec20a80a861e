"""A Dockerfile is read as Docker reads it, wherever a word of it stands."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.dockerfile import instructions, parse


@pytest.mark.parametrize(
    ("text", "takes"),
    [
        ("ARG BASE_IMAGE=debian:13-slim\nFROM ${BASE_IMAGE}\n", True),
        ("arg BASE_IMAGE\nfrom $BASE_IMAGE as x\n", True),
        ("ARG A=1 BASE_IMAGE=debian:13-slim\nFROM --platform=linux/amd64 ${BASE_IMAGE:-debian} AS x\n", True),
        ("# escape=`\nARG `\n  BASE_IMAGE=debian:13-slim\nFROM `\n  $BASE_IMAGE\n", True),
        ("FROM debian\n# ARG BASE_IMAGE=debian:13-slim\n", False),
        ("ARG PYTHON_BASE_IMAGE=python:3\nFROM $PYTHON_BASE_IMAGE\n", False),
        ("ARG BASE_IMAGE=x\nFROM debian\nRUN echo $BASE_IMAGE\n", False),
        ("FROM debian\nARG BASE_IMAGE=x\nRUN echo $BASE_IMAGE\n", False),
        ("FROM debian\nRUN <<EOF\nARG BASE_IMAGE=x\nFROM $BASE_IMAGE\nEOF\n", False),
    ],
)
def test_an_argument_counts_where_it_names_a_base(text: str, takes: bool) -> None:
    assert parse(text).takes("BASE_IMAGE") is takes


@pytest.mark.parametrize(
    ("text", "copies"),
    [
        ("FROM debian\nCOPY wheelhouse /w\n", True),
        ("FROM debian\nCOPY ./wheelhouse/ requirements.txt /w/\n", True),
        ("FROM debian\nCOPY --chown=1:1 --link wheelhouse/*.whl /w/\n", True),
        ('FROM debian\nCOPY ["wheelhouse", "/w"]\n', True),
        ("FROM debian\nADD wheelhouse /w\n", True),
        ("FROM debian\nRUN --mount=type=bind,source=wheelhouse,target=/w pip install x\n", True),
        ("FROM debian AS build\nCOPY wheelhouse /w\nFROM scratch\nCOPY --from=build /w /w\n", True),
        ("FROM debian AS build\nCOPY wheelhouse /w\nFROM build\n", True),
        ("FROM debian\nCOPY wheelhouse /w\nFROM scratch\nCOPY --from=0 /w /w\n", True),
        ("FROM debian AS build\nCOPY \\\n  # a comment between\n\n  wheelhouse \\\n  /w\nFROM build\n", True),
        ("FROM debian\n# COPY wheelhouse /w\nCOPY . /app\n", False),
        (
            "FROM debian AS build\nRUN pip wheel -w /wheelhouse x\nFROM scratch\nCOPY --from=build /wheelhouse /w\n",
            False,
        ),
        ("FROM debian AS other\nCOPY wheelhouse /w\nFROM debian\nCOPY . /app\n", False),
        ("FROM debian\nCOPY src/wheelhouse /w\n", False),
        ("FROM debian\nCOPY app /wheelhouse\n", False),
        ("FROM debian\nRUN cat <<EOF\nCOPY wheelhouse /w\nEOF\n", False),
        ("FROM debian\nCOPY <<wheelhouse /w\nwheelhouse\n", False),
        ("FROM debian\nRUN --mount=type=cache,target=/wheelhouse true\n", False),
    ],
)
def test_a_folder_counts_where_a_needed_stage_copies_it_from_the_context(text: str, copies: bool) -> None:
    assert parse(text).copies("wheelhouse") is copies


def test_defaults_of_arguments_before_the_first_stage_are_known() -> None:
    arguments = parse("ARG A\nARG B=1 C='two words'\nFROM debian\nARG D=4\n").arguments
    assert arguments == {"A": None, "B": "1", "C": "two words"}


def test_lines_of_a_heredoc_are_no_instructions() -> None:
    text = "FROM debian\nRUN <<-'A' cat <<B\n\tUSER a\n\tA\nUSER b\nB\nUSER c\n"
    assert [(one.keyword, one.words) for one in instructions(text)][2:] == [("USER", ("c",))]
