#!/usr/bin/env node
// The command line of a durable store: `npx arvo --help`.

import { native } from './native.js';

process.exitCode = native.cli(process.argv.slice(2));
