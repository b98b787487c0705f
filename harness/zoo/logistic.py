"""Multinomial logistic regression."""

from __future__ import annotations

from sklearn.linear_model import LogisticRegression

SCALER = "standard"


def make(
    *, C: float = 1.0, max_iter: int = 2000, tol: float = 1e-4, random_state: int = 0
) -> LogisticRegression:
    """Multinomial logistic regression with an L2 penalty (lbfgs).

    Parameters
    ----------
    C : float
        Inverse strength of the penalty, above 0.
    """
    return LogisticRegression(C=C, max_iter=max_iter, tol=tol, random_state=random_state)
