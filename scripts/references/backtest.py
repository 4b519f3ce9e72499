"""Writes test/vectors/backtest/statistics.json: what other programs give for the statistics of src/risk/backtest.

    python3 scripts/references/backtest.py

Needs numpy, scipy, statsmodels and arch, and R with its packages sandwich and forecast. Scales and their ranks are worked out in
exact fractions. The sampling is seeded: running it again with the same versions writes the same file.
"""

import json
import math
import subprocess
from fractions import Fraction
from pathlib import Path

import arch
import numpy as np
import scipy
import scipy.stats as st
import statsmodels
import statsmodels.api as sm
from arch.bootstrap import StationaryBootstrap, optimal_block_length
from statsmodels.stats.sandwich_covariance import S_hac_simple

target_file = Path(__file__).resolve().parents[2] / "test" / "vectors" / "backtest" / "statistics.json"
rng = np.random.default_rng(20260101)


def rounded(values, digits=6):
    return [float(f"{value:.{digits}g}") for value in values]


def autoregression(n, phi):
    noise = rng.standard_normal(n + 50)
    out = [0.0]
    for value in noise[1:]:
        out.append(phi * out[-1] + value)
    return rounded(out[50:])


def clustered(n):
    """Losses whose volatility comes in spells, and a forecast that follows it late."""
    variance, forecast, losses, forecasts = 1.0, 1.0, [], []
    for _ in range(n):
        loss = math.sqrt(variance) * rng.standard_t(6) / math.sqrt(1.5)
        losses.append(loss)
        forecasts.append(1.5 * math.sqrt(forecast))
        variance = 0.05 + 0.15 * loss * loss + 0.8 * variance
        forecast = 0.97 * forecast + 0.03 * loss * loss
    return rounded(losses), rounded(forecasts)


losses, forecasts = clustered(500)
series = {
    "steady": rounded(rng.standard_normal(300)),
    "autoregressive": autoregression(400, 0.6),
    "persistent": autoregression(400, 0.92),
    "alternating": autoregression(250, -0.5),
    "losses": losses,
    "forecasts": forecasts,
    "flat": [round(1.2 + 0.1 * float(rng.random()), 4) for _ in range(500)],
}
of = {name: np.array(values) for name, values in series.items()}


def r(script):
    return json.loads(subprocess.run(["Rscript", "-e", script], check=True, capture_output=True, text=True).stdout)


def r_vector(name):
    return "c(" + ",".join(repr(value) for value in series[name]) + ")"


def block_lengths():
    return [
        {"series": name, "length": max(1.0, float(optimal_block_length(of[name])["stationary"].iloc[0]))}
        for name in ("steady", "autoregressive", "persistent", "alternating", "losses")
    ]


def stationary_errors():
    """Exact bootstrap variance of a mean: Politis and Romano 1994, equation (9)."""
    out = []
    for name, length in (("steady", 1), ("autoregressive", 8), ("persistent", 25.5), ("alternating", 3)):
        x = of[name] - of[name].mean()
        n = len(x)
        q = 1 - 1 / length
        total = x @ x / n
        for lag in range(1, n):
            weight = (1 - lag / n) * q**lag + lag / n * q ** (n - lag)
            total += 2 * weight * (x[lag:] @ x[:-lag]) / n
        # type 7 quantiles of another program's draws
        draws = StationaryBootstrap(length, of[name], seed=7).apply(np.mean, 40000)[:, 0]
        low, high = np.quantile(draws, [0.05, 0.95])
        out.append(
            {"series": name, "blockLength": length, "standardError": math.sqrt(total / n), "low": low, "high": high}
        )
    return out


def long_run():
    out = []
    for name in ("steady", "autoregressive", "persistent", "alternating", "losses"):
        x = of[name]
        for lags in (0, 1, 7):
            centred = (x - x.mean())[:, None]
            out.append(
                {"series": name, "lags": lags, "variance": float(S_hac_simple(centred, nlags=lags)[0, 0] / len(x))}
            )
        automatic = r(
            f"library(sandwich); x <- {r_vector(name)}; m <- lm(x ~ 1);"
            "b <- bwNeweyWest(m, kernel='Bartlett', prewhite=0);"
            "v <- lrvar(x, type='Newey-West', prewhite=FALSE, adjust=FALSE) * length(x);"
            "cat(sprintf('[%.17g, %.17g]', floor(b), v))"
        )
        out.append({"series": name, "lags": "automatic", "used": int(automatic[0]), "variance": automatic[1]})
    return out


def diebold_mariano():
    out = []
    for first, second, horizon in (
        ("losses", "forecasts", 1),
        ("losses", "forecasts", 5),
        ("losses", "flat", 1),
        ("losses", "flat", 10),
        ("forecasts", "flat", 3),
    ):
        # absolute values are the scores
        got = r(
            f"library(forecast); d <- dm.test({r_vector(first)}, {r_vector(second)}, h={horizon}, power=1,"
            "varestimator='bartlett'); cat(sprintf('[%.17g, %.17g]', d$statistic, d$p.value))"
        )
        out.append({"first": first, "second": second, "horizon": horizon, "statistic": got[0], "pValue": got[1]})
    return out


