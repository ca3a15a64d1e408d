/** A small line over the last minutes. */

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [240, 48];

/** An SVG of the values, oldest first; gaps where there is none. */
export function plot(values: readonly (number | undefined)[], label: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("class", "plot");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  const most = Math.max(...values.map((value) => value ?? 0), 1e-9);
  const step = WIDTH / Math.max(1, values.length - 1);
  let path = "";
  let pen = "M";
  for (const [i, value] of values.entries()) {
    if (value === undefined) {
      pen = "M";
      continue;
    }
    path += `${pen}${(i * step).toFixed(1)} ${(HEIGHT - 3 - (value / most) * (HEIGHT - 6)).toFixed(1)}`;
    pen = "L";
  }
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}
