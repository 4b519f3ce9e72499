// Native twin of the whole-book re-margin: the yardstick of `npm run bench -- remargin`, never a part of the product.
// The same algorithm as src/numerics/wasm/remargin.as.ts: matrix tile-major, account blocks, register accumulators,
// minimum folded per tile. Vectors of VECTOR doubles (4 = AVX2, 2 = 128 bits), tiles of TILE scenarios.
//
// Protocol: argv[1] is a book written by bench/remargin.ts. Each line on stdin is one command; each answer is one line on stdout.
//   worst        re-margins every account: its worst scenario            → nanoseconds
//   shortfall    re-margins every account: sums of its COUNT worst        → nanoseconds
//   order        checks ORDERS orders against cached scenario vectors     → nanoseconds
//   arithmetic   the worst pass with every row in the first-level cache  → nanoseconds (overwrites the results)
//   reading      reads the bytes that the worst pass reads, from a buffer of one tile's size → nanoseconds
//   write PATH   writes the three result arrays, as doubles
#include "vector.h"

#ifndef TILE
#define TILE 32
#endif
#ifndef BLOCK
#define BLOCK 1000
#endif
#define ACCUMULATORS (TILE / VECTOR)

static int32_t accounts, instruments, scenarios, positions, tail, orders, tiles;
static int32_t *starts, *rows, *order_account, *order_instrument;
static double *lots, *matrix, *tiled, *order_lots;
static double *worst, *tail_sum, *tail_next, *order_worst, *vectors;
static uint32_t *offsets;

// One account against one tile. Eight accumulators (or TILE / VECTOR) stay in registers.
static inline __attribute__((always_inline)) void sum_tile(const char *tile, int32_t from, int32_t to, vec *sum) {
  vec a[ACCUMULATORS] = {0};
  for (int32_t p = from; p < to; p++) {
    const vec *row = (const vec *)(tile + offsets[p]);
    const double size = lots[p];
#pragma GCC unroll 32
    for (int k = 0; k < ACCUMULATORS; k++) a[k] += size * row[k];
  }
#pragma GCC unroll 32
  for (int k = 0; k < ACCUMULATORS; k++) sum[k] = a[k];
}

static void remargin_worst(void) {
  for (int32_t first = 0; first < accounts; first += BLOCK) {
    const int32_t last = first + BLOCK < accounts ? first + BLOCK : accounts;
    for (int32_t a = first; a < last; a++) worst[a] = __builtin_inf();
    for (int32_t t = 0; t < tiles; t++) {
      const char *tile = (const char *)(tiled + (size_t)t * instruments * TILE);
      for (int32_t a = first; a < last; a++) {
        vec sum[ACCUMULATORS];
        sum_tile(tile, starts[a], starts[a + 1], sum);
        vec low = sum[0];
#pragma GCC unroll 32
        for (int k = 1; k < ACCUMULATORS; k++) low = smaller(sum[k], low);
        double w = worst[a];
        for (int k = 0; k < VECTOR; k++) w = low[k] < w ? low[k] : w;
        worst[a] = w;
      }
    }
  }
}

#define ORDER(a, b) do { const vec low_ = smaller(b, a); b = larger(b, a); a = low_; } while (0)
// Of `count` vectors (VECTOR accounts, one per lane), a multiple of 8, the sum of the `keep` - 1 smallest; the keep-th goes to *last.
static inline vec smallest_eight(const char *from, size_t stride, int32_t count, int32_t keep, vec *evicted, vec *last) {
  vec sum = {0};
  for (;;) {
    vec r[8];
#pragma GCC unroll 8
    for (int k = 0; k < 8; k++) r[k] = (vec){0} + __builtin_inf();
    for (int32_t c = 0; c < count; c += 8) {
      vec x[8], y[8];
#pragma GCC unroll 8
      for (int k = 0; k < 8; k++) x[k] = *(const vec *)(from + k * stride);
      from += 8 * stride;
      ORDER(x[0], x[2]); ORDER(x[1], x[3]); ORDER(x[4], x[6]); ORDER(x[5], x[7]); ORDER(x[0], x[4]); ORDER(x[1], x[5]); ORDER(x[2], x[6]); ORDER(x[3], x[7]); ORDER(x[0], x[1]); ORDER(x[2], x[3]); ORDER(x[4], x[5]); ORDER(x[6], x[7]); ORDER(x[2], x[4]); ORDER(x[3], x[5]); ORDER(x[1], x[4]); ORDER(x[3], x[6]); ORDER(x[1], x[2]); ORDER(x[3], x[4]); ORDER(x[5], x[6]);
#pragma GCC unroll 8
      for (int k = 0; k < 8; k++) { y[k] = smaller(x[7 - k], r[k]); evicted[c + k] = larger(x[7 - k], r[k]); }
      ORDER(y[0], y[4]); ORDER(y[1], y[5]); ORDER(y[2], y[6]); ORDER(y[3], y[7]); ORDER(y[0], y[2]); ORDER(y[1], y[3]); ORDER(y[4], y[6]); ORDER(y[5], y[7]); ORDER(y[0], y[1]); ORDER(y[2], y[3]); ORDER(y[4], y[5]); ORDER(y[6], y[7]);
#pragma GCC unroll 8
      for (int k = 0; k < 8; k++) r[k] = y[k];
    }
    const int32_t here = keep - 1 < 8 ? keep - 1 : 8;
    for (int32_t i = 0; i < here; i++) sum += r[i];
    if (keep <= 8) { *last = r[keep - 1]; return sum; }
    from = (const char *)evicted;
    stride = sizeof(vec);
    keep -= 8;
  }
}

