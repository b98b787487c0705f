"""Settings that make the libraries compute as on other machines: what can be honoured, is."""

from __future__ import annotations

import machines
import pytest


@pytest.mark.parametrize("name", machines.SETTINGS)
def test_what_a_machine_can_t_honour_is_left_out(name: str) -> None:
    setting = machines.SETTINGS[name]
    kept, left = machines.honoured(setting, {}, [])
    assert not {"OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES"} & set(kept)
    assert {word.partition("=")[0] for word in left} == set(setting) - set(kept)


def test_only_what_numpy_can_do_without_is_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    there = {"SSE3": True, "AVX2": True, "AVX512F": True}
    chosen = machines.SETTINGS["AVX2"]
    kept, left = machines.honoured(chosen, there, ["AVX2", "AVX512F"])
    assert (kept["NPY_DISABLE_CPU_FEATURES"], left) == ("AVX512F", [])
    every, _ = machines.honoured(machines.SETTINGS["a processor of 2006"], there, ["AVX2"])
    assert every["NPY_DISABLE_CPU_FEATURES"] == "AVX2"
    assert every["OPENBLAS_CORETYPE"] == "Prescott"


def test_the_settings_name_what_they_choose() -> None:
    assert {key for one in machines.SETTINGS.values() for key in one} <= set(machines.CHOOSERS)


def test_an_unknown_setting_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert machines.main(["a slide rule"]) == 2
    assert "a slide rule" in capsys.readouterr().err


def test_the_tests_that_are_run_are_those_so_marked() -> None:
    assert "tests/zoo/test_vgg.py" in machines.marked()
    assert "tests/test_architecture.py" not in machines.marked()
