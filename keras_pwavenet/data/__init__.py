"""Corpora, the fixed split, prepared features and batches to train on."""

from keras_pwavenet.lazy import exports

# The layouts of corpora, in the order in which a folder is tried, and whether they need
# a file of transcripts; the modules that read them are named like them.
LAYOUTS = {
    "piper": False,  # also where its folders are called as LJSpeech's
    "ljspeech": False,
    "vctk": False,
    "wanikani": False,
    "folder": False,
    "freeswitch": True,
    "prompts": True,
}

# What the features of a prepared corpus may be.
CONDITIONINGS = ("mel", "linguistic")

__getattr__, __dir__, __all__ = exports(
    __name__,
    {
        "AlignReport": "alignment",
        "CachedClip": "cached_clips",
        "Clip": "clips",
        "FeatureCache": "cache",
        "LinguisticCache": "linguistic",
        "PrepareReport": "preparation",
        "RandomCrops": "crops",
        "Sentence": "sentences",
        "SentenceBatches": "sentence_batches",
        "align": "alignment",
        "as_tf_dataset": "tf_data",
        "cache_of": "linguistic",
        "follow_pitch": "pitch",
        "frame_pitch": "pitch",
        "join": "joining",
        "last_takes": "takes",
        "monotonic_alignment": "monotonic",
        "predict_corpus": "predicted",
        "prepare": "preparation",
        "read_corpus": "corpora",
        "read_sentences": "sentences",
        "refine_corpus": "sentences",
        "segment_corpus": "sentences",
        "segmented": "sentences",
        "split_of": "split",
    },
)
__all__ += ["CONDITIONINGS", "LAYOUTS"]
