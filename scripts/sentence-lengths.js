#!/usr/bin/env node
// Words per sentence in README.md, docs/ and the comments of src/: median, 90th percentile, and the longest sentences.
// A measuring tool, not a gate: npm run sentences [-- --worst 20] [-- PATH…]
const { readdirSync, readFileSync, statSync } = require('node:fs');
const { join, relative } = require('node:path');

const ROOT = join(__dirname, '..');
/** Records of past decisions and measurements, which are not rewritten. */
const LEFT_OUT = ['docs/decisions', 'docs/evaluation-log'];

function filesUnder(path, suffix) {
  if (statSync(path).isFile()) return path.endsWith(suffix) ? [path] : [];
  if (LEFT_OUT.includes(relative(ROOT, path))) return [];
  return readdirSync(path).flatMap((name) => filesUnder(join(path, name), suffix));
}

/** Paragraphs and list items, without code, tables, headings and pictures. */
function textsOfMarkdown(source) {
  const lines = source.replace(/```[\s\S]*?```/g, '\n').split('\n');
  const texts = [];
  let open = [];
  const close = () => {
    if (open.length > 0) texts.push(open.join(' '));
    open = [];
  };
  for (const line of lines) {
    const text = line.trim();
    if (text === '' || /^(#|\||!\[|<|---)/.test(text)) close();
    else if (/^([-*]|\d+\.) /.test(text)) {
      close();
      open.push(text.replace(/^([-*]|\d+\.) /, ''));
    } else open.push(text);
  }
  close();
  return texts;
}

/** A table cell with fewer words is a name, a number or a label, not a sentence. */
const PROSE_CELL_WORDS = 6;

/** Table cells with prose. They are reported separately, because they are short and would lower the figure of the paragraphs. */
function proseCells(source) {
  const rows = source
    .replace(/```[\s\S]*?```/g, '\n')
    .split('\n')
    .filter((line) => line.trimStart().startsWith('|') && !/^[\s|:-]+$/.test(line));
  const cells = rows.flatMap((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()));
  const words = (cell) => cell.split(/\s+/).filter((word) => /\p{L}{2}/u.test(word)).length;
  return cells.filter((cell) => words(cell) >= PROSE_CELL_WORDS);
}

/** Block comments, and consecutive line comments as one text. Lines of a grammar (indented by three or more) are left out. */
function textsOfComments(source) {
  const texts = [];
  const token =
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|(?:^[ \t]*\/\/.*\n?)+|\/\/.*/gm;
  for (const [found] of source.matchAll(token)) {
    const isBlock = found.startsWith('/*');
    if (!isBlock && !found.trimStart().startsWith('//')) continue;
    const lines = isBlock ? found.slice(2, -2).split('\n') : found.split('\n');
    const bare = lines.map((line) => (isBlock ? line.replace(/^\s*\*? ?/, '') : line.replace(/^\s*\/\/ ?/, '')));
    const prose = bare.filter((line) => !/^(\s{2,}|\||biome-ignore)/.test(line));
    texts.push(
      ...prose
        .join('\n')
        .split(/\n\s*\n|\n(?=- )/)
        .map((text) => text.replace(/\s+/g, ' ').trim()),
    );
  }
  return texts.filter((text) => text !== '');
}

function sentencesOf(text) {
  return text
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/`[^`]*`/g, '`code`')
    .replace(/\*+/g, '')
    .replace(/\b(e\.g|i\.e|etc|vs|cf)\./g, '$1')
    .split(/(?<=[.!?])\s+(?=["'(]?[A-Z0-9`])|(?<=:)\s+(?=["'(]?[A-Z0-9])|(?<=[.!?])$/)
    .map((sentence) => ({ sentence, words: sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length }))
    .filter(({ words }) => words > 0);
}

function report(title, paths, suffix, textsOf, worst) {
  const sentences = paths
    .flatMap((path) => filesUnder(join(ROOT, path), suffix))
    .flatMap((file) =>
      textsOf(readFileSync(file, 'utf8')).flatMap((text) =>
        sentencesOf(text).map((each) => ({ ...each, file: relative(ROOT, file) })),
      ),
    )
    .sort((a, b) => a.words - b.words);
  if (sentences.length === 0) return;
  const at = (share) => sentences[Math.min(sentences.length - 1, Math.floor(share * sentences.length))].words;
  console.log(`${title}: ${sentences.length} sentences, median ${at(0.5)} words, 90th percentile ${at(0.9)}`);
  for (const { file, words, sentence } of sentences.slice(-worst).reverse()) {
    if (worst > 0) console.log(`  ${String(words).padStart(4)}  ${file}: ${sentence.slice(0, 160)}`);
  }
}

function main(args) {
  const flag = args.indexOf('--worst');
  const worst = flag < 0 ? 0 : Number(args[flag + 1]);
  const paths = args.filter((_, i) => flag < 0 || (i !== flag && i !== flag + 1));
  report('README and docs', paths.length > 0 ? paths : ['README.md', 'docs'], '.md', textsOfMarkdown, worst);
  report('table cells', paths.length > 0 ? paths : ['README.md', 'docs'], '.md', proseCells, worst);
  report('comments', paths.length > 0 ? paths : ['src'], '.ts', textsOfComments, worst);
}

main(process.argv.slice(2));
