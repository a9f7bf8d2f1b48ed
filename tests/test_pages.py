"""Links of the pages lead somewhere, and the index of the pages names them all."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path
    for folder in ("", "docs", "examples/serving", "saved_models", "tests/clips")
    for path in (ROOT / folder).glob("*.md")
)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            file, _, place = target.partition("#")
            found = (page.parent / file).resolve() if file else page
            assert found.exists(), target
            heads = (
                re.findall(r"^#+ (.*)$", found.read_text("utf-8"), re.M)
                if place
                else []
            )
            made = {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in heads}
            assert not place or place in made, target


def test_the_index_names_every_page():
    text = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert pages == set(re.findall(r"\]\((\w+\.md)\)", text))


def test_the_map_names_every_room():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text[: text.index("## Rules")]
    for path in (ROOT / "keras_pwavenet").iterdir():
        if path.is_dir() and (path / "__init__.py").is_file():
            assert f"`{path.name}/`" in table, path.name
        elif path.suffix == ".py" and path.name != "__init__.py":
            assert f"`{path.name}`" in table, path.name


def test_files_that_contributing_names_are_there():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for name in re.findall(r"`((?:\w+/)+\w+\.(?:py|md|toml))`", text):
        folders = (ROOT, ROOT / "keras_pwavenet")
        found = any((folder / name).is_file() for folder in folders)
        assert found or "NAME" in name, name
