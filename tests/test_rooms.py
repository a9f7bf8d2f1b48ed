"""The package's rooms: no circle, no hidden module, frameworks only where named."""

import ast
import functools
import graphlib
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


def test_rooms_stand_on_each_other_without_a_circle():
    graph = {}
    for path in FILES:
        own = module_of(path).split(".")
        if len(own) < 2:
            continue
        others = {name.split(".")[1] for name in imports(path) if own[0] + "." in name}
        graph.setdefault(own[1], set()).update(others - {own[1], "__version__"})
    floors = list(graphlib.TopologicalSorter(graph).static_order())
    order = [room for room in ("layers", "models", "training", "cli") if room in floors]
    assert sorted(order, key=floors.index) == order
    for room in ("signal", "layers", "losses"):
        assert not graph[room] & {"models", "data", "presets", "export", "training"}
    assert not graph["models"] & {"data", "export", "training", "evaluate"}


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
        beside = {file.stem for file in path.parent.glob("*.py")}
        hidden = {
            name
            for imported in imports(path)
            for module, _, name in [imported.rpartition(".")]
            if name in beside and module.startswith(f"{module_of(path)}.")
        }
        # The command line's `app` is asked for by its full name alone.
        assert hidden <= {"app"}, path


def test_files_are_small():
    lines = {path.name: len(path.read_text("utf-8").splitlines()) for path in FILES}
    assert {name for name, count in lines.items() if count > 330} == set()
