import keras
import pytest

from keras_pwavenet import losses

NAMES = {
    name: getattr(losses, kind) for name, (_, kind, _) in losses.DISTILLATION.items()
}


class Ears:
    """What the perceptual loss wants of a classifier."""

    def features(self, audio):
        return [audio]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_makes_the_loss_that_has_it(name):
    ears = Ears()
    loss = losses.get(name, block_size=4, classifier=ears)
    assert type(loss) is NAMES[name] and loss.name == name
    assert vars(loss).get("block_size", 4) == 4
    assert vars(loss).get("classifier", ears) is ears


def test_each_loss_states_what_it_compares():
    stated = {name: kind.compares for name, kind in NAMES.items()}
    own = {"kl": "teacher", "contrastive": "other_teacher"}
    assert stated == dict.fromkeys(NAMES, "audio") | own


def test_an_instance_is_given_back():
    loss = keras.losses.MeanSquaredError()
    assert losses.get(loss, block_size=4) is loss


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        ("KL", "Did you mean 'kl'.*Received: loss='KL'"),
        ("sfft", "Did you mean 'stft'.*contrastive, kl, .*power, stft, tone"),
        # trains teachers: states nothing
        ("mixture_logistic_nll", r"^Expected one of [^?]*loss='mixture_log"),
        (None, r"^Expected one of [^?]*loss=None"),
        ("perceptual", "Expected a `classifier`.*'perceptual'.*classifier=None"),
    ],
)
def test_refuses_what_names_no_loss(loss, message):
    with pytest.raises(ValueError, match=message):
        losses.get(loss, classifier=None)


def test_terms_are_names_with_weights():
    found, weights = losses.from_terms(["tone=1e2", "kl", "stft=0"], block_size=16)
    assert [loss.name for loss in found] == ["tone", "kl", "stft"]
    assert found[0].block_size == 16
    assert weights == [100.0, 1.0, 0.0]


@pytest.mark.parametrize("term", ["stft=", "stft=ten", "stft=1=2"])
def test_refuses_a_weight_that_is_no_number(term):
    with pytest.raises(ValueError, match=f"NAME=WEIGHT. Received: {term}"):
        losses.from_terms([term])
