import type { BaselineRegressor } from '../../ports/baselines';
import { forestBaseline } from './forest';
import { linearBaseline } from './linear';
import { supportVectorBaseline } from './support-vector';
import { treeBaseline } from './tree';

export const ALL_BASELINES: readonly BaselineRegressor[] = [
  linearBaseline,
  treeBaseline,
  forestBaseline,
  supportVectorBaseline,
];
