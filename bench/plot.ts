const [WIDTH, LABELS, BAR, GAP] = [760, 300, 18, 6];

export interface Bars {
  title: string;
  unit: string;
  bars: readonly { label: string; value: number; isOurs: boolean }[];
}

export interface Line {
  title: string;
  unit: string;
  values: readonly number[];
}

/** Bars and a line as one SVG picture, readable on light and dark. */
export function plot(groups: readonly Bars[], line: Line): string {
  const parts: string[] = [];
  let y = 0;
  for (const group of groups) {
    parts.push(text(0, (y += 24), group.title, "font-weight='bold'"));
    y += 8;
    const longest = Math.max(...group.bars.map(({ value }) => value));
    for (const { label, value, isOurs } of group.bars) {
      const width = Math.max(1, (value / longest) * (WIDTH - LABELS - 90));
      parts.push(text(LABELS - 8, y + 13, label, "text-anchor='end'"));
      parts.push(`<rect x='${LABELS}' y='${y}' width='${width.toFixed(1)}' height='${BAR}' fill='${isOurs ? "#c2410c" : "#64748b"}'/>`);
      parts.push(text(LABELS + width + 6, y + 13, `${value.toFixed(0)} ${group.unit}`));
      y += BAR + GAP;
    }
  }
  parts.push(text(0, (y += 24), line.title, "font-weight='bold'"));
  parts.push(polyline(line, (y += 10)));
  y += 130;
  return `<svg xmlns='http://www.w3.org/2000/svg' width='${WIDTH}' height='${y}' viewBox='0 0 ${WIDTH} ${y}' font-family='sans-serif' font-size='12'>
<rect width='100%' height='100%' fill='#ffffff'/>
${parts.join("\n")}
</svg>
`;
}

function polyline({ values, unit }: Line, top: number): string {
  const highest = Math.max(...values, 1) * 1.2;
  const points = values.map((value, index) => `${((index / Math.max(1, values.length - 1)) * (WIDTH - 60)).toFixed(1)},${(top + 110 - (value / highest) * 110).toFixed(1)}`);
  const last = values.at(-1) ?? 0;
  return `<polyline points='${points.join(" ")}' fill='none' stroke='#c2410c' stroke-width='2'/>
<line x1='0' y1='${top + 110}' x2='${WIDTH - 60}' y2='${top + 110}' stroke='#94a3b8'/>
${text(WIDTH - 55, top + 110 - (last / highest) * 110 + 4, `${last.toFixed(0)} ${unit}`)}`;
}

function text(x: number, y: number, content: string, more = ""): string {
  return `<text x='${x.toFixed(1)}' y='${y.toFixed(1)}' fill='#0f172a' ${more}>${content.replace(/&/g, "&amp;").replace(/</g, "&lt;")}</text>`;
}
