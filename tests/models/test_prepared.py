"""What is looked at before a model trains, whatever the data come in."""

import keras
import numpy as np
import pytest

from keras_pwavenet.losses import MixtureLogisticNLL


class Clips(keras.utils.PyDataset):
    def __init__(self, inputs, target):
        super().__init__()
        self.batch = inputs, target

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return self.batch


class OneByOne(Clips):
    def __getitem__(self, index):
        return keras.tree.map_structure(lambda one: one[index : index + 1], self.batch)


def as_generator(inputs, target):
    while True:
        yield inputs, target


def as_tf_data(inputs, target):
    tf = pytest.importorskip("tensorflow")
    return tf.data.Dataset.from_tensors((inputs, target)).repeat(2)


def as_data_loader(inputs, target):
    data = pytest.importorskip("torch.utils.data")
    clips = [
        ({name: values[clip] for name, values in inputs.items()}, target[clip])
        for clip in range(len(target))
    ]
    return data.DataLoader(clips * 2, batch_size=len(clips))


@pytest.fixture(params=[Clips, as_generator, as_tf_data, as_data_loader])
def form(request):
    return request.param


def for_how_long(fixture_name, config):
    """On JAX, a `fit` that is refused midway takes the model's weights with it."""
    return "function" if keras.backend.backend() == "jax" else "module"


@pytest.fixture(scope=for_how_long)
def model(small):
    """A compiled model, whatever its weights."""
    model = small.teacher()
    # On TensorFlow, tracing takes longer than a few steps that are run eagerly.
    eager = keras.backend.backend() == "tensorflow"
    optimizer = keras.optimizers.Adam(1e-2)
    model.compile(optimizer, MixtureLogisticNLL(), run_eagerly=eager)
    return model


@pytest.mark.parametrize(
    ("factor", "kind", "message"),
    [
        (32767, "int16", r"`audio` of floats.*; divide 16-bit.*audio\.dtype=.*int16"),
        (32767, "float32", r"`audio` in \[-1, 1\].*with a peak of"),
    ],
)
@pytest.mark.parametrize("call", ["fit", "evaluate"])
def test_a_dataset_of_another_scale_is_refused(
    small, model, form, call, factor, kind, message
):
    inputs = small.inputs("audio")
    audio = (inputs["audio"] * factor).astype(kind)
    data = form({**inputs, "audio": audio}, audio)
    with pytest.raises(ValueError, match=message):
        getattr(model, call)(data, verbose=0)


def test_a_target_of_another_scale_is_refused(small, model, form):
    inputs = small.inputs("audio")
    with pytest.raises(ValueError, match=r"`target` in \[-1, 1\]"):
        model.fit(form(inputs, 32767 * inputs["audio"]), verbose=0)


def test_validation_data_of_another_scale_are_refused(small, model, form):
    inputs = small.inputs("audio")
    loud = {**inputs, "audio": 32767 * inputs["audio"]}
    with pytest.raises(ValueError, match=r"`audio` in \[-1, 1\]"):
        model.fit(
            inputs,
            inputs["audio"],
            validation_data=form(loud, loud["audio"]),
            validation_steps=2,
            verbose=0,
        )


def test_all_of_a_dataset_is_trained_on(small, model, form):
    inputs = small.inputs("audio")
    seen = []
    count = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(batch)
    )
    data = form(inputs, inputs["audio"])
    model.fit(data, steps_per_epoch=2, verbose=0, callbacks=[count])
    assert seen == [0, 1]


def test_all_of_the_validation_is_heard(small, model):
    """Also the first batch, which is looked at before."""
    inputs = small.inputs("audio", batch=4)

    def batches(*clips):
        for clip in clips:
            one = {name: values[clip : clip + 1] for name, values in inputs.items()}
            yield one, one["audio"]

    expected = np.mean([model.evaluate(batches(clip), verbose=0) for clip in range(4)])
    assert model.evaluate(batches(0, 1, 2, 3), verbose=0) == pytest.approx(expected)
    model.optimizer.learning_rate = 0.0
    history = model.fit(
        *(inputs, inputs["audio"]),
        validation_data=batches(0, 1, 2, 3),
        validation_steps=4,
        verbose=0,
    )
    assert history.history["val_loss"] == pytest.approx([expected])


