import { measureImpliedVol } from "./implied-vol.ts";
import { measureAll } from "./measure.ts";

// Prints the figures of docs/accuracy.md: npx node test/accuracy/print.ts
for (const { name, unit, cases, worst, at } of measureAll()) {
  const figure = unit === "ulp" ? worst.toFixed(2) : worst.toExponential(1);
  console.log(`| \`${name}\` | ${cases} | ${figure} ${unit} | at ${at.join(", ")}`);
}
console.log("impliedVol", measureImpliedVol(1, 200_000));
