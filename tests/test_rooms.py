"""The package's rooms: no circle, no hidden module, frameworks only where named."""

import ast
import functools
import graphlib
import importlib
import re
import types
from pathlib import Path

import keras_pwavenet

ROOT = Path(keras_pwavenet.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
# Rooms whose code differs by backend; everything else runs on `keras.ops` alone.
BACKENDS = ("backend", "cli", "export", "training")
ELSEWHERE = {
    "audio/tensorflow_io.py",
    "data/tf_data.py",
    "evaluate/measures/distillmos.py",
    "models/replicas.py",
    "models/train_step.py",
}


def module_of(path):
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def imports(path):
    """Every module and name that a file imports, also within functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def floors():
    """The floor of each room, from the map."""
    text = (ROOT.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found, floor = {}, None
    for cell, rooms in re.findall(r"^\| (\d?) ?\| (`[^|]*) \|", text, re.M):
        floor = int(cell) if cell else floor
        names = [name.split("/")[0] for name in re.findall(r"`([^`]+)`", rooms)]
        found |= {name.removesuffix(".py"): floor for name in names}
    return found


def test_arrows_go_down():
    """Every import of another room is of one on a lower floor of the map."""
    floor = floors()
    up = [
        (module_of(path), name)
        for path in FILES
        for name in imports(path)
        if name.startswith("keras_pwavenet.") and len(module_of(path).split(".")) > 1
        for own, other in [(module_of(path).split(".")[1], name.split(".")[1])]
        if other in floor and other != own and floor[other] >= floor[own]
    ]
    assert up == []
    assert len(floor) == 22


def test_modules_stand_on_each_other_without_a_circle():
    modules = {module_of(path): path for path in FILES}
    graph = {}
    for module, path in modules.items():
        names = imports(path)
        parents = {name.rpartition(".")[0] for name in names}
        # A package's own list of names is no reason to wait for it.
        known = {name for name in names | parents if name in modules}
        graph[module] = {
            name for name in known if not module.startswith(name) and name != module
        }
    graphlib.TopologicalSorter(graph).prepare()


def test_frameworks_are_named_where_backends_differ():
    named = {
        path.relative_to(ROOT).as_posix()
        for path in FILES
        if {name.split(".")[0] for name in imports(path)}
        & {"jax", "tensorflow", "torch"}
    }
    assert {file for file in named if file.split("/")[0] not in BACKENDS} == ELSEWHERE


def test_no_function_hides_the_module_of_its_name():
    for path in ROOT.rglob("__init__.py"):
        package = importlib.import_module(module_of(path))
        beside = {file.stem for file in path.parent.iterdir()}
        for name in set(getattr(package, "__all__", ())) & beside:
            assert isinstance(getattr(package, name), types.ModuleType), (package, name)


def test_files_are_small():
    lines = {path.name: len(path.read_text("utf-8").splitlines()) for path in FILES}
    assert {name for name, count in lines.items() if count > 330} == set()
