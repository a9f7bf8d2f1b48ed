"""What the backend computes with, in words."""

import os

import keras


def describe_backend() -> str:
    """The backend and its devices, such as "torch, 1 thread" or "jax, 2 devices"."""
    name = keras.backend.backend()
    if name == "torch":
        import torch

        devices, threads = torch.cuda.device_count(), torch.get_num_threads()
    elif name == "tensorflow":
        import tensorflow as tf

        devices = len(tf.config.list_physical_devices("GPU"))
        threads = tf.config.threading.get_intra_op_parallelism_threads()
        threads = threads or int(os.environ.get("TF_NUM_INTRAOP_THREADS", 0))
    else:
        import jax

        devices, threads = sum(d.platform != "cpu" for d in jax.devices()), 0
    if devices:
        return f"{name}, {devices} device{'s' * (devices > 1)}"
    threads = threads or os.cpu_count() or 1
    return f"{name}, {threads} thread{'s' * (threads > 1)}"
