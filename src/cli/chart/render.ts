import { writeFile } from "node:fs/promises";
import type { TopLevelSpec } from "vega-lite";
import { PlimsollError } from "../../quantity/index.ts";

const chartError = (file: string, limit: string, remedy: string): PlimsollError =>
  new PlimsollError("PLM_FILE", { field: "--chart", value: file, limit, remedy });

/** The optional packages that draw an SVG; a PNG needs one more. */
const svgPackages = "vega-lite vega";
const pngPackages: string = `${svgPackages} @resvg/resvg-js`;

async function load<T>(file: string, packageName: string, importer: () => Promise<T>): Promise<T> {
  try {
    return await importer();
  } catch {
    throw chartError(
      file,
      `drawn with the optional package ${packageName}`,
      `Run \`npm i ${file.endsWith(".png") ? pngPackages : svgPackages}\` and try again.`,
    );
  }
}

/**
 * Draws a Vega-Lite specification as SVG.
 *
 * @param file - named where a drawing package is missing.
 * @throws {PlimsollError} `PLM_FILE` for a missing package.
 */
export async function drawSvg(spec: TopLevelSpec, file: string): Promise<string> {
  const vegaLite = await load(file, "vega-lite", () => import("vega-lite"));
  const vega = await load(file, "vega", () => import("vega"));
  const view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}

/**
 * Draws a Vega-Lite specification into an `.svg` or `.png` file. The drawing packages are optional peers: a
 * missing one is named.
 *
 * @throws {PlimsollError} `PLM_FILE` for another ending, a missing package or an unwritable path.
 */
export async function renderChart(spec: TopLevelSpec, file: string): Promise<void> {
  const png = file.endsWith(".png");
  if (!png && !file.endsWith(".svg"))
    throw chartError(file, "a name that ends in .svg or .png", "Rename the chart file.");
  const svg = await drawSvg(spec, file);
  let content: string | Uint8Array = svg;
  if (png) {
    const { Resvg } = await load(file, "@resvg/resvg-js", () => import("@resvg/resvg-js"));
    content = new Resvg(svg, { fitTo: { mode: "zoom", value: 2 }, background: "white" }).render().asPng();
  }
  try {
    await writeFile(file, content);
  } catch (cause) {
    throw chartError(
      file,
      "writable",
      cause instanceof Error ? `The system says: ${cause.message}.` : "Check the folder.",
    );
  }
}
