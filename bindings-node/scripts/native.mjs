// Builds the native addon and puts it where `ts/native.ts` loads it from. With `--copy` it only copies what a
// build of the whole workspace made. CARGO_TARGET_DIR and ARVO_PROFILE (default `release`) are honoured.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const root = dirname(here);
const profile = process.env.ARVO_PROFILE ?? 'release';
const library = { darwin: 'libarvo_node.dylib', win32: 'arvo_node.dll' }[process.platform] ?? 'libarvo_node.so';

if (!process.argv.includes('--copy')) {
  const build = spawnSync('cargo', ['build', '--locked', '--profile', profile, '-p', 'arvo-node'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (build.error) throw new Error('cargo was not found; install Rust from https://rustup.rs');
  if (build.status !== 0) process.exit(build.status ?? 1);
}
const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
const built = join(target, profile === 'dev' ? 'debug' : profile, library);
if (!existsSync(built))
  throw new Error(`${built} is not there; build it with \`cargo build --profile ${profile} -p arvo-node\``);
copyFileSync(built, join(here, 'arvo.node.new'));
renameSync(join(here, 'arvo.node.new'), join(here, 'arvo.node')); // a running process keeps the file that it loaded
