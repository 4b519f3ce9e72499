"""Prints every polynomial and rational coefficient of src/numerics, with its worst relative error before rounding.

    python3 scripts/references/coefficients.py [exp|log|pow|atanh|mills|inverse ...]
"""

import sys
from mpmath import mp, mpf, exp, log, sqrt, erfc, atanh, pi
from minimax import chebyshev_nodes, minimax, show

mp.dps = 60  # digits


def fit_exp():
    # exp(r) = 1 + r + r²·P(r), |r| ≤ ln2/2 and a little
    edge = mpf("0.3470")
    nodes = [x for x in chebyshev_nodes(-edge, edge, 1200) if x != 0]
    p, _, worst = minimax(lambda r: (exp(r) - 1 - r) / r**2, 9, 0, nodes, weight=lambda r: exp(r) / r**2)
    show(f"exp, worst {mp.nstr(worst, 3)}", p)


def fit_atanh():
    # atanh(z) = z + z·w·P(w), w = z², |z| ≤ 0.2
    nodes = chebyshev_nodes(mpf(10) ** -12, mpf("0.0401"), 1200)
    p, _, worst = minimax(lambda w: (atanh(sqrt(w)) / sqrt(w) - 1) / w, 6, 0, nodes, weight=lambda w: 1 / w)
    show(f"atanh, worst {mp.nstr(worst, 3)}", p)


def fit_log():
    # log((1+s)/(1-s)) = 2s + s·R(w), R = w·P(w), w = s², |s| ≤ 3 − 2√2 and a little
    edge = mpf("0.1717")
    nodes = chebyshev_nodes(mpf(10) ** -12, edge**2, 1200)
    p, _, worst = minimax(lambda w: (2 * atanh(sqrt(w)) / sqrt(w) - 2) / w, 6, 0, nodes, weight=lambda w: 2 / w)
    show(f"log, worst {mp.nstr(worst, 3)}", p)


def fit_pow():
    # log((1+z)/(1-z)) = 2z + 2/3·z·w + z·w²·P(w), w = z², |z| ≤ 3 − 2√2 and a little: for the double-length logarithm
    edge = mpf("0.1717")
    nodes = chebyshev_nodes(mpf(10) ** -12, edge**2, 1200)
    third = mpf(2) / 3
    p, _, worst = minimax(
        lambda w: (2 * atanh(sqrt(w)) / sqrt(w) - 2 - third * w) / w**2, 6, 0, nodes, weight=lambda w: 2 / w**2
    )
    show(f"pow, worst {mp.nstr(worst, 3)}", p)
    show("2/3 high and low", [third, third - mpf(float(third))])


def mills(x):
    return sqrt(pi / 2) * exp(x * x / 2) * erfc(x / sqrt(mpf(2)))


def fit_mills():
    nodes = [t / (1 - t) * 2 for t in chebyshev_nodes(0, mpf(40) / 42, 1500)]
    p, q, worst = minimax(mills, 9, 10, nodes)
    show(f"mills numerator, worst {mp.nstr(worst, 3)}", p)
    show("mills denominator", q)


def lower_quantile(p):
    """x ≤ 0 with N(x) = p, by Newton on ln N."""
    x = -sqrt(-2 * log(p)) if p < 0.1 else mpf(-0.5)
    for _ in range(80):
        tail = erfc(-x / sqrt(mpf(2))) / 2
        step = (log(tail) - log(p)) * tail * sqrt(2 * pi) / exp(-x * x / 2)
        x -= step
        if abs(step) < mpf(10) ** -45:
            break
    return x


def fit_inverse():
    # centre: x = q·P(r)/Q(r), q = p − 1/2, r = 0.425² − q²
    centre = mpf("0.180625")
    nodes = chebyshev_nodes(0, centre - mpf(10) ** -10, 800)
    p, q, worst = minimax(lambda r: lower_quantile(mpf("0.5") - sqrt(centre - r)) / -sqrt(centre - r), 7, 7, nodes)
    show(f"inverse centre numerator, worst {mp.nstr(worst, 3)}", p)
    show("inverse centre denominator", q)
    # tails: x = −P(t)/Q(t), t = √(−ln p) − low
    for low, high in ((mpf("1.6"), mpf(5)), (mpf(5), mpf("27.4"))):
        nodes = chebyshev_nodes(0, high - low, 800)
        p, q, worst = minimax(lambda t: -lower_quantile(exp(-((t + low) ** 2))), 7, 7, nodes)
        show(f"inverse tail from {mp.nstr(low, 3)} numerator, worst {mp.nstr(worst, 3)}", p)
        show(f"inverse tail from {mp.nstr(low, 3)} denominator", q)


fits = {
    "exp": fit_exp,
    "log": fit_log,
    "pow": fit_pow,
    "atanh": fit_atanh,
    "mills": fit_mills,
    "inverse": fit_inverse,
}

for name in sys.argv[1:] or fits:
    fits[name]()
