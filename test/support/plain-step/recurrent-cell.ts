/** The step of one recurrent layer. Holds scratch space. */
export interface RecurrentCell {
  /**
   * Updates the layer's h in place, and c if the cell has one: H numbers from `at` on in each array. `x` holds the layer's inputs from
   * `xAt` on. It may be another part of `hidden`. h and c are rounded to float32 once per step. So one more step and a full replay give
   * the same bits.
   */
  step(hidden: Float32Array, cell: Float32Array, at: number, x: Float32Array, xAt: number): void;
}
