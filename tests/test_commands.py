"""The commands and snippets of the pages, taken from the files as they are."""

import importlib.util
import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from keras_pwavenet import cli
from keras_pwavenet.audio import read_audio, write_audio
from keras_pwavenet.data import split_of

ROOT = Path(__file__).parents[1]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "examples").glob("**/*.md")),
    *sorted((ROOT / "saved_models").glob("*.md")),
    *sorted((ROOT / "keras_pwavenet" / "presets").glob("*/*.md")),
]
SCRIPTS = [*sorted(ROOT.glob("examples/*.py")), *sorted(ROOT.glob("experiments/*.py"))]
# Programs of others, and of the shell, which the pages may call.
OTHERS = "apt-get curl docker export git killall kubectl ln mkdir mv perl ruff spd-say"
OTHERS = f"{OTHERS} tar unzip wget".split()
MODULES = ["http.server", "keras_pwavenet.presets", "pdoc", "pytest", "venv"]
# No command is found but these two, which make an argument of curl's; what is called
# goes into a file instead, in one write, as some run side by side: bash writes when a
# line ends, so none does.
RECORD = """
exec 3>> "$1"
command_not_found_handle() { printf '%s\\0' "$@" $'\\1' >&3; }
"""


def blocks(page, language):
    return re.findall(
        rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.M | re.S
    )


def called(block, folder):
    """What a block of shell commands calls, each a list of words."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    for name in ("sed", "seq"):
        (tools / name).unlink(missing_ok=True)
        (tools / name).symlink_to(shutil.which(name))
    found = folder / "called"
    subprocess.run(
        [shutil.which("bash"), "-c", f"{RECORD}{block}\nwait\n", "bash", found],
        cwd=folder,
        env={"PATH": str(tools), "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=30,
    )
    if not found.exists():
        return []
    calls = found.read_bytes().decode().split("\0\1\0")
    found.unlink()
    return [call.split("\0") for call in calls if call]


def check(words):
    """Refuses a command that is not, or does not take these options."""
    program, *arguments = words
    if program == "pwavenet":
        understand(arguments)
    elif program == "pip":
        check_packages(arguments)
    elif program in ("python", "python3") and arguments[0] == "-m":
        assert arguments[1] in MODULES, words
    elif program in ("python", "python3"):
        script = (ROOT / arguments[0]).read_text("utf-8")
        for word in arguments[1:]:
            option = re.match(r"--[a-z0-9-]+", word)
            assert option is None or f'"{option[0]}"' in script, words
    else:
        assert program in OTHERS, words


def understand(arguments):
    """Parses arguments of `pwavenet`; whether files are there is not asked."""
    group = typer.main.get_command(cli.app)
    if arguments[0].startswith("-"):
        assert arguments[0] in ("--help", "--version", "--install-completion")
        return
    command = group.commands[arguments[0]]
    for parameter in command.params:
        parameter.callback = None
    command.make_context(arguments[0], list(arguments[1:]))


def check_packages(arguments):
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert arguments[0] == "install"
    for word in arguments[1:]:
        assert not word.startswith("keras-pwavenet"), "it is on no index"
        assert "index-url" not in word, "registries are named by their own pages"
        if word.startswith("."):
            named = re.fullmatch(r"\.(\[([a-z,-]+)\])?", word)
            for extra in (named[2] or "").split(",") if named[2] else []:
                assert extra in extras["optional-dependencies"], word


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_are_understood(page, tmp_path):
    for block in blocks(page, "sh"):
        for words in called(block, tmp_path):
            check(words)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_commands_of_scripts_are_understood(script, tmp_path):
    text = script.read_text("utf-8")
    heading = text.split('"""')[1]
    for block in re.findall(r"(?:^    .*\n?)+", heading, re.M):
        for words in called(block.replace("\\\\\n", "\\\n"), tmp_path):
            check(words)


