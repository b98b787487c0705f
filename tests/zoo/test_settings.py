"""`--set name=value`, read by a signature."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import UnknownNameError, UsageError
from harness.zoo import _members, _settings
from harness.zoo._settings import above, at_least, between


def make(
    *,
    C: Annotated[float, above(0)] = 1.0,
    depth: Annotated[int, at_least(1)] | None = None,
    hidden: tuple[Annotated[int, at_least(1)], ...] = (128,),
    share: Annotated[float, between(0, 1)] | Literal["auto"] = "auto",
    bias: bool = True,
    kind: Literal["relu", "elu"] = "elu",
    note: str = "",
    random_state: int = 0,
) -> None:
    """Nothing.

    Parameters
    ----------
    C : float
        Price of an error,
        in two lines.
    depth, hidden : int
        Shared words.

    Returns
    -------
    None
    """


def parse(*pairs: str) -> dict[str, Any]:
    """What `pairs` mean to `make`."""
    return _settings.parse(make, "toy", pairs)


@pytest.mark.parametrize(
    ("pair", "value"),
    [
        ("C=3", 3.0),
        ("C=1e-3", 1e-3),
        (" C = .5 ", 0.5),
        ("depth=4", 4),
        ("depth=none", None),
        ("hidden=256,128", (256, 128)),
        ("hidden=(256, 128)", (256, 128)),
        ("hidden=64", (64,)),
        ("hidden=", ()),
        ("share=auto", "auto"),
        ("share=0.5", 0.5),
        ("bias=no", False),
        ("bias=True", True),
        ("kind=relu", "relu"),
        ("note=a=b", "a=b"),
    ],
)
def test_values_by_type(pair: str, value: Any) -> None:
    [(_, read)] = parse(pair).items()
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("pair", "says"),
    [
        ("C=x", "expected float above 0"),
        ("C=0", "must be above 0"),
        ("C=nan", "expected float"),
        ("C=1e999", "must be finite"),
        ("depth=0", "must be at least 1"),
        ("depth=1.5", "expected int at least 1 | none"),
        ("hidden=64,0", "must be at least 1"),
        ("hidden=64,x", "expected int at least 1"),
        ("share=2", "must be from 0 to 1"),
        ("bias=maybe", "expected bool"),
        ("kind=tanh", "expected relu | elu"),
        ("C", "not of the form name=value"),
        ("=3", "not of the form name=value"),
        ("random_state=3", "no setting of toy is called 'random_state'"),
    ],
)
def test_mistakes(pair: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(pair)
    assert says in str(caught.value)
    assert caught.value.exit_code == 2


def test_an_unknown_name_is_answered_with_the_nearest_and_all() -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean hidden\? known: C, depth, hidden"):
        parse("hiden=3")


def test_all_mistakes_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        parse("C=-1", "hiden=3", "kind=x", "bias=on", "C=2", "C=3")
    text = str(caught.value)
    assert text.startswith("--set: 4 mistakes")
    assert all(word in text for word in ("C=-1", "hiden", "kind=x", "C is set twice"))


@settings(max_examples=60, deadline=None)
@given(st.floats(min_value=1e-300, max_value=1e300), st.lists(st.integers(1, 10**9), max_size=5))
def test_what_python_writes_is_read_back(number: float, sizes: list[int]) -> None:
    read = parse(f"C={number}", f"hidden={','.join(map(str, sizes))}")
    assert read == {"C": number, "hidden": tuple(sizes)}


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=15), st.sampled_from(["C", "depth", "hidden", "share", "bias", "kind"]))
def test_any_text_is_a_good_value_or_a_usage_error(text: str, name: str) -> None:
    try:
        value = parse(f"{name}={text}")[name]
    except UsageError:
        return
    assert not isinstance(value, float) or math.isfinite(value)


def test_values_are_checked_like_text() -> None:
    good = _settings.check(make, "toy", {"C": 3, "hidden": [2, 3], "depth": None, "share": 0.1})
    assert good == {"C": 3.0, "hidden": (2, 3), "depth": None, "share": 0.1}


@pytest.mark.parametrize(
    "bad", [{"C": 0}, {"C": "3"}, {"depth": True}, {"hidden": 3}, {"kind": "x"}, {"nope": 1}]
)
def test_bad_values_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        _settings.check(make, "toy", bad)


def test_describe_tells_type_default_and_meaning() -> None:
    rows = {row.name: row for row in _settings.describe(make)}
    assert rows["C"] == ("C", "float above 0", "1.0", "Price of an error, in two lines.")
    assert rows["depth"] == ("depth", "int at least 1 | none", "none", "Shared words.")
    assert rows["hidden"].default == "128"
    assert rows["bias"].default == "true"
    assert rows["note"].meaning == ""
    assert "random_state" not in rows


def test_an_unknown_model_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean logistic"):
        _members.parse_settings("logistics", [])


def test_a_model_without_settings_says_so() -> None:
    with pytest.raises(UsageError, match="prior has no settings, so C can't be set"):
        _members.parse_settings("prior", ["C=3"])


def test_make_hands_over_settings_and_seed() -> None:
    model = _members.make("svm", {"C": 3}, seed=11)
    assert (model.C, model.random_state) == (3.0, 11)
