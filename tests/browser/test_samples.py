"""Samples beside the page: chosen, spoken, written as files that play, attributed."""

import html.parser
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from keras_pwavenet import TextToSpeech
from keras_pwavenet.presets import PresetMixin

ROOT = Path(__file__).parents[2]
RATE = 8000
HEADS = ["Recording", "Spoken again by voice", "Spoken from the text"]


class _Page(html.parser.HTMLParser):
    """Texts of rows and heads, players, and all that is written."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.heads, self.all, self._in = [], [], "", None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "th":
            if found["scope"] == "row":
                self.rows.append({"text": "", "lang": found["lang"], "players": []})
            self._in = found["scope"]
        if tag == "audio":
            assert found["preload"] == "none" and "controls" in found
            self.rows[-1]["players"].append((found["src"], found["aria-label"]))

    def handle_endtag(self, tag):
        self._in = None

    def handle_data(self, data):
        self.all += f" {data}"
        if self._in == "row":
            self.rows[-1]["text"] += data
        if self._in == "col":
            self.heads.append(data)


def read(folder):
    page = _Page((folder / "samples.html").read_text("utf-8"))
    page.all = " ".join(page.all.split())
    return page


def test_ten_sentences_are_chosen_or_else_the_longest_clips(samples, spoken, words):
    numbers = samples.choose(spoken, "callie")
    assert len(numbers) == 10 and numbers == sorted(numbers)
    assert set(numbers) < set(range(5, 17))  # the sentences
    assert samples.choose(words, "wanikani_female") == list(range(2, 12))


def test_the_choice_hangs_on_prompts_alone(samples, spoken, corpus, tmp_path):
    """In another order, and under a corpus' name, the same are chosen."""
    again = [
        (f"en//{clip.name}", "callie", clip.text, 0.5)
        for clip in reversed(spoken.clips[5:])
    ]
    other = corpus(tmp_path / "again", again)
    chosen = [
        {
            cache.clips[n].name.rpartition("/")[2]
            for n in samples.choose(cache, "callie")
        }
        for cache in (spoken, other)
    ]
    assert chosen[0] == chosen[1]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Call forwarding has been set.", True),
        ("How old are you?", True),
        ("...has entered the conference.", False),
        ("For the next entry...", False),
        ("to save this message", False),
        ("Wrong number, again.", False),
        ("お誕生日おめでとう", False),
    ],
)
def test_what_a_sentence_is(samples, text, sentence):
    assert samples.is_sentence(text) == sentence


def test_rows_play_what_the_corpus_holds_and_the_voice_says(
    written, spoken, words, voices, acoustic_model
):
    folder, chosen = written
    page = read(folder)
    assert page.heads == ["Text", *HEADS, "Text", *HEADS[:2]]
    assert len(page.rows) == 20
    speech = TextToSpeech(
        *map(PresetMixin.from_preset, (acoustic_model, voices["callie"]["preset"]))
    )
    said = len(speech.synthesize("Press one to go on.", seed=0))
    clips = [(spoken, n, "en") for n in chosen["callie"]]
    clips += [(words, n, "ja") for n in chosen["wanikani_female"]]
    for row, (cache, number, language) in zip(page.rows, clips, strict=True):
        recording = cache.audio(number)
        assert (row["text"], row["lang"]) == (cache.clips[number].text, language)
        assert len(row["players"]) == (3 if language == "en" else 2)
        labels = [label for _, label in row["players"]]
        assert labels == [f"{head}: {row['text']}" for head in HEADS[: len(labels)]]
        found = [soundfile.read(folder / file) for file, _ in row["players"]]
        assert {rate for _, rate in found} == {RATE}
        heard, again, *text = (audio for audio, _ in found)
        assert len(heard) == len(again) == len(recording)
        assert [len(audio) for audio in text] == [said] * len(text)
        error = np.sum((heard - recording) ** 2)
        assert 10 * np.log10(np.sum(recording**2) / error) > 15
        assert min(audio.std() for audio, _ in found) > 0.001
        assert np.sum((again - recording) ** 2) > 10 * error


