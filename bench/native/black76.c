// Native twin of the Black-76 batches: the yardstick of `npm run bench -- black76`, never a part of the product. The same formulas and
// passes as src/numerics/wasm/black76.as.ts. At 128 bits without FMA its results have the same bits.
//
// Protocol: argv[1] is an input written by bench/black76.ts. Each line on stdin is one command; each answer is one line on stdout.
//   price N      all options, N times                                                → nanoseconds
//   greeks N     with delta, gamma, vega, theta, vanna, volga
//   grid N       all strikes in all scenarios, call and put
//   textbook N   prices by libm's erfc, sqrt and log, one option at a time
//   write PATH   writes the prices of the last pass, the greeks and the grid, as doubles
#include <math.h>
#include "vector.h"

#define BLOCK 128
#define V(x) ((vec){0} + (x))

static int32_t count, strikes_count, scenario_count;
static double *signs, *forwards, *strikes, *vols, *years;
static double *grid_forwards, *grid_strikes, *grid_vols, *ratios, *logs, *vol_ratios;
static double *prices, *greeks, *call_prices, *put_prices;

static double total_vols[BLOCK] __attribute__((aligned(64))), distances[BLOCK] __attribute__((aligned(64)));
static double x1s[BLOCK] __attribute__((aligned(64))), x2s[BLOCK] __attribute__((aligned(64)));
static double densities[BLOCK] __attribute__((aligned(64)));
static double n1s[BLOCK] __attribute__((aligned(64))), d1s[BLOCK] __attribute__((aligned(64)));
static double n2s[BLOCK] __attribute__((aligned(64))), d2s[BLOCK] __attribute__((aligned(64)));

static inline vec load(const double *p) { return *(const vec *)p; }
static inline void store(double *p, vec x) { *(vec *)p = x; }
static inline vec absolute(vec x) { return (vec)((longs)x & INT64_MAX); }
static inline vec choose(longs mask, vec yes, vec no) { return (vec)((mask & (longs)yes) | (~mask & (longs)no)); }

static inline vec log_ratio(vec a, vec b) {
  ints k = ((ints)a - (ints)b + 0x80000) >> 20;
#if VECTOR == 4
  k = (ints)_mm256_min_epi32(_mm256_max_epi32((__m256i)k, _mm256_set1_epi32(-1000)), _mm256_set1_epi32(1000));
  const ints odd = __builtin_shufflevector(k, k, 1, 3, 5, 7, 1, 3, 5, 7);
  const vec n = (vec)_mm256_cvtepi32_pd(_mm256_castsi256_si128((__m256i)odd));
#else
  const ints low = (ints){0} - 1000, high = (ints){0} + 1000;
  ints m = k > low;
  k = (k & m) | (low & ~m);
  m = k < high;
  k = (k & m) | (high & ~m);
  const ints odd = __builtin_shufflevector(k, k, 1, 3, 1, 3);
  const vec n = (vec)_mm_cvtepi32_pd((__m128i)odd);
#endif
  const vec power = (vec)((longs)((1023 - k) << 20) & (longs)((longs){0} + 0x7fffffff00000000));
  const vec scaled = a * power;
  const vec z = (scaled - b) / larger(scaled + b, V(1e-300));
  const vec w = z * z;
  vec p = 0.07686868191834544 * w + 0.07624737736980786;
  p = p * w + 0.0909319585820693;
  p = p * w + 0.1111106881548513;
  p = p * w + 0.14285714702976118;
  p = p * w + 0.19999999998051116;
  p = p * w + 0.3333333333333641;
  const vec twice = z + z;
  return n * 0.6931471803691238 + (twice + (twice * w * p + n * 1.9082149292705877e-10));
}

static inline void set_distances(int i, vec a, vec total_vol) {
  const vec h = total_vol * 0.5;
  store(total_vols + i, total_vol);
  store(distances + i, a);
  store(x1s + i, a - h);
  store(x2s + i, a + h);
}

static void option_pass(int from) {
  for (int i = 0; i < BLOCK; i += VECTOR) {
    const vec forward = load(forwards + from + i), strike = load(strikes + from + i);
    const vec total_vol = load(vols + from + i) * root(load(years + from + i));
    const vec a = smaller(absolute(log_ratio(forward, strike)) / larger(total_vol, V(1e-300)), V(1000));
    set_distances(i, a, total_vol);
    store(densities + i, smaller(strike, forward));
  }
}

