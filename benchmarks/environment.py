"""Virtual environments of their own for the peers."""

import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path

# What the models of the peers import; not all that their packages ask for, which
# would hold them to old versions of everything.
NEEDS = ("numpy", "scipy", "h5py", "filelock", "pyyaml", "tqdm", "setuptools", "wheel")
OPENVINO = "openvino"
PEERS = ("parallel-wavegan", "vocos")


def peers_environment(folder: Path) -> Path:
    """Makes the environment, or finds it made.

    Torch is of the version that this Python has, so that all are measured on one. What
    cannot be installed is said and left out; the same call tries again.

    Args:
        folder: Where it is, or shall be.

    Returns:
        Its Python.
    """
    torch = f"torch=={_version('torch')}" if _version("torch") else "torch"
    steps = [
        [torch, *NEEDS],
        [OPENVINO],
        # parallel-wavegan's setup.py imports what pip's own build would not have.
        *(["--no-deps", "--no-build-isolation", peer] for peer in PEERS),
    ]
    return environment(folder, steps)


def environment(folder: Path, steps: list[list[str]]) -> Path:
    """Makes an environment, or finds it made.

    Args:
        folder: Where it is, or shall be.
        steps: Arguments of `pip install`, one call after the other. What cannot be
            installed is said and left out; the same call tries again.

    Returns:
        Its Python.
    """
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = folder / "installed.json"
    if done.is_file() and json.loads(done.read_text()) == steps:
        return python
    print(f"Installing into {folder}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    failed = [step[-1] for step in steps if not _install(python, step)]
    if failed:
        print(f"Could not install: {', '.join(failed)}", file=sys.stderr)
    else:
        done.write_text(json.dumps(steps))
    return python


def _version(package):
    try:
        return importlib.metadata.version(package).partition("+")[0]
    except importlib.metadata.PackageNotFoundError:
        return None


def _install(python, arguments):
    print("  pip install", *arguments, file=sys.stderr, flush=True)
    command = [python, "-I", "-m", "pip", "install", "-qq", *arguments]
    found = subprocess.run(command, stdout=sys.stderr, check=False)
    return not found.returncode
