// Draws what the elements with data-chart ask for, in the colours of the page. Loaded only where
// a page has charts; the table beside each says the same.
import { BarChart, CustomChart, LineChart, ScatterChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use, type ECharts, type EChartsCoreOption } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([
  BarChart, CustomChart, LineChart, ScatterChart,
  AriaComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent,
  SVGRenderer,
]);

const drawn = new Map<HTMLElement, ECharts>();

// Colours are named in options as `var(--seller)`: what they are is the style sheet's to say.
function coloured(option: unknown, style: CSSStyleDeclaration): unknown {
  if (typeof option === "string") {
    return option.replace(/^var\((--[a-z-]+)\)$/, (_, name: string) => style.getPropertyValue(name).trim());
  }
  if (Array.isArray(option)) return option.map((one) => coloured(one, style));
  if (option && typeof option === "object") {
    return Object.fromEntries(Object.entries(option).map(([key, one]) => [key, coloured(one, style)]));
  }
  return option;
}

export function draw(place: HTMLElement): void {
  const style = getComputedStyle(document.documentElement);
  const asked = JSON.parse(place.dataset.chart ?? "{}") as EChartsCoreOption;
  const chart = drawn.get(place) ?? init(place, null, { renderer: "svg" });
  drawn.set(place, chart);
  const quiet = style.getPropertyValue("--quiet").trim();
  chart.setOption(
    {
      animation: false,
      textStyle: { fontFamily: "inherit", color: quiet },
      grid: { left: 8, right: 12, top: 16, bottom: 8, containLabel: true },
      ...(coloured(asked, style) as object),
    },
    true,
  );
}

function drawAll(root: ParentNode): void {
  for (const place of root.querySelectorAll<HTMLElement>("[data-chart]")) draw(place);
}

drawAll(document);
document.addEventListener("htmx:afterSwap", () => {
  for (const [place, chart] of drawn) {
    if (!place.isConnected) {
      chart.dispose();
      drawn.delete(place);
    }
  }
  drawAll(document);
});
window.addEventListener("resize", () => drawn.forEach((chart) => chart.resize()));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(document));