static void density_pass(void) {
  for (int i = 0; i < BLOCK; i += VECTOR) {
    const vec x = load(x1s + i);
    const vec y = larger(-0.5 * x * x, V(-750));
    const vec t = y * 1.4426950408889634 + 6755399441055744.0;
    const vec k = t - 6755399441055744.0;
    const vec r = y - k * 0.6931471803691238 - k * 1.9082149292705877e-10;
    const vec w = r * r;
    vec even = 2.7630412181114096e-7 * w + 2.4801492676028418e-5;
    even = even * w + 0.001388888894399832;
    even = even * w + 0.041666666666528934;
    even = even * w + 0.5000000000000011;
    vec odd = 2.4999942751276118e-8 * w + 2.7557587583732222e-6;
    odd = odd * w + 0.00019841269504307707;
    odd = odd * w + 0.008333333333495918;
    odd = odd * w + 0.1666666666666641;
    const vec e = 1 + (r + w * (odd * r + even));
    const longs bias = (longs){0} + 0x000003ff00000000;
    const ints n = (ints)((longs)t << 32), half = n >> 1;
    const vec low = (vec)((half + (ints)bias) << 20), high = (vec)((n - half + (ints)bias) << 20);
    store(densities + i, load(densities + i) * 0.3989422804014327 * (e * low * high));
  }
}

static inline vec mills_numerator(vec u) {
  vec n = 3.5013345569023317e-6 * u + 9.40080388058508e-5;
  n = n * u + 0.0012361767035015065;
  n = n * u + 0.010297941206744437;
  n = n * u + 0.0594363393446695;
  n = n * u + 0.2456275808535341;
  n = n * u + 0.7268781460133511;
  n = n * u + 1.4913317044083843;
  n = n * u + 1.943892136311888;
  return n * u + 1.2533141373155001;
}
static inline vec mills_denominator(vec u) {
  vec d = 3.501334556911736e-6 * u + 9.400803880387758e-5;
  d = d * u + 0.0012396780382448228;
  d = d * u + 0.010391949234975164;
  d = d * u + 0.06066551378491976;
  d = d * u + 0.25573749471567414;
  d = d * u + 0.7838773816078295;
  d = d * u + 1.7172996224815151;
  d = d * u + 2.5640504836771894;
  d = d * u + 2.348886084232209;
  return d * u + 1;
}
static void mills_pass(const double *xs, double *ns, double *ds) {
#if defined(__clang__)
#pragma clang loop unroll_count(4)
#else
#pragma GCC unroll 4
#endif
  for (int i = 0; i < BLOCK; i += VECTOR) {
    const vec u = smaller(absolute(load(xs + i)), V(1000));
    store(ns + i, mills_numerator(u));
    store(ds + i, mills_denominator(u));
  }
}

static vec series_difference(vec a, vec total_vol) {
  const vec h = 0.5 * total_vol, g = h * h;
  const vec r0 = mills_numerator(a) / mills_denominator(a);
  const vec r1 = a * r0 - 1, r2 = r0 + a * r1, r3 = 2 * r1 + a * r2, r4 = 3 * r2 + a * r3;
  const vec r5 = 4 * r3 + a * r4, r6 = 5 * r4 + a * r5, r7 = 6 * r5 + a * r6;
  return -total_vol * (r1 + g * (r3 * 0.16666666666666666 + g * (r5 * 0.008333333333333333 + g * (r7 * 0.0001984126984126984))));
}

static inline vec out_of_the_money(int i, vec lesser) {
  const vec x1 = load(x1s + i), total_vol = load(total_vols + i), density = load(densities + i);
  const vec n1 = (vec)((longs)load(n1s + i) ^ ((longs)x1 & INT64_MIN));
  const vec d1 = load(d1s + i), n2 = load(n2s + i), d2 = load(d2s + i);
  const vec sunk = (vec)((longs)lesser & (x1 < 0));
  vec price = sunk + density * (n1 * d2 - n2 * d1) / (d1 * d2);
  const longs small = total_vol < 0.03125;
  if (any(small)) price = choose(small, density * series_difference(load(distances + i), total_vol), price);
  return price;
}

static void all_passes(void) {
  density_pass();
  mills_pass(x1s, n1s, d1s);
  mills_pass(x2s, n2s, d2s);
}

static void price_all(void) {
  for (int from = 0; from < count; from += BLOCK) {
    option_pass(from);
    all_passes();
    for (int i = 0; i < BLOCK; i += VECTOR) {
      const vec forward = load(forwards + from + i), strike = load(strikes + from + i);
      const vec price = out_of_the_money(i, smaller(strike, forward));
      store(prices + from + i, larger(load(signs + from + i) * (forward - strike), V(0)) + price);
    }
  }
}

