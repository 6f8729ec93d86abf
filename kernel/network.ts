/**
 * The network's step and heads, in AssemblyScript. `npm run build` compiles it to dist/kernel.wasm. src/domain/network/kernel-memory.ts
 * writes the layout that is read here: change both together.
 *
 * All numbers are float64, two to a vector. h and c are rounded to float32 once per step, as a state keeps them. A matrix lies in blocks
 * of 16 columns, each with all its rows, so that the sums of a block stay in registers. There is no fused and no relaxed instruction, so
 * every machine gives the same bits. Nothing is allocated.
 */

/** One recurrent layer. Pointers are in bytes. */
@unmanaged
class Layer {
  /** 0: LSTM, 1: GRU, 2: RNN. */
  cell: i32;
  inputs: i32;
  /** H rounded up to even. The added unit has weights 0, so it stays 0. */
  units: i32;
  /** Gates × units, rounded up to whole blocks. */
  columns: i32;
  /** [inputs]; above the lowest layer, the h of the one below. */
  x: usize;
  h: usize;
  c: usize;
  inputKernel: usize;
  recurrentKernel: usize;
  /** [columns]: what h·U is added to: the bias, or zeros. */
  recurrentFrom: usize;
  /** [columns]: the sums with h·U for h = `known`. */
  recurrent: usize;
  /** [columns]: what x·W is added to: `recurrent`, or the bias. */
  inputFrom: usize;
  /** [columns]: the sums with x·W. */
  sums: usize;
  known: usize;
  /** Scratch for {@link collect}. */
  rows: usize;
}

/** The heads' dense layer, and the raw outputs. */
@unmanaged
class Heads {
  inputs: i32;
  /** D rounded up to even. The added unit has weights 0, so it stays 0. */
  units: i32;
  /** Units, rounded up to whole blocks. */
  columns: i32;
  x: usize;
  kernel: usize;
  bias: usize;
  hidden: usize;
  outputKernel: usize;
  outputBias: usize;
  /** One block. */
  outputs: usize;
  /** Scratch for {@link collect}. */
  rows: usize;
}

/** Bytes of a row of a block: 16 numbers. */
const ROW: usize = 128;
const ROW_SHIFT: i32 = 7;
/** Bytes of an entry of {@link collect}. */
const ENTRY: usize = 16;

/** Steps `layers` layers, whose records lie one after the other, lowest first. */
export function step(first: usize, layers: i32): void {
  for (let l = 0; l < layers; l++) {
    const layer = changetype<Layer>(first + <usize>l * offsetof<Layer>());
    // Silence and event are steps from one h: the second finds the product of the first. The bits are the same either way.
    if (differs(layer.known, layer.h, layer.units)) {
      copy(layer.known, layer.h, layer.units);
      product(layer.recurrent, layer.recurrentFrom, layer.h, layer.units, layer.recurrentKernel, layer.columns, layer.rows);
    }
    product(layer.sums, layer.inputFrom, layer.x, layer.inputs, layer.inputKernel, layer.columns, layer.rows);
    if (layer.cell == 0) lstm(layer);
    else if (layer.cell == 1) gru(layer);
    else rnn(layer);
  }
}

/** tanh(x·K + b), then the raw outputs. */
export function read(at: usize): void {
  const heads = changetype<Heads>(at);
  const hidden = heads.hidden;
  const units = heads.units;
  product(hidden, heads.bias, heads.x, heads.inputs, heads.kernel, heads.columns, heads.rows);
  const end = hidden + (<usize>units << 3);
  for (let u = hidden; u < end; u += 16) v128.store(u, tanh(v128.load(u)));
  product(heads.outputs, heads.outputBias, hidden, units, heads.outputKernel, 16, heads.rows);
}

/**
 * c ← σ(f)·c + σ(i)·tanh(g), then h ← σ(o)·tanh(c). Each has one common denominator, because a division is slow. Two loops, because the
 * second half of a unit waits for the first.
 */
