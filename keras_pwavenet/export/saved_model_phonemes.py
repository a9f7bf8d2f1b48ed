"""SavedModel that speaks phonemes: an acoustic model and a student in one graph."""

import os
from pathlib import Path

import numpy as np

from keras_pwavenet.export.requests import MOST_FRAMES, check
from keras_pwavenet.export.saved_model import (
    draw_noise,
    new_version,
    speak_clips,
    write_saved_model,
)
from keras_pwavenet.export.student import check_float32, exportable
from keras_pwavenet.factors import HIGHEST_PITCH, PITCH_SCALES, RATES, TEMPERATURES
from keras_pwavenet.speech import TextToSpeech
from keras_pwavenet.text.durations import PLACES
from keras_pwavenet.text.inventory import PAUSES, SPACE
from keras_pwavenet.text.linguistic import LinguisticFeatures


def export_saved_model_phonemes(
    voice: TextToSpeech | str | os.PathLike,
    path: str | os.PathLike,
    version: int = 1,
) -> Path:
    """Writes a voice that speaks phonemes as a SavedModel, whole or not at all.

    Signature `serving_default`, for any number of sentences:

    - `symbols` `(batch, symbols)`, string: the sentences that
      `keras_pwavenet.text.phonemize` gives, with "" after the end of shorter ones;
    - `rate` `(batch,)`, float32: divides the durations, usually 1;
    - `pitch_scale` `(batch,)`, float32: factor on the pitch, usually 1;
    - `seed` `(batch,)`, int64: each sentence is spoken as `TextToSpeech.speak` speaks
      it alone with this seed on the TensorFlow backend;
    - `temperature` `(batch,)`, float32: factor on the noise, usually 1.

    It gives `audio` `(batch, samples)`, float32 in [-1, 1], zero after a sentence's
    end, and `length` `(batch,)`, int32, samples of each. A request that does not fit
    fails with a message that says what was expected. Between sentences a client leaves
    a pause of its own.

    Args:
        voice: The `TextToSpeech`, or the preset of a voice that speaks text.
        path: The model's folder, which holds its versions.
        version: The version's number; `path/version` must not exist.

    Returns:
        `path/version`.

    Raises:
        RuntimeError: If Keras does not run on TensorFlow.
        ValueError: If the voice speaks no text or hears no log-mel, is not in float32,
            or the version is no positive integer.
        FileExistsError: If the version exists.
        OSError: If it cannot be written, as on a full disk; names the path.
    """
    target = new_version(path, version)
    if isinstance(voice, str | os.PathLike):
        voice = TextToSpeech.from_preset(voice)
    if not isinstance(voice, TextToSpeech):
        raise ValueError(
            "Expected a voice that speaks text, a `TextToSpeech`, or its preset. "
            f"Received: voice={type(voice).__name__}"
        )
    exportable(voice.vocoder)
    if isinstance(voice.vocoder.preprocessor, LinguisticFeatures):
        raise ValueError(
            "Expected a voice whose vocoder hears a log-mel. Received: "
            f"preprocessor={voice.vocoder.preprocessor}"
        )
    for model in (voice.acoustic_model, voice.vocoder):
        check_float32(model)
    import tensorflow as tf

    module = tf.Module()
    models = (voice.acoustic_model, voice.vocoder)
    module.weights = [weight.value for model in models for weight in model.weights]
    symbols = list(voice.acoustic_model.symbols)
    module.numbers = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(
            ["", *symbols], tf.range(1 + len(symbols), dtype=tf.int32)
        ),
        default_value=-1,
    )
    signatures = {"serving_default": _signature(voice, module.numbers)}
    return write_saved_model(target, module, signatures, _warmup_requests(symbols))


def _signature(voice, table):
    import tensorflow as tf

    def serving_default(symbols, rate, pitch_scale, seed, temperature):
        factors = {"rate": rate, "pitch_scale": pitch_scale, "temperature": temperature}
        numbers = table.lookup(symbols)
        with tf.control_dependencies(_refusals(symbols, numbers, factors, seed)):
            numbers = tf.identity(numbers)
        hidden, durations = _durations(voice, numbers, rate)
        frames, valid, length = _regulated(hidden, durations)
        pitch, mel = voice.acoustic_model.decode(frames, pitch_scale[:, None], valid)
        lowest, highest = voice.vocoder.preprocessor.value_range
        audio, hop = {}, voice.vocoder.hop_length
        audio["conditioning"] = tf.clip_by_value(mel, lowest, highest)
        if voice.vocoder.pitch_predictor is not None:
            audio["pitch"] = tf.clip_by_value(pitch, 0.0, HIGHEST_PITCH)
            audio["pitch_scale"] = tf.ones_like(rate)
        if voice.voice is not None:
            audio["speaker"] = tf.fill(tf.shape(seed), voice.voice)
        noise = draw_noise(seed, tf.shape(mel)[1] * hop) * temperature[:, None]
        spoken = speak_clips(voice.vocoder, noise, length=length, **audio)
        return {"audio": spoken, "length": length * hop}

    each = {name: tf.TensorSpec((None,), name=name) for name in _FACTORS}
    return tf.function(serving_default).get_concrete_function(
        symbols=tf.TensorSpec((None, None), tf.string, "symbols"),
        seed=tf.TensorSpec((None,), tf.int64, "seed"),
        **each,
    )


