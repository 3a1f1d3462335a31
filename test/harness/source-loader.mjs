/** `node --conditions=source --import=./test/harness/source-loader.mjs`: TypeScript without a build. */
import { register } from 'node:module';

register('./source-hooks.mjs', import.meta.url);