function lstm(layer: Layer): void {
  const h = layer.h;
  const c = layer.c;
  const sums = layer.sums;
  const width = <usize>layer.units << 3;
  for (let u: usize = 0; u < width; u += 16) {
    const i = onePlusExp(f64x2.neg(v128.load(sums + u)));
    const f = onePlusExp(f64x2.neg(v128.load(sums + width + u)));
    const g = expTwice(v128.load(sums + 2 * width + u));
    const ig = f64x2.mul(i, f64x2.add(g, ONE()));
    const kept = f64x2.mul(v128.load(c + u), ig);
    const added = f64x2.mul(f64x2.sub(g, ONE()), f);
    const next = f64x2.div(f64x2.add(kept, added), f64x2.mul(ig, f));
    v128.store(sums + u, next);
    v128.store(c + u, rounded(next));
  }
  for (let u: usize = 0; u < width; u += 16) {
    const o = onePlusExp(f64x2.neg(v128.load(sums + 3 * width + u)));
    const e = expTwice(v128.load(sums + u));
    v128.store(h + u, rounded(f64x2.div(f64x2.sub(e, ONE()), f64x2.mul(o, f64x2.add(e, ONE())))));
  }
}

/** h ← σ(z)·h + (1 − σ(z))·tanh(x·W + σ(r)·(h·U)). Here x·W and h·U are apart. */
function gru(layer: Layer): void {
  const h = layer.h;
  const sums = layer.sums;
  const recurrent = layer.recurrent;
  const width = <usize>layer.units << 3;
  for (let u: usize = 0; u < width; u += 16) {
    const z = exp(f64x2.neg(f64x2.add(v128.load(sums + u), v128.load(recurrent + u))));
    const r = onePlusExp(f64x2.neg(f64x2.add(v128.load(sums + width + u), v128.load(recurrent + width + u))));
    const reset = f64x2.div(v128.load(recurrent + 2 * width + u), r);
    const g = expTwice(f64x2.add(v128.load(sums + 2 * width + u), reset));
    const above = f64x2.add(g, ONE());
    const kept = f64x2.mul(v128.load(h + u), above);
    const added = f64x2.mul(z, f64x2.sub(g, ONE()));
    v128.store(h + u, rounded(f64x2.div(f64x2.add(kept, added), f64x2.mul(f64x2.add(z, ONE()), above))));
  }
}

/** h ← tanh(x·W + h·U + b). */
function rnn(layer: Layer): void {
  const h = layer.h;
  const sums = layer.sums;
  const width = <usize>layer.units << 3;
  for (let u: usize = 0; u < width; u += 16) v128.store(h + u, rounded(tanh(v128.load(sums + u))));
}

/**
 * target = from + x · matrix, for x [n] and matrix [n, columns]. Rows whose x is 0 are left out: most inputs are one-hot. It takes two rows
 * at a time, because each turn of a loop costs.
 */
function product(target: usize, from: usize, x: usize, n: i32, matrix: usize, columns: i32, rows: usize): void {
  const end = collect(rows, x, n);
  const width = <usize>columns << 3;
  for (let block: usize = 0; block < width; block += ROW) {
    let s0 = v128.load(from + block, 0);
    let s1 = v128.load(from + block, 16);
    let s2 = v128.load(from + block, 32);
    let s3 = v128.load(from + block, 48);
    let s4 = v128.load(from + block, 64);
    let s5 = v128.load(from + block, 80);
    let s6 = v128.load(from + block, 96);
    let s7 = v128.load(from + block, 112);
    for (let row = rows; row < end; row += 2 * ENTRY) {
      const x1 = v128.load64_splat(row);
      const m1 = matrix + <usize>load<u32>(row, 8);
      s0 = f64x2.add(s0, f64x2.mul(x1, v128.load(m1, 0)));
      s1 = f64x2.add(s1, f64x2.mul(x1, v128.load(m1, 16)));
      s2 = f64x2.add(s2, f64x2.mul(x1, v128.load(m1, 32)));
      s3 = f64x2.add(s3, f64x2.mul(x1, v128.load(m1, 48)));
      s4 = f64x2.add(s4, f64x2.mul(x1, v128.load(m1, 64)));
      s5 = f64x2.add(s5, f64x2.mul(x1, v128.load(m1, 80)));
      s6 = f64x2.add(s6, f64x2.mul(x1, v128.load(m1, 96)));
      s7 = f64x2.add(s7, f64x2.mul(x1, v128.load(m1, 112)));
      const x2 = v128.load64_splat(row, ENTRY);
      const m2 = matrix + <usize>load<u32>(row, ENTRY + 8);
      s0 = f64x2.add(s0, f64x2.mul(x2, v128.load(m2, 0)));
      s1 = f64x2.add(s1, f64x2.mul(x2, v128.load(m2, 16)));
      s2 = f64x2.add(s2, f64x2.mul(x2, v128.load(m2, 32)));
      s3 = f64x2.add(s3, f64x2.mul(x2, v128.load(m2, 48)));
      s4 = f64x2.add(s4, f64x2.mul(x2, v128.load(m2, 64)));
      s5 = f64x2.add(s5, f64x2.mul(x2, v128.load(m2, 80)));
      s6 = f64x2.add(s6, f64x2.mul(x2, v128.load(m2, 96)));
      s7 = f64x2.add(s7, f64x2.mul(x2, v128.load(m2, 112)));
    }
    v128.store(target + block, s0, 0);
    v128.store(target + block, s1, 16);
    v128.store(target + block, s2, 32);
    v128.store(target + block, s3, 48);
    v128.store(target + block, s4, 64);
    v128.store(target + block, s5, 80);
    v128.store(target + block, s6, 96);
    v128.store(target + block, s7, 112);
    matrix += <usize>n << ROW_SHIFT;
  }
}

