"""The machine's matrix-product rate, which the models' rates are set against."""

import torch
from work import Work, waiting

# A square product, and a layer of a student: taps by kernel.
SHAPES = {"square": (2048, 2048, 2048), "layer": (12_000, 192, 128)}


def product(shape: str, precision: str, threads: int, device: str = "cpu") -> Work:
    """A matrix product in torch, in "float32" or "bfloat16"."""
    torch.set_num_threads(threads)
    rows, inner, columns = SHAPES[shape]
    dtype = getattr(torch, precision)
    left = torch.randn(rows, inner, device=device).to(dtype)
    right = torch.randn(inner, columns, device=device).to(dtype)
    outputs = torch.empty(rows, columns, dtype=dtype, device=device)
    run = waiting(lambda: torch.matmul(left, right, out=outputs), device)
    return Work(run, flop=2.0 * rows * inner * columns)
