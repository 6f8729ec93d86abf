import type { BrokenRow, TableFile, TableRow } from '../../src/ports/table-file';

/** A table in memory, in the place of a file. */
export function tableOf(
  name: string,
  header: readonly string[],
  rows: readonly (TableRow | BrokenRow)[],
  { typed = [], path = `${name}.csv` }: { readonly typed?: readonly string[]; readonly path?: string } = {},
): TableFile {
  return {
    ...{ name, header, path, rowName: 'line', notes: [], bytesTotal: 100 },
    isTyped: (column) => typed.includes(header[column]!),
    bytesRead: () => 100,
    async *rows(columns) {
      yield rows.map((row) => ('fault' in row ? row : { ...row, cells: columns.map((at) => row.cells[at]!) }));
    },
  };
}
