/** Shrinkage of the mean order value: the Gamma-Gamma posterior mean (Fader and Hardie 2005) in two numbers. */
export interface OrderValuePrior {
  /** p·v/(q−1): expected order value of a customer without orders, minor units. */
  readonly meanMinor: number;
  /** (q−1)/p: the weight of the prior, in orders. */
  readonly weight: number;
}
