"""Mean opinion scores by models of listeners, each with a package of its own."""

import contextlib
import functools
import importlib
import io
import sys
import types
from collections.abc import Sequence
from typing import Any

import numpy as np

RATE = 16000


def import_without(module: str, unused: Sequence[str] = ()) -> types.ModuleType:
    """Imports a module that itself imports others which are never called here.

    Args:
        module: Name of the module.
        unused: Names of the others; empty modules stand in for them meanwhile.

    Raises:
        ImportError: If the module is missing.
    """
    absent = [name for name in unused if name not in sys.modules]
    sys.modules.update((name, types.ModuleType(name)) for name in absent)
    try:
        return importlib.import_module(module)
    finally:
        for name in absent:
            del sys.modules[name]


def plcmos(audio: np.ndarray) -> float:
    """PLCMOS v2, which listens for gaps and bursts (package speechmos).

    Args:
        audio: Waveform (samples,) at 16 kHz.

    Returns:
        1 to 5, the mean over 15 listeners; the same listeners for every waveform.
    """
    import speechmos.plcmos

    state = np.random.get_state()
    np.random.seed(0)  # its listeners are drawn at random
    try:
        opinion = speechmos.plcmos.run(np.clip(audio, -1, 1), RATE)
    finally:
        np.random.set_state(state)
    return float(opinion["plcmos"])


def distillmos(audio: np.ndarray) -> float:
    """DistillMOS v7 (package distillmos; it runs without its torchaudio).

    Args:
        audio: Waveform (samples,) at 16 kHz.

    Returns:
        About 1 to 5.
    """
    import torch

    with torch.inference_mode():
        wave = torch.as_tensor(np.asarray(audio, "float32"))[None]
        return float(_distillmos()(wave))


@functools.cache
def _distillmos() -> Any:
    package = import_without("distillmos", ("torchaudio",))
    with contextlib.redirect_stdout(io.StringIO()):  # it prints where its weights are
        return package.ConvTransformerSQAModel().eval()


def visqol(recording: np.ndarray, audio: np.ndarray) -> float | None:
    """ViSQOL's speech mode with the polynomial mapping (package visqol-python).

    Args:
        recording: Waveform (samples,) at 16 kHz.
        audio: Its resynthesis, of the same length.

    Returns:
        1 to 5; None where it finds no speech to compare or the clip is too short.
    """
    try:
        with np.errstate(invalid="ignore"):
            result = _visqol().measure_from_arrays(
                np.asarray(recording, "float64"), np.asarray(audio, "float64"), RATE
            )
    except (IndexError, ValueError):
        return None
    return float(result.moslqo)


@functools.cache
def _visqol() -> Any:
    from visqol import VisqolApi

    api = VisqolApi()
    api.create(mode="speech", use_lattice_model=False)
    return api
