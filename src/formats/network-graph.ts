import type { TargetScale } from '../schemas/prepared-data.ts';
import { type Network, rescalingOf } from './network.ts';
import { emitInversePower } from './power-graph.ts';
import type { TensorOps } from './tensor-ops.ts';

/** The network as a graph: features [rows, width], float32, to outputs [rows, outputs], float32. */
export function emitNetwork<T>(ops: TensorOps<T>, network: Network, features: T): T {
  let value = network.precision === 'float64' ? ops.toFloat64(features) : features;
  network.layers.forEach((layer, i) => {
    value = ops.dense(value, layer, `layers.${i}`);
  });
  return emitRescaled(ops, value, network.targetScale);
}

/** Outputs in original units, float32. */
export function emitRescaled<T>(ops: TensorOps<T>, value: T, targetScale: TargetScale | null): T {
  const rescaling = rescalingOf({ targetScale });
  if (rescaling === null) return ops.toFloat32(value);
  const { scale, shift, log, power } = rescaling;
  const scaled = ops.arithmetic('multiply', ops.toFloat64(value), ops.constant(scale));
  const shifted = ops.arithmetic('add', scaled, ops.constant(shift));
  if (power !== undefined) return ops.toFloat32(emitInversePower(ops, shifted, power));
  return ops.toFloat32(log ? ops.expm1(shifted) : shifted);
}
