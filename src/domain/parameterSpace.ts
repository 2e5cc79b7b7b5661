/** The dimensions of a search space, as TUNABLE_KEYS describes them. */
import { z } from 'zod';
import { said } from './said.ts';

export type ParameterValue = string | number;

/** One dimension of the search space. `choices` makes it a list; else `min` and `max` bound it. */
export const parameterSpaceSchema = z
  .strictObject({
    type: z.enum(['float', 'int', 'categorical']),
    min: z.number().optional(),
    max: z.number().optional(),
    scale: z.enum(['linear', 'log']).default('linear'),
    choices: z
      .array(z.union([z.string(), z.number()], { error: said`must be a text or a number; for a switch, 0 and 1` }))
      .min(2)
      .optional(),
  })
  .superRefine((space, context) => {
    const bounded = space.min !== undefined && space.max !== undefined;
    if (space.type === 'categorical' && !space.choices)
      context.addIssue({
        code: 'custom',
        path: ['choices'],
        message: said`a categorical parameter needs choices, a list of two or more`,
      });
    if (space.type !== 'categorical' && !space.choices && !bounded)
      context.addIssue({ code: 'custom', message: said`needs min and max, or choices` });
    if (bounded && space.min! >= space.max!)
      context.addIssue({
        code: 'custom',
        path: ['min'],
        message: said`min ${space.min} must be below max ${space.max}`,
      });
    if (space.scale === 'log' && space.min !== undefined && space.min <= 0)
      context.addIssue({ code: 'custom', path: ['min'], message: said`a logarithmic scale needs min > 0` });
  });

export type ParameterSpace = z.infer<typeof parameterSpaceSchema>;
