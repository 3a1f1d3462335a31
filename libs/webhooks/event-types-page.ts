import { EVENT_TYPES_VIEW } from './event-types.js';

/** `docs/api/webhooks-events.md`: every type with its example, and the schemas, as they are served. */
export function eventTypesPage(): string {
  const rows = EVENT_TYPES_VIEW.map(({ type, description }) => `| \`${type}\` | ${description} |`);
  const parts = EVENT_TYPES_VIEW.map(
    ({ type, example }) => `## ${type}\n\n\`\`\`json\n${JSON.stringify(example, null, 2)}\n\`\`\`\n`,
  );
  return [
    '# Event types',
    '',
    'Made from the schemas in `libs/webhooks` and checked against them by a test. The JSON Schema of each',
    'type is served by `GET /api/v1/event-types`, with the same example.',
    '',
    '| type | when |',
    '| --- | --- |',
    ...rows,
    '',
    ...parts,
  ].join('\n');
}
