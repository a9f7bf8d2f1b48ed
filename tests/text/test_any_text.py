"""Whatever text comes: symbols of the inventory, or a refusal."""

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_pwavenet.text import phonemize, read_lexicon, symbols
from keras_pwavenet.text.front_end import LONGEST_SENTENCE
from keras_pwavenet.text.inventory import PAUSES

pytest.importorskip("gruut_lang_en")
INVENTORY = set(symbols("en-us"))
PIECES = st.one_of(
    st.text(max_size=20),
    st.text("0123456789.,:/-%$€£°+ \n", max_size=12),
    st.text("[]ˈˌːɪɛæðŋtsk͡ˈ ", max_size=12),
    st.sampled_from(
        [
            *(
                "Dr. ",
                "e.g. ",
                "St. ",
                "1/2/",
                "Feb. 30",
                "12:61",
                "$1e9",
                "IV",
                "No. ",
            ),
            *("www.", "a@b", "https://", "'s", "\ufeff", "\u202e", "e\u0301", "\ud800"),
        ]
    ),
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)


@given(TEXTS)
def test_text(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            phonemize(text)
        except ValueError as error:  # where there is nothing else to say
            assert "Received: " in str(error)
        said = phonemize(f"Yes.\n\n{text}")
    assert said[0] == ["j", "ˈɛ", "s", "."]
    for sentence in said:
        assert set(sentence) <= INVENTORY and sentence[-1] in PAUSES
        assert len(sentence) <= LONGEST_SENTENCE


@given(
    st.one_of(st.none(), st.integers(), st.binary(), TEXTS),
    st.one_of(st.none(), st.text(max_size=8), st.just("en-us")),
    st.dictionaries(TEXTS, st.one_of(TEXTS, st.lists(TEXTS), st.none(), st.integers())),
)
def test_arguments(text, language, lexicon):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            assert isinstance(phonemize(text, language, lexicon), list)
        except ValueError as error:
            assert "Received: " in str(error)


@given(
    st.one_of(
        st.binary(max_size=60), TEXTS.map(lambda text: text.encode("utf-8", "replace"))
    )
)
def test_lexicon_files(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "own.txt"
    path.write_bytes(content)
    try:
        assert isinstance(read_lexicon(path), dict)
    except ValueError as error:
        assert str(path) in str(error)
