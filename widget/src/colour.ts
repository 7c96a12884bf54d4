/** Picks colours that can be read (WCAG 2.2, 1.4.3) beside any accent a company may choose. */

type Rgb = [number, number, number];

export function parse(hex: string): Rgb | null {
  const digits = /^#([\da-f]{3}|[\da-f]{6})$/i.exec(hex)?.[1];
  if (!digits) return null;
  const six = digits.length === 3 ? digits.replace(/./g, "$&$&") : digits;
  return [0, 2, 4].map((at) => Number.parseInt(six.slice(at, at + 2), 16)) as Rgb;
}

/** Relative luminance as WCAG defines it. */
function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(one: Rgb, other: Rgb): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const WHITE: Rgb = [255, 255, 255];
const INK: Rgb = [17, 20, 24];

/** White or near-black, whichever is read better on the colour. */
export function textOn(hex: string): string {
  const colour = parse(hex) ?? INK;
  return contrast(colour, WHITE) >= 4.5 || contrast(colour, WHITE) > contrast(colour, INK)
    ? "#fff"
    : "#111418";
}

/** The colour, moved towards black or white until it reads 4.5:1 as text on the ground. */
export function textLike(hex: string, ground: string): string {
  const colour = parse(hex) ?? INK;
  const under = parse(ground) ?? WHITE;
  const towards = luminance(under) > 0.4 ? INK : WHITE;
  for (let step = 0; step <= 10; step++) {
    const mixed = colour.map((part, i) =>
      Math.round(part + ((towards[i] as number) - part) * (step / 10)),
    ) as Rgb;
    if (contrast(mixed, under) >= 4.6) return `rgb(${mixed.join(" ")})`;
  }
  return `rgb(${towards.join(" ")})`;
}
