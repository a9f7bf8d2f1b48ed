"""Runs a SavedModel through the session loader, with TensorFlow alone.

    python run_saved_model.py SAVED_MODEL REQUESTS ANSWERS

REQUESTS is an .npz file of arrays named `request/signature/input`; ANSWERS gets the
audio of each request, or the error's message.
"""

import sys

import numpy as np
import tensorflow as tf

folder, source, target = sys.argv[1:]
requests, answers = {}, {}
for key, value in np.load(source).items():
    request, signature, name = key.split("/")
    requests.setdefault((request, signature), {})[name] = value
with tf.compat.v1.Session(graph=tf.Graph()) as session:
    signatures = tf.compat.v1.saved_model.load(session, ["serve"], folder).signature_def
    for (request, signature), inputs in requests.items():
        found = signatures[signature]
        feeds = {found.inputs[name].name: value for name, value in inputs.items()}
        try:
            answers[request] = session.run(found.outputs["audio"].name, feeds)
        except tf.errors.InvalidArgumentError as error:
            answers[request] = np.array(str(error))
assert "keras_pwavenet" not in sys.modules
np.savez(target, **answers)
