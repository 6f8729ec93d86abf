import { constants, gunzipSync } from 'node:zlib';

/** The first bytes of files that are neither text nor Parquet, and what to do with them. */
const BINARY: readonly (readonly [magic: string, what: string])[] = [
  ['\xd0\xcf\x11\xe0', 'an old Excel workbook: export it as CSV'],
  ['\x28\xb5\x2f\xfd', 'packed by zstd: unpack it (zstd -d), or pack it by gzip'],
  ['BZh', 'packed by bzip2: unpack it (bunzip2), or pack it by gzip'],
  ['\xfd7zXZ\0', 'packed by xz: unpack it (unxz), or pack it by gzip'],
  ['\x04\x22\x4d\x18', 'packed by lz4: unpack it (lz4 -d), or pack it by gzip'],
  ['7z\xbc\xaf\x27\x1c', 'a 7-Zip archive: unpack it'],
  ['Rar!', 'a RAR archive: unpack it'],
  ['%PDF', 'a PDF: export the table as CSV where the PDF was made'],
  [
    'SQLite format 3\0',
    "a SQLite database: write a table of it as CSV (sqlite3 -header -csv FILE 'select * from TABLE' > orders.csv)",
  ],
  ['Obj\x01', 'an Avro file: write it as Parquet or CSV'],
  ['ARROW1', 'an Arrow or Feather file: write it as Parquet or CSV'],
  ['\xff\xfe\0\0', 'text in UTF-32: write it as UTF-8 (iconv -f UTF-32 -t UTF-8)'],
  ['\0\0\xfe\xff', 'text in UTF-32: write it as UTF-8 (iconv -f UTF-32 -t UTF-8)'],
];
const ZIP = ['PK\x03\x04', 'PK\x05\x06'];
/** Where a zip archive has the name of its first file. */
const ZIP_NAME_AT = 30;
const WORKBOOK_PARTS = /^(\[Content_Types\]|_rels\/|docProps\/|xl\/)/;
const GZIP = '\x1f\x8b';
const PARQUET = 'PAR1';

/** Bytes of the beginning that {@link fileFormat} looks at. */
export const FORMAT_BYTES = 4_096;

/** What a file is by its first bytes, or the sentence that says why it can't be read, with the fix. */
export type FileFormat = 'text' | 'gzip' | 'parquet' | { readonly fault: string };

export function fileFormat(bytes: Uint8Array): FileFormat {
  const head = Buffer.from(bytes).toString('latin1');
  if (head.startsWith(PARQUET)) return 'parquet';
  if (!head.startsWith(GZIP)) {
    const what = otherFormat(head);
    return what === null ? 'text' : { fault: `is ${what}` };
  }
  const inner = unpackedHead(bytes);
  if (inner.startsWith(GZIP)) return { fault: 'is gzipped twice: unpack it once (gunzip)' };
  if (inner.startsWith(PARQUET)) {
    return { fault: 'is a gzipped Parquet file, and Parquet is packed within: unpack it (gunzip)' };
  }
  const what = otherFormat(inner);
  return what === null ? 'gzip' : { fault: `is gzipped, and within it is ${what}` };
}

/** The beginning of a gzip file's content, one character a byte. Empty if it is damaged: the reading says so. */
function unpackedHead(bytes: Uint8Array): string {
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, FORMAT_BYTES).toString('latin1');
  } catch {
    return '';
  }
}

/** Null: it may be text with columns. */
function otherFormat(head: string): string | null {
  if (ZIP.some((magic) => head.startsWith(magic))) return archive(head.slice(ZIP_NAME_AT));
  const known = BINARY.find(([magic]) => head.startsWith(magic));
  return known ? known[1] : textFormat(head.replace(/^\xef\xbb\xbf/, '').trimStart());
}

function archive(firstName: string): string {
  if (WORKBOOK_PARTS.test(firstName)) return 'an Excel workbook: export it as CSV';
  if (/^[\w./ -]+\.(csv|tsv|txt|parquet)/i.test(firstName)) return 'a zip archive: unpack it';
  return 'an Excel workbook or a zip archive: export it as CSV, or unpack it';
}

function textFormat(text: string): string | null {
  if (/^(\{\s*["}]|\[\s*[{[])/.test(text)) {
    const [first = '', second = ''] = text.split('\n');
    const kind = isJson(first) && second.startsWith('{') ? 'JSON Lines' : 'JSON';
    return `${kind}: write it as CSV with a line of column names, or as Parquet (jq's @csv, or pandas' read_json and to_csv)`;
  }
  if (/^<(!doctype\s+html|html|head|body|table)\b/i.test(text)) {
    return 'a web page (HTML), perhaps one that asks to log in: download the file again, as CSV';
  }
  return /^<\?xml\b/i.test(text) ? 'XML: export it as CSV' : null;
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}
