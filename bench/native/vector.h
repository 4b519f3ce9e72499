// Vectors of VECTOR doubles: 2 (128 bits) or 4 (AVX2).
#pragma once
#include <immintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef VECTOR
#define VECTOR 4
#endif
typedef double vec __attribute__((vector_size(VECTOR * 8)));
typedef int64_t longs __attribute__((vector_size(VECTOR * 8)));
typedef int32_t ints __attribute__((vector_size(VECTOR * 8)));

#if VECTOR == 4
static inline vec smaller(vec a, vec b) { return (vec)_mm256_min_pd((__m256d)a, (__m256d)b); }
static inline vec larger(vec a, vec b) { return (vec)_mm256_max_pd((__m256d)a, (__m256d)b); }
static inline vec root(vec a) { return (vec)_mm256_sqrt_pd((__m256d)a); }
static inline int any(longs m) { return _mm256_movemask_pd((__m256d)m) != 0; }
#else
static inline vec smaller(vec a, vec b) { return (vec)_mm_min_pd((__m128d)a, (__m128d)b); }
static inline vec larger(vec a, vec b) { return (vec)_mm_max_pd((__m128d)a, (__m128d)b); }
static inline vec root(vec a) { return (vec)_mm_sqrt_pd((__m128d)a); }
static inline int any(longs m) { return _mm_movemask_pd((__m128d)m) != 0; }
#endif

static void *take(FILE *file, size_t bytes) {
  void *p = aligned_alloc(64, (bytes + 63) / 64 * 64 + 64);
  if (!p || fread(p, 1, bytes, file) != bytes) { fprintf(stderr, "short input\n"); exit(1); }
  return p;
}
static void *room(size_t bytes) {
  void *p = aligned_alloc(64, (bytes + 63) / 64 * 64 + 64);
  if (!p) exit(1);
  memset(p, 0, bytes);
  return p;
}
// Processor time of this thread, nanoseconds.
static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec * 1000000000ll + t.tv_nsec;
}
