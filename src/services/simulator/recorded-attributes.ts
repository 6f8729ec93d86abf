import { ATTRIBUTES, type AttributeName, type CustomerAttributes } from '../../domain/attributes';
import type { EventFile } from '../../ports/event-file';
import { attributeFault } from '../../serde/event-rules';

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
export async function readAttributes(table: EventFile): Promise<Map<string, CustomerAttributes>> {
  const byCustomer = new Map<string, CustomerAttributes>();
  const lines = new Map<string, number>();
  for await (const row of table.rows(['customer_id'])) {
    const refuse = (why: string) => new AttributesError(`${table.name}, line ${row.line}: ${why}`);
    if ('fault' in row) throw refuse(row.fault);
    if (byCustomer.size === 0) checkColumns(table.name, Object.keys(row.columns));
    // Not trimmed, because it must equal the id in the event file.
    const customerId = row.columns.customer_id ?? '';
    const attributes = attributesOf(row.columns);
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
  return byCustomer;
}

function attributesOf(columns: Readonly<Record<string, string | undefined>>): CustomerAttributes {
  const values = ATTRIBUTES.map((name) => [name, columns[COLUMNS[name]]?.trim() || null]);
  return Object.fromEntries(values) as Record<AttributeName, string | null>;
}

function checkColumns(name: string, header: readonly string[]): void {
  const named = `its header names ${header.join(', ')}`;
  const unknown = header.filter((column) => !KNOWN.includes(column));
  if (unknown.length > 0) {
    throw new AttributesError(
      `${name} has columns that are no attributes (${unknown.join(', ')}): take them out, or give them one of the names ${KNOWN.slice(1).join(', ')}.`,
    );
  }
  if (header.length < 2) throw new AttributesError(`${name} has no column ${KNOWN.slice(1).join(', ')}: ${named}.`);
}
