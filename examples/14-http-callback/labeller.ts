/**
 * Another system, without any code of Sevenfold: takes a job, answers at once, and delivers later.
 *   LABELLER_SECRET=whsec_… node --import tsx labeller.ts
 */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { Webhook } from 'standardwebhooks';

const PORT = 8601;
const verifier = new Webhook(process.env['LABELLER_SECRET'] ?? '');
/** A job that is sent again is the same job. */
const known = new Set<string>();

createServer((request, response) => {
  let text = '';
  request.on('data', (chunk: Buffer) => (text += chunk.toString()));
  request.on('end', () => {
    try {
      const { rows } = verifier.verify(text, request.headers as Record<string, string>) as {
        rows: string[];
      };
      const key = String(request.headers['idempotency-key']);
      if (!known.has(key)) void label(rows, request.headers);
      known.add(key);
      response.writeHead(202).end();
    } catch {
      response.writeHead(401).end();
    }
  });
}).listen(PORT, '127.0.0.1', () => console.log(`labels on port ${PORT}`));

/** Stands for people who take their time. */
async function label(rows: readonly string[], headers: IncomingHttpHeaders): Promise<void> {
  const labels = rows.map((row) => (/thank/.test(row) ? 'content' : 'angry'));
  const delivered = await fetch(String(headers['sevenfold-callback-url']), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${String(headers['sevenfold-callback-token'])}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ labels }),
  });
  console.log(`delivered: ${delivered.status}`);
}
