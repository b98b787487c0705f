"""The 26 statistics of MFCC that stand before the Magnatune report's machines."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from audio.sounds import music, noise, tone

from harness.audio._clip import Clip
from harness.audio.sets import mfcc26

pytestmark = pytest.mark.machine

RATE = mfcc26.RATE


def test_it_is_what_librosa_gives_for_the_same_frames() -> None:
    y = music(3, rate=RATE)
    with warnings.catch_warnings():
        # Its lazy loading and numba's caches warn on their own account.
        warnings.simplefilter("ignore")
        import librosa

        power = librosa.feature.melspectrogram(
            y=y,
            sr=RATE,
            n_fft=mfcc26.WINDOW,
            hop_length=mfcc26.HOP,
            window=np.hamming(mfcc26.WINDOW),
            center=False,
            n_mels=24,
        )
        wanted = librosa.feature.mfcc(S=librosa.power_to_db(power), n_mfcc=13)
    found = mfcc26.compute(Clip(y, RATE))
    np.testing.assert_allclose(found[:13], wanted.mean(axis=1), rtol=1e-3, atol=1e-2)
    np.testing.assert_allclose(found[13:], wanted.std(axis=1), rtol=1e-3, atol=1e-2)


def test_silent_frames_count_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    y = music(2, rate=RATE)
    silence = noise(5, rate=RATE, level=1e-5)
    alone, beside = (mfcc26.compute(Clip(one, RATE)) for one in (y, np.concatenate([y, silence])))
    # In dB times the root of 24; frames that hold the last of the music sound as well.
    assert abs(beside[0] - alone[0]) < 10
    monkeypatch.setattr(mfcc26, "SILENT_DB", 1000.0)
    everything = mfcc26.compute(Clip(np.concatenate([y, silence]), RATE))
    assert abs(everything[0] - alone[0]) > 100


def test_what_comes_after_ten_seconds_counts_for_nothing() -> None:
    y = music(10, rate=RATE)
    longer = np.concatenate([y, tone(3000, 2, rate=RATE)])
    np.testing.assert_array_equal(mfcc26.compute(Clip(y, RATE)), mfcc26.compute(Clip(longer, RATE)))
