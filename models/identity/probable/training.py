"""The model of a company's own data: Splink's unsupervised training, and its file.

Belongs here: training without labels, what keeps it sane, reading and writing the model. Does not:
comparisons (comparisons.py) or what a night does with the weights (scoring.py).

Source of method: Fellegi and Sunter 1969; u from random pairs and m by expectation maximisation
over blocked pairs, as Splink does (Linacre et al. 2022). A level that training never met, or gave a
share that no data has, gets what is usual. The model is trained where there is none or where the
company's records say other things than those it was trained on, not every night.
"""

from __future__ import annotations

import json
import logging
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.identity.arrays.sql import one_number
from models.identity.probable.comparisons import COLUMNS, COMPARISONS
from models.identity.probable.levels import Comparison, columns_read, unknown_sql
from models.identity.records.forms import install_letters
from models.identity.records.standard import make_wide

if TYPE_CHECKING:
    import duckdb

FORMAT = 6
FILE = "model.json"
#: Below this many records there is nothing to learn from: the usual shares hold.
FEWEST_RECORDS = 500
#: A share of records that say something by which any is compared.
ENOUGH_SAY = 0.01
#: Of so many times the records that it learnt from a model says little: a company that started with
#: a hundred, with the prior and the names of a hundred.
OUTGROWN = 4
#: Pairs for u, and for each round of expectation maximisation.
RANDOM_PAIRS, BLOCKED_PAIRS = 4e5, 2e5
SEED = 1
#: So many records teach as much as any more.
ENOUGH_RECORDS = 250_000
#: Pairs within these are mostly one person; each round trains what it does not block on.
ROUNDS = (
    ("given", "family"), ("born", "area"), ("born", "family"), ("mailbox",), ("phone",),
    ("street", "area"), ("born",), ("street",),
)  # fmt: skip
#: So many are done where they can be, and others for what these do not train.
ENOUGH_ROUNDS = 3
#: A share of records that must have what a round blocks on.
FEWEST_FILLED = 0.1
RAREST = 1e-6


@dataclass
class Model:
    """What is known of each level: m among pairs of one person, u among pairs of two.

    ``namesakes``: how much more often two people have both names in common than if given and family
    names went together by chance, in bits.
    ``home_odds``: of a pair of one home and family name, ``other_odds``: of one home and two family
    names (None: as of one), that it is one person, in bits.
    ``slips``: shares of the areas of one person that are written otherwise beside one street.
    ``loose``: the largest blocks of the loose rules, set when there were ``loose_of`` records.
    """

    columns: list[str]
    n_records: int
    shares: dict[str, dict[str, tuple[float, float]]]
    links_per_record: float = 0.5
    home_odds: float = 0.0
    other_odds: float | None = None
    has_homes: bool = True
    enough: float = 5.0
    namesakes: float = 0.0
    slips: dict[str, float] = field(default_factory=dict)
    loose: dict[str, int] = field(default_factory=dict)
    loose_of: int = 0
    splink: dict[str, Any] = field(default_factory=dict)

    @property
    def has_only_names(self) -> bool:
        """Whether records say names, and no more than a town beside them."""
        return not {"born", "national", "phone", "mailbox", "street"} & set(self.columns)

    def of(self, comparison: Comparison, level: str) -> tuple[float, float]:
        """Give m and u of a comparison's level."""
        return self.shares[comparison.name][level]


