// The examples of the documentation as tests: each `@example` of ts/, and each TypeScript block of a page, becomes a test
// that is compiled and run, in which `expression; // => value` is an assertion.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'dist', 'docs');

const EXAMPLE = /^ *\* ```ts\n((?: *\*.*\n)*?) *\* ```$/gm;
const PAGES = ['machines.md', 'telemetry.md', 'testing.md'];
const BLOCK = /^```ts\n(.*?)^```$/gms;
const IMPORT = /^import (?:[^;]|\n)*?;\n/gm;
const ASSERTION = /^(\s*)(.+); \/\/ => (.+)$/;

/** The compiled test file of all examples. */
export function examplesOf() {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const written = readdirSync(join(root, 'ts')).flatMap((name) => {
    const source = readFileSync(join(root, 'ts', name), 'utf8');
    return [...source.matchAll(EXAMPLE)].map((match, index) => {
      const line = source.slice(0, match.index).split('\n').length;
      const file = `${name.replace('.ts', '')}-${String(index).padStart(2, '0')}`;
      const code = match[1].replace(/^ *\* ?/gm, '');
      writeFileSync(join(folder, `${file}.ts`), testOf(`the example in ts/${name}, line ${line}`, code));
      return file;
    });
  });
  for (const page of PAGES) {
    const text = readFileSync(join(root, '..', 'docs', page), 'utf8');
    for (const [index, [, code]] of [...text.matchAll(BLOCK)].entries()) {
      const file = `${page.replace('.md', '')}-page-${index}`;
      const here = code.replaceAll('`examples/', '`../examples/'); // a reader is at the top of the repository
      writeFileSync(join(folder, `${file}.ts`), testOf(`example ${index} in docs/${page}`, here));
      written.push(file);
    }
  }
  writeFileSync(join(folder, 'all.test.ts'), written.map((file) => `import './${file}.js';\n`).join(''));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const compiled = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.docs.json'], { cwd: root, stdio: 'inherit' });
  if (compiled.status !== 0) throw new Error('the examples of the documentation do not compile; see above');
  return [join(folder, 'all.test.js')];
}

/** An example as a test: assertions must be statements of their own, possibly over several lines. */
function testOf(title, code) {
  const imports = code.match(IMPORT) ?? [];
  const body = code.replace(IMPORT, '');
  return [
    "import assert from 'node:assert/strict';",
    "import { test } from 'node:test';",
    ...imports,
    `test(${JSON.stringify(title)}, async () => {`,
    asserted(body),
    '});',
    '',
  ].join('\n');
}

/** Wraps each statement that ends with `// => value`. */
function asserted(body) {
  const out = [];
  for (const line of body.split('\n')) {
    out.push(line);
    const match = line.match(ASSERTION);
    if (match === null) continue;
    const [, indent, , value] = match;
    const start = statementStart(out, indent);
    const statement = out
      .splice(start)
      .join('\n')
      .replace(/; \/\/ => .+$/, '')
      .trim();
    out.push(`${indent}assert.deepStrictEqual<unknown>(JSON.parse(JSON.stringify(${statement})), ${value});`);
  }
  return out.join('\n');
}

/** Where the statement that ends at the last line begins: the line with the same indentation that opens it. */
function statementStart(lines, indent) {
  const last = lines.length - 1;
  if (!/^\s*[})\]]/.test(lines[last])) return last;
  let start = last - 1;
  while (start > 0 && !(lines[start].startsWith(indent) && /^\S/.test(lines[start].slice(indent.length)))) start -= 1;
  return start;
}
