/**
 * Puts messages and stack traces of failures into an encoded attribute, so that the codec encrypts them too. Named by
 * its path: workers, clients and the workflow's bundle load it.
 */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