def filled(con: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """Give each comparison's share of records in ``std`` that say something for it."""
    names = [c.name for c in COMPARISONS]
    parts = ", ".join(
        f"coalesce(count({f'{c.form}_no' if c.form else c.name}) / count(*), 0)::double"
        for c in COMPARISONS
    )
    row = con.execute(f"select {parts} from std").fetchone() or ()
    return dict(zip(names, map(float, row), strict=True))


def columns_of(con: duckdb.DuckDBPyConnection, model: Model | None = None) -> list[str]:
    """Give the names of the comparisons that the records say something for.

    Args:
        con: A connection that has ``std``.
        model: The model that is to compare them, where there is one (:func:`told_columns`).
    """
    return told_columns(filled(con), model)


def told_columns(share: dict[str, float], model: Model | None) -> list[str]:
    """Give the comparisons that enough records say something for.

    A model keeps what it compares until half as many say it, and takes in what half as many again
    do: a record more or less makes no other model.
    """
    known = set() if model is None else set(model.columns)
    new = ENOUGH_SAY if model is None else 1.5 * ENOUGH_SAY
    return [n for n, s in share.items() if s >= (ENOUGH_SAY / 2 if n in known else new)]


def read_model(directory: Path) -> Model | None:
    """Read the model of a state directory, None where there is none of today's format."""
    file = directory / FILE
    if not file.exists():
        return None
    told = json.loads(file.read_text())
    levels = {c.name: {level.name for level in c.levels} for c in COMPARISONS}
    kept = {name: set(shares) for name, shares in told.get("shares", {}).items()}
    if told.pop("format", None) != FORMAT or kept != levels:
        return None
    told["shares"] = {
        name: {level: (m, u) for level, (m, u) in shares.items()}
        for name, shares in told["shares"].items()
    }
    return Model(**told)


def is_outgrown(model: Model, n_records: int) -> bool:
    """Whether there are so many more records than a model learnt from that it is to learn anew."""
    return n_records >= FEWEST_RECORDS and n_records > OUTGROWN * model.n_records


def loose_caps(model: Model | None, n_records: int) -> dict[str, int] | None:
    """The largest blocks of the loose rules, None where they are to be set: for twice as many."""
    if model is None or not model.loose or n_records > 2 * model.loose_of:
        return None
    return model.loose


def write_model(model: Model, directory: Path) -> None:
    """Write the model as JSON: shares and counts, no value of any record."""
    text = json.dumps({"format": FORMAT, **model.__dict__}, indent=1, sort_keys=True)
    (directory / FILE).write_text(text + "\n")


def train(con: duckdb.DuckDBPyConnection) -> Model:
    """Train a model on ``std``.

    Deterministic for the same records in any order. What is estimated on scored pairs (how many
    links to expect, the odds within a home) is filled in by calibration.calibrate.
    """
    n_records = one_number(con, "select count(*) from std")
    columns = columns_of(con)
    told: dict[str, Any] = {}
    if n_records >= FEWEST_RECORDS and columns:
        told = _splink(con, columns)
    kept = json.loads(json.dumps(told), parse_float=lambda text: round(float(text), 9))
    return Model(columns, n_records, _sane(told), splink=kept)


def _splink(con: duckdb.DuckDBPyConnection, columns: list[str]) -> dict[str, Any]:
    """Let Splink estimate the shares and give its settings back, without a word to any log."""
    import duckdb as engine
    from splink import SettingsCreator

    quiet = logging.getLogger("splink")
    level, quiet_before = quiet.level, quiet.disabled
    quiet.setLevel(logging.CRITICAL)
    quiet.disabled = True
    # One thread: with two, sums differ in their last digit from run to run.
    own = engine.connect(config={"threads": 1})
    try:
        install_letters(own)
        make_wide(con, _sampled(con))
        table = con.execute(f"select rec, {', '.join(COLUMNS)} from wide order by rec")
        own.register("record_in", table.to_arrow_table())
        own.execute("create table record as select * from record_in")
        own.unregister("record_in")
        settings = SettingsCreator(
            link_type="dedupe_only",
            unique_id_column_name="rec",
            comparisons=[_for_splink(c) for c in COMPARISONS if c.name in columns],
            max_iterations=25,
        )
        failed: set[tuple[str, ...]] = set()
        while (told := _in_rounds(own, settings, _rounds(con, columns, failed), failed)) is None:
            pass
        return told
    finally:
        own.close()
        quiet.setLevel(level)
        quiet.disabled = quiet_before


def _sampled(con: duckdb.DuckDBPyConnection) -> str:
    """SQL of the records to learn from: of very many, those of as many people as is enough.

    Whole people, so that what goes wrong between the records of one is met as often as it is.
    """
    n_records = one_number(con, "select count(*) from std")
    if n_records <= ENOUGH_RECORDS:
        return "true"
    return f"hash(s.node) % 1000 < {1000 * ENOUGH_RECORDS // n_records}"


def _in_rounds(
    own: duckdb.DuckDBPyConnection,
    settings: Any,
    rounds: list[tuple[str, ...]],
    failed: set[tuple[str, ...]],
) -> dict[str, Any] | None:
    """Train a linker on ``record`` of ``own``, and give its settings.

    A round that fails leaves a linker without what it blocked on: what came of the others would be
    lost. It is added to ``failed``, and None given: all is to be done anew without it.
    """
    from splink import DuckDBAPI, Linker, block_on

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        linker = Linker(
            DuckDBAPI(connection=own).register("record"), settings, log_level=None,
            validate_settings=False,
        )  # fmt: skip
        linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=SEED)
        for rule in rounds:
            if not _one_round(linker, block_on(*rule)):
                failed.add(rule)
                return None
    told = dict(linker.misc.save_model_to_json())
    told.pop("linker_uid", None)  # drawn anew each time
    return told