def dynamic_quantile():
    out = []
    for level, lags, with_forecast in ((0.9, 4, True), (0.9, 1, True), (0.95, 4, True), (0.95, 0, True), (0.95, 4, False)):
        p = 1 - level
        hit = (of["losses"] > of["forecasts"]) - p
        n = len(hit)
        columns = [np.ones(n - lags)] + [hit[lags - lag : n - lag] for lag in range(1, lags + 1)]
        if with_forecast:
            columns.append(of["forecasts"][lags:])
        fitted = sm.OLS(hit[lags:], np.column_stack(columns)).fit().fittedvalues
        statistic = float(fitted @ fitted / (p * (1 - p)))
        out.append(
            {
                "level": level,
                "lags": lags,
                "withForecast": with_forecast,
                "statistic": statistic,
                "pValue": float(st.chi2.sf(statistic, len(columns))),
            }
        )
    return out


def cells():
    out = []
    for windows, exceptions, rate in ((500, 5, 0.01), (500, 10, 0.01), (730, 0, 0.01), (2000, 31, 0.01), (1000, 60, 0.05), (640, 640, 0.01)):
        test = st.binomtest(exceptions, windows, rate, alternative="greater")
        interval = st.binomtest(exceptions, windows, rate).proportion_ci(0.95, "exact")
        upper = 1.0 if exceptions == windows else float(st.beta.ppf(0.95, exceptions + 1, windows - exceptions))
        out.append(
            {
                "windows": windows,
                "exceptions": exceptions,
                "target": rate,
                "exceedanceP": float(test.pvalue),
                "low": float(interval.low),
                "high": float(interval.high),
                "upperLimit": upper,
            }
        )
    return out


def scales():
    ratios = [Fraction(loss) / Fraction(forecast) for loss, forecast in zip(losses, forecasts)]
    candidates = sorted({Fraction(0), *(ratio for ratio in ratios if ratio > 0)})
    n = len(ratios)

    def least(holds):
        return next((float(k) for k in candidates if holds(k)), None)

    out = []
    for rate in (0.002, 0.01, 0.05, 0.1):
        exact = Fraction(str(rate))
        breaches = lambda k: sum(ratio > k for ratio in ratios)
        out.append({"promise": "realised", "target": rate, "scale": least(lambda k: Fraction(breaches(k), n) <= exact)})
        out.append(
            {"promise": "exchangeable", "target": rate, "scale": least(lambda k: Fraction(breaches(k) + 1, n + 1) <= exact)}
        )
        out.append(
            {
                "promise": "confidence",
                "confidence": 0.9,
                "target": rate,
                "scale": least(lambda k: st.binom.cdf(breaches(k), n, rate) <= 0.1),
            }
        )
        for length in (4, 7):
            blocks = [index // length for index in range(n)]
            sizes = {block: blocks.count(block) for block in blocks}

            def share(k):
                return sum(Fraction(1, sizes[block]) for block, ratio in zip(blocks, ratios) if ratio > k)

            out.append(
                {
                    "promise": "blocks",
                    "length": length,
                    "target": rate,
                    "scale": least(lambda k: (share(k) + 1) / (len(sizes) + 1) <= exact),
                }
            )
        weights = [Fraction(0.99 ** (n - 1 - index)) for index in range(n)]
        out.append(
            {
                "promise": "weights",
                "decay": 0.99,
                "target": rate,
                "scale": least(
                    lambda k: (sum(w for w, ratio in zip(weights, ratios) if ratio > k) + 1) / (sum(weights) + 1) <= exact
                ),
            }
        )
    return out


def procyclicality():
    x = of["forecasts"]
    rises = []
    for periods in (1, 5, 30):
        rises.append(
            {
                "periods": periods,
                "rise": float((x[periods:] / x[:-periods]).max() - 1),
                "riseWithin": float(max((x[j:] / x[: len(x) - j]).max() for j in range(periods + 1)) - 1),
            }
        )
    return {
        "peakToTrough": float(x.max() / x.min()),
        "largestRises": rises,
        "logChangeDeviation": float(np.diff(np.log(x)).std(ddof=1)),
    }


def given_breach():
    excess = of["losses"] - of["forecasts"]
    breach = excess > 0
    share = excess[breach] / of["forecasts"][breach]
    return {
        "breaches": int(breach.sum()),
        "meanExcess": float(excess[breach].mean()),
        "worstExcess": float(excess.max()),
        "worstWindow": int(excess.argmax()),
        "meanShare": float(share.mean()),
        "worstShare": float(share.max()),
    }


versions = r("cat(sprintf('{\"R\":\"%s\",\"sandwich\":\"%s\",\"forecast\":\"%s\"}', getRversion(),"
             "packageVersion('sandwich'), packageVersion('forecast')))")
document = {
    "source": "scripts/references/backtest.py",
    "programs": {
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "statsmodels": statsmodels.__version__,
        "arch": arch.__version__,
        **versions,
    },
    "series": series,
    "blockLengths": block_lengths(),
    "stationaryErrors": stationary_errors(),
    "longRunVariances": long_run(),
    "dieboldMariano": diebold_mariano(),
    "dynamicQuantile": dynamic_quantile(),
    "cells": cells(),
    "scales": scales(),
    "procyclicality": procyclicality(),
    "lossGivenBreach": given_breach(),
}


def lines(value):
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n  " + ",\n  ".join(json.dumps(item) for item in value) + "\n ]"
    return json.dumps(value)


target_file.parent.mkdir(parents=True, exist_ok=True)
target_file.write_text(
    "{\n" + ",\n".join(f' "{key}": {lines(value)}' for key, value in document.items()) + "\n}\n", encoding="utf-8"
)
print(target_file.name, target_file.stat().st_size)
