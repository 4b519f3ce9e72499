"""Writes the high-precision references that the tests of numerics and pricing compare with.

    python3 scripts/references/vectors.py        (about a minute; needs mpmath)

Every input is a float64 written so that it reads back exactly; every reference has 25 significant digits, computed with at
least 60. The sampling is seeded: running it again writes the same files.
"""

import json
import math
import random
from pathlib import Path

import mpmath
from mpmath import mp, mpf, erfc, exp, expm1, gamma, log, log1p, loggamma, pi, sqrt, nstr, diff

root = Path(__file__).resolve().parents[2] / "test" / "vectors"
digits = 25


def text(value):
    return nstr(value, digits, min_fixed=0, max_fixed=0)


def write(folder, name, arguments, results, cases, note):
    path = root / folder / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    head = {
        "source": f"scripts/references/vectors.py, mpmath {mpmath.__version__} with at least 60 digits",
        "note": note,
        "function": name,
        "arguments": arguments,
        "results": results,
    }
    lines = ",\n".join(json.dumps(case) for case in cases)
    body = json.dumps(head, indent=1, ensure_ascii=False)[:-2]
    path.write_text(f'{body},\n "cases": [\n{lines}\n]}}\n', encoding="utf-8")
    print(path.relative_to(root), len(cases))


def one(name, f, inputs, note):
    mp.dps = 60
    write("numerics", name, ["x"], ["value"], [[x, text(f(mpf(x)))] for x in inputs], note)


def spread(low, high):
    """A float64 whose magnitude is uniform in order of magnitude from 10^low to 10^high."""
    return 10 ** random.uniform(low, high)


def signed(x):
    return x if random.random() < 0.5 else -x


def tail(x):
    return erfc(x / sqrt(mpf(2))) / 2


def density(x):
    return exp(-x * x / 2) / sqrt(2 * pi)


def quantile(p):
    p = mpf(p)
    if p > 0.5:
        return -quantile(1 - p)
    if p == 0.5:
        return mpf(0)
    x = -sqrt(-2 * log(p)) if p < 0.1 else mpf(-0.5)
    for _ in range(100):
        step = (log(tail(-x)) - log(p)) * tail(-x) / density(x)
        x -= step
        if abs(step) < abs(x) * mpf(10) ** -45:
            break
    return x


def numerics():
    ends = [709.782712893384, 709.78, -708.3964185322641, -740.0, -744.4400719213812, -745.13, 2.0**-53, -(2.0**-54), 5e-324]
    one("exp", exp, [random.uniform(-708, 709) for _ in range(200)] + [signed(spread(-20, 0)) for _ in range(60)] + ends,
        "normal and subnormal results")
    one("expm1", expm1, [random.uniform(-36, 709) for _ in range(100)] + [random.uniform(-2, 2) for _ in range(120)]
        + [signed(spread(-300, 0)) for _ in range(60)] + [709.78], "")
    one("log", log, [spread(-307, 308) for _ in range(100)] + [random.uniform(0.5, 2) for _ in range(120)]
        + [1 + signed(spread(-15, -1)) for _ in range(60)] + [5e-324, 1e-310, 2.2250738585072014e-308, 1.7976931348623157e308, 1.0],
        "subnormal arguments and the neighbourhood of 1 included")
    one("log1p", log1p, [spread(-300, 300) for _ in range(80)] + [random.uniform(-0.9999, 4) for _ in range(120)]
        + [signed(spread(-300, -1)) for _ in range(60)] + [-0.9999999999999999, 9007199254740994.0], "")
    cases = []
    while len(cases) < 300:
        kind = len(cases) % 4
        base = [spread(-300, 300), random.uniform(0.5, 2), 1 + signed(spread(-15, -1)), float(random.randint(2, 30))][kind]
        size = float(log(mpf(base)))
        exponent = float(random.randint(1, 12)) if kind == 3 else random.uniform(-744, 709) / size
        cases.append([base, exponent, text(mpf(base) ** mpf(exponent))])
    cases.append([5e-324, 0.5, text(sqrt(mpf(5e-324)))])
    write("numerics", "pow", ["base", "exponent"], ["value"], cases, "large exponents and integer powers included")
    one("normalPdf", density, [random.uniform(-38.5, 38.5) for _ in range(200)] + [0.0, 1e-200, 38.0, 38.5], "")
    one("normalCdf", lambda x: tail(-x), [random.uniform(-37.5, 8) for _ in range(220)] + [random.uniform(-2, 2) for _ in range(60)]
        + [0.0, -8.0, -37.0, -37.5, -38.0, -38.4, -38.45, 1e-300, 8.3], "lower tail down to the subnormals")
    one("normalInverse", quantile, [spread(-307, -0.31) for _ in range(120)] + [random.uniform(0.001, 0.999) for _ in range(120)]
        + [5e-324, 1e-310, 0.5, 0.075, 0.925, 0.9999999999999999, 0.5000000000000001], "down to the smallest float64")
    one("millsRatio", lambda x: tail(x) / density(x), [random.uniform(0, 40) for _ in range(150)] + [random.uniform(0, 4) for _ in range(80)]
        + [random.uniform(-30, 0) for _ in range(40)] + [spread(1.6, 2.5) for _ in range(30)] + [0.0, 40.0], "")
    one("logGamma", loggamma, [spread(-5, 7) for _ in range(100)] + [random.uniform(0.1, 5) for _ in range(100)] + [0.5, 170.0], "")
    gamma_cases()
    beta_cases()


