"""Companies to try the pipeline on: a made one with its generator, and files for real data sets."""
