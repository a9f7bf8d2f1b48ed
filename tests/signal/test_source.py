import keras
import numpy as np
import pytest

from keras_pwavenet import signal
from keras_pwavenet.signal import source

RATE, HOP = 16000, 160


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def exact_cycles(pitch, hop=HOP, rate=RATE):
    """Phase after each sample in float64, from linear interpolation sample by sample.

    Unvoiced neighbours are taken for the frame itself, as are those beyond the clip.
    """
    pitch = np.asarray(pitch, "float64")
    samples = np.zeros(len(pitch) * hop)
    for frame, own in enumerate(pitch):
        sides = []
        for other in (frame - 1, frame + 1):
            known = 0 <= other < len(pitch) and pitch[other] > 0
            sides.append(pitch[other] if known else None)
        if own == 0:
            known = [side for side in sides if side is not None]
            own = np.mean(known) if known else 0.0
        before, after = (own if side is None else side for side in sides)
        for n in range(hop):
            place = (n + 0.5) / hop - 0.5
            side = before if place < 0 else after
            samples[frame * hop + n] = own + abs(place) * (side - own)
    return np.cumsum(samples) / rate, samples


def difference(cycles, other):
    """Of phases, within half a cycle."""
    apart = np.asarray(cycles, "float64") - other
    return np.abs(apart - np.round(apart)).max()


@pytest.mark.parametrize("pitch", [50.2, 101.3, 237.77, 440.0, 600.0])
def test_pulses_are_the_sum_of_all_harmonics_below_the_edge(pitch):
    found = array(signal.harmonic_source(np.full((1, 30), pitch, "float32"), HOP, RATE))
    cycles = np.arange(1, 30 * HOP + 1) * np.float64(np.float32(pitch)) / RATE
    count = int(0.95 * RATE / 2 / pitch)
    pulses = sum(np.cos(2 * np.pi * k * cycles) for k in range(1, count + 1))
    expected = pulses / np.sqrt(count / 2)
    # A phase within 1e-6 moves the edge of a pulse by 1e-6 times its slope.
    np.testing.assert_allclose(found[0, :, 0], expected, atol=3e-4 * count)
    root = np.sqrt(2.0)
    np.testing.assert_allclose(
        found[0, :, 1], root * np.sin(2 * np.pi * cycles), atol=1e-4
    )
    np.testing.assert_allclose(
        found[0, :, 2], root * np.cos(2 * np.pi * cycles), atol=1e-4
    )


def test_each_part_has_mean_square_one():
    pitch = np.full((1, 500), 123.4, "float32")
    found = array(signal.harmonic_source(pitch, HOP, RATE))[0]
    np.testing.assert_allclose((found**2).mean(axis=0), 1.0, rtol=0.01)


@pytest.mark.parametrize("hop", [160, 75])
def test_phase_and_pitch_follow_linear_interpolation(hop):
    pitch = np.array([[0, 150, 180, 0, 0, 0, 300, 0, 90, 100, 110.0]], "float32")
    cycles, hertz = exact_cycles(pitch[0], hop)
    found = array(signal.harmonic_source(pitch, hop, RATE))[0]
    voicing = array(source.interpolate((pitch > 0).astype("float32"), hop))[0]
    expected = np.sqrt(2.0) * np.sin(2 * np.pi * cycles) * voicing
    np.testing.assert_allclose(found[:, 1], expected, atol=1e-4)
    voiced = np.repeat(pitch[0] > 0, hop)
    followed = array(signal.interpolate_pitch(pitch, hop))[0]
    np.testing.assert_allclose(followed, np.where(voiced, hertz, 0.0), rtol=1e-5)


def test_voicing_fades_from_centre_to_centre():
    voiced = np.array([[0.0, 1.0, 1.0, 0.0]], "float32")
    found = array(source.interpolate(voiced, 4))[0]
    expected = [0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1, 1, 1, 0.875, 0.625, 0.375]
    np.testing.assert_allclose(found, [*expected, 0.125, 0, 0], atol=1e-6)


def test_a_pitch_beyond_all_harmonics_is_finite():
    pitch = np.full((1, 4), 7900.0, "float32")
    found = array(signal.harmonic_source(pitch, HOP, RATE))[0]
    np.testing.assert_allclose(found[:, 0], found[:, 2], atol=1e-2)


def test_silence_where_nothing_is_voiced():
    found = array(signal.harmonic_source(np.zeros((2, 7), "float32"), HOP, RATE))
    np.testing.assert_array_equal(found, np.zeros((2, 7 * HOP, 3), "float32"))


def test_the_phase_does_not_drift_in_an_hour():
    frames = 3600 * RATE // HOP
    random = np.random.default_rng(0)
    pitch = np.full(frames, 173.3, "float32")
    pitch[: frames // 2] = random.uniform(50, 600, frames // 2)
    pitch[: frames // 2 : 7] = 0.0
    found = array(source.frame_phase(pitch[None], HOP, RATE))[0]
    neighbours = array(source.neighbouring_pitch(pitch[None]))[0].astype("float64")
    cycles = neighbours @ np.array([0.125, 0.75, 0.125]) * HOP / RATE
    expected = np.concatenate([[0.0], np.cumsum(cycles)[:-1]])
    assert expected[-1] > 700_000
    assert difference(found, expected) < 1e-3


def test_the_phase_begins_where_it_is_told():
    pitch = np.full((2, 5), 200.0, "float32")
    phase = np.array([0.25, 0.9], "float32")
    found = array(source.frame_phase(pitch, HOP, RATE, phase))
    assert difference(found, 2.0 * np.arange(5) + phase[:, None]) < 1e-6


def test_pieces_go_on_where_the_whole_is():
    pitch = np.random.default_rng(0).uniform(80, 400, (1, 40)).astype("float32")
    whole = array(signal.harmonic_source(pitch, HOP, RATE))
    phases = array(source.frame_phase(pitch, HOP, RATE))
    # A frame of context to each side, whose own neighbours are not known.
    first, start, stop, last = 9, 10, 20, 21
    own = pitch[:, first:last]
    phase = array(source.piece_phase(own, phases[:, first:last], HOP, RATE))
    piece = array(signal.harmonic_source(own, HOP, RATE, phase))
    np.testing.assert_allclose(
        piece[:, HOP:-HOP], whole[:, start * HOP : stop * HOP], atol=0.02
    )
