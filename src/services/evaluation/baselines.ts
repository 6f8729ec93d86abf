import { BTYD_BASELINES } from '../../domain/blend/btyd-baselines';

const REGRESSION_BASELINES = ['linear', 'tree', 'forest', 'svr'] as const;
export const BASELINES = [...BTYD_BASELINES, ...REGRESSION_BASELINES] as const;
export type BaselineName = (typeof BASELINES)[number];
