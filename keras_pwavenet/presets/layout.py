"""The names of a preset's files. Without Keras."""

CONFIG = "config.json"
METADATA = "metadata.json"
PREPROCESSOR = "preprocessor.json"
WEIGHTS = "model.weights.h5"
LITERT = "model.tflite"  # for text to speech without Keras
CARD = "README.md"
PRESET_FILES = (CONFIG, METADATA, PREPROCESSOR, WEIGHTS, LITERT, CARD)
HASHED = (CONFIG, PREPROCESSOR, WEIGHTS)
HASHES = "sha256"  # the key of their hashes in the metadata
