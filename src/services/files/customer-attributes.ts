import { ATTRIBUTES, type AttributeName, type CustomerAttributes } from '../../domain/attributes';
import type { TableFile } from '../../ports/table-file';
import { attributeFault } from '../../serde/event-rules';
import { isAbsent } from './absent';

export function noneMet(table: string, customers: number): string {
  return `none of the ${customers} customers of ${table} has an event: write customer_id as in the event file, with its leading zeros.`;
}

const COLUMNS: Readonly<Record<AttributeName, string>> = { ageBand: 'age_band', region: 'region', channel: 'channel' };
const KNOWN = ['customer_id', ...Object.values(COLUMNS)];

/** A table of attributes that can't be used. The message has the file, the line and the next step. */
export class AttributesError extends Error {}

/**
 * Reads a table of attributes, by customer id. Columns: customer_id and at least one of age_band, region, channel, and no other. An
 * empty value is unknown. A customer may have two rows if they are equal. Rejects with AttributesError at the first row that can't be
 * used: with half a table, customers would silently have no attributes.
 */
export async function readAttributes(table: TableFile): Promise<Map<string, CustomerAttributes>> {
  const byCustomer = new Map<string, CustomerAttributes>();
  const lines = new Map<string, number>();
  checkHeader(table);
  const all = table.header.map((_, position) => position);
  for await (const batch of table.rows(all)) {
    for (const row of batch) {
      const refuse = (why: string) => new AttributesError(`${table.name}, ${table.rowName} ${row.line}: ${why}`);
      if ('fault' in row) throw refuse(row.what === undefined ? row.fault : `${row.what}: ${row.fault}`);
      const columns = Object.fromEntries(table.header.map((name, i) => [name, row.cells[i]!]));
      // Not trimmed, because it must equal the id in the event file.
      const customerId = columns.customer_id ?? '';
      const attributes = attributesOf(columns);
      if (customerId.trim() === '') throw refuse('customer_id is empty');
      const faults = ATTRIBUTES.map((name) => attributeFault(COLUMNS[name], attributes[name]));
      for (const fault of faults) if (fault) throw refuse(fault.detail);
      const before = byCustomer.get(customerId);
      if (before && ATTRIBUTES.some((name) => before[name] !== attributes[name])) {
        throw refuse(
          `customer ${customerId} has other attributes on line ${lines.get(customerId)}: leave one row of them.`,
        );
      }
      byCustomer.set(customerId, attributes);
      lines.set(customerId, row.line);
    }
  }
  return byCustomer;
}

function attributesOf(columns: Readonly<Record<string, string | undefined>>): CustomerAttributes {
  const values = ATTRIBUTES.map((name) => {
    const text = columns[COLUMNS[name]] ?? '';
    return [name, isAbsent(text) ? null : text.trim()];
  });
  return Object.fromEntries(values) as Record<AttributeName, string | null>;
}

function checkHeader({ name, header }: TableFile): void {
  const named = `its header names ${header.join(', ')}`;
  if (!header.includes('customer_id')) throw new AttributesError(`${name} has no column customer_id: ${named}.`);
  const twice = header.find((column, i) => header.indexOf(column) !== i);
  if (twice !== undefined) throw new AttributesError(`${name} has the column ${twice} twice: delete one.`);
  const unknown = header.filter((column) => !KNOWN.includes(column));
  if (unknown.length > 0) {
    throw new AttributesError(
      `${name} has columns that are no attributes (${unknown.join(', ')}): take them out, or give them one of the names ${KNOWN.slice(1).join(', ')}.`,
    );
  }
  if (header.length < 2) throw new AttributesError(`${name} has no column ${KNOWN.slice(1).join(', ')}: ${named}.`);
}