def _rounds(
    con: duckdb.DuckDBPyConnection, columns: list[str], failed: set[tuple[str, ...]]
) -> list[tuple[str, ...]]:
    """Choose the rounds; one trains the comparisons that read nothing of what it blocks on."""
    share = filled(con)
    used = {c.name: columns_read(c) for c in COMPARISONS if c.name in columns}
    untrained = set(used)
    chosen: list[tuple[str, ...]] = []
    for rule in ROUNDS:
        trains = {name for name, read in used.items() if not read & set(rule)}
        if rule in failed or min(share[c] for c in rule) < FEWEST_FILLED or not trains:
            continue
        if len(chosen) < ENOUGH_ROUNDS or trains & untrained:
            chosen.append(rule)
            untrained -= trains
    return chosen


def _one_round(linker: Any, rule: Any) -> bool:
    """Train on the pairs of a rule; False where that fails."""
    from splink.internals.exceptions import EMTrainingException

    try:
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True, max_pairs=BLOCKED_PAIRS
        )
    except EMTrainingException:
        return False  # no pairs within the rule
    except ValueError as error:
        # A level that no pair of one person is of: its share sinks from round to round below what
        # Splink takes.
        if "below the minimum allowed" not in str(error):
            raise
        return False
    return True


def _for_splink(comparison: Comparison) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [
        {
            "sql_condition": unknown_sql(comparison),
            "label_for_charts": "unknown",
            "is_null_level": True,
        }
    ]
    levels += [
        {"sql_condition": level.sql.replace("else", "ELSE") if level.sql == "else" else level.sql,
         "label_for_charts": level.name}
        for level in comparison.levels
    ]  # fmt: skip
    return {"output_column_name": comparison.name, "comparison_levels": levels}


def _sane(told: dict[str, Any]) -> dict[str, dict[str, tuple[float, float]]]:
    """Give every level its shares: trained where training met it, within its bounds, else usual."""
    trained = {c["output_column_name"]: c["comparison_levels"] for c in told.get("comparisons", [])}
    shares: dict[str, dict[str, tuple[float, float]]] = {}
    for comparison in COMPARISONS:
        found = {level.get("label_for_charts"): level for level in trained.get(comparison.name, [])}
        m, u = {}, {}
        for level in comparison.levels:
            given = found.get(level.name, {})
            low, high = level.bounds
            m[level.name] = min(max(_share(given, "m", level.usual), low), high)
            u[level.name] = max(_share(given, "u", level.by_chance), RAREST)
        last = comparison.levels[-1].name
        u[last] = max(1 - sum(share for name, share in u.items() if name != last), 0.02)
        total = sum(m.values())
        shares[comparison.name] = {
            name: (round(m[name] / total, 6), round(u[name], 9)) for name in m
        }
    return shares


def _share(level: dict[str, Any], which: str, otherwise: float) -> float:
    value = level.get(f"{which}_probability")
    return float(value) if isinstance(value, int | float) and value > 0 else otherwise
