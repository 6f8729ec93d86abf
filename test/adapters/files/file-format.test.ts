import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fileFormat } from '../../../src/adapters/files/file-format';
import { openTable } from '../../../src/adapters/files/open-table';

const folder = mkdtempSync(join(tmpdir(), 'clv-format-'));
afterAll(() => rmSync(folder, { recursive: true }));

function opened(name: string, content: string | Buffer) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return openTable(path);
}

const HEADER = 'customer_id,ts,kind,order_id,amount';
const ROW = 'c1,2024-01-03,order,o1,42.50';
const CSV = `${HEADER}\n${ROW}\n`;
const bytes = (text: string) => Buffer.from(text, 'latin1');
const zip = (name: string) => bytes(`PK\x03\x04${'\0'.repeat(26)}${name}`);
const utf32 = (text: string) =>
  Buffer.concat([...text].map((character) => Buffer.from([character.charCodeAt(0), 0, 0, 0])));

describe('a file of another format is named, with the way to convert it', () => {
  test.each<[string, string | Buffer, RegExp]>([
    ['lines.csv', '{"customer_id":"c1"}\n{"customer_id":"c2"}\n', / is JSON Lines: write it as CSV .* or as Parquet/],
    ['one.json', '[{"customer_id": "c1"}]', / is JSON: write it as CSV/],
    ['pretty.csv', '\ufeff[\n {\n  "customer_id": "c1"\n }\n]', / is JSON: /],
    ['page.csv', '<!DOCTYPE html><html><body>Login</body></html>', / is a web page \(HTML\).*download the file again/],
    ['table.csv', '\n<table><tr></tr></table>', / is a web page/],
    ['feed.csv', '<?xml version="1.0"?><orders/>', / is XML: export it as CSV/],
    ['paper.csv', bytes('%PDF-1.4\n%\xe2\xe3\xcf\xd3'), / is a PDF: export the table as CSV/],
    ['shop.csv', bytes('SQLite format 3\0\x10\0'), / is a SQLite database: .*sqlite3 -header -csv/],
    ['book.csv', zip('[Content_Types].xml'), / is an Excel workbook: export it as CSV/],
    ['book.parquet', zip('docProps/app.xml'), / is an Excel workbook: /],
    ['packed.csv', zip('orders.csv'), / is a zip archive: unpack it/],
    ['old.xls', bytes('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'), / is an old Excel workbook: /],
    ['xz.csv.gz', bytes('\xfd7zXZ\0\0\x04'), / is packed by xz: unpack it \(unxz\)/],
    ['zstd.csv.gz', bytes('\x28\xb5\x2f\xfd\0'), / is packed by zstd: unpack it \(zstd -d\)/],
    ['bz.csv.bz2', bytes('BZh91AY'), / is packed by bzip2: unpack it \(bunzip2\)/],
    ['seven.csv', bytes('7z\xbc\xaf\x27\x1c'), / is a 7-Zip archive/],
    ['avro.csv', bytes('Obj\x01\x04'), / is an Avro file: write it as Parquet or CSV/],
    ['arrow.csv', bytes('ARROW1\0\0'), / is an Arrow or Feather file/],
    [
      'wide.csv',
      Buffer.concat([Buffer.from([0xff, 0xfe, 0, 0]), utf32(CSV)]),
      / is text in UTF-32: .*iconv -f UTF-32 -t UTF-8/,
    ],
    ['double.csv.gz', gzipSync(gzipSync(CSV)), / is gzipped twice: unpack it once \(gunzip\)/],
    ['shop.parquet.gz', gzipSync('PAR1 and more'), / is a gzipped Parquet file, .*unpack it \(gunzip\)/],
    ['lines.csv.gz', gzipSync('{"a":1}\n{"a":2}\n'), / is gzipped, and within it is JSON Lines: /],
    ['none.csv.gz', '', /none\.csv\.gz is empty/],
    ['none.parquet', '', /none\.parquet is empty/],
    ['plain.csv.gz', CSV, / is named \.gz, but it is not gzipped/],
    [
      'noise.csv',
      Buffer.from([...Array(400).keys()].map((i) => (i * 7919) % 256)),
      / is no text: it has zero bytes\. Export it/,
    ],
    ['be.csv', Buffer.from(CSV, 'utf16le').swap16(), / is no text: .*give --encoding utf-16be/],
  ])('%s', async (name, content, message) => {
    await expect(opened(name, content)).rejects.toThrow(message);
  });

  test.each([HEADER, '[customer_id],[ts]', '{ts},amount', '<ts>,amount', 'Obj,ts', '"customer_id","ts"', 'PARTY,ts'])(
    '%s begins a text',
    (header) => expect(fileFormat(Buffer.from(`${header}\n`))).toBe('text'),
  );
});

describe('what comes before the names of the columns', () => {
  test.each([
    ['a title, padded', `My export of 2024,,,,\n\n${CSV}`, '"My export of 2024"', 3],
    ['a title', `Orders of the shop\n${CSV}`, '"Orders of the shop"', 2],
    ['a comment', `# export\n# of today\n${CSV}`, '"# export"', 3],
    ['a title over semicolons', `Export\r\n\r\n${CSV.replaceAll(',', ';')}`, '"Export"', 3],
  ])('%s is named with the line of the header', async (_name, text, title, line) => {
    await expect(opened('titled.csv', text)).rejects.toThrow(
      `begins with a title or a comment (${title}), and its columns are named on line ${line} or later: delete what is before it.`,
    );
  });

  test.each([
    'customer_id\nc1\nc2\n',
    'customer_id^amount\nc1^3,50\nc2^4,50\n',
    `\n\n${CSV}`,
    `sep=,\n${CSV}`,
    '"a\nb",c\n1,2\n',
  ])('%j has no title', async (text) => {
    await expect(opened('plain.csv', text)).resolves.toBeDefined();
  });
});