static void greeks_all(void) {
  for (int from = 0; from < count; from += BLOCK) {
    option_pass(from);
    all_passes();
    for (int i = 0; i < BLOCK; i += VECTOR) {
      const vec forward = load(forwards + from + i), strike = load(strikes + from + i), sign = load(signs + from + i);
      const vec price = out_of_the_money(i, smaller(strike, forward));
      const vec gap = forward - strike;
      double *out = greeks + from + i;
      store(out, larger(sign * gap, V(0)) + price);
      const longs above = gap >= 0;
      const vec vol = load(vols + from + i), sqrt_years = root(load(years + from + i)), total_vol = load(total_vols + i);
      const vec x1 = load(x1s + i), x2 = load(x2s + i), density = load(densities + i);
      const vec d1 = choose(above, x2, -x1), d2 = choose(above, x1, -x2);
      const vec numerator = choose(above, load(n2s + i), load(n1s + i));
      const vec denominator = choose(above, load(d2s + i), load(d1s + i));
      const vec forward_vol = forward * total_vol;
      const vec inverse = 1 / (forward_vol * denominator);
      const vec per_forward_vol = inverse * denominator, per_vol = per_forward_vol * forward;
      const vec phi = density * per_forward_vol * total_vol;
      const vec tail = phi * numerator * (inverse * forward_vol);
      const longs same = ~((d1 > 0) ^ (sign > 0));
      const vec vega = density * sqrt_years;
      store(out + count, sign * choose(same, 1 - tail, tail));
      store(out + 2 * (size_t)count, phi * per_forward_vol);
      store(out + 3 * (size_t)count, vega);
      store(out + 4 * (size_t)count, -0.5 * (density * vol) * (vol * per_vol));
      store(out + 5 * (size_t)count, -(phi * sqrt_years * (per_vol * d2)));
      store(out + 6 * (size_t)count, vega * sqrt_years * per_vol * (d1 * d2));
    }
  }
}

static void grid_all(void) {
  for (int row = 0; row < strikes_count; row++) {
    const vec forward = V(grid_forwards[row]), strike = V(grid_strikes[row]), vol = V(grid_vols[row]);
    const vec base = log_ratio(forward, strike);
    for (int from = 0; from < scenario_count; from += BLOCK) {
      for (int i = 0; i < BLOCK; i += VECTOR) {
        const vec v = vol * load(vol_ratios + from + i);
        set_distances(i, smaller(absolute(base + load(logs + from + i)) / larger(v, V(1e-300)), V(1000)), v);
        store(densities + i, smaller(strike, forward * load(ratios + from + i)));
      }
      all_passes();
      const size_t at = (size_t)row * scenario_count + from;
      for (int i = 0; i < BLOCK; i += VECTOR) {
        const vec shocked = forward * load(ratios + from + i), gap = shocked - strike;
        const vec price = out_of_the_money(i, smaller(strike, shocked));
        store(call_prices + at + i, larger(gap, V(0)) + price);
        store(put_prices + at + i, larger(-gap, V(0)) + price);
      }
    }
  }
}

static void textbook_all(void) {
  for (int i = 0; i < count; i++) {
    const double v = vols[i] * sqrt(years[i]), d1 = log(forwards[i] / strikes[i]) / v + 0.5 * v, d2 = d1 - v, s = signs[i];
    prices[i] = s * (forwards[i] * 0.5 * erfc(-s * d1 * 0.7071067811865476) - strikes[i] * 0.5 * erfc(-s * d2 * 0.7071067811865476));
  }
}

int main(int argc, char **argv) {
  FILE *file = argc > 1 ? fopen(argv[1], "rb") : 0;
  if (!file) { fprintf(stderr, "usage: black76 INPUT\n"); return 1; }
  int32_t *head = take(file, 16);
  count = head[0]; strikes_count = head[1]; scenario_count = head[2];
  const size_t n = (size_t)count * 8, m = (size_t)strikes_count * 8, s = (size_t)scenario_count * 8;
  signs = take(file, n); forwards = take(file, n); strikes = take(file, n); vols = take(file, n); years = take(file, n);
  grid_forwards = take(file, m); grid_strikes = take(file, m); grid_vols = take(file, m);
  ratios = take(file, s); logs = take(file, s); vol_ratios = take(file, s);
  prices = room(n); greeks = room(7 * n); call_prices = room(m * scenario_count); put_prices = room(m * scenario_count);
  char line[4096];
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    if (!strncmp(line, "write ", 6)) {
      FILE *out = fopen(line + 6, "wb");
      fwrite(prices, 1, n, out);
      fwrite(greeks, 1, 7 * n, out);
      fwrite(call_prices, 1, m * scenario_count, out);
      fwrite(put_prices, 1, m * scenario_count, out);
      fclose(out);
      printf("0\n");
    } else {
      char *space = strchr(line, ' ');
      const int times = space ? atoi(space) : 1;
      if (space) *space = 0;
      void (*pass)(void) = !strcmp(line, "price") ? price_all : !strcmp(line, "greeks") ? greeks_all : !strcmp(line, "grid") ? grid_all : !strcmp(line, "textbook") ? textbook_all : 0;
      if (!pass) { fprintf(stderr, "unknown command %s\n", line); return 1; }
      const int64_t start = now();
      for (int i = 0; i < times; i++) pass();
      printf("%lld\n", (long long)(now() - start));
    }
    fflush(stdout);
  }
  return 0;
}
