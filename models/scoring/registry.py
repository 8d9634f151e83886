"""Stored models: skops file, JSON card and sha256 under state/models/<outcome>/<version>/.

Here: writing, finding, verifying and loading. Not here: when to retrain what (`night`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

ALLOWED_TYPES = ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",)
"""The only types beyond skops' own defaults that a model file may hold. Fixed: a file that asks
for another is refused, since loading it would run code that nobody read."""

MODEL_FILE, CARD_FILE = "model.skops", "card.json"


class ModelRefusedError(Exception):
    """A stored model does not match its card, or asks for types that are not allowed."""


@dataclass(frozen=True)
class StoredModel:
    """A model that is on disk, by its card; the file itself is not opened yet."""

    directory: Path
    card: dict[str, Any]

    @property
    def version(self) -> str:
        """The model version."""
        return str(self.card["model_version"])

    @property
    def trained_as_of(self) -> date:
        """The as-of date of the night that trained it."""
        return date.fromisoformat(self.card["trained_as_of_on"])


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def save_model(state_dir: Path, card: dict[str, Any], content: dict[str, Any]) -> StoredModel:
    """Write a model and its card; the directory appears whole or not at all.

    Args:
        state_dir: The home's `state/models`.
        card: JSON values with `outcome`, `model_version`, `trained_as_of_on`; sha256 is added.
        content: What skops stores: the classifier and plain arrays.
    """
    from skops.io import dump

    target = state_dir / card["outcome"] / card["model_version"]
    draft = target.with_name(f".{target.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    dump(content, draft / MODEL_FILE)
    card = {**card, "sha256": _sha256(draft / MODEL_FILE)}
    text = json.dumps(card, indent=1, sort_keys=True, allow_nan=False)
    (draft / CARD_FILE).write_text(text + "\n", encoding="utf-8")
    for name in (MODEL_FILE, CARD_FILE):
        with (draft / name).open("rb") as handle:
            os.fsync(handle.fileno())
    shutil.rmtree(target, ignore_errors=True)
    draft.replace(target)
    return StoredModel(target, card)


def stored_models(state_dir: Path, outcome: str) -> list[StoredModel]:
    """Return the stored models of an outcome, newest as-of first (ties by version)."""
    found = []
    for path in sorted((state_dir / outcome).glob(f"*/{CARD_FILE}")):
        if path.parent.name.startswith("."):
            continue
        try:
            card = json.loads(path.read_text(encoding="utf-8"))
            found.append(StoredModel(path.parent, card))
        except (ValueError, KeyError) as error:
            raise ModelRefusedError(
                f"the card of model {path.parent.name} is not readable"
            ) from error
    return sorted(found, key=lambda model: (model.trained_as_of, model.version), reverse=True)


def find_reusable(
    state_dir: Path, outcome: str, *, as_of: date, reuse_days: int, fingerprint: str
) -> StoredModel | None:
    """Return the newest model that this night may use again, or None.

    It must have been trained at or before as-of (a backfilled night must not know the future),
    less than `reuse_days` before it, and with the same settings and definition.
    """
    for model in stored_models(state_dir, outcome):
        age = (as_of - model.trained_as_of).days
        if 0 <= age < reuse_days and model.card["fingerprint"] == fingerprint:
            return model
    return None


def load_content(model: StoredModel) -> dict[str, Any]:
    """Verify the hash and the types of a stored model, then load it.

    Raises:
        ModelRefusedError: The file is missing, its sha256 is not the card's, or it holds a type
            outside the allow-list.
    """
    from skops.io import get_untrusted_types, loads

    path = model.directory / MODEL_FILE
    if not path.is_file():
        raise ModelRefusedError(f"model {model.version}: the file is missing; run with --retrain")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != model.card.get("sha256"):
        raise ModelRefusedError(
            f"model {model.version}: sha256 differs from its card; restore it or run with --retrain"
        )
    unknown = sorted(set(get_untrusted_types(data=data)) - set(ALLOWED_TYPES))
    if unknown:
        raise ModelRefusedError(
            f"model {model.version}: holds {len(unknown)} types that are not allowed"
        )
    content: dict[str, Any] = loads(data, trusted=list(ALLOWED_TYPES))
    return content
