/** Dependencies point one way: client, worker → workflows, activities → advisers, training, reports → domain. */
const layers = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: `^src/${from}/` },
  to: { path: '^src/', pathNot: `^src/(${[from, ...allowed].join('|')})(/|\\.ts$)` },
});
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: 'domain/trials\\.ts$|codec/failureConverter\\.ts$|\\.d\\.ts$' },
      to: {},
    },
    layers('domain-knows-nothing-else', 'domain', []),
    {
      name: 'domain-uses-pure-packages',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'core'], pathNot: 'node_modules/(zod|@noble/hashes)/' },
    },
    {
      ...layers('workflows-know-the-domain', 'workflows', ['domain']),
      to: { path: '^src/', pathNot: '^src/(workflows|domain)/', dependencyTypesNot: ['type-only'] },
    },
    layers('advisers-below-activities', 'advisers', [
      'domain',
      'processes',
      'logging',
      'projectRoot',
      'activities/contract',
    ]),
    layers('training-below-activities', 'training', ['domain', 'processes', 'projectRoot']),
    layers('reports-below-activities', 'reports', ['domain', 'training', 'processes', 'projectRoot']),
    layers('processes-at-the-bottom', 'processes', ['projectRoot']),
    layers('config-above-domain', 'config', ['domain', 'projectRoot']),
    layers('activities-do-not-know-clients', 'activities', [
      'domain',
      'advisers',
      'training',
      'reports',
      'processes',
      'projectRoot',
    ]),
    layers('worker-does-not-know-clients', 'worker', [
      'workflows',
      'activities',
      'advisers',
      'training',
      'local',
      'logging',
      'processes',
      'config',
      'codec',
      'projectRoot',
    ]),
    layers('codec-at-the-side', 'codec', ['config', 'processes', 'projectRoot']),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs'] },
    moduleSystems: ['es6', 'cjs'],
  },
};
