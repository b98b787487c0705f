"""The music genre competition of 2018: rhythm, chroma and MFCC matrices, ten genres."""

from __future__ import annotations

from pathlib import Path

from harness.competitions._first_line import first_line, has_header
from harness.competitions._spec import BlockSpec, LeaderboardSpec, Spec

TRAIN, LABELS, TEST = "train_data.csv", "train_labels.csv", "test_data.csv"
# Twenty principal components of the same training rows: the form that is still to be found.
COMPONENTS = "pca_20.csv"
WIDTH = 264

CLASSES = tuple(str(k) for k in range(1, 11))
NAMES = (
    "Pop_Rock",
    "Electronic",
    "Rap",
    "Jazz",
    "Latin",
    "RnB",
    "International",
    "Country",
    "Reggae",
    "Blues",
)
BLOCKS = (
    BlockSpec("rhythm", 0, 168, shape=(7, 24)),
    BlockSpec("chroma", 168, 216, shape=(4, 12)),
    BlockSpec("mfcc", 216, 264, shape=(4, 12)),
)
SAMPLES = {"accuracy": "dummy_solution_accuracy.csv", "logloss": "dummy_solution_logloss.csv"}


# Without its files: the rows of the test matrix, and the training rows of each class.
TEST_ROWS = 6544
COUNTS = (2178, 618, 326, 253, 214, 260, 141, 195, 92, 86)


def form() -> tuple[Spec, int, tuple[int, ...]]:
    """The spec without files, the number of test rows, and how many training rows a class has."""
    return spec(Path(), TRAIN, LABELS, TEST), TEST_ROWS, COUNTS


def recognise(place: Path) -> Spec | None:
    """The spec, where `place` holds the three CSV files, or the principal components."""
    if not (place / LABELS).is_file():
        return None
    line = first_line(place / TRAIN)
    if line is not None and (place / TEST).is_file() and _width(line) == WIDTH:
        return spec(place, TRAIN, LABELS, TEST)
    line = first_line(place / COMPONENTS)
    if line is not None and not has_header(line):
        return spec(place, COMPONENTS, LABELS, None)
    return None


def fits(train: Path, labels: Path) -> bool:
    """Whether two files, wherever they lie, look like this competition's."""
    line = first_line(train)
    known = line is not None and (_width(line) == WIDTH or train.name == COMPONENTS)
    return known and (first_line(labels) or "").strip() in CLASSES


def spec(root: Path, train: str, labels: str, test: str | None) -> Spec:
    """The spec for files at these paths; neither of them has a header."""
    wide = _width(first_line(root / train) or "") == WIDTH
    return Spec(
        root=root,
        name="mlbp2018",
        title="MLBP 2018: music genres",
        train=train,
        labels=labels,
        test=test,
        classes=CLASSES,
        class_names=NAMES,
        blocks=BLOCKS if wide else (),
        leaderboards=leaderboards(root),
    )


def leaderboards(root: Path) -> tuple[LeaderboardSpec, ...]:
    """Both leaderboards; that called logloss showed the mean over cells."""

    def sample(name: str) -> str | None:
        return SAMPLES[name] if (root / SAMPLES[name]).is_file() else None

    headers = tuple(f"Class_{k}" for k in CLASSES)
    return (
        LeaderboardSpec(
            "accuracy",
            id_header="Sample_id",
            label_header="Sample_label",
            sample=sample("accuracy"),
        ),
        LeaderboardSpec(
            "logloss-cells",
            name="logloss",
            id_header="Sample_id",
            class_headers=headers,
            sample=sample("logloss"),
        ),
    )


def _width(line: str) -> int:
    return 0 if has_header(line) else line.count(",") + 1
