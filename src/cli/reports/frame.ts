/** What every chart shares: one plot area with axes, as SVG text. */
export const WIDTH = 420;
export const HEIGHT = 280;
export const MARGIN = 44;
const EDGE = 12;
/** Colour-blind safe (Okabe and Ito). */
export const COLOURS = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#999999',
  '#000000',
  '#b8a800',
];

/** Shares of the plot area, 0…1 from the left and from below, → pixels. */
export const x = (share: number) => MARGIN + share * (WIDTH - MARGIN - EDGE);
export const y = (share: number) => HEIGHT - MARGIN - share * (HEIGHT - MARGIN - EDGE);
export const at = (number: number) => number.toFixed(1);

/** A number written beside an axis, at a share of it. */
export interface Tick {
  readonly share: number;
  readonly text: string;
}

const QUARTERS: readonly Tick[] = [0, 0.25, 0.5, 0.75, 1].map((share) => ({ share, text: String(share) }));

/** A chart as one svg element; `below` and `beside` name the axes. Colours of text and axes are the surroundings'. */
export function figure(
  below: string,
  beside: string,
  parts: readonly string[],
  ticks: { readonly below: readonly Tick[]; readonly beside: readonly Tick[] } = { below: QUARTERS, beside: QUARTERS },
): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" role="img" aria-label="${beside} against ${below}">`,
    `<path d="M${x(0)} ${y(1)}V${y(0)}H${x(1)}" fill="none" stroke="currentColor"/>`,
    ...ticks.below.map(
      ({ share, text }) => `<text x="${at(x(share))}" y="${HEIGHT - MARGIN + 16}" text-anchor="middle">${text}</text>`,
    ),
    ...ticks.beside.map(
      ({ share, text }) => `<text x="${MARGIN - 6}" y="${at(y(share) + 4)}" text-anchor="end">${text}</text>`,
    ),
    ...parts,
    `<text x="${at(x(0.5))}" y="${HEIGHT - 8}" text-anchor="middle">${below}</text>`,
    `<text transform="translate(11 ${at(y(0.5))}) rotate(-90)" text-anchor="middle">${beside}</text>`,
    '</svg>',
  ].join('');
}

/** Through points given as shares. */
export function polyline(points: readonly (readonly [number, number])[], colour: string): string {
  const path = points.map(([a, b]) => `${at(x(a))},${at(y(b))}`).join(' ');
  return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
}

export function label(left: number, top: number, text: string, colour: string): string {
  return `<text x="${at(left)}" y="${at(top)}" fill="${colour}">${text}</text>`;
}

/**
 * The same chart as a file of its own: it says its own colours for light and for dark surroundings, ground included, so that it can be
 * read wherever it is shown.
 */
export function standalone(svg: string): string {
  const style =
    'svg{font:11px system-ui,sans-serif;color:#222;fill:currentColor;background:#fff}' +
    '@media(prefers-color-scheme:dark){svg{color:#ddd;background:#1e1e1e}}';
  return `${svg.replace('>', `><style>${style}</style>`)}\n`;
}
