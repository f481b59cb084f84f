// Loads a module with another in the place of what it imports: `import('….js?yardstick')` with the yardstick where our
// package is, `import('….js?json')` with contracts from JSON where those of Zod are. So the demo's own services and
// workflows are measured in each way.

const INSTEAD = {
  yardstick: { arvo: 'yardstick.mjs' },
  json: { './contracts.js': 'orders-json.mjs' },
};

export async function resolve(specifier, context, next) {
  const [, way] = context.parentURL?.split('?') ?? [];
  const instead = INSTEAD[way]?.[specifier];
  if (instead !== undefined) return { url: new URL(instead, import.meta.url).href, shortCircuit: true };
  const found = await next(specifier, context);
  return way in INSTEAD && specifier.startsWith('.') ? { ...found, url: `${found.url}?${way}` } : found;
}
