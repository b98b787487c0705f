"""Feature sets: what librosa gives, and what holds of all of them."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from audio.sounds import RATE, music, noise, tone
from hypothesis import given, settings
from hypothesis import strategies as st
from pretrained import tiny

from harness.audio import SETS, _filters
from harness.audio._clip import Clip, Spectrum
from harness.audio.sets import librosa57, musicnn, s0
from harness.errors import UnknownNameError


def _as_16_bit(samples):
    """With dither, as files hold it: a tone in float has less noise than a float32 transform."""
    dither = noise(len(samples) / RATE, level=0.5)
    return (np.round(samples * 32767 + dither) / 32767).astype("f4")


SOUNDS = {
    "music": music(4),
    "noise": noise(4),
    "tone": _as_16_bit(tone(440, 4)),
    "high tone": _as_16_bit(tone(9000, 4, peak=0.01)),
    "half silent": np.concatenate([music(2), np.zeros(2 * RATE, "f4")]),
    "clicks": np.eye(1, 4 * RATE, 30_000, dtype="f4")[0],
}


@pytest.fixture(scope="module")
def librosa():
    # Its lazy loading and numba's caches warn on their own account.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import librosa

        librosa.feature.tempo(y=music(2), sr=RATE)
        yield librosa


def _close(found, wanted) -> None:
    """To 1e-4 of the value; near 0 to 1e-4 of what such values come from (dB, Hz)."""
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=2e-4)


@pytest.mark.parametrize("name", SOUNDS)
def test_s0_is_the_mean_of_librosas_functions(librosa, name: str) -> None:
    y, f = SOUNDS[name], librosa.feature
    wanted = [
        f.chroma_stft(y=y, sr=RATE, tuning=0.0).mean(dtype=float),
        f.rms(y=y).mean(dtype=float),
        f.spectral_centroid(y=y, sr=RATE).mean(dtype=float),
        f.spectral_bandwidth(y=y, sr=RATE).mean(dtype=float),
        f.spectral_rolloff(y=y, sr=RATE).mean(dtype=float),
        f.zero_crossing_rate(y).mean(dtype=float),
        *f.mfcc(y=y, sr=RATE, n_mfcc=20).mean(axis=1, dtype=float),
    ]
    _close(s0.make().compute(Clip(y, RATE)), wanted)


@pytest.mark.parametrize("name", ["music", "noise", "half silent"])
def test_librosa57_is_what_librosa_gives(librosa, name: str) -> None:
    y, f = SOUNDS[name], librosa.feature
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        series = [
            f.chroma_stft(y=y, sr=RATE),
            f.rms(y=y),
            f.spectral_centroid(y=y, sr=RATE),
            f.spectral_bandwidth(y=y, sr=RATE),
            f.spectral_rolloff(y=y, sr=RATE),
            f.zero_crossing_rate(y),
            *librosa.effects.hpss(y),
        ]
        tempo = f.tempo(y=y, sr=RATE)
    mfcc = f.mfcc(y=y, sr=RATE, n_mfcc=20)
    pairs = [number(v, dtype=float) for v in series for number in (np.mean, np.var)]
    both = [number(row, dtype=float) for row in mfcc for number in (np.mean, np.var)]
    _close(librosa57.make().compute(Clip(y, RATE)), [*pairs, *tempo, *both])


def test_noise_without_a_tuning_is_no_reason_to_warn() -> None:
    quiet = np.concatenate([np.zeros(RATE, "f4"), noise(1, level=1e-4)])
    assert np.isfinite(librosa57.make().compute(Clip(quiet, RATE))).all()


@pytest.mark.real
def test_librosa57_has_the_columns_of_the_gtzan_table(shared_data: Path) -> None:
    with (shared_data / "gtzan30" / "features_30_sec.csv").open() as file:
        header = file.readline().strip().split(",")
    assert list(librosa57.make().columns) == header[2:-1]


def test_images_and_sequences_are_what_librosa_gives(librosa) -> None:
    y = music(3, rate=16_000)
    scaled = y / np.abs(y).max()
    f = librosa.feature

    def made(name: str, **options):
        one = SETS.load(name).make(seconds=3.0, **options)
        return one.compute(Clip(y, 16_000)).reshape(one.parts[0].shape)

    mel = f.melspectrogram(y=scaled, sr=16_000, n_fft=2048, hop_length=512, n_mels=216)
    _close(made("mel"), librosa.power_to_db(mel))
    mfcc = f.mfcc(y=scaled, sr=16_000, n_mfcc=32, n_fft=1024, hop_length=4096)
    _close(made("mfcc"), mfcc)
    chroma = f.chroma_stft(
        y=scaled, sr=16_000, n_fft=1024, hop_length=2048, n_chroma=32, tuning=0.0
    )
    _close(made("chroma"), chroma)
    y = music(3)
    one = SETS.load("mfcc-seq").make(seconds=3.0)
    sequence = one.compute(Clip(y, RATE)).reshape(one.parts[0].shape)
    _close(sequence, f.mfcc(y=y, sr=RATE, n_mfcc=13).T)


@pytest.mark.parametrize("tuning", [0.0, 0.3, -0.41])
def test_filter_banks_are_librosas(librosa, tuning: float) -> None:
    chroma = librosa.filters.chroma(sr=RATE, n_fft=2048, tuning=tuning)
    np.testing.assert_allclose(_filters.chroma(RATE, 2048, 12, tuning).T, chroma, atol=1e-6)
    mel = librosa.filters.mel(sr=16_000, n_fft=2048, n_mels=216)
    np.testing.assert_allclose(_filters.mel(16_000, 2048, 216).T, mel, atol=1e-7)


def test_resampling_is_librosas(librosa) -> None:
    y = music(1.2345, rate=44_100)
    wanted = librosa.resample(y, orig_sr=44_100, target_sr=RATE)
    np.testing.assert_allclose(Clip(y, 44_100).at(RATE), wanted, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 30_000), st.sampled_from([8_000, 11_025, 44_100, 48_000, 96_000]))
def test_resampled_length_is_that_of_the_time(samples: int, rate: int) -> None:
    found = Clip(noise(1, rate=30_000)[:samples], rate).at(RATE)
    assert len(found) == -(-samples * RATE // rate)
    assert np.isfinite(found).all()


# ---- What holds of every set.


@pytest.fixture
def tiny_weights(tmp_path: Path) -> str:
    """What a set of a pretrained network is made with: tiny weights instead of published ones."""
    folder = tmp_path / "checkpoints"
    tiny.checkpoint(folder / "MSD_musicnn", tiny.musicnn())
    return str(musicnn.take_weights(folder, {})[0]["weights"])


def _made(name: str, weights: str):
    make = SETS.load(name).make
    if "weights" in make.__annotations__:
        return make(weights=weights)
    takes = "seconds" in make.__annotations__
    return make(seconds=3.0) if takes else make()


@pytest.mark.parametrize("name", SETS.names())
@pytest.mark.parametrize("rate", [22_050, 44_100, 16_000])
def test_a_set_keeps_its_own_word(name: str, rate: int, tiny_weights: str) -> None:
    one = _made(name, tiny_weights)
    assert one.name == name
    clip = Clip(music(max(3.0, one.seconds), rate=rate), rate)
    row = one.compute(clip)
    assert row.shape == (one.width,) == (len(one.columns),)
    assert row.dtype == np.float32
    assert np.isfinite(row).all()
    assert len(set(one.columns)) == one.width
    assert all(part.unit for part in one.parts)
    json.dumps(one.parameters)
    np.testing.assert_array_equal(
        row, _made(name, tiny_weights).compute(Clip(clip.samples.copy(), rate))
    )


@pytest.mark.parametrize("name", SETS.names())
def test_a_summary_says_what_it_is(name: str) -> None:
    assert SETS.summary(name).endswith(".")


def test_an_unknown_set_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="did you mean mlbp264"):
        SETS.load("mlbp")


def test_sets_of_one_clip_share_their_spectrum(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    class Counted(Spectrum):
        def __init__(self, *given) -> None:
            made.append(given[1:])
            super().__init__(*given)

    monkeypatch.setattr("harness.audio._clip.Spectrum", Counted)
    clip = Clip(music(6), RATE)
    for name in ("s0", "mlbp264", "librosa57"):
        SETS.load(name).make().compute(clip)
    assert made == [(RATE, 2048, 512)]


def test_sets_have_digests_of_their_own() -> None:
    mel = SETS.load("mel").make
    digests = {mel().digest(), mel(bands=64).digest(), mel(seconds=5.0).digest()}
    assert len(digests) == 3
    assert mel().digest() == mel().digest()
