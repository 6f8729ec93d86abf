import { leaseTableContract } from '../../contracts/lease-table-contract';
import { SimulatedTable } from './simulated-table';

leaseTableContract('simulation', () => {
  const simulated = new SimulatedTable();
  const table = {
    beat: async (beat: Parameters<SimulatedTable['beat']>[0]) => simulated.beat(beat),
    take: async (take: Parameters<SimulatedTable['take']>[0]) => simulated.take(take),
    leave: async (member: string) => simulated.leave(member),
  };
  return { table, close: async () => undefined };
});
