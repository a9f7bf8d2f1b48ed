"""One step of a stream, as pure functions of its state, which exports trace too."""

from keras import ops

from keras_pwavenet.signal import Past, harmonic_source_onward


def stream_context(voice, predicts: bool = True) -> tuple[int, int]:
    """Frames before and after a frame that a stream must have heard to speak it.

    Args:
        voice: The `ParallelWaveNet`.
        predicts: Whether its pitch predictor is to be heard, if it has one.

    Returns:
        The frames that a state keeps of those spoken, and the look-ahead, at least one
        frame.
    """
    around = max(1, voice.upsampler.reach)
    if voice.source is None or not predicts:
        return around, around
    heard, _ = voice.pitch_predictor.context
    # The pitch is interpolated, so that it must be known one frame ahead.
    return max(around, heard), max(around, heard + 1)


def stream_start(voice, inputs: dict, predicts: bool = True, company: int = 0) -> dict:
    """The state of a stream that has heard its look-ahead and spoken nothing.

    Args:
        voice: The `ParallelWaveNet`.
        inputs: A dict of `conditioning` `(batch, ahead, channels)`, the first frames of
            each clip, with the `ahead` of `stream_context`; `present` `(batch, ahead)`
            booleans, which of them are not yet after the clip's end; and with a pitch
            predictor `pitch` `(batch, ahead)` in Hz, negative where it is to be
            predicted, and `pitch_scale` `(batch,)`.
        predicts: As for `stream_context`.
        company: As for `stream_hear`.

    Returns:
        A dict of `conditioning` and `present`, the last frames that were heard; `past`,
        a list of what the flows and the filter keep; and with a pitch predictor
        `asked`, the pitch of frames that is not settled yet, `pitch` `(batch, 2)`, that
        of the frames before and at the next one to be spoken, and `turned` `(batch,)`,
        its phase in units of 2^-32 cycles, int32.
    """
    before, _ = stream_context(voice, predicts)
    heard, present = inputs["conditioning"], inputs["present"]
    state = {
        "conditioning": ops.pad(heard, [[0, 0], [before, 0], [0, 0]]),
        "present": ops.pad(present, [[0, 0], [before, 0]]),
    }
    first = heard[:, :1]
    source = None
    if voice.source is not None:
        pitch = inputs["pitch"]
        state["asked"] = pitch[:, 1:]
        found = pitch[:, :1]
        if predicts:
            around, _ = voice.pitch_predictor.context
            part = slice(around + 1)
            predicted = voice.pitch_predictor.pitch(
                _in_company(heard[:, part], company),
                _in_company(present[:, part], company),
            )
            found = ops.where(found < 0, predicted[:, :1], found)
        found = found * inputs["pitch_scale"][:, None]
        state["pitch"] = ops.concatenate([found, found], axis=1)
        state["turned"] = ops.zeros_like(found[:, 0], dtype="int32")
        source = voice.source(found, ops.zeros_like(found[:, 0]))
    # Nothing was before the first frame: all that it would leave, but zero.
    past = Past()
    noise = ops.repeat(ops.zeros_like(first[..., 0]), voice.hop_length, axis=1)
    speaker = None
    if voice.num_speakers:
        speaker = ops.zeros_like(first[:, 0, 0], dtype="int32")
    voice.speak(noise, voice.hear(first), speaker, source, past)
    state["past"] = [ops.zeros_like(kept) for kept in past.kept]
    return state


def stream_step(voice, state: dict, inputs: dict, predicts: bool = True):
    """Hears some frames more and speaks as many that the look-ahead lets it.

    Args:
        voice: The `ParallelWaveNet`.
        state: What `stream_start` or the step before gave.
        inputs: As for `stream_start`, of one frame or more; with them `noise`
            `(batch, frames * hop_length)`, that of the samples to be spoken, and with
            several speakers `speaker` `(batch,)`. What is heard after the clip's end
            matters as little as what is spoken after it.
        predicts: As for `stream_context`.

    Returns:
        The next state, and audio `(batch, frames * hop_length)` in [-1, 1].
    """
    heard, kept = stream_hear(voice, state, inputs, predicts)
    audio, spoken = stream_speak(voice, state, inputs, heard)
    return {**kept, **spoken}, audio


