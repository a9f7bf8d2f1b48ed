"""New models of the sizes that are trained here, for a corpus."""

from typing import Any

from keras_pwavenet.data import FeatureCache
from keras_pwavenet.models import ParallelWaveNet, WaveNet
from keras_pwavenet.presets.limits import check_settings
from keras_pwavenet.training.pitch import pitch_predictor


def new_teacher(
    cache: FeatureCache,
    *,
    channels: int = 64,
    layers: int = 20,
    cycles: int = 2,
    kernel_size: int = 2,
    order: int | None = None,
    pitch: str = "auto",
    **options: Any,
) -> WaveNet:
    """Makes a teacher that hears a corpus' features.

    Args:
        cache: The prepared corpus.
        channels: Width of the network.
        layers: Its depth.
        cycles: Dilation cycles.
        kernel_size: Taps of its convolutions.
        order: Taps of linear prediction, 0 for none; None for what the rate wants,
            or none where there is no mel.
        pitch: The pitch predictor, as `pitch_predictor` takes it.
        **options: More arguments of `WaveNet`, such as `num_speakers`.

    Returns:
        The model, not compiled.

    Raises:
        ValueError: If the sizes make no model, or one that no preset may hold, or no
            predictor hears the features.
    """
    sizes = {"num_layers": layers, "num_cycles": cycles, "kernel_size": kernel_size}
    sizes |= {"residual_channels": channels, "skip_channels": channels}
    sizes["predictor_order"] = order
    check_settings(WaveNet, sizes, "a new model")
    return WaveNet(
        **sizes,
        preprocessor=cache.preprocessor,
        pitch_predictor=pitch_predictor(cache.preprocessor, pitch),
        **options,
    )


def new_student(
    cache: FeatureCache,
    *,
    channels: int = 64,
    block_size: int = 16,
    flows: int = 3,
    layers: int = 6,
    kernel_size: int = 2,
    order: int | None = None,
    pitch: str = "auto",
    **options: Any,
) -> ParallelWaveNet:
    """Makes a student that hears a corpus' features.

    Args:
        cache: The prepared corpus.
        channels: Width of the networks.
        block_size: Samples that they make together.
        flows: How many networks.
        layers: Depth of each.
        kernel_size: Taps of their convolutions.
        order: Taps of linear prediction, 0 for none; None for what the rate wants,
            or none where there is no mel.
        pitch: The pitch predictor, as `pitch_predictor` takes it.
        **options: More arguments of `ParallelWaveNet`, such as `num_speakers`.

    Returns:
        The model, not compiled.

    Raises:
        ValueError: If the sizes make no model, or one that no preset may hold, or no
            predictor hears the features.
    """
    sizes = {"flow_layers": [layers] * flows, "layers_per_cycle": layers}
    sizes |= {"residual_channels": channels, "kernel_size": kernel_size}
    sizes |= {"block_size": block_size, "predictor_order": order}
    check_settings(ParallelWaveNet, sizes, "a new model")
    return ParallelWaveNet(
        **sizes,
        preprocessor=cache.preprocessor,
        pitch_predictor=pitch_predictor(cache.preprocessor, pitch),
        **options,
    )
