// What the compiler knows of stores and workers, and what it must refuse. It is checked, never run.

import {
  type ArvoEvent,
  createArvoEvent,
  type DeadLetterError,
  type IArvoEventHandler,
  openStore,
  type Posting,
  type Receipt,
  Store,
  type Tally,
  Worker,
  type WorkflowRow,
} from 'arvo';

/** Whether two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <_T extends true>() => undefined;

const event = createArvoEvent({ source: 'com.shop.web', type: 'com.order.place', subject: 'order/1', data: {} });
declare const handler: IArvoEventHandler;

export async function stores() {
  const store = await openStore('sqlite:shop.db');
  same<Same<typeof store, Store>>();
  // @ts-expect-error a store is opened by openStore, which does not block
  new Store('sqlite:shop.db');
  // @ts-expect-error a URL is needed
  await openStore();

  const receipt = await store.publish(event, { deliverAt: new Date() });
  same<Same<typeof receipt, Receipt>>();
  await store.publish(event, { deliverAt: Date.now() });
  // @ts-expect-error a time, not a text
  await store.publish(event, { deliverAt: 'tomorrow' });
  // @ts-expect-error an event, not its parts
  await store.publish({ type: 'com.order.place' });

  const answer = await store.wait(receipt, { timeout: 10, signal: AbortSignal.timeout(5) });
  same<Same<typeof answer, ArvoEvent | null>>();
  await store.wait(receipt.seq);
  // @ts-expect-error milliseconds
  await store.wait(receipt, { timeout: '10s' });

  const rows = await store.workflows({ status: 'active', control: 'run', limit: 10 });
  same<Same<typeof rows, WorkflowRow[]>>();
  // @ts-expect-error no such status
  await store.workflows({ status: 'ready' });

  const letters = await store.dead();
  same<Same<typeof letters, Posting[]>>();
  for (const letter of letters) await (letter.failures.length > 3 ? store.drop(letter) : store.retry(letter.seq));
  for (const waiting of await store.take('human.review')) await store.answer(waiting, [event]);
  // @ts-expect-error a list of events
  await store.answer(1, event);
  (await store.workflow('order/1'))?.record?.status;
  (await store.query('SELECT 1')).rows[0]?.[0]?.toString();
  await store.purge(new Date());
  await store.close();
}

export async function workers(store: Store) {
  const worker = new Worker(store, [handler], { name: 'one', capacity: 10, lease: 1000, retry: { tries: 3 } });
  await new Worker('sqlite:shop.db', [handler]).run();
  // @ts-expect-error a list of handlers
  new Worker(store, handler);
  // @ts-expect-error no such option
  new Worker(store, [handler], { concurrency: 10 });
  const ended: Promise<void> = worker.run();
  worker.stop();
  const tally = worker.tally();
  same<Same<typeof tally, Tally>>();
  return ended;
}

export const reasons = (error: DeadLetterError) => error.failures.map(({ name, message, at }) => [name, message, at]);
