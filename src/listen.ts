import type { FastifyInstance } from 'fastify';
import { InputError } from './errors.ts';

/**
 * Opens a server's port, and gives its address; an InputError where it can't be opened.
 * @param variable the environment variable by which another port is chosen
 */
export async function listen(
  server: Pick<FastifyInstance, 'listen'>,
  {
    host,
    port,
    variable,
  }: { readonly host: string; readonly port: number; readonly variable: string },
): Promise<string> {
  try {
    return await server.listen({ host, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    throw new InputError(
      {
        code: 'PortInUse',
        field: 'port',
        value: port,
        expected: code === 'EACCES' ? 'a port that this user may open' : 'a port that is free',
        remedy: `Choose another with --port or ${variable}; 0 takes any.`,
      },
      { cause: error },
    );
  }
}
