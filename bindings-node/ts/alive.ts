// Keeps the process alive while something is asked of another thread, which Node knows nothing of.

const every = setInterval;
let holders = 0;
let timer: NodeJS.Timeout | undefined;

/** The process must not end, until {@link release} was called as often. */
export function hold(): void {
  holders += 1;
  if (holders > 1) return;
  timer ??= every(() => {}, 0x7fff_ffff);
  timer.ref();
}

/** One reason less to go on. */
export function release(): void {
  holders -= 1;
  if (holders === 0) timer?.unref();
}
