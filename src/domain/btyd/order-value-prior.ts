/** Shrinkage of the mean order value: the Gamma-Gamma posterior mean (Fader and Hardie 2005) in two numbers. */
export interface OrderValuePrior {
  /** p·v/(q−1): what an unknown customer's order is worth, minor units. */
  readonly meanMinor: number;
  /** (q−1)/p: how many orders' worth of evidence the prior is. */
  readonly weight: number;
}