// The same group-minimum filter as the product: see shortfall in remargin.as.ts.
static void remargin_shortfall(void) {
  enum { SHORT_BLOCK = 1024 };
  static double *sums, *lows, *candidates;
  static vec *evicted;
  static uint32_t *chosen[VECTOR];
  const int32_t width = tiles * TILE, groups = tiles * VECTOR, padded = (groups + 7) & ~7, keep = tail + 1;
  const size_t low_stride = SHORT_BLOCK + 8;
  if (!sums) {
    sums = room((size_t)SHORT_BLOCK * width * 8);
    lows = room((size_t)padded * low_stride * 8);
    for (size_t i = (size_t)groups * low_stride; i < (size_t)padded * low_stride; i++) lows[i] = __builtin_inf();
    candidates = room((size_t)(width + 8) * sizeof(vec));
    evicted = room((size_t)(width + 8) * sizeof(vec));
    for (int l = 0; l < VECTOR; l++) chosen[l] = room((size_t)(groups + 1) * 4);
  }
  for (int32_t first = 0; first < accounts; first += SHORT_BLOCK) {
    const int32_t last = first + SHORT_BLOCK < accounts ? first + SHORT_BLOCK : accounts;
    for (int32_t t = 0; t < tiles; t++) {
      const char *tile = (const char *)(tiled + (size_t)t * instruments * TILE);
      for (int32_t a = first; a < last; a++) {
        vec *sum = (vec *)(sums + (size_t)(a - first) * width + t * TILE);
        vec acc[ACCUMULATORS];
        sum_tile(tile, starts[a], starts[a + 1], acc);
        vec low = acc[0];
#pragma GCC unroll 32
        for (int k = 0; k < ACCUMULATORS; k++) { sum[k] = acc[k]; low = smaller(acc[k], low); }
        for (int l = 0; l < VECTOR; l++) lows[(size_t)(t * VECTOR + l) * low_stride + a - first] = low[l];
      }
    }
    for (int32_t a = first; a < last; a += VECTOR) {
      const char *low = (const char *)(lows + a - first);
      vec bound, next;
      smallest_eight(low, low_stride * 8, padded, keep, evicted, &bound);
      int32_t found[VECTOR] = {0};
      for (int32_t g = 0; g < groups; g++) {
        const double *x = (const double *)(low + (size_t)g * low_stride * 8);
#pragma GCC unroll 4
        for (int l = 0; l < VECTOR; l++) { chosen[l][found[l]] = (g / VECTOR) * TILE + g % VECTOR; found[l] += x[l] < bound[l]; }
      }
      int32_t count = keep, counts[VECTOR];
      for (int l = 0; l < VECTOR; l++) {
        int32_t n = 0;
        const double limit = bound[l];
        for (int32_t c = 0; c < found[l]; c++) {
          const double *group = sums + (size_t)(a - first + l) * width + chosen[l][c];
#pragma GCC unroll 16
          for (int k = 0; k < ACCUMULATORS; k++) { candidates[(size_t)n * VECTOR + l] = group[k * VECTOR]; n += group[k * VECTOR] < limit; }
        }
        counts[l] = n;
        count = n > count ? n : count;
      }
      count = (count + 7) & ~7;
      for (int l = 0; l < VECTOR; l++) for (int32_t n = counts[l]; n < count; n++) candidates[(size_t)n * VECTOR + l] = bound[l];
      const vec sum = smallest_eight((const char *)candidates, sizeof(vec), count, keep, evicted, &next);
      for (int l = 0; l < VECTOR && a + l < last; l++) { tail_sum[a + l] = sum[l]; tail_next[a + l] = next[l]; }
    }
  }
}

