"""SavedModel for TensorFlow Serving."""

import functools
import numbers
import os
from pathlib import Path

import keras
import numpy as np

from keras_pwavenet.export.requests import checked_request
from keras_pwavenet.export.student import disk_errors, exportable
from keras_pwavenet.export.warmup import write_warmup
from keras_pwavenet.files import home_path, new_folder
from keras_pwavenet.logistic import sample_logistic
from keras_pwavenet.models import ParallelWaveNet
from keras_pwavenet.signal import frame_phase, piece_phase

# Blocks of samples, over all clips, that the flows handle at once: longer requests are
# spoken in pieces, in bounded memory.
_BLOCKS = 2**15


def export_saved_model(
    model: ParallelWaveNet | str | os.PathLike,
    path: str | os.PathLike,
    version: int = 1,
) -> Path:
    """Writes a student as a SavedModel for TensorFlow Serving, whole or not at all.

    Signature `serving_default`, for any batch and frames of up to 16 384 together:

    - `conditioning` `(batch, frames, conditioning_channels)`, float32;
    - `length` `(batch,)`, int32: frames of each clip. What lies after them is padding,
      of any value, and changes nothing;
    - `seed` `(batch,)`, int64: each clip is spoken as `generate` speaks it alone with
      this seed on the TensorFlow backend;
    - `temperature` `(batch,)`, float32: factor on each clip's noise, usually 1;
    - `speaker` `(batch,)`, int32, if the model has several;
    - `pitch` `(batch, frames)`, float32, if the model has a pitch predictor: in Hz, 0
      where there is none and negative, usually -1, where the model is to predict it;
    - `pitch_scale` `(batch,)`, float32, with it: factor on the pitch, usually 1.

    Signature `from_noise` takes `noise` `(batch, frames * hop_length)`, drawn from
    Logistic(0, 1), float32, in place of `seed` and `temperature`.

    Both give `audio` `(batch, longest length * hop_length)`, float32 in [-1, 1], zero
    after a clip's end. A request that does not fit fails with a message that says what
    was expected, as does one of more frames. Long requests are spoken piece by piece,
    in bounded memory. A few warm-up requests are written too.

    Args:
        model: The student, or its preset's name, folder or address.
        path: The model's folder, which holds its versions.
        version: The version's number; `path/version` must not exist.

    Returns:
        `path/version`.

    Raises:
        RuntimeError: If Keras does not run on TensorFlow.
        ValueError: If the model is no `ParallelWaveNet` or the version no positive
            integer.
        FileExistsError: If the version exists.
        OSError: If it cannot be written, as on a full disk; names the path.
    """
    model = exportable(model)
    target = new_version(path, version)
    import tensorflow as tf

    module = tf.Module()
    module.weights = [weight.value for weight in model.weights]
    return write_saved_model(
        target, module, _signatures(model), _warmup_requests(model)
    )


def new_version(path: str | os.PathLike, version: int) -> Path:
    """The folder of a version that does not exist yet.

    Raises:
        ValueError: If the version is no positive integer.
        FileExistsError: If it exists.
    """
    if not isinstance(version, numbers.Integral) or version < 1:
        raise ValueError(
            f"Expected `version` to be a positive integer. Received: version={version}"
        )
    target = home_path(path) / str(version)
    if target.exists():
        raise FileExistsError(
            "Expected a version that does not exist yet: a server may have it in use. "
            f"Received: path='{path}', version={version}"
        )
    return target


def write_saved_model(target: Path, module, signatures: dict, requests: list) -> Path:
    """Writes a module's signatures and warm-up requests, whole or not at all.

    Returns:
        `target`.

    Raises:
        OSError: If it cannot be written, as on a full disk; names the path.
    """
    import tensorflow as tf

    with new_folder(target) as folder, disk_errors(target):
        tf.saved_model.save(module, str(folder), signatures=signatures)
        write_warmup(folder, requests)
    return target


def _signatures(model):
    import tensorflow as tf

    shared = {
        "conditioning": ((None, None, model.conditioning_channels), "float32"),
        "length": ((None,), "int32"),
    }
    if model.num_speakers:
        shared["speaker"] = ((None,), "int32")
    if model.pitch_predictor is not None:
        shared["pitch"] = ((None, None), "float32")
        shared["pitch_scale"] = ((None,), "float32")
    drawn = {"seed": ((None,), "int64"), "temperature": ((None,), "float32")}
    given = {"noise": ((None, None), "float32")}

    # One graph for both signatures.
    speak = tf.function(functools.partial(speak_clips, model))

    def serving_default(**inputs):
        inputs = checked_request(model, inputs)
        samples = tf.shape(inputs["conditioning"])[1] * model.hop_length
        noise = draw_noise(inputs.pop("seed"), samples)
        noise = inputs.pop("temperature")[:, None] * noise
        return {"audio": speak(noise=noise, **inputs)}

    def from_noise(**inputs):
        return {"audio": speak(**checked_request(model, inputs))}

    def traced(function, inputs):
        specs = {name: tf.TensorSpec(*spec, name) for name, spec in inputs.items()}
        return tf.function(function).get_concrete_function(**specs)

    return {
        "serving_default": traced(serving_default, shared | drawn),
        "from_noise": traced(from_noise, shared | given),
    }