def test_the_record_is_what_the_shell_would_call(tmp_path):
    block = """
      A=1 pwavenet train "a b" \\
          --steps 3  # a comment
      x="$(seq -s, 3)"; curl -d "$x" &
    """
    found = sorted(called(block, tmp_path))
    assert found == [
        ["curl", "-d", "1,2,3"],
        ["pwavenet", "train", "a b", "--steps", "3"],
    ]
    for wrong in (
        ["pwavenet", "train", "features", "run", "--preset", "x"],
        ["pwavenet", "trian"],
        ["pip", "install", "keras-pwavenet[onnx]"],
        ["pip", "install", ".[no-such-extra]"],
        ["python", "examples/train_teacher.py", "--preset", "x"],
        ["python", "examples/no_such_script.py"],
        ["pwavenett", "train"],
    ):
        with pytest.raises(BaseException):  # noqa: B017
            check(wrong)


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A folder to write in where the repository's files are, as in a clone."""
    for name in ("benchmarks", "docs", "examples", "saved_models", "tests"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_first_snippet_runs(clone):
    scope = {}
    exec(blocks(ROOT / "README.md", "python")[0], scope)
    spoken, rate = read_audio("spoken.wav")
    recorded, recorded_rate = read_audio("tests/clips/arctic_a0498.flac")
    assert (len(spoken), rate) == (len(recorded), recorded_rate)
    assert np.abs(spoken).max() > 0.05
    assert len(scope["spoken"]) == len(scope["mel"]) * 256


def test_first_command_runs(clone):
    (block,) = [b for b in blocks(ROOT / "README.md", "sh") if "pip install .\n" in b]
    _, words = called(block, clone)
    run(words[1:])
    assert (clone / "spoken.wav").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_snippets_run(page, clone):
    """Those of a page one after the other, as a reader would."""
    snippets = blocks(page, "python")
    if not snippets:
        pytest.skip("no snippet")
    scope = {}
    for snippet in snippets:
        if "ai_edge_litert" in snippet:
            if not tensorflow() or importlib.util.find_spec("ai_edge_litert") is None:
                continue
            run(["export", "en_female", "voice.tflite"])
        exec(snippet, scope)
    if "speak" in scope:
        assert scope["audio"].shape == (50 * 256,)


@pytest.mark.slow
def test_readme_runs_from_top_to_bottom(clone):
    """Every `pwavenet` of README in turn, with fewer steps, clips and judges."""
    shorter = {"distill": SHORT, "evaluate": FEW, "train": SHORT}
    make_recordings(clone / "recordings")
    ran = []
    for block in blocks(ROOT / "README.md", "sh"):
        for program, *arguments in called(block, clone):
            if program != "pwavenet":
                continue
            if "--classifier" in arguments or (
                arguments[0] == "export" and not tensorflow()
            ):
                continue  # wants features of 16 kHz; wants TensorFlow
            if arguments[0] == "join":
                for folder in arguments[1:-1]:
                    copy = shutil.ignore_patterns("en", "fr", "it", "all")
                    shutil.copytree("features", folder, ignore=copy)
            words = [word for word in arguments if word != "--compile"]  # minutes
            run([*words, *shorter.get(arguments[0], "").split()])
            ran.append(arguments[0])
    wanted = {"resynthesize", "prepare", "train", "distill", "join", "presets"}
    assert wanted | {"evaluate"} <= set(ran)
    for made in ("teacher", "warm", "student", "voices"):
        assert (clone / made / "model.weights.h5").is_file()
    assert (clone / "report" / "report.html").is_file()


SHORT = "--steps 1 --steps-per-epoch 1 --batch-size 1 --frames 8"
FEW = "--judge level --teacher-clips 1 --report-clips 1"


def run(arguments):
    result = CliRunner().invoke(cli.app, arguments)
    assert result.exit_code == 0, (arguments, result.output)


def tensorflow():
    import keras

    return keras.backend.backend() == "tensorflow"


def make_recordings(folder):
    """Noise of the splits that training and measuring want."""
    folder.mkdir()
    wanted = {"train": 6, "validation": 1, "test": 2}
    for number in range(200):
        split = split_of(str(number))
        if wanted[split]:
            wanted[split] -= 1
            noise = np.random.default_rng(number).uniform(-0.3, 0.3, 26_000)
            write_audio(folder / f"{number}.wav", noise, 24_000)


@pytest.mark.slow
@pytest.mark.tensorflow
def test_request_by_hand_has_what_the_server_asks(tmp_path):
    import tensorflow as tf

    (words,) = [
        words
        for block in blocks(ROOT / "examples" / "serving" / "README.md", "sh")
        for words in called(block, tmp_path)
        if words[0] == "curl" and words[1].endswith(":predict")
    ]
    assert "Content-Type: application/json" in words
    (instance,) = json.loads(words[words.index("-d") + 1])["instances"]
    model = tf.saved_model.load(str(ROOT / "saved_models" / "en_female" / "1"))
    speak = model.signatures["serving_default"]
    _, wanted = speak.structured_input_signature
    assert instance.keys() == wanted.keys()
    inputs = {
        name: tf.constant([instance[name]], spec.dtype) for name, spec in wanted.items()
    }
    assert speak(**inputs)["audio"].shape == (1, 256)