def gamma_cases():
    cases = []
    mp.dps = 150
    while len(cases) < 150:
        a = spread(-1, 3)
        x = a * spread(-0.5, 0.5) if len(cases) % 2 else a + math.sqrt(a) * random.uniform(-6, 6)
        x = float(max(x, 1e-3))
        term = total = mpf(1)
        n = 0
        while term > total * mpf(10) ** -mp.dps:
            n += 1
            term *= mpf(x) / (mpf(a) + n)
            total += term
        p = mpf(x) ** a * exp(-mpf(x)) / gamma(mpf(a) + 1) * total
        if min(p, 1 - p) > mpf(10) ** -90:
            cases.append([a, x, text(p), text(1 - p)])
    write("numerics", "gammaP", ["a", "x"], ["lower", "upper"], cases, "regularised; by the series of positive terms")


def beta_cases():
    cases = []
    mp.dps = 120
    while len(cases) < 150:
        a, b = spread(-1, 3), spread(-1, 3)
        mean = a / (a + b)
        deviation = math.sqrt(mean * (1 - mean) / (a + b + 1))
        x = min(max(mean + deviation * random.uniform(-6, 6), 1e-6), 0.98)
        term = total = mpf(1)
        n = 0
        while term > total * mpf(10) ** -mp.dps:
            term *= (mpf(a) + mpf(b) + n) * mpf(x) / (mpf(a) + 1 + n)
            n += 1
            total += term
        front = mpf(x) ** a * (1 - mpf(x)) ** b * gamma(mpf(a) + mpf(b)) / (gamma(mpf(a) + 1) * gamma(mpf(b)))
        value = front * total
        if value > mpf(10) ** -90:
            cases.append([x, a, b, text(value)])
    write("numerics", "regularizedBeta", ["x", "a", "b"], ["value"], cases, "by the series of positive terms")


def out_of_the_money(forward, strike, years, vol):
    v = vol * sqrt(years)
    d1 = log(forward / strike) / v + v / 2
    d2 = d1 - v
    if forward <= strike:
        return forward * tail(-d1) - strike * tail(-d2)
    return strike * tail(d2) - forward * tail(d1)


def option(deviations, years, vol):
    """An option `deviations` standard deviations from the money, as exact float64s."""
    forward = spread(-3, 5)
    v = vol * math.sqrt(years)
    return forward, forward * math.exp(deviations * v), years, vol


def pricing():
    mp.dps = 90
    second = math.log10(1 / 31536000)
    options = [option(random.uniform(-10, 10), spread(second, math.log10(2)), spread(-1.5, 0.7)) for _ in range(400)]
    # around the switch to the series, at the money, and far from ordinary
    options += [option(random.uniform(-8, 8), 1.0, 0.03125 * random.uniform(0.95, 1.05)) for _ in range(60)]
    options += [(100.0, 100.0, years, 0.5) for years in (1 / 31536000, 1e-4, 0.25, 2.0, 40.0)]
    options += [(100.0, 100.00000001, 1 / 31536000, 0.01), (1e-9, 1.1e-9, 0.5, 0.8), (3e12, 2.5e12, 0.5, 0.8), (50.0, 4000.0, 2.0, 3.0)]
    options += [option(random.uniform(-3, 3), spread(-1, 1), spread(0, 1)) for _ in range(30)]
    cases = []
    for case in options:
        price = out_of_the_money(*map(mpf, case))
        if price > mpf(10) ** -290:
            cases.append([*case, text(price)])
    write("pricing", "outOfTheMoneyPrice", ["forward", "strike", "expiryYears", "vol"], ["price"], cases,
          "undiscounted put when the forward is above the strike, call otherwise; one second to two years, 10 standard deviations")

    mp.dps = 100
    cases = []
    for number in range(120):
        case = option(random.uniform(-7, 7), spread(second, math.log10(2)), spread(-1, 0.5))
        discount = random.uniform(0.8, 1.0)
        forward, strike, years, vol = map(mpf, case)
        rate = -log(mpf(discount)) / years
        f = lambda F, s: out_of_the_money(F, strike, years, s)
        price = f(forward, vol)
        delta = diff(lambda F: f(F, vol), forward)
        # passing time: less time to expiry, and the discount of the time that is left
        theta = -diff(lambda T: exp(-rate * T) * out_of_the_money(forward, strike, T, vol), years)
        second_orders = [diff(lambda F: f(F, vol), forward, 2), diff(lambda s: f(forward, s), vol), theta / discount,
                         diff(f, (forward, vol), (1, 1)), diff(lambda s: f(forward, s), vol, 2)]
        cases.append([*case, discount, *(text(discount * x) for x in (price, delta, *second_orders))])
    write("pricing", "black76Greeks", ["forward", "strike", "expiryYears", "vol", "discount"],
          ["price", "delta", "gamma", "vega", "theta", "vanna", "volga"], cases,
          "of the out-of-the-money option, by numerical differentiation of the price at 100 digits: independent of the closed forms")


random.seed(76)
numerics()
pricing()
