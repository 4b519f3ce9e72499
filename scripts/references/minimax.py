"""Minimax fits in high precision (Remez exchange, relative error), for the coefficients of src/numerics.

Rational case: at the n+m+2 alternation points solve P(x) - f(x)·Q(x) = ±E·|f(x)|·Q(x) with Q(0) = 1. The right side's Q is
taken from the round before, which makes the system linear; the iteration settles together with the exchange.
Needs python3 with mpmath.
"""

from mpmath import mp, mpf, cos, pi, matrix, lu_solve


def evaluate(coefficients, x):
    total = mpf(0)
    for c in reversed(coefficients):
        total = total * x + c
    return total


def minimax(f, n, m, nodes, weight=None, rounds=40, start=None):
    """Fits P_n/Q_m to f over the sorted sample `nodes` (dense). Returns p, q, worst relative error.

    weight(x) is the magnitude that errors are measured against; |f(x)| when absent.
    """
    values = [f(x) for x in nodes]
    weights = [weight(x) if weight else abs(v) for x, v in zip(nodes, values)]
    count = n + m + 2
    last = len(nodes) - 1
    picks = start or [int(mp.nint(last * (1 - cos(pi * i / (count - 1))) / 2)) for i in range(count)]
    q = [mpf(1)] + [mpf(0)] * m
    best = None
    for _ in range(rounds):
        for _ in range(1 if m == 0 else 4):
            a = matrix(count, count)
            b = matrix(count, 1)
            for row, pick in enumerate(picks):
                x, v, w = nodes[pick], values[pick], weights[pick]
                for j in range(n + 1):
                    a[row, j] = x**j
                for j in range(1, m + 1):
                    a[row, n + j] = -v * x**j
                a[row, count - 1] = (-1) ** row * w * evaluate(q, x)
                b[row] = v
            solution = lu_solve(a, b)
            p = [solution[j] for j in range(n + 1)]
            q = [mpf(1)] + [solution[n + j] for j in range(1, m + 1)]
        errors = [(evaluate(p, x) / evaluate(q, x) - v) / w for x, v, w in zip(nodes, values, weights)]
        worst = max(abs(e) for e in errors)
        if best is None or worst < best[2]:
            best = (p, q, worst)
        # one extremum per run of equal sign
        runs = []
        for i, e in enumerate(errors):
            if runs and (errors[runs[-1]] >= 0) == (e >= 0):
                if abs(e) > abs(errors[runs[-1]]):
                    runs[-1] = i
            else:
                runs.append(i)
        while len(runs) > count:
            # drop the weaker end, or the weakest neighbouring pair
            if len(runs) - count >= 2:
                inner = min(range(len(runs) - 1), key=lambda i: max(abs(errors[runs[i]]), abs(errors[runs[i + 1]])))
                del runs[inner : inner + 2]
            elif abs(errors[runs[0]]) < abs(errors[runs[-1]]):
                runs.pop(0)
            else:
                runs.pop()
        if len(runs) < count:
            break
        level = min(abs(errors[i]) for i in runs)
        if runs == picks or worst - level < mpf(10) ** -6 * worst:
            break
        picks = runs
    return best


def chebyshev_nodes(low, high, count):
    low, high = mpf(low), mpf(high)
    return [(low + high) / 2 - (high - low) / 2 * cos(pi * i / (count - 1)) for i in range(count)]


def show(name, coefficients):
    print(f"{name}: [" + ", ".join(repr(float(c)) for c in coefficients) + "]")
