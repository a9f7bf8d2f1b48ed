"""Other vocoders, untrained, with their authors' settings.

Runs in the peers' environment, which has torch and OpenVINO but not this package.
"""

import importlib.util
import sys
import types
from unittest import mock

import scipy.signal
import torch
from students import fixed, inputs_of
from work import Work, count_flop, waiting


def _vocos():
    """mel-24khz: 100 mel bands, 8 ConvNeXt blocks, inverse STFT."""
    # The package reads audio through torchaudio, whose builds fit some torch builds
    # only; the model itself needs none of it.
    for name in ("", ".functional", ".functional.functional"):
        sys.modules.setdefault(f"torchaudio{name}", mock.MagicMock())
    if "vocos" not in sys.modules:
        found = importlib.util.find_spec("vocos")
        if found is None:
            raise ImportError("Expected vocos to be installed.")
        package = types.ModuleType("vocos")
        package.__spec__, package.__path__ = found, found.submodule_search_locations
        sys.modules["vocos"] = package
    from vocos.heads import ISTFTHead
    from vocos.models import VocosBackbone

    return torch.nn.Sequential(
        VocosBackbone(100, 512, 1536, 8), ISTFTHead(512, 1024, 256, "center")
    )


def _parallel_wavegan():
    # SciPy moved it in 1.13; the package still asks for it at its old place.
    scipy.signal.kaiser = scipy.signal.windows.kaiser
    import parallel_wavegan.models

    return parallel_wavegan.models


def _hifi_gan(**config):
    """config_v1.json, config_v2.json and config_v3.json of the paper's authors."""
    return _parallel_wavegan().HiFiGANGenerator(**config)


class _MultiBandMelGAN(torch.nn.Module):
    """multi_band_melgan.v2 at 24 kHz; the bands are put together by a PQMF."""

    def __init__(self):
        super().__init__()
        models = _parallel_wavegan()
        self.bands = models.MelGANGenerator(
            out_channels=4, channels=384, upsample_scales=[5, 5, 3], stacks=4
        )
        self.filters = models.PQMF(4)

    def remove_weight_norm(self):
        self.bands.remove_weight_norm()

    def forward(self, mel):
        return self.filters.synthesis(self.bands(mel))


class _ParallelWaveGAN(torch.nn.Module):
    """parallel_wavegan.v1 at 24 kHz, which also takes noise."""

    def __init__(self):
        super().__init__()
        self.generator = _parallel_wavegan().ParallelWaveGANGenerator(
            upsample_params={"upsample_scales": [4, 5, 3, 5]}
        )

    def remove_weight_norm(self):
        self.generator.remove_weight_norm()

    def forward(self, mel):
        noise = torch.randn(
            mel.shape[0], 1, (mel.shape[2] - 4) * 300, device=mel.device
        )
        return self.generator(noise, mel)


# Rate, hop length, mel bands, model.
PEERS = {
    "Vocos": (24_000, 256, 100, _vocos),
    "Multi-band MelGAN": (24_000, 300, 80, _MultiBandMelGAN),
    "HiFi-GAN V1": (22_050, 256, 80, _hifi_gan),
    "HiFi-GAN V2": (22_050, 256, 80, lambda: _hifi_gan(channels=128)),
    "HiFi-GAN V3": (
        22_050,
        256,
        80,
        lambda: _hifi_gan(
            channels=256,
            upsample_scales=(8, 8, 4),
            upsample_kernel_sizes=(16, 16, 8),
            resblock_kernel_sizes=(3, 5, 7),
            resblock_dilations=[(1, 2), (2, 6), (3, 12)],
            use_additional_convs=False,
        ),
    ),
    "Parallel WaveGAN": (24_000, 300, 80, _ParallelWaveGAN),
}


def _ready(peer, seconds, threads, batch, device):
    """The model without weight norm, its input, samples and rate of its audio."""
    torch.set_num_threads(threads)
    rate, hop, bands, make = PEERS[peer]
    model = make().eval().to(device)
    if hasattr(model, "remove_weight_norm"):
        model.remove_weight_norm()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    frames = round(seconds * rate / hop) + 4 * (peer == "Parallel WaveGAN")
    mel = torch.randn(batch, bands, frames, device=device)
    with torch.no_grad():
        samples = model(mel).numel()
    return model, mel, samples, rate


def torch_peer(
    peer: str, seconds: float, threads: int, batch: int = 1, device: str = "cpu"
) -> Work:
    """A peer in torch, as its package has it."""
    model, mel, samples, rate = _ready(peer, seconds, threads, batch, device)

    def run():
        with torch.no_grad():
            model(mel)

    return Work(waiting(run, device), samples, rate, count_flop(run))


def openvino_peer(peer: str, precision: str, seconds: float, threads: int) -> Work:
    """A peer converted to OpenVINO, at a fixed length."""
    import openvino

    model, mel, samples, rate = _ready(peer, seconds, threads, 1, "cpu")
    converted = openvino.convert_model(model, example_input=mel)
    converted.reshape(list(mel.shape))
    run = _compiled(converted, precision, threads, [mel.numpy()])
    return Work(run, samples, rate)


def openvino_student(
    file: str, rate: int, seconds: float, hop: int, precision: str, threads: int
) -> Work:
    """A student's ONNX file in OpenVINO, at a fixed length."""
    import openvino

    model = openvino.Core().read_model(file)
    frames = round(seconds * rate / hop)
    open_shapes = {
        entry.get_any_name(): [
            -1 if size.is_dynamic else size.get_length()
            for size in entry.get_partial_shape()
        ]
        for entry in model.inputs
    }
    shapes = fixed(open_shapes, frames, hop)
    model.reshape({name: list(shape) for name, shape in shapes.items()})
    run = _compiled(model, precision, threads, inputs_of(shapes))
    return Work(run, frames * hop, rate)


def _compiled(model, precision, threads, inputs):
    import openvino

    compiled = openvino.Core().compile_model(
        model,
        "CPU",
        {
            "INFERENCE_PRECISION_HINT": {"float32": "f32", "bfloat16": "bf16"}[
                precision
            ],
            "INFERENCE_NUM_THREADS": threads,
            "PERFORMANCE_HINT": "LATENCY",
        },
    )
    request = compiled.create_infer_request()
    return lambda: request.infer(inputs, share_inputs=True)