/**
 * Lists the numbers of x [n] that are not 0, each with the offset of its row in a block. Returns the end of the list. A 0 follows it, so
 * that the rows can be taken two at a time.
 */
function collect(rows: usize, x: usize, n: i32): usize {
  for (let j = 0; j < n; j++) {
    const value = load<f64>(x + (<usize>j << 3));
    store<f64>(rows, value);
    store<u32>(rows, <u32>j << ROW_SHIFT, 8);
    rows += value != 0 ? ENTRY : 0;
  }
  store<f64>(rows, 0);
  store<u32>(rows, 0, 8);
  return rows;
}

function differs(a: usize, b: usize, units: i32): bool {
  const width = <usize>units << 3;
  for (let u: usize = 0; u < width; u += 16) {
    if (v128.any_true(v128.xor(v128.load(a + u), v128.load(b + u)))) return true;
  }
  return false;
}

function copy(to: usize, from: usize, units: i32): void {
  const width = <usize>units << 3;
  for (let u: usize = 0; u < width; u += 16) v128.store(to + u, v128.load(from + u));
}

@inline
function ONE(): v128 {
  return f64x2.splat(1);
}

/** Rounded to float32, and still float64. */
@inline
function rounded(x: v128): v128 {
  return f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(x));
}

@inline
function tanh(x: v128): v128 {
  const e = expTwice(x);
  return f64x2.div(f64x2.sub(e, ONE()), f64x2.add(e, ONE()));
}

/** 1 + e^x; its reciprocal is σ(−x). */
@inline
function onePlusExp(x: v128): v128 {
  return f64x2.add(ONE(), exp(x));
}

@inline
function expTwice(x: v128): v128 {
  return exp(f64x2.add(x, x));
}

@inline
function line(slope: f64, x: v128, start: f64): v128 {
  return f64x2.add(f64x2.mul(x, f64x2.splat(slope)), f64x2.splat(start));
}

/**
 * e^x, relative error below 1e-11, with x held within ±128: beyond it σ and tanh are 0 or ±1 in float32, and products of three cannot
 * overflow. NaN stays NaN. e^x = 2^n·e^r with |r| ≤ ln 2 ÷ 2; e^r is its series up to r^9. Adding 1.5·2^52 rounds to a whole number and
 * leaves it in the lowest bits; with 1023 more these are the exponent's bits of 2^n. The series is added up in pairs: its products do not wait
 * for each other.
 */
@inline
function exp(x: v128): v128 {
  const within = f64x2.pmax(f64x2.pmin(x, f64x2.splat(128)), f64x2.splat(-128));
  const shift = f64x2.splat(6755399441056767);
  const shifted = f64x2.add(f64x2.mul(within, f64x2.splat(1.4426950408889634)), shift);
  const r = f64x2.sub(within, f64x2.mul(f64x2.sub(shifted, shift), f64x2.splat(0.6931471805599453)));
  const r2 = f64x2.mul(r, r);
  const r4 = f64x2.mul(r2, r2);
  const p01 = f64x2.add(r, ONE());
  const p23 = line(1.0 / 6.0, r, 1.0 / 2.0);
  const p45 = line(1.0 / 120.0, r, 1.0 / 24.0);
  const p67 = line(1.0 / 5040.0, r, 1.0 / 720.0);
  const p89 = line(1.0 / 362880.0, r, 1.0 / 40320.0);
  const p0 = f64x2.add(p01, f64x2.mul(p23, r2));
  const p4 = f64x2.add(p45, f64x2.mul(p67, r2));
  const p = f64x2.add(p0, f64x2.mul(f64x2.add(p4, f64x2.mul(p89, r4)), r4));
  return f64x2.mul(p, i64x2.shl(shifted, 52));
}