def stream_hear(
    voice, state: dict, inputs: dict, predicts: bool = True, company: int = 0
):
    """The first half of a step, at the rate of frames.

    Args:
        voice: The `ParallelWaveNet`.
        state: As for `stream_step`.
        inputs: As for `stream_step`.
        predicts: As for `stream_context`.
        company: Empty frames to hear behind those that came, so that sums are those of
            many frames, to the last digit. They cost their time.

    Returns:
        What `voice.hear` gives for the frames to be spoken, and with a pitch predictor
        `pitch` `(batch, frames + 2)`, theirs between that of the frames before and
        after; and of the next state `conditioning`, `present`, `asked` and `pitch`.
    """
    before, ahead = stream_context(voice, predicts)
    frames = ops.shape(inputs["conditioning"])[1]
    heard = ops.concatenate([state["conditioning"], inputs["conditioning"]], axis=1)
    present = ops.concatenate([state["present"], inputs["present"]], axis=1)
    kept = slice(-(before + ahead), None)
    following = {"conditioning": heard[:, kept], "present": present[:, kept]}

    def near(first, last):
        """From so many frames before the first to be spoken, to as many after it."""
        return slice(before - first, before + last)

    reach = voice.upsampler.reach
    part = near(reach, frames + reach)
    local = voice.upsampler(heard[:, part], present[:, part])
    rate = voice.upsampler.rate
    found = {"local": local[:, reach * rate : (reach + frames) * rate]}
    if voice.envelope is not None:
        part = heard[:, near(before, frames)]
        taps, log_gain = voice.envelope(_in_company(part, company))
        part = slice(before, before + frames)
        found["taps"], found["log_gain"] = taps[:, part], log_gain[:, part]
    if voice.source is not None:
        asked = ops.concatenate([state["asked"], inputs["pitch"]], axis=1)
        following["asked"] = asked[:, frames:]
        pitch = asked[:, :frames]
        if predicts:
            around, _ = voice.pitch_predictor.context
            part = near(around - 1, frames + 1 + around)
            predicted = voice.pitch_predictor.pitch(
                _in_company(heard[:, part], company),
                _in_company(present[:, part], company),
            )
            predicted = predicted[:, around : around + frames]
            pitch = ops.where(pitch < 0, predicted, pitch)
        pitch = pitch * inputs["pitch_scale"][:, None]
        known = ops.concatenate([state["pitch"], pitch], axis=1)
        # After the clip's last frame it stays what it is.
        own = present[:, near(-1, frames + 1)]
        pitch = ops.where(own, pitch, known[:, 1:-1])
        found["pitch"] = ops.concatenate([state["pitch"], pitch], axis=1)
        following["pitch"] = found["pitch"][:, -2:]
    return found, following


def stream_speak(voice, state: dict, inputs: dict, heard: dict):
    """The second half of a step, at the rate of samples.

    Args:
        voice: The `ParallelWaveNet`.
        state: As for `stream_step`.
        inputs: As for `stream_step`.
        heard: What `stream_hear` gave.

    Returns:
        Audio `(batch, frames * hop_length)` in [-1, 1]; and of the next state `past`
        and `turned`.
    """
    source, following = None, {}
    if voice.source is not None:
        source, following["turned"] = harmonic_source_onward(
            heard["pitch"],
            state["turned"],
            voice.hop_length,
            voice.preprocessor.sample_rate,
        )
    past = Past(state["past"])
    audio, _ = voice.speak(inputs["noise"], heard, inputs.get("speaker"), source, past)
    following["past"] = past.kept
    return ops.clip(audio, -1.0, 1.0), following


def _in_company(frames, company):
    """Frames, and so many after them that products of few rows do not come about.

    Those are summed in another order, and what is said of steep spectra, and of a
    phase that is the sum of all pitch, hangs on the last digits.
    """
    rest = [[0, 0]] * (len(frames.shape) - 2)
    return ops.pad(frames, [[0, 0], [0, company], *rest])
