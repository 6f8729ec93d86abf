import type { Origin } from '../../domain/labels/origins';

/** An origin with the time up to which its partition's labels have matured. */
export interface MaturedOrigin {
  readonly partition: number;
  readonly origin: Origin;
  readonly clockS: number;
}