class _Seed(keras.random.SeedGenerator):
    """Hands out a tensor as seed, which `keras.random` does not take itself."""

    def __init__(self, seed):
        self.seed = seed

    def next(self, ordered=True):
        return self.seed


def draw_noise(seeds, samples):
    """Noise `(batch, samples)`: for each seed what `generate` draws for one clip.

    Draws of one seed begin alike, however many samples are drawn.
    """
    import tensorflow as tf

    def one(seed):
        return sample_logistic((samples,), _Seed(tf.stack([seed, 0])))

    return tf.map_fn(one, seeds, fn_output_signature=tf.float32)


def speak_clips(model, noise, conditioning, length, speaker=None, pitch=None, **scale):
    """The audio of a checked request, in pieces that overlap by all they depend on."""
    import tensorflow as tf

    hop = model.hop_length
    before, after = model.context
    clips, frames, _ = tf.unstack(tf.shape(conditioning))
    piece = _BLOCKS * model.block_size // (clips * hop)
    piece = tf.maximum(piece, 2 * (before + after))
    if pitch is not None:
        pitch = _followed_pitch(model, conditioning, length, piece, pitch, **scale)
        rate = model.preprocessor.sample_rate
        phases = frame_phase(pitch, hop, rate)

    def speak_piece(start, stop):
        first, last = tf.maximum(start - before, 0), tf.minimum(stop + after, frames)
        present = tf.sequence_mask(length - first, last - first)
        heard = model.hear(conditioning[:, first:last], present)
        source = None
        if pitch is not None:
            own = pitch[:, first:last]
            phase = piece_phase(own, phases[:, first:last], hop, rate)
            source = model.source(own, phase)
        audio = noise[:, first * hop : last * hop]
        audio, _ = model.speak(audio, heard, speaker, source)
        return audio[:, (start - first) * hop : (stop - first) * hop]

    audio = tf.clip_by_value(_in_pieces(speak_piece, frames, piece), -1.0, 1.0)
    own = tf.sequence_mask(length * hop, frames * hop)
    return tf.where(own, audio, 0.0)


def _followed_pitch(model, conditioning, length, piece, pitch, pitch_scale):
    """The pitch of each clip, which stays what it is at the end in the padding.

    There it has the same effect on the clip as the clip's end has.
    """
    import tensorflow as tf

    before, after = model.pitch_predictor.context
    frames = tf.shape(conditioning)[1]

    def follow_piece(start, stop):
        first, last = tf.maximum(start - before, 0), tf.minimum(stop + after, frames)
        found = model.follow(
            conditioning[:, first:last],
            pitch[:, first:last],
            pitch_scale,
            tf.sequence_mask(length - first, last - first),
        )
        return found[:, start - first : stop - first]

    found = _in_pieces(follow_piece, frames, piece)
    own = tf.minimum(tf.range(frames)[None], length[:, None] - 1)
    return tf.gather(found, own, axis=1, batch_dims=1)


def _in_pieces(function, frames, piece):
    """Joins what a function of first and last frame gives, piece by piece.

    Args:
        function: Gives `(batch, values of these frames)` for `start` and `stop`.
        frames: How many there are.
        piece: Frames at once.

    Returns:
        `(batch, values of all frames)`.
    """
    import tensorflow as tf

    def one(number, start, found):
        stop = tf.minimum(start + piece, frames)
        found = found.write(number, tf.transpose(function(start, stop)))
        return number + 1, stop, found

    found = tf.TensorArray("float32", 0, dynamic_size=True, infer_shape=False)
    _, _, found = tf.while_loop(
        lambda number, start, found: start < frames,
        one,
        (0, 0, found),
        parallel_iterations=1,
    )
    return tf.ensure_shape(tf.transpose(found.concat()), (None, None))


def _warmup_requests(model):
    """One short clip, and two of different length, for each signature."""
    requests = []
    for lengths in ([1], [20, 50]):
        clips, frames = len(lengths), max(lengths)
        shape = (clips, frames, model.conditioning_channels)
        inputs = {
            "conditioning": np.zeros(shape, "float32"),
            "length": np.array(lengths, "int32"),
        }
        if model.num_speakers:
            inputs["speaker"] = np.zeros(clips, "int32")
        if model.pitch_predictor is not None:
            inputs["pitch"] = np.full((clips, frames), -1.0, "float32")
            inputs["pitch_scale"] = np.ones(clips, "float32")
        drawn = {
            "seed": np.arange(clips, dtype="int64"),
            "temperature": np.ones(clips, "float32"),
        }
        noise = np.zeros((clips, frames * model.hop_length), "float32")
        requests += [
            ("serving_default", {**inputs, **drawn}),
            ("from_noise", {**inputs, "noise": noise}),
        ]
    return requests
