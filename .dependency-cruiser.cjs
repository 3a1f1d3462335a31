/** The dependency rules of ARCHITECTURE.md, checked by `npm test`. */
const lib = (...names) => `^libs/(${names.join('|')})/`;
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });
const packages = (...names) => `(^|node_modules/)(${names.join('|')})(/|$)`;

module.exports = {
  forbidden: [
    forbid('no-cycles', 'A cycle leaves dependency tokens undefined.', {}, { circular: true }),
    forbid('resolved', 'An import that cannot be resolved.', {}, { couldNotResolve: true }),
    forbid(
      'only-tests-import-apps',
      'Apps are compositions; nothing builds on them.',
      { path: '^(libs|simulators)/' },
      { path: '^apps/' },
    ),
    forbid(
      'apps-apart',
      'Services talk through the event log, not by import.',
      { path: '^apps/([^/]+)/' },
      { path: '^apps/', pathNot: '^apps/$1/' },
    ),
    forbid(
      'libs-by-their-index',
      'Nothing is deep-imported.',
      { path: '^(libs/[^/]+|apps/[^/]+|simulators)/', pathNot: '\\.spec\\.ts$|^apps/dashboard/' },
      { path: '^libs/[^/]+/', pathNot: ['^libs/[^/]+/index\\.ts$', '^$1/'] },
    ),
    forbid(
      'simulators-know-the-protocol-only',
      'The oracle must not share the detectors it judges.',
      { path: '^simulators/' },
      { path: '^libs/', pathNot: lib('protocol') },
    ),
    forbid(
      'page-apart',
      'The page knows the words of domain and protocol and the Clock, and otherwise the API.',
      { path: '^apps/dashboard/' },
      { path: '^libs/', pathNot: lib('domain', 'protocol', 'runtime') },
    ),
    forbid(
      'pure-protocol',
      'No Nest, no I/O, no other lib.',
      { path: lib('protocol'), pathNot: '\\.spec\\.ts$' },
      {
        path: [
          packages('@nestjs'),
          '^libs/',
          '^(fs|net|http|https|child_process|dgram|dns|tls|worker_threads)(/|$)',
        ],
        pathNot: lib('protocol'),
      },
    ),
    forbid(
      'pure-domain',
      'No Nest, no I/O, nothing but the protocol.',
      { path: lib('domain'), pathNot: '\\.spec\\.ts$' },
      {
        path: [
          packages('@nestjs'),
          '^libs/',
          '^(fs|net|http|https|child_process|dgram|dns|tls|worker_threads)(/|$)',
        ],
        pathNot: lib('domain', 'protocol'),
      },
    ),
    forbid(
      'mqtt-in-one-place',
      'Brokers and clients live in libs/mqtt.',
      { path: '^(apps|libs)/', pathNot: `${lib('mqtt')}|\\.spec\\.ts$` },
      { path: packages('aedes', 'mqtt', 'mqtt-packet') },
    ),
    forbid(
      'series-engines-in-one-place',
      'Only libs/series knows the series engines.',
      { pathNot: `${lib('series')}|^test/` },
      { path: packages('@duckdb', '@influxdata') },
    ),
    forbid(
      'record-engines-in-one-place',
      'Only libs/records knows the record engines.',
      { pathNot: `${lib('records')}|^test/` },
      { path: packages('pg', 'pg-pool', '@electric-sql') },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