@pytest.mark.parametrize(
    ("form", "call"),
    [
        *((form, "fit") for form in (Clips, as_generator, as_tf_data, as_data_loader)),
        (as_tf_data, "evaluate"),
        (Clips, "predict"),
    ],
)
def test_every_batch_of_a_dataset_is_looked_at(small, model, form, call):
    """Also where the first one is of the right scale."""
    inputs = small.inputs("audio", batch=2)
    loud = inputs["audio"] * np.array([[1.0], [32767.0]], "float32")
    whole = {**inputs, "audio": loud}, inputs["audio"]
    good = keras.tree.map_structure(lambda one: one[:1], whole)
    bad = keras.tree.map_structure(lambda one: one[1:], whole)
    data = form(*good)
    if form is Clips:
        data.__class__ = OneByOne
        data.batch = whole
    elif form is as_generator:
        data = (batch for batch in (good, bad))
    elif form is as_tf_data:
        data = data.concatenate(form(*bad))
    else:
        data = pytest.importorskip("torch.utils.data").DataLoader(
            form(*whole).dataset[:2], batch_size=1
        )
    with pytest.raises(ValueError, match=r"`audio` in \[-1, 1\].*Received: .*peak of"):
        getattr(model, call)(data, verbose=0)


def test_tensors_of_another_scale_are_refused(small, model):
    inputs = small.inputs("audio")
    loud = keras.ops.convert_to_tensor(32767 * inputs["audio"])
    with pytest.raises(ValueError, match=r"`audio` in \[-1, 1\]"):
        model.train_on_batch({**inputs, "audio": loud}, loud)


def test_a_call_with_integers_is_refused(small, model):
    inputs = small.inputs("audio")
    integers = (32767 * inputs["audio"]).astype("int16")
    with pytest.raises(ValueError, match=r"`audio` of floats.*int16"):
        model({**inputs, "audio": integers})


@pytest.mark.parametrize("tensors", [True, False])
def test_a_call_of_another_scale_is_refused(small, model, tensors):
    given = keras.ops.convert_to_tensor if tensors else np.asarray
    inputs = {name: given(array) for name, array in small.inputs("audio").items()}
    for audio in (32767 * inputs["audio"], 1e38 * inputs["audio"]):
        for call in (model, model.predict_on_batch, model.predict):
            with pytest.raises(ValueError, match=r"`audio` in \[-1, 1\]"):
                call({**inputs, "audio": audio})
        model({**inputs, "audio": audio}, training=True)
    audio = keras.ops.convert_to_numpy(inputs["audio"])
    quiet = given(np.round(300 * audio))  # of 16 bits, under the 10 000
    with pytest.raises(ValueError, match=r"`audio` in \[-1, 1\].*a peak of \d+$"):
        model({**inputs, "audio": quiet})
    model({**inputs, "audio": quiet + 0.5})  # as another model may say
    noise = {name: given(array) for name, array in small.inputs("noise").items()}
    student = small.student()
    for name in noise.keys() & {"noise", "conditioning"}:
        with pytest.raises(ValueError, match=rf"`{name}` from -10000 to 10000"):
            student({**noise, name: 3e38 * noise[name]})


@pytest.mark.parametrize("scale", [np.int16(32767), np.float32(32767)])
def test_a_classifier_hears_audio_alone(small, scale):
    model = small.classifier()
    model.compile(keras.optimizers.Adam(), "mse")
    audio = scale * np.ones((1, 4 * small.hop), scale.dtype)
    phones = np.zeros((1, 4), "int32")
    with pytest.raises(ValueError, match="`audio`"):
        model.fit({"audio": audio}, phones, verbose=0)
