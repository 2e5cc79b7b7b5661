/** What docker-compose.yml starts, as far as it can be tried without an engine. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { parse } from 'yaml';
import { queuesWith } from '../../src/domain/queues.ts';
import { PROJECT_ROOT } from '../../src/projectRoot.ts';
import { SEARCH_ATTRIBUTES } from '../../src/workflows/messages.ts';
import { eventually, freePort } from '../faults/processes.ts';
import { developmentServer } from '../temporal/stage.ts';

interface Service {
  command?: string[];
  entrypoint?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
}
const read = (file: string): string => readFileSync(path.join(PROJECT_ROOT, file), 'utf8');
const services = (parse(read('docker-compose.yml'), { merge: true }) as { services: Record<string, Service> }).services;
const workers = Object.entries(services).filter(([name]) => name.startsWith('worker-'));
const BIN = path.join(PROJECT_ROOT, '.venv', 'bin');

test('what services mount from the project is there', () => {
  const mounted = Object.values(services)
    .flatMap(({ volumes = [] }) => volumes)
    .map((volume) => volume.split(':')[0]!)
    .filter((source) => source.startsWith('./deploy'));
  expect(mounted.length).toBeGreaterThan(4);
  expect(mounted.filter((source) => !existsSync(path.join(PROJECT_ROOT, source)))).toEqual([]);
});

test('only the worker that asks the adviser has a key; the others train with what a hub wants', () => {
  const having = (variable: string) =>
    workers.filter(([, { environment }]) => environment?.[variable]).map(([name]) => name);
  expect(having('OPENAI_API_KEY')).toEqual(['worker-tuning']);
  expect(having('HF_TOKEN')).toEqual(['worker-training', 'worker-training-gpu']);
  expect(having('TUNING_QUEUES')).toHaveLength(3);
});

test('the Compose client reads the file, where there is one', () => {
  const client = [['docker', 'compose'], ['docker-compose']].find(
    ([command, ...more]) => spawnSync(command!, [...more, 'version']).status === 0,
  );
  if (!client) return console.info('no Compose client here: the file was read as YAML only');
  const [command, ...more] = client;
  // The first generation of the client knows no name of a project.
  const text = read('docker-compose.yml').replace(/^name: .*\n/m, '');
  const options = { input: text, encoding: 'utf8', cwd: PROJECT_ROOT } as const;
  const file = ['-f', '-', '--project-directory', PROJECT_ROOT, '--profile', 'cpu', '--profile', 'gpu', 'config'];
  const ask = (TUNING_TEAM_DIR: string) =>
    spawnSync(command!, [...more, ...file], { ...options, env: { ...process.env, TUNING_TEAM_DIR } });
  expect(ask('/srv/tuning')).toMatchObject({ status: 0, stdout: expect.stringContaining('/srv/tuning') });
  expect(ask('')).toMatchObject({ stderr: expect.stringContaining('set it in .env to a folder of this machine') });
});

test('promtool takes alerts and configuration, where there is one', () => {
  if (spawnSync('promtool', ['--version']).status !== 0) return console.info('no promtool here: they were not checked');
  const folder = mkdtempSync(path.join(tmpdir(), 'tuning-prometheus-'));
  try {
    const alerts = path.join(PROJECT_ROOT, 'deploy', 'alerts.yml');
    const file = path.join(folder, 'prometheus.yml');
    writeFileSync(file, read('deploy/prometheus.yml').replace('/etc/prometheus/alerts.yml', alerts));
    const checked = spawnSync('promtool', ['check', 'config', file], { encoding: 'utf8' });
    expect(checked).toMatchObject({ status: 0, stdout: expect.stringContaining('5 rules found') });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('metrics that dashboard and alerts ask for are those that are told', () => {
  const asked = `${read('deploy/alerts.yml')}${readdirSync(path.join(PROJECT_ROOT, 'deploy/grafana/dashboards'))
    .map((file) => read(`deploy/grafana/dashboards/${file}`))
    .join('')}`.match(/\btuning_[a-z_]+_total\b/g);
  const told = [...read('src/worker/metrics.ts').matchAll(/createCounter\('(\w+)'/g)].map(
    ([, name]) => `${name}_total`,
  );
  expect(new Set(asked)).toEqual(new Set(told));
});

describe('with a server', () => {
  const NAMESPACE = 'team';

  test('the namespace is made once the server is there, with the attributes of the right types; again changes nothing', async () => {
    const port = await freePort();
    const address = `127.0.0.1:${port}`;
    const PATH = `${BIN}:${process.env['PATH']}`;
    const environment = {
      ...process.env,
      PATH,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: NAMESPACE,
      PAUSE_SECONDS: '1',
    };
    const make = () =>
      promisify(execFile)('sh', [path.join(PROJECT_ROOT, 'deploy/create-namespace.sh')], { env: environment });
    const waiting = make();
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const env = await developmentServer({ port });
    try {
      expect((await waiting).stdout).toContain('namespace team: done');
      await make();
      const connection = await Connection.connect({ address });
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: NAMESPACE });
      await connection.close();
      const types: Record<number, string> = { 2: 'KEYWORD', 3: 'INT', 4: 'DOUBLE' };
      const made = Object.fromEntries(
        Object.entries(customAttributes ?? {}).map(([name, type]) => [name, types[type]]),
      );
      expect(made).toMatchObject(
        Object.fromEntries(Object.values(SEARCH_ATTRIBUTES).map(({ name, type }) => [name, type])),
      );
    } finally {
      await env.teardown();
    }
  }, 120_000);

  test('a server that never comes is given up, with a word', async () => {
    const env = { ...process.env, PATH: `${BIN}:${process.env['PATH']}`, TEMPORAL_NAMESPACE: NAMESPACE };
    const { status, stderr } = spawnSync('sh', [path.join(PROJECT_ROOT, 'deploy/create-namespace.sh')], {
      env: { ...env, TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`, ATTEMPTS: '2', PAUSE_SECONDS: '0' },
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining('the server answers: gave up after 2 attempts'),
    });
  }, 60_000);

  test('a worker as the image starts it serves its queue and its metrics, and leaves in good order', async () => {
    const env = await developmentServer();
    const [command, ...entry] = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(read('Dockerfile'))![1]!) as string[];
    const metrics = `127.0.0.1:${await freePort()}`;
    const child = spawn(
      command === 'node' ? process.execPath : command!,
      [...entry, ...services['worker-tuning']!.command!],
      {
        cwd: PROJECT_ROOT,
        stdio: ['ignore', 'ignore', 'ignore'],
        env: {
          ...process.env,
          TEMPORAL_ADDRESS: env.address,
          TEMPORAL_NAMESPACE: 'default',
          TUNING_QUEUES: 'image',
          TUNING_METRICS_ADDRESS: metrics,
          TUNING_PAYLOAD_KEY: '',
          OPENAI_API_KEY: '',
          TUNING_DEPLOYMENT: '',
        },
      },
    );
    try {
      const told = () =>
        fetch(`http://${metrics}/metrics`).then(
          (reply) => reply.text(),
          () => '',
        );
      const queue = `task_queue="${queuesWith('image').tuning}"`;
      await eventually(async () => (await told()).includes(queue), 'the worker on its queue');
      child.kill('SIGTERM');
      expect(await once(child, 'exit')).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
      await env.teardown();
    }
  }, 120_000);
});
