"""Text to speech with models of Keras, on any backend."""

import os
from typing import Self

import keras
import numpy as np

from keras_pwavenet.factors import HIGHEST_PITCH
from keras_pwavenet.models.stated import IN_PARALLEL, speaks
from keras_pwavenet.presets import PresetMixin
from keras_pwavenet.speech.base import Speech, check_speaker, text_settings
from keras_pwavenet.text.front_end import Lexicon
from keras_pwavenet.text.linguistic import LinguisticFeatures


class TextToSpeech(Speech):
    """Speaks text: a front end, an acoustic model and a vocoder.

    Args:
        acoustic_model: An `AcousticModel`, or what has its `symbols`, `preprocessor`,
            `num_speakers` and `predict_mel`.
        vocoder: A `ParallelWaveNet` on the same log-mel, or on `LinguisticFeatures` of
            the same symbols and hop: it then hears durations and pitch alone.
        language: Of the text.
        lexicon: Words that are to be said otherwise than the front end does, and their
            phonemes in IPA, e.g. `{"kubelet": "ˈkjuːblət"}`.
        speaker: Number of the acoustic model's speaker, if it has several.
        voice: Number of the vocoder's speaker, if it has several.

    Raises:
        ValueError: If the vocoder does not speak in parallel, the two do not fit
            together, a symbol of the language is unknown to the acoustic model, or
            speakers are missing.

    Example:
        tts = TextToSpeech.from_preset("en_female")
        audio = tts.synthesize("Your call will be answered in 5 minutes.")
    """

    def __init__(
        self,
        acoustic_model,
        vocoder,
        language: str = "en-us",
        lexicon: Lexicon | None = None,
        speaker: int | None = None,
        voice: int | None = None,
    ):
        if not hasattr(acoustic_model, "predict_mel"):
            raise ValueError(
                "Expected an acoustic model, an AcousticModel. "
                f"Received: acoustic_model={type(acoustic_model).__name__}"
            )
        if speaks(vocoder) != IN_PARALLEL:
            raise ValueError(
                "Expected a vocoder that speaks in parallel, a ParallelWaveNet. "
                f"Received: vocoder={type(vocoder).__name__}"
            )
        _check_fit(acoustic_model, vocoder)
        super().__init__(acoustic_model.symbols, language, lexicon)
        check_speaker("speaker", speaker, acoustic_model.num_speakers)
        check_speaker("voice", voice, vocoder.num_speakers)
        self.acoustic_model = acoustic_model
        self.vocoder = vocoder
        self.speaker = speaker
        self.voice = voice

    @classmethod
    def from_preset(
        cls, preset: str | os.PathLike = "en_female", lexicon: Lexicon | None = None
    ) -> Self:
        """Loads a voice and the acoustic model that its metadata names.

        Args:
            preset: A `ParallelWaveNet`'s preset: built-in name, folder or address. Its
                metadata has `text_to_speech`: an object with `acoustic_model`, the name
                or address of a preset or a folder seen from the voice's own; and if
                they are not the usual ones `language`, `speaker` and `voice`.
            lexicon: As for the constructor.

        Raises:
            ValueError: If the voice has no acoustic model, or as for `from_preset` of
                models.
            FileNotFoundError: If a folder is missing.
        """
        settings = text_settings(preset)
        acoustic_model = PresetMixin.from_preset(settings.pop("acoustic_model"))
        return cls(
            acoustic_model,
            PresetMixin.from_preset(preset),
            lexicon=lexicon,
            **settings,
        )

    @property
    def sample_rate(self) -> int:
        """Samples a second."""
        return self.vocoder.preprocessor.sample_rate

    def _speak(self, sentence, rate, pitch_scale, seed):
        mel = self.acoustic_model.predict_mel(
            sentence, rate=rate, pitch_scale=pitch_scale, speaker=self.speaker
        )
        heard = self.vocoder.preprocessor
        if isinstance(heard, LinguisticFeatures):
            conditioning = heard(sentence, mel["durations"], mel["pitch"])[None]
        else:
            conditioning = np.clip(mel["conditioning"], *heard.value_range)[None]
        options = {}
        if self.vocoder.pitch_predictor is not None:
            options["pitch"] = np.clip(mel["pitch"], 0.0, HIGHEST_PITCH)[None]
        if self.voice is not None:
            options["speaker"] = np.array([self.voice], "int32")
        audio = self.vocoder.generate(conditioning, seed=seed, **options)
        return [np.asarray(keras.ops.convert_to_numpy(audio)[0], "float32")]


def _check_fit(acoustic_model, vocoder):
    said, heard = acoustic_model.preprocessor, vocoder.preprocessor
    if isinstance(heard, LinguisticFeatures):
        said = said and LinguisticFeatures(
            acoustic_model.symbols, said.sample_rate, said.hop_length
        )
    if said is None or heard is None or said.get_config() != heard.get_config():
        raise ValueError(
            "Expected an acoustic model and a vocoder with the same preprocessor, or a "
            "vocoder on linguistic features of the acoustic model's symbols, rate and "
            f"hop. Received: {said} and {heard}"
        )