_FACTORS = {
    "rate": RATES,
    "pitch_scale": PITCH_SCALES,
    "temperature": TEMPERATURES,
}


def _refusals(symbols, numbers, factors, seed):
    """Checks of a request's shapes and numbers."""
    import tensorflow as tf

    clips, longest = tf.unstack(tf.shape(symbols))
    present = tf.not_equal(symbols, "")
    lengths = tf.reduce_sum(tf.cast(present, tf.int32), axis=1)
    checks = [
        check(
            tf.size(symbols) > 0,
            "`symbols` of shape (batch, symbols) with a sentence and a symbol or more",
            "symbols.shape",
            tf.shape(symbols),
        ),
        check(
            tf.reduce_all(numbers >= 0),
            "symbols of the inventory, empty ones after the end of sentences",
            "symbols",
            tf.boolean_mask(symbols, numbers < 0),
        ),
        check(
            tf.reduce_all(tf.equal(present, tf.sequence_mask(lengths, longest)))
            & tf.reduce_all(lengths > 0),
            "empty symbols after the end of sentences alone",
            "symbols",
            symbols,
        ),
    ]
    for name, value in {**factors, "seed": seed}.items():
        fits = tf.reduce_all(tf.shape(value) == clips)
        text = f"`{name}` of shape (batch,), as `symbols` has batch"
        checks.append(check(fits, text, f"{name}.shape", tf.shape(value)))
    for name, (lowest, highest) in _FACTORS.items():
        value = factors[name]
        fits = tf.reduce_all((value >= lowest) & (value <= highest))
        text = f"each `{name}` from {lowest:g} to {highest:g}"
        checks.append(check(fits, text, name, value))
    return checks


def _durations(voice, numbers, rate):
    """Hidden symbols and their frames, as `keras_pwavenet.text.durations` counts."""
    import tensorflow as tf

    model = voice.acoustic_model
    speaker = tf.fill(tf.shape(numbers)[:1], voice.speaker or 0)
    hidden, found = model.encode(numbers, speaker, training=False)
    needs_none = [False, *(s in PAUSES or s == SPACE for s in model.symbols)]
    present = numbers > 0
    frames = tf.maximum(tf.math.expm1(tf.cast(found, tf.float64)), 0)
    frames = tf.where(present, frames / tf.cast(rate, tf.float64)[:, None], 0)
    ends = tf.round(tf.cumsum(frames, axis=1))
    whole = tf.cast(ends - tf.pad(ends, [[0, 0], [1, 0]])[:, :-1], tf.int32)
    least = tf.cast(present & ~tf.gather(np.array(needs_none), numbers), tf.int32)
    whole = tf.maximum(whole, least)
    last = tf.reduce_sum(tf.cast(present, tf.int32), axis=1) - 1
    silent = tf.cast(tf.reduce_sum(whole, axis=1) == 0, tf.int32)[:, None]
    whole += silent * tf.one_hot(last, tf.shape(numbers)[1], dtype=tf.int32)
    length = tf.reduce_sum(whole, axis=1)
    few = check(
        tf.reduce_max(length) * tf.size(length) <= MOST_FRAMES,
        f"a request of at most {MOST_FRAMES} frames, sentences by their longest",
        "frames",
        length,
    )
    with tf.control_dependencies([few]):
        return hidden, tf.identity(whole)


def _regulated(hidden, durations):
    """The frames that `decode` takes, which of them count, and how many do."""
    import tensorflow as tf

    length = tf.reduce_sum(durations, axis=1)
    ends = tf.cumsum(durations, axis=1)
    frame = tf.range(tf.reduce_max(length))
    frame = tf.broadcast_to(frame, (tf.shape(ends)[0], tf.shape(frame)[0]))
    owner = tf.searchsorted(ends, frame, side="right")
    owner = tf.minimum(owner, tf.shape(ends)[1] - 1)
    begin, long = (
        tf.cast(tf.gather(values, owner, batch_dims=1), tf.float32)
        for values in (ends - durations, durations)
    )
    since = tf.cast(frame, tf.float32) - begin + 0.5
    long = tf.maximum(long, 1.0)
    places = tf.stack([since / long, since / 10, (long - since) / 10], axis=-1)
    assert places.shape[-1] == PLACES
    frames = tf.concat([tf.gather(hidden, owner, batch_dims=1), places], axis=-1)
    valid = tf.sequence_mask(length, dtype=tf.float32)[..., None]
    return frames, valid, length


def _warmup_requests(symbols):
    """One short sentence, and two of different length."""
    requests = []
    for lengths in ([1], [5, 20]):
        clips = len(lengths)
        sentences = np.full((clips, max(lengths)), "", dtype=object)
        for row, length in enumerate(lengths):
            sentences[row, :length] = [
                symbols[place % len(symbols)] for place in range(length)
            ]
        request = {name: np.ones(clips, "float32") for name in _FACTORS}
        request |= {"symbols": sentences, "seed": np.arange(clips, dtype="int64")}
        requests.append(("serving_default", request))
    return requests
