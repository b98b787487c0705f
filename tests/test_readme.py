"""The front door is true: what it shows runs, what it lists exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import readme

from harness.competitions._parse import parse

TEXT = readme.README.read_text(encoding="utf-8")


def test_models_and_reference_are_up_to_date() -> None:
    assert readme.made_by_code(TEXT) == TEXT, "run: python tests/readme.py --no-session"


def test_the_session_runs_from_an_empty_folder(tmp_path: Path) -> None:
    for command in readme.SESSION:
        assert f"$ {command}\n" in TEXT
        readme.run(command, tmp_path)


def test_every_command_shown_exists_with_its_options() -> None:
    shown = re.findall(r"^(?:\$ )?harness ([a-z-]+)(.*)$", TEXT, flags=re.MULTILINE)
    assert shown
    for name, rest in shown:
        known = readme.help_of(name)
        for option in re.findall(r"--[a-z-]+", rest.partition("#")[0]):
            assert option in known, f"harness {name} {option}"


@pytest.mark.parametrize("target", ["demo", "test"])
def test_the_makefile_has_the_two_commands(target: str) -> None:
    makefile = readme.README.with_name("Makefile").read_text(encoding="utf-8")
    assert f"make {target}" in TEXT
    assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE)


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "pyproject.toml"])
def test_no_page_names_a_package_host_or_a_path_of_a_machine(name: str) -> None:
    text = readme.README.with_name(name).read_text(encoding="utf-8")
    assert not re.search(r"https?://\S*(pypi|simple)|/(home|root|tmp)/", text)


def test_every_file_the_readme_links_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        if "://" not in target:
            assert (readme.README.parent / target).exists(), target


def test_the_description_shown_is_one_that_is_read(tmp_path: Path) -> None:
    shown = re.search(r"```toml\n(.*?)```", TEXT, flags=re.DOTALL)
    assert shown
    assert parse(shown[1], root=tmp_path, where="README.md").name == "genres"
