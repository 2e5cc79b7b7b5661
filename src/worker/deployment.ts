/** Worker versioning for teams: which deployment of workers this one belongs to, and which build it is. */
import type { WorkerDeploymentOptions } from '@temporalio/worker';
import { ConfigError } from '../config/configError.ts';
import { said } from '../domain/said.ts';
import { versionOf } from '../local/version.ts';

/** Runs move to the current version at their next step (their histories replay), or stay where they began. */
const BEHAVIOURS = { 'auto-upgrade': 'AUTO_UPGRADE', pinned: 'PINNED' } as const;
const NAME = /^[A-Za-z0-9_-]{1,100}$/;
const BUILD = /^[A-Za-z0-9._-]{1,100}$/;

/**
 * TUNING_DEPLOYMENT names the deployment; without it a worker has no version and takes every task. TUNING_BUILD_ID
 * (default: the digest of the sources, as `npm run status` shows it) names the build, TUNING_VERSIONING what runs do
 * when another one becomes current.
 *
 * @throws ConfigError naming each variable that cannot be used.
 */
export async function deploymentFrom(environment: NodeJS.ProcessEnv): Promise<WorkerDeploymentOptions | null> {
  const deploymentName = environment['TUNING_DEPLOYMENT'] ?? '';
  const named = environment['TUNING_BUILD_ID'] ?? '';
  const versioning = environment['TUNING_VERSIONING'] || 'auto-upgrade';
  if (!deploymentName) {
    const alone = ['TUNING_BUILD_ID', 'TUNING_VERSIONING'].filter((name) => environment[name]);
    if (alone.length === 0) return null;
    throw new ConfigError(
      alone.map((name) => said`${name} needs TUNING_DEPLOYMENT, the name of the workers' deployment`),
    );
  }
  const buildId = named || (await versionOf()).digest;
  const problems = [
    ...(NAME.test(deploymentName)
      ? []
      : [
          said`TUNING_DEPLOYMENT = ${deploymentName} is not possible; allowed: 1 to 100 letters, digits, hyphens, underscores`,
        ]),
    ...(BUILD.test(buildId)
      ? []
      : [
          said`TUNING_BUILD_ID = ${named} is not possible; allowed: 1 to 100 letters, digits, dots, hyphens, underscores`,
        ]),
    ...(Object.hasOwn(BEHAVIOURS, versioning)
      ? []
      : [said`TUNING_VERSIONING = ${versioning} is not possible; allowed: ${Object.keys(BEHAVIOURS).join(', ')}`]),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    version: { deploymentName, buildId },
    useWorkerVersioning: true,
    defaultVersioningBehavior: BEHAVIOURS[versioning as keyof typeof BEHAVIOURS],
  };
}
