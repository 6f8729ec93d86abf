import { type Command, InvalidArgumentError, Option } from 'commander';
import type { TextForm } from '../../adapters/files/csv-head';
import { DEFAULT_CURRENCY } from '../../domain/currency';
import type { DecimalMark } from '../../services/files/amount-text';
import { COLUMNS, type Column, type ColumnMap } from '../../services/files/columns';
import { dateFormatFault } from '../../services/files/date-format';
import type { FileForm } from '../../services/files/file-rules';
import { FILE_KINDS, type FileKind, type KindRule } from '../../services/files/kinds';
import { type LineAmounts, PRESET_NAMES, PRESETS, type PresetName } from '../../services/files/presets';

/** The options that say how event files are to be read, as commander parsed them. */
export interface FileArguments {
  readonly preset?: PresetName;
  readonly map?: ColumnMap;
  readonly kind?: KindRule;
  readonly dateFormat?: readonly string[];
  readonly decimal?: DecimalMark;
  readonly delimiter?: string;
  readonly encoding?: string;
  readonly joinLines?: LineAmounts;
  readonly dropRepeats?: true;
}

const DELIMITERS: Readonly<Record<string, string>> = {
  ...{ comma: ',', semicolon: ';', tab: '\t', pipe: '|', space: ' ' },
  '\\t': '\t',
};
const MARKS: Readonly<Record<string, DecimalMark>> = { point: '.', comma: ',', '.': '.', ',': ',' };
const PAIR = new RegExp(`,(?=(?:${COLUMNS.join('|')})=)`);

/** Adds the options of a command that reads event files. */
export function withFileOptions(command: Command): Command {
  return command
    .addOption(new Option('--preset <name>', 'event files as a common program exports them').choices(PRESET_NAMES))
    .option('--map <pairs>', `columns of the event files, for instance customer_id=CustomerID,ts=OrderDate`, columnMap)
    .option(
      '--kind <kind>',
      'kind of all rows, or what values of the column kind mean, for instance purchase=order,return=refund',
      kindRule,
    )
    .option(
      '--date-format <format...>',
      "dates that are not ISO 8601: dd.MM.yyyy, 'M/d/yyyy H:mm', unix, unix-ms",
      dateFormat,
    )
    .option(
      '--decimal <mark>',
      'decimal mark of amounts, point or comma; default: found out from the amounts',
      decimalMark,
    )
    .option(
      '--delimiter <mark>',
      'what parts the columns: comma, semicolon, tab, pipe or a character; default: found out',
      delimiter,
    )
    .option(
      '--encoding <name>',
      'encoding without a byte order mark, for instance windows-1252; default: UTF-8',
      encoding,
    )
    .addOption(
      new Option(
        '--join-lines [amounts]',
        'rows with one order id are lines of one order: add up their amounts (sum), or each has the total (total)',
      )
        .choices(['sum', 'total'])
        .preset('sum')
        .conflicts('dropRepeats'),
    )
    .option(
      '--drop-repeats',
      'leave out rows with the order id of an earlier row, or without one and with all that an earlier row has',
    );
}

export function fileForm({
  preset,
  map,
  kind,
  dateFormat: formats,
  decimal,
  joinLines,
  dropRepeats,
}: FileArguments): FileForm {
  return {
    map: map ?? {},
    preset: preset ?? null,
    kinds: kind ?? null,
    dateFormats: formats ?? [],
    decimal: decimal ?? null,
    repeats: joinLines ?? (dropRepeats ? 'drop' : null),
  };
}

export function textForm({ delimiter: given, encoding: name }: FileArguments): TextForm {
  return { ...(given !== undefined && { delimiter: given }), ...(name !== undefined && { encoding: name }) };
}

/** ISO 4217: the currency of amounts of which nobody says it. */
export function currencyOfFiles({ preset }: FileArguments): string {
  return (preset && PRESETS[preset].currency) ?? DEFAULT_CURRENCY;
}

/** For a command that gives a customer's attributes the time of the first event. */
export function attributesOption(): Option {
  return new Option(
    '--attributes <file>',
    'attributes of the customers: CSV of customer_id and age_band, region, channel; dated at the first event of each customer',
  );
}

/** Names of the file options that were given, for a command that reads no file this time. */
export function givenFileOptions(args: FileArguments): string[] {
  const names: Readonly<Record<keyof FileArguments, string>> = {
    preset: '--preset',
    map: '--map',
    kind: '--kind',
    dateFormat: '--date-format',
    decimal: '--decimal',
    delimiter: '--delimiter',
    encoding: '--encoding',
    joinLines: '--join-lines',
    dropRepeats: '--drop-repeats',
  };
  return (Object.keys(names) as (keyof FileArguments)[])
    .filter((name) => args[name] !== undefined)
    .map((name) => names[name]);
}

/** A comma parts two pairs only before a name of ours: the names of a file may hold commas. */
function columnMap(text: string, before: ColumnMap = {}): ColumnMap {
  const map: Partial<Record<Column, string>> = { ...before };
  for (const pair of text.split(PAIR)) {
    const [, column = '', name = ''] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
    const known = COLUMNS.find((each) => each === column.trim());
    if (!known) {
      throw new InvalidArgumentError(
        `expected pairs such as customer_id=CustomerID, with the names ${COLUMNS.join(', ')}`,
      );
    }
    map[known] = name.trim();
  }
  return map;
}

/** Pairs of several options add up. */
function kindRule(text: string, before?: KindRule): KindRule {
  const expected = `expected one of ${FILE_KINDS.join(', ')}, or pairs such as purchase=order`;
  const kind = (name: string): FileKind => {
    const found = FILE_KINDS.find((each) => each === name.trim().toLowerCase());
    if (!found) throw new InvalidArgumentError(expected);
    return found;
  };
  if (!text.includes('=')) return { fixed: kind(text), values: new Map(), others: null };
  const pairs = text.split(',').map((pair): [string, FileKind] => {
    const at = pair.lastIndexOf('=');
    if (at < 1) throw new InvalidArgumentError(expected);
    return [pair.slice(0, at).trim().toLowerCase(), kind(pair.slice(at + 1))];
  });
  return { fixed: null, values: new Map([...(before?.values ?? []), ...pairs]), others: null };
}

function dateFormat(text: string, before: readonly string[] = []): readonly string[] {
  const fault = dateFormatFault(text);
  if (fault)
    throw new InvalidArgumentError(`${fault}; expected a format such as dd.MM.yyyy, %d.%m.%Y, unix or unix-ms`);
  return [...before, text];
}

function decimalMark(text: string): DecimalMark {
  const mark = MARKS[text];
  if (!mark) throw new InvalidArgumentError('expected point or comma');
  return mark;
}

function delimiter(text: string): string {
  const mark = DELIMITERS[text] ?? text;
  if (mark.length !== 1) throw new InvalidArgumentError('expected comma, semicolon, tab, pipe or one character');
  return mark;
}

function encoding(text: string): string {
  try {
    return new TextDecoder(text).encoding;
  } catch {
    throw new InvalidArgumentError('expected a name such as utf-8, windows-1252 or utf-16le');
  }
}
