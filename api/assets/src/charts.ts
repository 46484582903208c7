// Draws what the elements with data-chart ask for: an ECharts option whose colours are named as
// `var(--seller)`. Loaded only where a page has charts; the table beside each says the same.
//
// Two things more than ECharts': a datum's `told` is what its tooltip says, and a series
// {type: "whiskers", data: [[place, low, high], ...], color} draws intervals over bars or points.
import { BarChart, CustomChart, LineChart, ScatterChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use, type ECharts } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { coloured, completed, type Told } from "./options";

use([
  BarChart, CustomChart, LineChart, ScatterChart,
  AriaComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent,
  SVGRenderer,
]);

const drawn = new Map<HTMLElement, ECharts>();
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) fit(target as HTMLElement);
});

export function draw(place: HTMLElement): void {
  if (!place.clientWidth || !place.clientHeight) return; // within closed <details>: drawn once it has a size
  const style = getComputedStyle(document.documentElement);
  let asked: Told;
  try {
    asked = JSON.parse(place.dataset.chart ?? "{}") as Told;
  } catch {
    return; // the table is there
  }
  const chart = drawn.get(place) ?? init(place, null, { renderer: "svg" });
  drawn.set(place, chart);
  chart.setOption(completed(coloured(asked, style) as Told, style, place.clientWidth), true);
}

function fit(place: HTMLElement): void {
  const chart = drawn.get(place);
  if (!chart) draw(place);
  else if (place.clientWidth && (chart.getWidth() !== place.clientWidth || chart.getHeight() !== place.clientHeight)) chart.resize();
}

function drawAll(): void {
  for (const [place, chart] of drawn) {
    if (place.isConnected) continue;
    chart.dispose();
    drawn.delete(place);
    sizes.unobserve(place);
  }
  for (const place of document.querySelectorAll<HTMLElement>("[data-chart]")) {
    draw(place);
    sizes.observe(place);
  }
}

drawAll();
document.addEventListener("htmx:afterSettle", drawAll);
document.addEventListener("htmx:historyRestore", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-theme"] });
// Paper is white and of another width.
window.addEventListener("beforeprint", drawAll);
window.addEventListener("afterprint", drawAll);
matchMedia("print").addEventListener("change", () => {
  drawAll();
  drawn.forEach((chart) => chart.resize());
});
