// QuantLib's C++ on the input of black76.c, with the same protocol: a yardstick of `npm run bench -- black76`.
//   price N    blackFormula
//   greeks N   BlackCalculator: value, deltaForward, gammaForward, vega, theta (it has no vanna or volga)
#include <ql/instruments/payoffs.hpp>
#include <ql/pricingengines/blackcalculator.hpp>
#include <ql/pricingengines/blackformula.hpp>
#include "vector.h"

using namespace QuantLib;

int main(int argc, char **argv) {
  FILE *file = argc > 1 ? fopen(argv[1], "rb") : nullptr;
  if (!file) return 1;
  const int32_t *head = static_cast<int32_t *>(take(file, 16));
  const size_t count = head[0];
  double *inputs[5], *out = static_cast<double *>(room(count * 8 * 5));
  for (auto &input : inputs) input = static_cast<double *>(take(file, count * 8));
  const double *signs = inputs[0], *forwards = inputs[1], *strikes = inputs[2], *vols = inputs[3], *years = inputs[4];
  char line[4096];
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    if (!strncmp(line, "write ", 6)) {
      FILE *results = fopen(line + 6, "wb");
      fwrite(out, 8, count, results);
      fclose(results);
      printf("0\n");
    } else {
      const bool greeks = !strncmp(line, "greeks ", 7);
      const int times = atoi(strchr(line, ' '));
      const int64_t start = now();
      for (int n = 0; n < times; n++) {
        for (size_t i = 0; i < count; i++) {
          const Option::Type type = signs[i] > 0 ? Option::Call : Option::Put;
          const double deviation = vols[i] * std::sqrt(years[i]);
          if (greeks) {
            const BlackCalculator calculator(type, strikes[i], forwards[i], deviation);
            out[i] = calculator.value();
            out[count + i] = calculator.deltaForward();
            out[2 * count + i] = calculator.gammaForward();
            out[3 * count + i] = calculator.vega(years[i]);
            out[4 * count + i] = calculator.theta(forwards[i], years[i]);
          } else {
            out[i] = blackFormula(type, strikes[i], forwards[i], deviation);
          }
        }
      }
      printf("%lld\n", static_cast<long long>(now() - start));
    }
    fflush(stdout);
  }
  return 0;
}
