"""The loudness bands, held to values that were worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from audio.sounds import noise, tone
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.audio import _sone
from harness.audio._clip import Clip
from harness.audio.sets import mlbp264

RATE = 22_050
SIZE, N_FFT = _sone.SIZES[RATE]


def _segment(samples: np.ndarray) -> np.ndarray:
    return np.resize(samples, SIZE).astype(np.float32)


def _band_of(hertz: float) -> int:
    edges = (100, 200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700,
             3150, 3700, 4400, 5300, 6400, 7700, 9500, 12000, 15500)  # fmt: skip
    return next(k for k, edge in enumerate(edges) if hertz < edge)


@pytest.mark.parametrize("hertz", [150, 350, 1000, 2500, 5000, 8000])
def test_a_tone_is_loudest_in_its_own_band(hertz: float) -> None:
    loud = _sone.sone(_segment(tone(hertz, 6)), RATE).mean(axis=0)
    assert loud.argmax() == _band_of(hertz)


def test_a_tones_level_is_that_of_its_amplitude() -> None:
    """By hand: a sine of amplitude a has the power a^2 / 2; |FFT|^2 summed over the bins on both
    sides is n times the sum over samples of (a sin . w)^2 = n a^2 / 2 sum(w^2) (Parseval), and the
    scale divides by sum(w^2) 2 pi. So its band holds n (gain a)^2 / (4 pi), and all of it is in one
    band where the tone is far from its edges. Masking then adds its own share, S(0) in dB.
    """
    amplitude = 0.25
    own = N_FFT * (0.0875 * 32768 * amplitude) ** 2 / (4 * np.pi)
    masked = 15.81 + 7.5 * 0.474 - 17.5 * np.sqrt(1 + 0.474**2)
    wanted = 10 * np.log10(own) + masked
    # 1170 Hz: in the middle of the band from 1080 to 1270 Hz, whose neighbours get next to nothing.
    found = _sone.band_db(_segment(tone(1170, 6, peak=amplitude)), RATE)[:, 9]
    assert found == pytest.approx(wanted, abs=0.05)


def test_masking_reaches_upwards_further_than_downwards() -> None:
    """By hand: S(1) = -4.30 dB, S(-1) = -7.41 dB... of the band that masks, relative to S(0)."""

    def spread(d: float) -> float:
        return 15.81 + 7.5 * (d + 0.474) - 17.5 * np.sqrt(1 + (d + 0.474) ** 2)

    level = _sone.band_db(_segment(tone(1170, 6)), RATE).mean(axis=0)
    for band in (11, 12, 13, 8, 7):
        # Leakage of the window adds to it, a few hundredths of a dB.
        assert level[band] - level[9] == pytest.approx(spread(band - 9) - spread(0), abs=0.3)
    assert level[12] > level[6]


def test_white_noise_fills_bands_by_their_width() -> None:
    """By hand: noise of variance v gives every bin v / (2 pi), doubled but for 0 Hz and half the
    rate; a band's power is that times its bins.
    """
    level = 0.05
    power = 2 * (0.0875 * 32768 * level) ** 2 / (2 * np.pi)
    # Bins k x 43.07 Hz: bands of 400-510, 1080-1270 and 5300-6400 Hz hold these many.
    bank = _sone._bands(RATE, N_FFT)
    bins = np.array([sum(low <= k * RATE / N_FFT < high for k in range(257)) for low, high in
                     ((400, 510), (1080, 1270), (5300, 6400))])  # fmt: skip
    assert bins.tolist() == [2, 4, 25]
    frames = np.concatenate([
        np.exp(_sone.band_db(_segment(noise(6, seed=s, level=level)), RATE) * np.log(10) / 10)
        for s in range(3)
    ])  # fmt: skip
    # Masking mixes the bands; it is linear, so what white power gives through it is the reference.
    wanted = np.full(257, power / 2) @ bank
    np.testing.assert_allclose(frames.mean(axis=0)[2:22], wanted[2:22], rtol=0.05)


def test_loudness_of_an_octave_of_phon() -> None:
    """Stevens: 40 phon is one sone, and 10 more are twice as loud."""
    np.testing.assert_allclose(_sone.phon_to_sone(np.array([40.0, 50, 60, 80])), [1, 2, 4, 16])
    assert _sone.phon_to_sone(np.array([20.0]))[0] == pytest.approx(0.5**2.642)
    assert _sone.phon_to_sone(np.array([3.0]))[0] == pytest.approx((3 / 40) ** 2.642)


def test_the_curves_give_their_own_phon_and_lines_between_them() -> None:
    for phon, curve in zip(_sone.PHON, _sone.EQUAL_LOUDNESS_DB, strict=True):
        np.testing.assert_allclose(_sone.db_to_phon(np.array([curve])), phon)
    # Band 13 (1720 to 2000 Hz): 0 dB is 3 phon, 19 dB 20, 38 dB 40, 56 dB 60, 76 dB 80, 97 dB 100.
    levels = np.zeros((6, 24))
    levels[:, 12] = (-5, 9.5, 28.5, 66, 97, 118)
    wanted = (3, 11.5, 30, 70, 100, 120)
    np.testing.assert_allclose(_sone.db_to_phon(levels)[:, 12], wanted)


def test_silence_never_changes_and_is_three_phon_where_the_ear_needs_more_than_0_db() -> None:
    """By hand, band 16 (2700 to 3150 Hz), whose curves start at -4.9 and 13.1 dB: 3 phon and 17 x
    4.9 / 18 more.
    """
    loud = _sone.sone(np.zeros(SIZE, np.float32), RATE)
    np.testing.assert_allclose(np.delete(loud, range(13, 18), axis=1), (3 / 40) ** 2.642)
    np.testing.assert_allclose(loud[:, 15], ((3 + 17 * 4.9 / 18) / 40) ** 2.642)
    found = _sone.statistics(loud)
    assert np.array_equal(found[1:4], np.zeros((3, 24)))


def test_statistics_of_numbers_worked_out_by_hand() -> None:
    """0 0 0 4: mean 1, variance 3, third moment 6 / 3^1.5, fourth 21 / 9, median 0."""
    found = _sone.statistics(np.array([[0.0], [0], [0], [4]]))[:, 0]
    np.testing.assert_allclose(found, [1, 3, 6 / 3**1.5, 21 / 9, 0, 0, 4])


def test_statistics_are_scipys() -> None:
    from scipy.stats import kurtosis, skew

    values = np.random.default_rng(0).gamma(2, size=(511, 24))
    found = _sone.statistics(values)
    np.testing.assert_allclose(found[2], skew(values), rtol=1e-9)
    np.testing.assert_allclose(found[3], kurtosis(values, fisher=False), rtol=1e-9)


@pytest.mark.parametrize(
    ("seconds", "count"), [(5.9, 0), (5.95, 1), (15, 2), (30, 5), (44.9, 7), (45, 5), (60, 8)]
)
def test_whole_segments_are_taken(seconds: float, count: int) -> None:
    samples = np.arange(round(seconds * RATE), dtype=np.float32)
    found = _sone.segments(samples, RATE)
    assert len(found) == count
    assert all(len(piece) == SIZE for piece in found)
    if count:
        assert found[0][0] == (0 if seconds < 45 else SIZE)


@pytest.mark.parametrize("rate", [11_025, 44_100])
def test_other_rates_hear_nearly_the_same(rate: int) -> None:
    size, _ = _sone.SIZES[rate]
    one = _sone.statistics(_sone.sone(_segment(tone(1170, 6)), RATE))
    other = _sone.statistics(_sone.sone(tone(1170, 6, rate=rate)[:size], rate))
    # Twice the samples hold twice the energy: 3 dB, which is 2^0.3 in sone.
    factor = 2 ** (0.3 * np.log2(rate / RATE))
    assert other[0, 9] / one[0, 9] == pytest.approx(factor, rel=0.02)


sounds = st.builds(
    lambda seed, level, hertz, gate: (
        (noise(7, seed=seed, level=level) + tone(hertz, 7, peak=0.3))
        * (np.sin(np.arange(7 * RATE) / gate) > -0.5)
    ).astype("f4"),
    st.integers(0, 99),
    st.floats(1e-4, 0.3),
    st.floats(30, 10_000),
    st.floats(50, 20_000),
)


@settings(max_examples=12, deadline=None)
@given(sounds)
def test_what_holds_of_every_row_of_the_competition(samples: np.ndarray) -> None:
    row = mlbp264.make().compute(Clip(samples, RATE)).astype(np.float64)
    assert np.isfinite(row).all()
    mean, var, skew, kurt, median, low, high = row[:168].reshape(7, 24)
    slack = 1e-4 * np.abs(high)
    assert (low <= median + slack).all()
    assert (median <= high + slack).all()
    assert (low <= mean + slack).all()
    assert (mean <= high + slack).all()
    assert (var >= 0).all()
    changing = kurt != 0
    assert (kurt >= (skew**2 / 1000 + 1000) * (1 - 1e-4))[changing].all()
    chroma = row[168:216].reshape(4, 12)
    assert chroma[3].max() <= 1
    assert chroma[2].min() >= 0
    assert (row[216:264].reshape(4, 12)[2] <= row[216:264].reshape(4, 12)[3]).all()


def test_louder_is_louder() -> None:
    soft, loud = (mlbp264.make().compute(Clip(noise(6, level=v), RATE)) for v in (0.01, 0.1))
    assert (loud[:22] > soft[:22]).all()


def test_the_layout_is_the_competitions() -> None:
    one = mlbp264.make()
    assert one.width == 264
    assert [part.shape for part in one.parts] == [(7, 24), (4, 12), (4, 12)]
    assert [one.columns[k] for k in (0, 24, 72, 144, 167, 168, 204, 216, 252, 263)] == [
        "ssd_mean_1", "ssd_var_1", "ssd_kurt_1", "ssd_max_1", "ssd_max_24",
        "chroma_mean_1", "chroma_max_1", "mfcc_mean_1", "mfcc_max_1", "mfcc_max_12",
    ]  # fmt: skip
