"""`python -m keras_pwavenet.cli`."""

from keras_pwavenet.cli import main

main()