def test_recordings_are_attributed_as_their_page_says(samples, written):
    page = read(written[0])
    corpora = " ".join((ROOT / "docs" / "corpora.md").read_text("utf-8").split())
    for speaker in ("callie", "wanikani_female"):
        of = samples.RECORDINGS[speaker]
        assert f"Recordings: {of['attribution']}" in page.all
        assert of["licence"] in page.all
    for of in samples.RECORDINGS.values():
        assert of["licence"] in corpora
    for name in ("callie", "wanikani_female"):
        assert samples.RECORDINGS[name]["attribution"] in corpora
    assert page.all.count("one channel of 8 kHz, brought to -23 dB, MP3") == 2


def test_every_sampled_voice_has_its_terms(web, samples):
    assert set(web("build").SAMPLED) == set(samples.RECORDINGS)


def test_earlier_samples_go_and_other_files_stay(samples, written, tmp_path):
    shutil.copytree(written[0], tmp_path / "site")
    own = tmp_path / "site" / "samples" / "own.wav"
    own.write_bytes(b"")
    samples.remove_samples(tmp_path / "site")
    assert [path for path in (tmp_path / "site").rglob("*.*")] == [own]


def test_index_leads_there_only_with_samples(web, tmp_path):
    build = web("build")
    for with_samples in (True, False):
        build._copy_page(tmp_path, with_samples)
        page = (tmp_path / "index.html").read_text("utf-8")
        assert ("samples.html" in page) == with_samples
        assert "<!--" not in page


def test_browsers_keep_no_samples_and_load_none_first(web, written, tmp_path):
    build = web("build")
    seen = []
    for with_samples in (False, True):
        build._copy_page(tmp_path, False)
        if with_samples:
            shutil.copytree(written[0], tmp_path, dirs_exist_ok=True)
        size = build.first_load(tmp_path)
        build._write_service_worker(tmp_path)
        seen.append((size, (tmp_path / "service_worker.js").read_text("utf-8")))
    assert seen[0] == seen[1]
    assert (tmp_path / "samples.html").is_file()


def test_wrong_names_and_folders_are_refused(samples, spoken, voices, tmp_path):
    folder = spoken.directory
    for wanted, message in (
        (
            ["features"],
            "Expected SPEAKER=FOLDER, one each of callie, .* Received: feat",
        ),
        (["ann=features"], "Expected SPEAKER=FOLDER.* Received: ann=features"),
        (["callie="], "Expected SPEAKER=FOLDER.* Received: callie="),
        ([f"callie={folder}"] * 2, "one each of"),
        ([f"callie={tmp_path}"], "Expected a folder written by `prepare`"),
        (
            [f"wanikani_female={folder}"],
            "Expected clips of wanikani_female in the test",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            samples.check(wanted, voices)


def test_features_must_be_the_voices(samples, spoken):
    wanted = [f"callie={spoken.directory}"]
    with pytest.raises(ValueError, match="Expected a preset of the corpus' features"):
        samples.check(wanted, {"callie": {"preset": "en_female", "speaker": 0}})


@pytest.mark.slow
def test_the_command_refuses_in_one_line_and_writes_nothing(tmp_path):
    command = [sys.executable, ROOT / "examples" / "web" / "build.py", "site"]
    command += ["--samples", "callie=none"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1].startswith("Error: Expected a folder written by")
    assert "Traceback" not in run.stderr
    assert list(tmp_path.iterdir()) == []


PLAY = """async (player) => {
    player.muted = true;
    await player.play();
    return player.duration;
}"""


@pytest.mark.browser
def test_samples_play_and_are_not_kept(
    browser, site, served, written, spoken, tmp_path
):
    folder, chosen = written
    shutil.copytree(site, tmp_path, dirs_exist_ok=True)
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    with served(tmp_path) as address:
        context = browser.new_context(viewport={"width": 360, "height": 740})
        page = context.new_page()
        page.goto(address)
        page.evaluate("navigator.serviceWorker.ready.then(() => {})")
        page.goto(f"{address}samples.html")
        assert page.evaluate("navigator.serviceWorker.controller !== null")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        players = page.locator("audio")
        assert players.count() == 50
        seconds = len(spoken.audio(chosen["callie"][0])) / RATE
        assert players.first.evaluate(PLAY) == pytest.approx(seconds, abs=0.15)
        kept = page.evaluate(
            """async () => {
                const names = await caches.keys();
                const all = await Promise.all(
                    names.map(async (name) => (await caches.open(name)).keys()));
                return all.flat().map((request) => request.url);
            }"""
        )
        assert kept and not [url for url in kept if "samples" in url]
        context.close()
