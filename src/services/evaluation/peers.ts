import { BTYD_BASELINES } from '../../domain/blend/btyd-forecasters';

const REGRESSION_PEERS = ['linear', 'tree', 'forest', 'svr'] as const;
export const PEERS = [...BTYD_BASELINES, ...REGRESSION_PEERS] as const;
export type PeerName = (typeof PEERS)[number];
