"""A fitted model as plain content for the registry, and back.

Here: packing and unpacking. Not here: files, hashes and the allow-list (`registry`).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.scoring.calibrate import Calibrator
from models.scoring.dataset import Encoder
from models.scoring.model import Model
from models.scoring.registry import StoredModel, load_content, save_model


def store(state_dir: Path, model: Model) -> StoredModel:
    """Write a model to the registry."""
    offers = sorted(model.calibrators)
    content = {
        "classifier": model.classifier,
        "calibrators": [
            {
                "offer": offer,
                "kind": model.calibrators[offer].kind,
                "x": model.calibrators[offer].x,
                "y": model.calibrators[offer].y,
            }
            for offer in offers
        ],
    }
    return save_model(state_dir, model.card, content)


def restore(stored: StoredModel) -> Model:
    """Load a model from the registry.

    Raises:
        ModelRefusedError: See `registry.load_content`.
    """
    content = load_content(stored)
    card = stored.card
    calibrators = {
        item["offer"]: Calibrator(item["kind"], np.asarray(item["x"]), np.asarray(item["y"]))
        for item in content["calibrators"]
    }
    levels = {name: tuple(values) for name, values in card["levels"].items()}
    return Model(content["classifier"], Encoder(levels), tuple(card["features"]), calibrators, card)