// What the machine allows: the same additions with every row in the first-level cache, and reading as many bytes as the rows
// have from a buffer of one tile's size.
static void limit_arithmetic(void) {
  static uint32_t *near;
  if (!near) near = room((size_t)positions * 4);
  uint32_t *real = offsets;
  offsets = near;
  remargin_worst();
  offsets = real;
}
static double limit_reading(void) {
  const size_t bytes = (size_t)instruments * TILE * 8, total = (size_t)positions * tiles * TILE * 8;
  vec sum[8] = {0};
  for (size_t done = 0; done < total; done += bytes)
    for (size_t at = 0; at < bytes; at += 8 * sizeof(vec))
#pragma GCC unroll 8
      for (int k = 0; k < 8; k++) sum[k] += *(const vec *)((const char *)tiled + at + k * sizeof(vec));
  return ((sum[0] + sum[1]) + (sum[2] + sum[3]) + (sum[4] + sum[5]) + (sum[6] + sum[7]))[0];
}

// Scenario vectors of all accounts, as a running service keeps them.
static void cache_vectors(void) {
  vectors = room((size_t)accounts * scenarios * 8);
  for (int32_t a = 0; a < accounts; a++)
    for (int32_t p = starts[a]; p < starts[a + 1]; p++)
      for (int32_t s = 0; s < scenarios; s++)
        vectors[(size_t)a * scenarios + s] += lots[p] * matrix[(size_t)rows[p] * scenarios + s];
}

static void check_orders(void) {
  for (int32_t o = 0; o < orders; o++) {
    const vec *v = (const vec *)(vectors + (size_t)order_account[o] * scenarios);
    const vec *m = (const vec *)(matrix + (size_t)order_instrument[o] * scenarios);
    const double size = order_lots[o];
    vec low[4];
    for (int k = 0; k < 4; k++) low[k] = v[k] + size * m[k];
    for (int32_t s = 4; s < scenarios / VECTOR; s += 4)
#pragma GCC unroll 4
      for (int k = 0; k < 4; k++) low[k] = smaller(v[s + k] + size * m[s + k], low[k]);
    low[0] = smaller(smaller(low[0], low[1]), smaller(low[2], low[3]));
    double w = low[0][0];
    for (int k = 1; k < VECTOR; k++) w = low[0][k] < w ? low[0][k] : w;
    order_worst[o] = w;
  }
}

static volatile double sink;

int main(int argc, char **argv) {
  FILE *file = argc > 1 ? fopen(argv[1], "rb") : 0;
  if (!file) { fprintf(stderr, "usage: remargin BOOK\n"); return 1; }
  int32_t *head = take(file, 32);
  accounts = head[0]; instruments = head[1]; scenarios = head[2]; positions = head[3]; tail = head[4]; orders = head[5];
  matrix = take(file, (size_t)instruments * scenarios * 8);
  lots = take(file, (size_t)positions * 8);
  order_lots = take(file, (size_t)orders * 8);
  starts = take(file, (size_t)(accounts + 1) * 4);
  rows = take(file, (size_t)positions * 4);
  order_account = take(file, (size_t)orders * 4);
  order_instrument = take(file, (size_t)orders * 4);
  tiles = (scenarios + TILE - 1) / TILE;
  tiled = room((size_t)tiles * instruments * TILE * 8);
  offsets = room((size_t)positions * 4);
  for (int32_t p = 0; p < positions; p++) offsets[p] = (uint32_t)rows[p] * TILE * 8;
  for (int32_t t = 0; t < tiles; t++)
    for (int32_t i = 0; i < instruments; i++)
      for (int32_t k = 0; k < TILE; k++) {
        const int32_t s = t * TILE + k;
        tiled[((size_t)t * instruments + i) * TILE + k] = matrix[(size_t)i * scenarios + (s < scenarios ? s : scenarios - 1)];
      }
  worst = room((size_t)accounts * 8);
  tail_sum = room((size_t)accounts * 8);
  tail_next = room((size_t)accounts * 8);
  order_worst = room((size_t)orders * 8);

  char line[4096];
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    if (!strncmp(line, "write ", 6)) {
      FILE *out = fopen(line + 6, "wb");
      fwrite(worst, 8, accounts, out);
      fwrite(tail_sum, 8, accounts, out);
      fwrite(tail_next, 8, accounts, out);
      fwrite(order_worst, 8, orders, out);
      fclose(out);
      printf("0\n");
    } else {
      if (!strcmp(line, "order") && !vectors) cache_vectors();
      const int64_t start = now();
      if (!strcmp(line, "worst")) remargin_worst();
      else if (!strcmp(line, "shortfall")) remargin_shortfall();
      else if (!strcmp(line, "order")) check_orders();
      else if (!strcmp(line, "arithmetic")) limit_arithmetic();
      else if (!strcmp(line, "reading")) sink = limit_reading();
      else { fprintf(stderr, "unknown command %s\n", line); return 1; }
      printf("%lld\n", (long long)(now() - start));
    }
    fflush(stdout);
  }
  return 0;
}
