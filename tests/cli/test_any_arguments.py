"""Whatever the command line is given: one line, never a traceback."""

import pytest
import typer
from hypothesis import assume, given
from hypothesis import strategies as st

from keras_pwavenet import cli

COMMANDS = typer.main.get_command(cli.app).commands
WORDS = st.one_of(
    st.sampled_from(
        [
            *("", "-", "--", ".", "..", "/", "~", "0", "-1", "1e400", "nan", "9" * 30),
            *("\0", "no/where", "a.wav", "b.txt", "c.csv", "hf://", "kaggle://a", "*"),
            *("en_female", "en_phones", "tensorflow", "\u202e", "\ud800", "x" * 5000),
        ]
    ),
    st.text(st.characters(exclude_categories=["Cc"]), max_size=10),  # no line's end
)


@st.composite
def lines(draw):
    """A command, most of its arguments and some of its options, of any value."""
    name = draw(st.sampled_from(sorted(COMMANDS)))
    line = [name]
    for parameter in COMMANDS[name].params:
        if parameter.param_type_name == "argument":
            line += draw(st.lists(WORDS, min_size=parameter.required, max_size=2))
        elif draw(st.integers(0, 9)) == 0:
            line.append(parameter.opts[-1])
            line += [] if parameter.is_flag else [draw(WORDS)]
    return line


@given(lines())
def test_a_line_of_anything(invoke, tmp_path_factory, line):
    assume("--play" not in line and "-h" not in line)
    folder = tmp_path_factory.getbasetemp() / "any_arguments"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result = invoke(*line)
    if line[0] in ("say", "presets", "export") and result.exit_code == 0:
        return
    assert result.exit_code in (1, 2), line
    assert isinstance(result.exception, SystemExit), line
    last = result.stderr.rstrip("\n").split("\n")[-1]
    assert last.startswith("Error: "), line
    assert "Traceback" not in result.stderr
