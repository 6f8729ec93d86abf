/** IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. Node 20 has no Float16Array. */

const FRACTION = 1024;
const LEAST_NORMAL = 2 ** -14;
const LEAST = 2 ** -24;
const INFINITY_BITS = 0x7c00;

/** Rounds to nearest, ties to even. Values from 65520 on become infinite. */
export function float16Bits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude >= 65_520) return sign | INFINITY_BITS;
  if (magnitude < LEAST_NORMAL) return sign | roundHalfToEven(magnitude / LEAST);
  let exponent = Math.floor(Math.log2(magnitude));
  if (2 ** exponent > magnitude) exponent--;
  // A fraction that rounds up to 2 carries into the exponent, which is the correct result.
  const fraction = roundHalfToEven((magnitude / 2 ** exponent) * FRACTION) - FRACTION;
  return sign | (((exponent + 15) << 10) + fraction);
}

export function fromFloat16Bits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * LEAST;
  return sign * (1 + fraction / FRACTION) * 2 ** (exponent - 15);
}

function roundHalfToEven(value: number): number {
  const whole = Math.floor(value);
  const rest = value - whole;
  return rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? whole + 1 : whole;
}
