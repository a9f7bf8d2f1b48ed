"""Times the causal convolution's form against the backend's own, forward and backward.

    python benchmarks/forms.py            # TensorFlow, JAX and torch, one after another
    python benchmarks/forms.py --backends torch --channels 128

Every backend trains a stack of dilated causal convolutions twice: as `CausalConv1D`,
whose taps are concatenated and multiplied in one matrix product, and as
`keras.layers.Conv1D` with `padding="causal"`. The two take turns in one process, with
one compiled gradient step each. Printed are medians in samples a second, their ratio,
and the rate of multiply-adds in GFLOP/s.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

FORMS = ("taps", "conv")


def parse_arguments():
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--backends", nargs="+", default=["tensorflow", "jax", "torch"])
    parser.add_argument("--channels", type=int, default=64)
    parser.add_argument("--layers", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--steps", type=int, default=7680, help="time steps of a clip")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def network(form, arguments, dtype):
    """A stack as the teacher's: kernels of 3, doubled channels, growing dilations."""
    import keras

    from keras_pwavenet.layers import CausalConv1D

    inputs = keras.Input((arguments.steps, arguments.channels), dtype="float32")
    hidden = inputs
    for layer in range(arguments.layers):
        options = {"dilation_rate": 2 ** (layer % 10), "dtype": dtype}
        wide = 2 * arguments.channels
        if form == "taps":
            conv = CausalConv1D(wide, 3, **options)
        else:
            conv = keras.layers.Conv1D(wide, 3, padding="causal", **options)
        hidden = conv(hidden)[..., : arguments.channels]
    return keras.Model(inputs, hidden)


def step_of(model, batch):
    """A function that computes the gradients of one step and waits for them."""
    import keras
    from keras import ops

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        @tf.function
        def gradients(batch):
            with tf.GradientTape() as tape:
                loss = ops.mean(ops.square(ops.cast(model(batch), "float32")))
            return tape.gradient(loss, model.trainable_variables)

        batch = tf.constant(batch)
        return lambda: [gradient.numpy() for gradient in gradients(batch)]
    if backend == "jax":
        import jax

        def loss(trainable, batch):
            outputs, _ = model.stateless_call(trainable, [], batch)
            return ops.mean(ops.square(ops.cast(outputs, "float32")))

        gradients = jax.jit(jax.grad(loss))
        weights = [variable.value for variable in model.trainable_variables]
        batch = jax.numpy.asarray(batch)
        return lambda: jax.block_until_ready(gradients(weights, batch))
    import torch

    batch = torch.as_tensor(batch)

    def run():
        model.zero_grad()
        ops.mean(ops.square(ops.cast(model(batch), "float32"))).backward()

    return run


def measure(arguments):
    """Prints a line for each precision of this process' backend."""
    import keras
    import numpy as np

    if keras.backend.backend() == "torch":
        import torch

        torch.set_num_threads(arguments.threads)
    shape = (arguments.batch_size, arguments.steps, arguments.channels)
    batch = np.random.default_rng(0).normal(size=shape).astype("float32")
    samples = arguments.batch_size * arguments.steps
    operations = 6 * samples * arguments.layers * 3 * 2 * arguments.channels**2
    for dtype in ("float32", "mixed_bfloat16"):
        steps = {
            form: step_of(network(form, arguments, dtype), batch) for form in FORMS
        }
        seconds = {form: [] for form in FORMS}
        for number in range(arguments.rounds + 1):
            for form, step in steps.items():
                begun = time.perf_counter()
                step()
                if number:  # the first compiles
                    seconds[form].append(time.perf_counter() - begun)
        medians = {form: statistics.median(seconds[form]) for form in FORMS}
        speeds = " | ".join(f"{samples / medians[form]:,.0f}" for form in FORMS)
        rates = " | ".join(f"{operations / medians[form] / 1e9:.0f}" for form in FORMS)
        ratio = medians["conv"] / medians["taps"]
        name = keras.backend.backend()
        print(f"| {name} | {dtype} | {speeds} | {ratio:.1f} | {rates} |", flush=True)


def main():
    """Measures the backends, each in a process of its own."""
    arguments = parse_arguments()
    if arguments.one:
        measure(arguments)
        return
    print("| backend | dtype | taps, samples/s | conv | taps / conv | GFLOP/s | conv |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for backend in arguments.backends:
        threads = str(arguments.threads)
        environment = {
            **os.environ,
            "KERAS_BACKEND": backend,
            "OMP_NUM_THREADS": threads,
            "TF_NUM_INTRAOP_THREADS": threads,
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        command = [sys.executable, __file__, *sys.argv[1:], "--one"]
        subprocess.run(command, env=environment, check=True, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
