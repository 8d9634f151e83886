"""What a night costs. `make bench` prints it; nothing here is part of a run."""
