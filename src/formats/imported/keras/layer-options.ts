import { z } from 'zod';
import { KerasActivation } from './keras-activation.ts';

/** Options that several layers share; what of them is not here is refused. */
export const ChannelsLast = z.object({ data_format: z.literal('channels_last').nullish() });

export const Biased = z.object({ use_bias: z.boolean(), activation: KerasActivation });
