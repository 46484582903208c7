// From what a page asks for to what ECharts draws: colours of the style sheet, letters that can be
// read, tooltips in the words of the page, intervals as whiskers.
import type { CustomSeriesOption } from "echarts/charts";
import type { EChartsCoreOption } from "echarts/core";

export type Told = { [name: string]: unknown };
type Item = { seriesName?: string; name?: string; marker?: string; data?: unknown; value?: unknown };
const LETTERS = 12;

// Colours are named in options as `var(--seller)`: what they are is the style sheet's to say.
export function coloured(option: unknown, style: CSSStyleDeclaration): unknown {
  if (typeof option === "string") {
    return option.replace(/^var\((--[a-z-]+)\)$/, (_, name: string) => style.getPropertyValue(name).trim());
  }
  if (Array.isArray(option)) return option.map((one) => coloured(one, style));
  if (option && typeof option === "object") {
    return Object.fromEntries(Object.entries(option).map(([key, one]) => [key, coloured(one, style)]));
  }
  return option;
}

// What every chart has unless the page asks otherwise.
export function completed(asked: Told, style: CSSStyleDeclaration, width: number): EChartsCoreOption {
  const [ink, quiet, card, line] = ["--ink", "--quiet", "--card", "--line"].map((one) => style.getPropertyValue(one).trim()) as [string, string, string, string];
  const fontFamily = getComputedStyle(document.body).fontFamily; // measured as it is drawn
  const letters = { fontSize: LETTERS, fontFamily, color: quiet };
  const axis = (given: unknown): unknown =>
    Array.isArray(given)
      ? given.map(axis)
      : {
          ...(given as Told),
          axisLabel: { ...letters, hideOverlap: true, ...worded((given as Told | undefined)?.axisLabel as Told | undefined, width) },
          axisLine: { lineStyle: { color: line }, ...((given as Told | undefined)?.axisLine as Told | undefined) },
          splitLine: { lineStyle: { color: line }, ...((given as Told | undefined)?.splitLine as Told | undefined) },
        };
  const made: Told = {
    animation: false,
    aria: { enabled: false }, // the page names the chart, and has a table of it
    textStyle: letters,
    grid: { left: 8, right: 16, top: 16, bottom: 8, containLabel: true },
    ...asked,
    tooltip: {
      renderMode: "richText",
      confine: true,
      backgroundColor: card,
      borderColor: line,
      textStyle: { color: ink, fontSize: 13, fontFamily },
      formatter: spoken(asked),
      ...(asked.tooltip as Told | undefined),
    },
  };
  for (const name of ["xAxis", "yAxis"]) if (asked[name]) made[name] = axis(asked[name]);
  const series = Array.isArray(asked.series) ? asked.series : asked.series ? [asked.series] : [];
  made.series = series.map((one) => ((one as Told).type === "whiskers" ? whiskers(one as Told, asked, ink) : one) as unknown);
  if (!asked.tooltip) delete made.tooltip;
  return made as EChartsCoreOption;
}

// Numbers as the page's language writes them; long names leave room for the bars on a phone.
function worded(label: Told | undefined, width: number): Told | undefined {
  if (!label) return label;
  const made = { ...label };
  if (typeof label.width === "number") made.width = Math.min(label.width, Math.round(width / 3));
  if (typeof label.formatter === "string") {
    const [written, numbers] = [label.formatter, new Intl.NumberFormat(document.documentElement.lang || undefined)];
    made.formatter = (value: unknown) => written.replace("{value}", typeof value === "number" ? numbers.format(value) : String(value));
  }
  return made;
}

// The words of a datum; undefined leaves it to ECharts where no datum has any.
function spoken(asked: Told): ((items: Item | Item[]) => string) | undefined {
  if (!JSON.stringify(asked.series ?? "").includes('"told"')) return undefined;
  return (items) => {
    const all = Array.isArray(items) ? items : [items];
    const said = all.map((one) => (one.data as { told?: string } | null)?.told).filter(Boolean);
    return said.length ? [all[0]?.name, ...said].filter(Boolean).join("\n") : "";
  };
}

// Intervals: a line from low to high with an end on each side, across whichever axis has names.
function whiskers(series: Told, asked: Told, ink: string): CustomSeriesOption {
  const isFlat = (asked.yAxis as Told | undefined)?.type === "category";
  const data = (series.data ?? []) as [number, number, number][];
  return {
    type: "custom",
    silent: true,
    z: 5,
    tooltip: { show: false },
    dimensions: ["place", "low", "high"],
    encode: isFlat ? { y: 0, x: [1, 2] } : { x: 0, y: [1, 2] },
    data,
    renderItem: (_params, api) => {
      const [place, low, high] = [api.value(0), api.value(1), api.value(2)];
      const ends = [low, high].map((one) => api.coord(isFlat ? [one, place] : [place, one]));
      const [[x1, y1], [x2, y2]] = ends as [[number, number], [number, number]];
      const [w, h] = isFlat ? [0, 4] : [4, 0];
      const path = `M${x1} ${y1}L${x2} ${y2}M${x1 - w} ${y1 - h}L${x1 + w} ${y1 + h}M${x2 - w} ${y2 - h}L${x2 + w} ${y2 + h}`;
      return { type: "path", shape: { pathData: path }, style: { stroke: (series.color as string) || ink, fill: "none", lineWidth: 1.4 } };
    },
  };
}
