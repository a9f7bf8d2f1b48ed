"""`python -m keras_pwavenet.presets`: writes the index of the built-in presets anew."""

from keras_pwavenet.presets.registry import builtin_presets, write_index

if __name__ == "__main__":
    path = write_index()
    print(f"{path}: {', '.join(builtin_presets()) or 'no preset'}")
